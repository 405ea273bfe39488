package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func newFeatures(a *app) *cobra.Command {
	return jobVerb[transfer.FeaturesSettings, *transfer.FeaturesResult]{
		use:     "features DATA --model NET.onnx --out F.npy",
		short:   "write what the network sees in each picture: features as .npy, labels as CSV",
		example: "  gotl-gpu features faces/ --model mobilenet.onnx --out faces.npy",
		event:   "features", do: a.do.features, print: printFeatures,
	}.command(a)
}

func printFeatures(a *app, r *transfer.FeaturesResult) {
	fmt.Fprintf(a.out, "written %s  %d pictures, %d features, %.0f img/s; labels %s; skipped %d\n", fault.Clean(r.File), r.Pictures, r.Dim,
		r.ImgPerSec, fault.Clean(r.Labels), r.Skipped)
}
