package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// jobVerb is a command that reads settings S, lets one function of package transfer
// work on DATA, and prints its result R.
type jobVerb[S, R any] struct {
	use, short, long, example string
	event                     string // type of the result under --json
	do                        func(context.Context, S, transfer.Origins, transfer.Opener, transfer.Sink) (R, error)
	print                     func(a *app, r R)
}

// command returns nil if the function is not there.
func (v jobVerb[S, R]) command(a *app) *cobra.Command {
	if v.do == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{Use: v.use, Short: v.short, Long: v.long, Example: v.example,
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("data", g.arguments(c, args)); err != nil {
				return err
			}
			return v.run(c.Context(), a, g)
		},
	}
	var settings S
	g = bind(c, settings, true)
	return c
}

func (v jobVerb[S, R]) run(ctx context.Context, a *app, g *given) error {
	var s S
	o, err := g.layered(a, &s)
	if err != nil {
		return err
	}
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	r, err := v.do(ctx, s, o, a.do.open, sink)
	if err != nil {
		return err
	}
	stop()
	if a.json {
		emitJSON(a.out, v.event, r)
		return nil
	}
	v.print(a, r)
	return nil
}
