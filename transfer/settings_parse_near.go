package transfer

// Nearest returns the word among the candidates that a misspelt one most likely
// means, or "" if none is close: at most a third of its letters may differ.
func Nearest(word string, among []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, c := range among {
		if d := editDistance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours (optimal string alignment).
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 16 || len(y)-len(x) > 16 || len(x) > 256 {
		return max(len(x), len(y))
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			rows[i+1][j+1] = editStep(rows, x, y, i, j)
		}
	}
	return rows[len(x)][len(y)]
}

func editStep(rows [][]int, x, y []rune, i, j int) int {
	replace := 1
	if x[i] == y[j] {
		replace = 0
	}
	d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+replace)
	if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
		d = min(d, rows[i-1][j-1]+1)
	}
	return d
}
