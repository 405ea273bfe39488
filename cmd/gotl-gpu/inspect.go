package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newInspect(a *app) *cobra.Command {
	var g *given
	c := &cobra.Command{
		Use:   "inspect [FILE]",
		Short: "show a network: operators, norms, head, cuts, preprocessing; without FILE the built-in ones",
		Example: "  gotl-gpu inspect mobilenet.onnx\n  gotl-gpu inspect mobilenet.onnx --ops --cuts\n" +
			"  gotl-gpu inspect mobilenet.onnx --sanity cat.jpg",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("model", g.arguments(c, args)); err != nil {
				return err
			}
			return inspect(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.InspectSettings{}, false)
	return c
}

func inspect(ctx context.Context, a *app, g *given) error {
	var s transfer.InspectSettings
	if err := g.parse(a, &s); err != nil {
		return err
	}
	if s.Model == "" {
		return architectures(a)
	}
	r, err := transfer.Inspect(ctx, s, transfer.InspectOptions{Engines: engines(), Open: a.do.open})
	if err != nil {
		return err
	}
	if a.json {
		emitJSON(a.out, "inspect", r)
		return nil
	}
	fmt.Fprint(a.out, r.Text(s.Ops, s.Cuts))
	return nil
}

// architectures lists the built-in networks.
func architectures(a *app) error {
	list := transfer.Architectures()
	if a.json {
		emitJSON(a.out, "architectures", list)
		return nil
	}
	fmt.Fprintf(a.out, "%-44s  size  classes  preparation of its published weights\n", "architecture (--model NAME+WEIGHTS)")
	for _, n := range list {
		fmt.Fprintf(a.out, "%-44s  %4d  %7d  %s\n", n.Name, n.Size, n.Classes, n.Preproc)
	}
	return nil
}
