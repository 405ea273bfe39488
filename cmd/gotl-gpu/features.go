package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newFeatures(a *app) *cobra.Command {
	if a.do.features == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:     "features DATA --model NET.onnx --out F.npy",
		Short:   "write what the network sees in each picture: features as .npy, labels as CSV",
		Example: "  gotl-gpu features faces/ --model mobilenet.onnx --out faces.npy",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("data", g.arguments(c, args)); err != nil {
				return err
			}
			return features(c.Context(), a, g)
		},
	}
	g = bind(c, transfer.FeaturesSettings{}, true)
	return c
}

func features(ctx context.Context, a *app, g *given) error {
	var s transfer.FeaturesSettings
	o, err := g.layered(a, &s)
	if err != nil {
		return err
	}
	sink, stop, err := a.sink()
	if err != nil {
		return err
	}
	defer stop()
	r, err := a.do.features(ctx, s, o, a.do.open, sink)
	if err != nil {
		return err
	}
	stop()
	if a.json {
		emitJSON(a.out, "features", r)
		return nil
	}
	fmt.Fprintf(a.out, "written %s  %d pictures, %d features, %.0f img/s; labels %s; skipped %d\n", fault.Clean(r.File), r.Pictures, r.Dim,
		r.ImgPerSec, fault.Clean(r.Labels), r.Skipped)
	return nil
}
