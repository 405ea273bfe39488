package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// titles of the suites, in the order of a report.
var titles = []struct{ suite, title string }{
	{"engine", "Engine: steps on random pictures"}, {"job", "Whole jobs"}, {"cold", "Cold start and size"},
}

// Markdown writes rows as a report: a table a suite, then the machine.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nA ratio over 1 means that gotl-gpu is better. Absolute figures are for orientation only.\n")
	for _, t := range titles {
		var of []Row
		for _, r := range rows {
			if r.Suite == t.suite {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n", t.title)
			table(&b, of)
			steps(&b, of)
		}
	}
	met, all := Tally(rows)
	if all > 0 {
		fmt.Fprintf(&b, "\n%d of %d bars are met.\n", met, all)
	}
	for _, m := range machines(rows) {
		fmt.Fprintf(&b, "\n%s\n", m)
	}
	return b.String()
}

func table(b *strings.Builder, rows []Row) {
	b.WriteString("| net | task | batch | unit | ours | theirs | peer | ratio | bar | beyond | |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Net, r.Task, blank("%.0f", float64(r.Batch)), r.Unit,
			number(r.Ours), number(r.Theirs), r.Peer, blank("%.2f", r.Ratio), blank("%.3g", r.Bar), blank("%.3g", Beyond(r)), verdict(r))
	}
}

// stepFigures are the details of a step, in columns.
var stepFigures = []string{"best_step_s", "planned_mb", "peak_rss_mb", "faults_per_step", "calls_per_step"}

// steps tells what our steps took beside time, of every cell once.
func steps(b *strings.Builder, rows []Row) {
	head := false
	for _, r := range rows {
		if r.Suite != "engine" || r.Detail == nil || kind(r.Peer) == BareDNNL {
			continue
		}
		if !head {
			head = true
			b.WriteString("\nOurs:\n\n| net | task | batch | best step s | planned MB | peak RSS MB | page faults a step | calls of C a step |\n|---|---|---|---|---|---|---|---|\n")
		}
		fmt.Fprintf(b, "| %s | %s | %d |", r.Net, r.Task, r.Batch)
		for _, f := range stepFigures {
			fmt.Fprintf(b, " %.4g |", r.Detail[f])
		}
		b.WriteString("\n")
	}
}

// number prints four digits.
func number(x float64) string {
	switch {
	case x == 0:
		return ""
	case x >= 1000:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.4g", x)
}

func blank(format string, x float64) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprintf(format, x)
}

func verdict(r Row) string {
	word := ""
	switch {
	case r.Missed():
		word = "**missed**"
	case r.Bar > 0:
		word = "met"
	}
	return strings.TrimSpace(word + " " + strings.ReplaceAll(r.Note, "|", "/"))
}

// machines lists each machine once.
func machines(rows []Row) []string {
	var out []string
	for _, r := range rows {
		if r.Machine == nil {
			continue
		}
		if s := r.Machine.String(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// String describes the machine in a sentence.
func (m *Machine) String() string {
	s := fmt.Sprintf("%s, %d cores, %d threads", m.CPU, m.Cores, m.Threads)
	if m.ISA != "" {
		s += ", " + m.ISA
	}
	s += fmt.Sprintf(", %d GB, %s, f32, %s.", m.MemoryGB, m.OS, m.Date)
	for _, k := range slices.Sorted(maps.Keys(m.Libraries)) {
		s += fmt.Sprintf(" %s: %s.", k, m.Libraries[k])
	}
	return s
}
