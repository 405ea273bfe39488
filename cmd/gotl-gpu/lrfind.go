package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newLRFind(a *app) *cobra.Command {
	return jobVerb[transfer.Settings, *transfer.LRResult]{
		use:     "lrfind DATA --model NET.onnx [--scheme features|finetune|scratch]",
		short:   "sweep the learning rate and suggest four",
		long:    "Trains up to 100 steps while the rate grows from 1e-7 to 10 and stops at four times the best\nloss. Nothing is kept. The rates are those of --lr and --tune-lr.",
		example: "  gotl-gpu lrfind faces/ --model mobilenet.onnx --scheme finetune",
		event:   "lrfind", do: a.do.lrfind, print: printLRFind,
	}.command(a)
}

func printLRFind(a *app, r *transfer.LRResult) {
	if !a.quiet {
		fmt.Fprintln(a.out, "      lr      loss")
		for i := 0; i < len(r.Points); i += 5 {
			fmt.Fprintf(a.out, "%8.1e  %8.4f\n", r.Points[i].LR, r.Points[i].Loss)
		}
	}
	fmt.Fprintf(a.out, "suggested  valley %.1e  steep %.1e  minimum/10 %.1e  slide %.1e\n", r.Valley, r.Steep, r.Minimum, r.Slide)
}
