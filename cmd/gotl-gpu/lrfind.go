package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newLRFind(a *app) *cobra.Command {
	if a.do.lrfind == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:     "lrfind DATA --model NET.onnx [--scheme features|finetune|scratch]",
		Short:   "sweep the learning rate and suggest four",
		Long:    "Trains up to 100 steps while the rate grows from 1e-7 to 10 and stops at four times the best\nloss. Nothing is kept. The rates are those of --lr and --tune-lr.",
		Example: "  gotl-gpu lrfind faces/ --model mobilenet.onnx --scheme finetune",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("data", g.arguments(c, args)); err != nil {
				return err
			}
			return lrFind(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.Settings{}, true)
	return c
}

func lrFind(ctx context.Context, a *app, g *given) error {
	var s transfer.Settings
	o, err := g.layered(a, &s)
	if err != nil {
		return err
	}
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	r, err := a.do.lrfind(ctx, s, o, a.do.open, sink)
	if err != nil {
		return err
	}
	stop()
	if a.json {
		emitJSON(a.out, "lrfind", r)
		return nil
	}
	if !a.quiet {
		fmt.Fprintln(a.out, "      lr      loss")
		for i := 0; i < len(r.Points); i += 5 {
			fmt.Fprintf(a.out, "%8.1e  %8.4f\n", r.Points[i].LR, r.Points[i].Loss)
		}
	}
	fmt.Fprintf(a.out, "suggested  valley %.1e  steep %.1e  minimum/10 %.1e  slide %.1e\n", r.Valley, r.Steep, r.Minimum, r.Slide)
	return nil
}
