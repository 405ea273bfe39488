package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// human prints events for people.
type human struct {
	mu      sync.Mutex
	out     io.Writer // text
	err     io.Writer // warnings
	meter   meter
	quiet   bool
	verbose bool
	width   int    // columns of out, 0: not a terminal
	phase   string // whose table header was printed
	columns []column
}

func newHuman(out, err *stream, m meter) *human {
	h := &human{out: out, err: err, meter: m}
	if tty, width := out.terminal(); tty {
		h.width = width
	}
	return h
}

// event prints e. It is safe for concurrent use.
func (h *human) event(e transfer.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := e.(transfer.Progress); ok {
		h.meter.move(p)
		return
	}
	h.meter.pause()
	if f, ok := e.(transfer.Finished); ok {
		h.finished(f)
		return
	}
	if h.quiet {
		return
	}
	switch e := e.(type) {
	case transfer.Started:
		h.started(e)
	case transfer.ModelRead:
		h.model(e)
	case transfer.DataRead:
		h.data(e)
	case transfer.Planned:
		h.plan(e)
	case transfer.EpochDone:
		h.epoch(e)
	case transfer.Advised:
		h.line("advice", strings.TrimSpace("--scheme "+e.Scheme+" "+headNode(e.HeadNode)))
		h.notes(e.Reasons)
	case transfer.TrialDone:
		h.line("trial", fmt.Sprintf("%s lr %.1e seed %d epochs %d  val_acc %.3f  %.1f s", e.Scheme, e.LR, e.Seed, e.Epochs, e.Accuracy, e.Seconds))
	case transfer.Warning:
		fmt.Fprintf(h.err, "warning: %s\n", fault.Clean(e.Text))
	}
}

// line prints a label of eight columns and a text.
func (h *human) line(label, text string) { fmt.Fprintf(h.out, "%-8s%s\n", label, fault.Clean(text)) }

func (h *human) notes(notes []string) {
	for _, n := range notes {
		for i, l := range strings.Split(strings.TrimRight(n, "\n"), "\n") {
			if i == 0 {
				l = "note: " + l
			}
			h.line("", l)
		}
	}
}

func (h *human) started(e transfer.Started) {
	parts := []string{"gotl-gpu " + e.Version, e.Device}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	parts = append(parts, "deterministic", fmt.Sprintf("seed %d", e.Seed))
	fmt.Fprintln(h.out, fault.Clean(strings.Join(parts, "  ")))
	if e.RunDir != "" {
		h.line("run", e.RunDir)
	}
}

func (h *human) model(e transfer.ModelRead) {
	opset := ""
	if e.Opset > 0 {
		opset = fmt.Sprintf("  opset %d", e.Opset)
	}
	h.line("model", fmt.Sprintf("%s%s  %s params", e.File, opset, million(e.Params)))
	if e.Head != "" {
		h.line("", "head "+e.Head)
	}
	if e.Preproc != "" {
		h.line("", "preprocessing "+e.Preproc)
	}
	if e.Assumed {
		fmt.Fprintln(h.err, "warning: preprocessing is ASSUMED; --preset NAME or FILE says what the network was trained with")
	}
	h.notes(e.Notes)
}

func (h *human) data(e transfer.DataRead) {
	text := fmt.Sprintf("%s %s  classes %d  train %d  val %d", e.Path, e.Format, len(e.Classes), e.Train, e.Val)
	if e.Test > 0 {
		text += fmt.Sprintf("  test %d", e.Test)
	}
	h.line("data", fmt.Sprintf("%s  skipped %d", text, e.Skipped))
	if h.verbose {
		h.line("", "classes "+strings.Join(e.Classes, ", "))
	}
	h.notes(e.Notes)
}

func (h *human) plan(e transfer.Planned) {
	h.line("plan", fmt.Sprintf("scheme %s; head %s; frozen %d tensors; trained %s of %s params; memory %s",
		e.Scheme, e.Head, e.FrozenTensor, million(e.Trained), million(e.TotalParams), bytesText(e.PlannedBytes)))
	h.notes(e.Notes)
}

func (h *human) finished(e transfer.Finished) {
	text := strings.TrimRight(e.Text, "\n")
	if h.quiet {
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	for _, l := range strings.Split(text, "\n") {
		fmt.Fprintln(h.out, fault.Clean(l))
	}
}

// million prints a count of parameters: 11.7 M, 2.6 k, 90.
func million(n int64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

// bytesText prints bytes in binary units.
func bytesText(n int64) string {
	x, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; x >= 1024 && i < len(units)-1; i++ {
		x /= 1024
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", x, units[i])
}
