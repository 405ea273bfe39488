package main

import (
	"context"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// verbs are the functions behind the commands; tests put others in their place.
// A command without one is not offered.
type verbs struct {
	open     transfer.Opener
	finetune func(context.Context, transfer.Settings, transfer.Origins, transfer.Opener, transfer.Sink) (*report.Summary, error)
	advise   func(context.Context, transfer.AdviseSettings, transfer.Origins, transfer.Opener, transfer.Sink) (*transfer.Advice, error)
	features func(context.Context, transfer.FeaturesSettings, transfer.Origins, transfer.Opener, transfer.Sink) (*transfer.FeaturesResult, error)
	lrfind   func(context.Context, transfer.Settings, transfer.Origins, transfer.Opener, transfer.Sink) (*transfer.LRResult, error)
	compare  func(context.Context, transfer.CompareSettings, transfer.Origins, transfer.Opener, transfer.Sink) (*transfer.CompareResult, error)
	eval     func(context.Context, transfer.EvalSettings, transfer.Opener, transfer.Sink) (*transfer.EvalResult, error)
	predict  func(context.Context, transfer.PredictSettings, transfer.Opener, func(transfer.Prediction) error) error
	demo     func(ctx context.Context, dir, device string, open transfer.Opener, sink transfer.Sink) (*transfer.DemoResult, error)
	bench    func(context.Context, throughput.Settings, func(string) (graph.Backend, error), func(throughput.Result)) error
	exit     func(int) // leaves at once, on a second interrupt
}

// product returns the real functions.
func product() verbs {
	return verbs{open: openDevice, finetune: transfer.Finetune, advise: transfer.Advise, compare: transfer.Compare, features: transfer.Features, lrfind: transfer.LRFind, eval: transfer.Eval, predict: transfer.Predict,
		demo: transfer.Demo, bench: throughput.Run}
}
