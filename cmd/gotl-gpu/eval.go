package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

func newEval(a *app) *cobra.Command {
	if a.do.eval == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:     "eval DATA --model RUN|FILE",
		Short:   "measure a trained classifier on labelled pictures",
		Example: "  gotl-gpu eval test/ --model runs/finetune/faces-1\n  gotl-gpu eval test.csv --model model.onnx --assert-accuracy 0.9",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("data", g.arguments(c, args)); err != nil {
				return err
			}
			return eval(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.EvalSettings{}, false)
	return c
}

func eval(ctx context.Context, a *app, g *given) error {
	var s transfer.EvalSettings
	if err := g.parse(a, &s); err != nil {
		return err
	}
	if s.Data == "" || s.Model == "" {
		return fault.New(fault.ErrUsage, "pictures or model missing", "DATA, --model", "eval needs both", "gotl-gpu eval FOLDER --model runs/finetune/NAME-1")
	}
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	r, err := a.do.eval(ctx, s, a.do.open, sink)
	if r != nil {
		stop()
		printEval(a.out, r, a.json, a.quiet)
	}
	return err
}

// evalJSON is the result with the names of summary.json.
type evalJSON struct {
	*report.SplitResult
	N         int      `json:"n"`
	Skipped   int      `json:"skipped"`
	Classes   []string `json:"classes"`
	Confusion [][]int  `json:"confusion"`
	Notes     []string `json:"notes,omitempty"`

	Calibration *transfer.Calibration `json:"calibration,omitempty"`
	Groups      []metrics.GroupResult `json:"groups,omitempty"`
}

func printEval(w io.Writer, r *transfer.EvalResult, asJSON, quiet bool) {
	m := r.Metrics
	if asJSON {
		emitJSON(w, "eval", evalJSON{report.ResultOf(m, m.LogLoss), m.N, r.Skipped, r.Classes, m.Confusion, r.Notes, r.Calibration, allGroups(r.Groups)})
		return
	}
	if !quiet {
		for _, n := range r.Notes {
			fmt.Fprintf(w, "note: %s\n", fault.Clean(n))
		}
		printClasses(w, r)
		printConfusion(w, r)
		printGroups(w, r.Groups)
		if r.Calibration != nil {
			fmt.Fprintln(w, r.Calibration.Text())
		}
	}
	fmt.Fprintf(w, "bal_acc %.3f  accuracy %.3f (95 %% CI %.3f–%.3f)  auc %s  loss %s  majority baseline %.3f  n %d  skipped %d\n",
		m.Balanced, m.Accuracy, m.CI95[0], m.CI95[1], figure("%.3f", m.AUC), figure("%.4f", m.LogLoss), m.Majority, m.N, r.Skipped)
}

// printClasses prints a line for each class.
func printClasses(w io.Writer, r *transfer.EvalResult) {
	width := len("class")
	for _, c := range r.Classes {
		width = max(width, len([]rune(fault.Clean(c))))
	}
	fmt.Fprintf(w, "%-*s  precision  recall      f1  support\n", width, "class")
	for i, c := range r.Metrics.Classes {
		fmt.Fprintf(w, "%-*s  %9s  %6s  %6s  %7d\n", width, fault.Clean(r.Classes[i]), figure("%.3f", c.Precision),
			figure("%.3f", c.Recall), figure("%.3f", c.F1), c.Support)
	}
}

// allGroups are the groups and their intersections.
func allGroups(g *metrics.GroupReport) []metrics.GroupResult {
	if g == nil {
		return nil
	}
	return append(slices.Clone(g.Groups), g.Intersections...)
}

// printGroups prints accuracies by group; without a group file there is nothing to say
// about groups, and that is said.
func printGroups(w io.Writer, g *metrics.GroupReport) {
	if g == nil {
		fmt.Fprintln(w, "groups: not evaluated by group (--groups FILE)")
		return
	}
	for _, r := range allGroups(g) {
		if r.Few {
			fmt.Fprintf(w, "%-40s  too few (%d)\n", fault.Clean(r.Name), r.N)
			continue
		}
		fmt.Fprintf(w, "%-40s  accuracy %.3f (%.3f–%.3f)  n %d\n", fault.Clean(r.Name), r.Accuracy, r.CI95[0], r.CI95[1], r.N)
	}
	if g.Worst != "" {
		fmt.Fprintf(w, "worst group %s, largest gap %s\n", fault.Clean(g.Worst), figure("%.3f", g.Gap))
	}
	if g.Caution {
		fmt.Fprintln(w, "caution: groups differ by more than 5 points")
	}
}

// printConfusion prints the matrix of up to 12 classes, rows true, columns predicted.
func printConfusion(w io.Writer, r *transfer.EvalResult) {
	if len(r.Classes) > 12 {
		return
	}
	fmt.Fprintln(w, "confusion (rows: true class, columns: predicted)")
	for i, row := range r.Metrics.Confusion {
		for _, n := range row {
			fmt.Fprintf(w, "%7d", n)
		}
		fmt.Fprintf(w, "  %s\n", fault.Clean(r.Classes[i]))
	}
}
