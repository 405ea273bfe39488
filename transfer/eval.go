package transfer

import (
	"context"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// Eval judges a classifier on labelled pictures: all of them, or the test, else the
// validation split where the data has splits. Labels are matched by class name.
func Eval(ctx context.Context, s EvalSettings, open Opener, sink Sink) (*EvalResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	gates, err := parseGates(&Settings{AssertAccuracy: s.AssertAccuracy, AssertMetric: s.AssertMetric})
	if err != nil {
		return nil, err
	}
	if err := checkJudgement(s.AbstainBelow, s.TargetError); err != nil {
		return nil, err
	}
	c, notes, err := openClassifier(s.Model, s.Classes, s.Preset, s.Resize, s.EXIF, s.Batch)
	if err != nil {
		return nil, err
	}
	set, err := dataset.Scan(ctx, dataset.Options{Path: s.Data, Format: s.DataFormat, Root: s.Root, LabelCol: s.LabelCol,
		ClassFrom: classFrom(s.ClassFrom), Classes: c.classes, AllowEmpty: true, AllowLeak: true, MaxBad: s.MaxBad, Strict: s.Strict, Workers: s.Workers})
	if err != nil {
		return nil, err
	}
	at, which := evalSplit(set)
	b, err := open(s.Device)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	rows, bad, err := c.run(ctx, b, set, at, s.Workers, sink)
	if err != nil {
		return nil, err
	}
	k := len(c.classes)
	var probs []float32
	var labels, read []int
	for r, i := range at {
		if !bad[i] {
			probs, labels, read = append(probs, rows[r*k:(r+1)*k]...), append(labels, set.Samples[i].Label), append(read, i)
		}
	}
	m, err := metrics.Evaluate(probs, labels, k)
	if err != nil {
		return nil, err
	}
	groups, err := byGroup(set, s.Groups, read, probs, labels)
	if err != nil {
		return nil, err
	}
	res := &EvalResult{Calibration: calibrate(logOf(probs), labels, k, c.temperature, s.AbstainBelow, s.TargetError), Groups: groups, Classes: c.classes, Metrics: m, Skipped: len(set.Skipped) + len(at) - len(labels), Notes: append(notes, which)}
	return res, checkGates(gates, m)
}

// evalSplit chooses the pictures to judge by.
func evalSplit(set *dataset.Set) ([]int, string) {
	for _, s := range []dataset.Split{dataset.Test, dataset.Val} {
		if at := set.Indices(s); len(at) > 0 {
			return at, "judged on the " + s.String() + " split"
		}
	}
	at := make([]int, len(set.Samples))
	for i := range at {
		at[i] = i
	}
	return at, "judged on all pictures"
}

// run returns the probabilities [len(at) K] of samples and which could not be read.
func (c *classifier) run(ctx context.Context, b graph.Backend, set *dataset.Set, at []int, workers int, sink Sink) ([]float32, map[int]bool, error) {
	x, err := newExtractor(b, c.graph, sink)
	if err != nil {
		return nil, nil, err
	}
	defer x.exec.Close()
	x.name, x.all = "eval", len(at)
	in := c.graph.Inputs[0]
	feed, err := newPixelFeed(set, c.pre, in, dataset.LoaderOptions{Indices: at, View: c.pre.View(), Batch: in.Shape[0],
		IgnoreEXIF: c.pre.Exif == "ignore", Workers: workers})
	if err != nil {
		return nil, nil, err
	}
	f, err := x.run(ctx, feed, 0, at)
	if err != nil {
		return nil, nil, err
	}
	return c.probabilities(f.rows), f.bad, nil
}
