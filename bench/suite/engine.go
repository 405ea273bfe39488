package suite

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

// Engine measures cells and keeps them.
type Engine struct {
	Contest Contest
	Sides   []Side // ours first
	Store   *Store
	Machine *Machine
	Only    string // pattern of cells, see Matches
	Force   bool   // measure again what is there
	Models  func(net string) (string, error)
	Log     io.Writer
}

// Run measures every cell that is not there yet. A cell that fails becomes a row
// with a note. Error: of the store, or of our own side.
func (e *Engine) Run(ctx context.Context, cells []Cell) error {
	var failed []string
	for _, c := range cells {
		if !Matches(e.Only, c.Net, c.Task) || !e.Force && e.Store.Has(e.wanted(c)) {
			continue
		}
		began := time.Now()
		rows, err := e.cell(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err.Error())
		}
		if err := e.Store.Put(rows...); err != nil {
			return err
		}
		for _, r := range rows {
			fmt.Fprintln(e.Log, Line(r))
		}
		fmt.Fprintf(e.Log, "         %.0f s\n", time.Since(began).Seconds())
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d cells failed: %s", len(failed), strings.Join(failed, "; "))
	}
	return nil
}

// wanted is the row that says that a cell is done.
func (e *Engine) wanted(c Cell) Row {
	r := Row{Suite: "engine", Net: c.Net, Task: c.Task, Batch: c.Batch, Unit: "img/s"}
	for _, s := range e.Sides {
		if s.Kind == Frameworks {
			r.Peer = s.Name
		}
	}
	return r
}

func (e *Engine) cell(ctx context.Context, c Cell) ([]Row, error) {
	base := Row{Suite: "engine", Net: c.Net, Task: c.Task, Batch: c.Batch, DType: "f32", Unit: "img/s", Rounds: e.Contest.Rounds, Machine: e.Machine}
	q := protocol.Request{Net: c.Net, Task: c.Task, Batch: c.Batch}
	if e.Models != nil {
		file, err := e.Models(c.Net)
		if err != nil {
			return nil, err
		}
		q.Model = file
	}
	out := e.Contest.Run(ctx, e.Sides, q)
	for _, o := range out {
		if o.Prepared.Library != "" {
			e.Machine.Libraries[o.Side.Name] = o.Prepared.Library
		}
		if o.Prepared.ISA != "" {
			e.Machine.ISA = o.Prepared.ISA
		}
	}
	return compare(base, out)
}

// compare makes the rows of a cell: our rate against the best framework, our memory
// against its smallest, our rate against the bare primitives.
func compare(base Row, out []Outcome) ([]Row, error) {
	ours := out[0]
	if ours.Err != nil {
		base.Note = ours.Err.Error()
		base = base.compared(firstOf(out, Frameworks), 0)
		return []Row{base}, ours.Err
	}
	base.Ours, base.Detail = ours.Best, details(ours)
	memory := base
	memory.Ours, memory.Unit, memory.Detail = float64(ours.Peak)/1e6, "MB", nil
	best, least := Outcome{}, Outcome{}
	rows := planned(memory, ours)
	var notes []string
	for _, o := range out[1:] {
		switch {
		case o.Side.Kind == BareDNNL:
			r := base.compared(o.Label(), o.Best)
			if o.Err != nil {
				r.Note = o.Err.Error()
			}
			rows = append(rows, r)
		case o.Err != nil:
			notes = append(notes, o.Err.Error())
		default:
			if o.Best > best.Best {
				best = o
			}
			if least.Peak == 0 || o.Peak < least.Peak {
				least = o
			}
		}
	}
	base.Note = strings.Join(notes, "; ")
	if best.Best == 0 {
		return append([]Row{base.compared(firstOf(out, Frameworks), 0)}, rows...), nil
	}
	rows = append([]Row{base.compared(best.Label(), best.Best)}, rows...)
	return append(rows, memory.compared(least.Label(), float64(least.Peak)/1e6)), nil
}

// planned compares what the process has grown by when it steps with the plan.
func planned(memory Row, ours Outcome) []Row {
	p := ours.Prepared
	if p.Base == 0 || p.Planned == 0 || ours.Last.RSS == 0 {
		return nil
	}
	memory.Ours = float64(ours.Last.RSS-p.Base) / 1e6
	return []Row{memory.agreed(Plan, float64(p.Planned)/1e6)}
}

// details are our other figures of a cell.
func details(o Outcome) map[string]float64 {
	n := float64(max(1, o.Last.Steps))
	return map[string]float64{"best_step_s": o.Last.BestStep, "peak_rss_mb": float64(o.Peak) / 1e6, "planned_mb": float64(o.Prepared.Planned) / 1e6,
		"faults_per_step": o.Last.Faults / n, "calls_per_step": o.Last.Calls / n}
}

// firstOf names the first side of a kind, "" if there is none.
func firstOf(out []Outcome, kind string) string {
	for _, o := range out {
		if o.Side.Kind == kind {
			return o.Side.Name
		}
	}
	return ""
}

// Label is the side with the version of its library: "pytorch-2.15.0-channels_last"
// of the name "pytorch-channels_last" and the library "torch 2.15.0, …".
func (o Outcome) Label() string {
	first, _, _ := strings.Cut(o.Prepared.Library, ",")
	_, version, ok := strings.Cut(strings.TrimSpace(first), " ")
	if !ok {
		return o.Side.Name
	}
	name, layout, ok := strings.Cut(o.Side.Name, "-")
	if !ok {
		return name + "-" + version
	}
	if o.Side.Kind == BareDNNL {
		return o.Side.Name + "-" + version
	}
	return name + "-" + version + "-" + layout
}

// Line prints a row for the terminal.
func Line(r Row) string {
	s := fmt.Sprintf("%-7s %-20s %-20s", r.Suite, r.Net, r.Task)
	if r.Batch > 0 {
		s += fmt.Sprintf(" b%-4d", r.Batch)
	}
	s += fmt.Sprintf(" %9s %-5s", number(r.Ours), r.Unit)
	if r.Peer != "" {
		s += fmt.Sprintf("  %9s %-30s ratio %6.2f", number(r.Theirs), r.Peer, r.Ratio)
	}
	if r.Bar > 0 {
		s += fmt.Sprintf("  bar %.3g", r.Bar)
	}
	return strings.TrimSpace(s + " " + verdict(r))
}
