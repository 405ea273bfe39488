package suite

import (
	"fmt"
	"strings"
)

// Tally counts the rows with a bar, and those that meet it.
func Tally(rows []Row) (met, all int) {
	for _, r := range rows {
		if r.Bar > 0 {
			all++
			if !r.Missed() {
				met++
			}
		}
	}
	return met, all
}

// Check reads a result file and returns an error that lists the bars missed. A file
// without any bar is an error too: it was measured without peers.
func Check(file string) (string, error) {
	rows, err := ReadRows(file)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, r := range rows {
		r.Bar = Bar(r)
		if r.Missed() {
			lines = append(lines, fmt.Sprintf("missed: %s %s %s batch %d: %.4g against %.4g %s of %s, ratio %.3f, bar %.3g %s",
				r.Suite, r.Net, r.Task, r.Batch, r.Ours, r.Theirs, r.Unit, r.Peer, r.Ratio, r.Bar, r.Note))
		}
	}
	met, all := Tally(rows)
	switch {
	case all == 0:
		return "", fmt.Errorf("%s: no row has a bar: it was measured without peers (make bench-peers)", file)
	case len(lines) > 0:
		return "", fmt.Errorf("%s: %d of %d bars missed\n%s", file, len(lines), all, strings.Join(lines, "\n"))
	}
	return fmt.Sprintf("%s: all %d bars are met", file, met), nil
}
