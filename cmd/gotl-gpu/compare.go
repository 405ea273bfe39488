package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newCompare(a *app) *cobra.Command {
	return jobVerb[transfer.CompareSettings, *transfer.CompareResult]{
		use:     "compare DATA --model NET.onnx [--budget T]",
		short:   "train with all four schemes at equal budget and test which is best",
		long:    compareLong,
		example: "  gotl-gpu compare faces/ --model mobilenet.onnx\n  gotl-gpu compare faces/ --model mobilenet.onnx --budget 2m --seeds 5",
		event:   "compare", do: a.do.compare, print: printCompare,
	}.command(a)
}

const compareLong = `Trains direct, features, finetune and scratch on one split with the same pictures and
the same budget: three learning rates with the first seed, the one that validates
best with the others. The test pictures are looked at once, behind the choice; data
without a test split is judged on its validation pictures, and a fifth of the
training pictures validates.

The table tells accuracy with a 95 % interval (bootstrap by group) and the difference
to the best scheme with an exact McNemar test, corrected for their number (Holm).`

func printCompare(a *app, r *transfer.CompareResult) {
	w := a.out
	fmt.Fprintf(w, "%-9s  accuracy  95 %% interval   seeds          bal_acc  auc    lr       epochs  runs  seconds  memory    trained     to the best\n", "scheme")
	for _, s := range r.Schemes {
		fmt.Fprintf(w, "%-9s  %8.3f  %.3f–%.3f   %.3f–%.3f    %7.3f  %s  %.1e  %6d  %4d  %7.1f  %4d MB  %9d   %s\n", s.Scheme, s.Accuracy, s.CI95[0], s.CI95[1],
			s.MinMax[0], s.MinMax[1], s.Balanced, figure("%.3f", float64(s.AUC)), s.LR, s.Epochs, s.Runs, s.Seconds, s.Planned/1e6, s.Trained, verdict(s.Versus))
	}
	for scheme, why := range r.Skipped {
		fmt.Fprintf(w, "%-9s  not compared: %s\n", scheme, fault.Clean(why))
	}
	fmt.Fprintf(w, "best %s   majority baseline %.3f   test %d pictures, split %.12s   budget %s\nwritten %s\n",
		r.Best, r.Majority, r.Counts.Test, r.Split, r.Budget, fault.Clean(r.RunDir))
}

// verdict is the difference to the best scheme and what it is worth.
func verdict(v *transfer.Versus) string {
	if v == nil {
		return "best"
	}
	text := fmt.Sprintf("%+.3f [%+.3f, %+.3f] p %.3g", v.Difference, v.CI95[0], v.CI95[1], v.PHolm)
	if !v.Separable() {
		text += " not separable"
	}
	return text
}
