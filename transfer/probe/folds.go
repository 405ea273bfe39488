package probe

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Ranking orders groups at random but always the same: the groups of each class (that
// of their first row) by the hexadecimal SHA-256 of "seed:name".
type Ranking struct {
	rank  []int // of each row's group within its class
	class []int // of each row's group
	total []int // groups of each class
}

// Rank ranks the groups of rows; group[i] names that of row i, and no name may be "".
func Rank(labels []int, group []string, classes int, seed uint64) Ranking {
	type entry struct {
		hash, name string
	}
	of, members := map[string]int{}, make([][]entry, classes)
	for i, name := range group {
		if _, ok := of[name]; !ok {
			of[name] = labels[i]
			members[labels[i]] = append(members[labels[i]], entry{fmt.Sprintf("%x", sha256.Sum256([]byte(fmt.Sprintf("%d:%s", seed, name)))), name})
		}
	}
	at := map[string]int{}
	r := Ranking{total: make([]int, classes)}
	for c, m := range members {
		slices.SortFunc(m, func(a, b entry) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.name, b.name)) })
		for k, e := range m {
			at[e.name] = k
		}
		r.total[c] = len(m)
	}
	for _, name := range group {
		r.rank, r.class = append(r.rank, at[name]), append(r.class, of[name])
	}
	return r
}

// Fewest is the number of groups of the class that has the fewest.
func (r Ranking) Fewest() int { return slices.Min(r.total) }

// Folds is the fold of each row, 0 to k-1: rank mod k.
func (r Ranking) Folds(k int) []int {
	out := make([]int, len(r.rank))
	for i, rank := range r.rank {
		out[i] = rank % k
	}
	return out
}

// share keeps of the rows at those of the first share of each class's groups among
// them, at least two groups.
func (r Ranking) share(at []int, share float64) []int {
	present := map[[2]int]bool{}
	for _, i := range at {
		present[[2]int{r.class[i], r.rank[i]}] = true
	}
	ranks := make([][]int, len(r.total))
	for key := range present {
		ranks[key[0]] = append(ranks[key[0]], key[1])
	}
	limit := make([]int, len(r.total)) // ranks below it stay
	for c, rs := range ranks {
		slices.Sort(rs)
		if n := min(len(rs), max(2, int(share*float64(len(rs))+.5))); n > 0 {
			limit[c] = rs[n-1] + 1
		}
	}
	var out []int
	for _, i := range at {
		if r.rank[i] < limit[r.class[i]] {
			out = append(out, i)
		}
	}
	return out
}
