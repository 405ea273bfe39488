package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

func newBench(a *app) *cobra.Command {
	if a.do.bench == nil {
		return nil
	}
	var g *given
	c := &cobra.Command{
		Use:   "bench",
		Short: "how fast networks train and infer on this machine, task by task",
		Long: `Times the engine's step on random pictures: a row a task, printed when it is ready.

full         everything trains, BatchNorm on batch statistics
affine       everything trains, BatchNorm on running statistics
last         last stage and classifier train, the rest is frozen
head         the classifier trains, the rest is frozen and computed in every step
cached-last  as last, from cached activations
cached-head  as head, from cached features
infer        inference, at batch 1 and 16

img/s is that of the fastest step, median that of the median step. planned is the memory
of the compiled step, peak the resident memory of the process with the network in it.`,
		Example: "  gotl-gpu bench --model mobilenet.onnx\n  gotl-gpu bench --model resnet18 --batch 16 --tasks full,infer",
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.positional("model", g.arguments(c, args)); err != nil {
				return err
			}
			return bench(c.Context(), a, g)
		},
	}
	g = bind(c, throughput.Settings{}, false)
	return c
}

func bench(ctx context.Context, a *app, g *given) error {
	var s throughput.Settings
	if err := g.parse(a, &s); err != nil {
		return err
	}
	t := benchTable{out: a.out}
	return a.do.bench(ctx, s, a.do.open, func(r throughput.Result) {
		if a.json {
			emitJSON(a.out, "bench", r)
			return
		}
		t.row(r)
	})
}

// benchTable prints a header when device or network change, then a line a row.
type benchTable struct {
	out         io.Writer
	device, net string
}

func (t *benchTable) row(r throughput.Result) {
	if r.Device != t.device && r.Note == "" {
		t.device = r.Device
		fmt.Fprintf(t.out, "device    %s, f32\n", fault.Clean(r.Device))
	}
	if r.Net != t.net {
		t.net = r.Net
		fmt.Fprintf(t.out, "network   %s\n", fault.Clean(r.Net))
		fmt.Fprintf(t.out, "%-12s%6s%11s%11s%13s%11s%14s%13s%7s\n", "task", "batch", "img/s", "median", "planned MB", "peak MB", "faults/step", "calls/step", "steps")
	}
	if r.Note != "" {
		fmt.Fprintf(t.out, "%-12s%6d  %s\n", r.Task, r.Batch, fault.Clean(r.Note))
		return
	}
	fmt.Fprintf(t.out, "%-12s%6d%11.1f%11.1f%13.1f%11.1f%14.1f%13.0f%7d\n", r.Task, r.Batch, r.Best, r.Median,
		float64(r.Planned)/1e6, float64(r.Peak)/1e6, r.Faults, r.Calls, r.Steps)
}
