package transfer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Text prints the inspection. Lists are short unless ops or cuts ask for them.
func (r *Inspection) Text(ops, cuts bool) string {
	var b strings.Builder
	line := func(label, format string, a ...any) {
		for i, l := range strings.Split(fmt.Sprintf(format, a...), "\n") {
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(&b, "%-9s %s\n", label, fault.Clean(l))
		}
	}
	line("model", "%s  opset %d  IR %d  %s", r.File, r.Opset, r.IR, orNone(r.Producer, "producer unknown"))
	line("sha256", "%s", r.SHA256)
	line("input", "%s", strings.Join(r.Inputs, ", "))
	line("output", "%s", strings.Join(r.Outputs, ", "))
	if r.FixedBatch > 0 {
		line("", "exported for batch %d; any batch is possible here", r.FixedBatch)
	}
	line("size", "%d nodes  %s params  %s multiply-adds a picture", r.Nodes, thousands(r.Params), thousands(r.MACs))
	line("norms", "%s", r.Norms)
	if r.NormNote != "" {
		line("", "note: %s", r.NormNote)
	}
	r.headText(line)
	line("pictures", "%s", r.Preprocessing)
	if r.Assumed {
		line("", "note: ASSUMED; --preset NAME or FILE says what the network was trained with")
	}
	for i, w := range r.Rewrites {
		line(pick(i == 0, "rewritten", ""), "%s", w)
	}
	r.opsText(line, ops)
	r.cutsText(line, cuts)
	r.planText(line)
	for i, g := range r.Top {
		line(pick(i == 0, "top-5", ""), "%5.1f %%  %s", 100*g.Prob, g.Class)
	}
	return b.String()
}

type lineFunc func(label, format string, a ...any)

func (r *Inspection) headText(line lineFunc) {
	h := r.Head
	switch {
	case h.Note != "":
		line("head", "none: %s", h.Note)
	case h.Classifier == "":
		line("head", "none; a new one goes on %q (%d features)", h.Features, h.Width)
	default:
		line("head", "%s  %d classes, on %q (%d features)", h.Classifier, h.Classes, h.Features, h.Width)
	}
}

func (r *Inspection) opsText(line lineFunc, all bool) {
	total, sums := 0, map[string][2]int{}
	for _, o := range r.Ops {
		total += o.Nodes
		for _, e := range r.Engines {
			s := sums[e]
			sums[e] = [2]int{s[0] + o.Forward[e], s[1] + o.Backward[e]}
		}
	}
	line("operators", "%d nodes of %d kinds after import", total, len(r.Ops))
	for _, e := range r.Engines {
		line("", "%-8s forward %d/%d  backward %d/%d", e, sums[e][0], total, sums[e][1], total)
	}
	if !all {
		return
	}
	for _, o := range r.Ops {
		text := fmt.Sprintf("%-20s %5d", o.Op, o.Nodes)
		for _, e := range r.Engines {
			text += fmt.Sprintf("  %s %s %s", e, share("forward", o.Forward[e], o.Nodes), share("backward", o.Backward[e], o.Nodes))
		}
		line("", "%s", text)
	}
	line("in file", "%s", countsText(r.FileOps))
}

// share prints "forward", "no forward" or "forward 3/5".
func share(what string, n, of int) string {
	switch n {
	case of:
		return what
	case 0:
		return "no " + what
	}
	return fmt.Sprintf("%s %d/%d", what, n, of)
}

func countsText(ops map[string]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(ops)) {
		parts = append(parts, fmt.Sprintf("%s %d", k, ops[k]))
	}
	return strings.Join(parts, ", ")
}

func (r *Inspection) cutsText(line lineFunc, all bool) {
	blocks := 0
	for _, c := range r.Cuts {
		blocks += pick(c.Block > 0, 1, 0)
	}
	line("cuts", "%d, of which %d end a block (below: node, shape, params and multiply-adds up to it, cache a picture)", len(r.Cuts), blocks)
	for _, c := range r.Cuts {
		if all || c.Block > 0 {
			line(pick(c.Block > 0, fmt.Sprintf("  %d", c.Block), ""), "%-28s %-18s %9s params %9s MACs %9d B", c.Node, c.Shape, thousands(c.Params), thousands(c.MACs), c.Bytes)
		}
	}
}

func (r *Inspection) planText(line lineFunc) {
	p := r.Plan
	if p == nil {
		return
	}
	line("plan", "%s  batch %d  %d steps  %d bytes: weights %d, activations %d", p.Device, p.Batch, len(p.Steps), p.Bytes, p.Const, p.Arena)
	for i, s := range p.Steps {
		line(fmt.Sprintf("  %d", i), "%-28s %-22s %-20s %10d B", s.Node, s.Op, s.Layout, s.Bytes)
	}
}

// thousands prints 11.7 M, 2.6 k, 90.
func thousands(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f G", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.2f M", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
