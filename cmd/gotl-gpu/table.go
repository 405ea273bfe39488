package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// column is one figure of the epoch table. On narrow terminals those with the
// highest drop number go first; 0 always stays.
type column struct {
	head string
	w    int
	drop int
	cell func(transfer.EpochDone) string
}

var epochColumns = []column{
	{"epoch", 8, 0, func(e transfer.EpochDone) string { return fmt.Sprintf("%s %d/%d", e.Phase, e.Epoch, e.Epochs) }},
	{"train_loss", 11, 2, func(e transfer.EpochDone) string { return figure("%.4f", float64(e.TrainLoss)) }},
	{"val_loss", 9, 1, func(e transfer.EpochDone) string { return figure("%.4f", float64(e.ValLoss)) }},
	{"val_acc", 8, 3, func(e transfer.EpochDone) string { return figure("%.3f", float64(e.Accuracy)) }},
	{"bal_acc", 8, 0, func(e transfer.EpochDone) string { return figure("%.3f", float64(e.Balanced)) }},
	{"auc", 6, 4, func(e transfer.EpochDone) string { return figure("%.3f", float64(e.AUC)) }},
	{"lr", 8, 5, func(e transfer.EpochDone) string { return figure("%.1e", e.LR) }},
	{"img/s", 7, 6, func(e transfer.EpochDone) string { return figure("%.0f", e.ImgPerSec) }},
	{"data-wait", 10, 7, func(e transfer.EpochDone) string { return figure("%.0f %%", 100*e.DataWait) }},
	{"time", 6, 0, func(e transfer.EpochDone) string { return figure("%.1fs", e.Seconds) }},
}

func figure(format string, x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	return fmt.Sprintf(format, x)
}

// fitting returns the columns for a line of width characters; 0 is no limit.
func fitting(width int) []column {
	cols := epochColumns
	for drop := 7; width > 0 && drop > 0 && lineWidth(cols) > width; drop-- {
		var kept []column
		for _, c := range cols {
			if c.drop != drop {
				kept = append(kept, c)
			}
		}
		cols = kept
	}
	return cols
}

// lineWidth counts the mark of the best epoch, too.
func lineWidth(cols []column) int {
	n := len(" *")
	for _, c := range cols {
		n += c.w
	}
	return n
}

// epoch prints a line of results, and the header when the phase changes.
func (h *human) epoch(e transfer.EpochDone) {
	if h.columns == nil {
		h.columns = fitting(h.width)
	}
	if h.phase != e.Phase {
		h.phase = e.Phase
		h.row(func(c column) string { return c.head }, "")
	}
	mark := ""
	if e.Best {
		mark = " *"
	}
	h.row(func(c column) string { return c.cell(e) }, mark)
}

func (h *human) row(cell func(column) string, mark string) {
	var b strings.Builder
	for _, c := range h.columns {
		fmt.Fprintf(&b, "%*s", c.w, cell(c))
	}
	fmt.Fprintln(h.out, fault.Clean(b.String()+mark))
}
