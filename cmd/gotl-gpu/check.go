package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newCheck(a *app) *cobra.Command {
	var g *given
	c := &cobra.Command{
		Use:   "check MODEL",
		Short: "can this network run and train here, and are the numbers right",
		Long: `Imports MODEL, runs it at each batch size on the device and on the Go reference, and
compares all outputs. Every row must also equal its own run at batch 1. With --train one
SGD step is made and all gradients are compared. A line a comparison; exit 0, 4 (not
importable) or 8 (numbers differ).

The default input is x[i] = (((i+97·row)·31+7) mod 255)/127.5 − 1, i the flat index
within a row.`,
		Example: "  gotl-gpu check mobilenet.onnx\n  gotl-gpu check net.onnx --batch 1 --expect net.expected.npy --train",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("model", g.arguments(c, args)); err != nil {
				return err
			}
			return check(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.CheckSettings{}, false)
	return c
}

func check(ctx context.Context, a *app, g *given) error {
	var s transfer.CheckSettings
	if err := g.parse(a, &s); err != nil {
		return err
	}
	if s.Model == "" {
		return fault.New(fault.ErrUsage, "no network given", "MODEL", "check needs an .onnx file or a run directory", "gotl-gpu check NET.onnx")
	}
	made := 0
	err := transfer.Check(ctx, s, a.do.open, func(c transfer.Comparison) {
		made++
		switch {
		case a.json:
			emitJSON(a.out, "check", c)
		case !a.quiet || !c.OK:
			fmt.Fprintln(a.out, c)
		}
	})
	if err == nil && !a.json {
		fmt.Fprintf(a.out, "%d comparisons, all within the bars\n", made)
	}
	return err
}
