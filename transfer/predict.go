package transfer

import (
	"context"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// Predict names the class of every picture of s.Paths, in order, folders searched to
// any depth. A picture that cannot be read gets an answer with Err, unless s.Strict.
func Predict(ctx context.Context, s PredictSettings, open Opener, emit func(Prediction) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set, err := dataset.Unlabelled(ctx, s.Paths, dataset.Options{MaxBad: 1, Strict: s.Strict, Workers: s.Workers, AllowLeak: true})
	if err != nil {
		return err
	}
	batch := max(1, min(s.Batch, len(set.Samples)))
	c, _, err := openClassifier(s.Model, s.Classes, s.Preset, s.Resize, s.EXIF, batch)
	if err != nil {
		return err
	}
	for _, skip := range set.Skipped {
		if err := emit(Prediction{Path: skip.Path, Classes: c.classes, Err: fault.New(fault.ErrCorrupt, "picture cannot be read", skip.Path, skip.Reason, "")}); err != nil {
			return err
		}
	}
	if len(set.Samples) == 0 {
		return fault.New(fault.ErrData, "no picture to predict", "", "none of the paths is a readable picture", "")
	}
	b, err := open(s.Device)
	if err != nil {
		return err
	}
	defer b.Close()
	at, _ := evalSplit(set)
	probs, bad, err := c.run(ctx, b, set, at, s.Workers, func(Event) {})
	if err != nil {
		return err
	}
	pred, k := metrics.Argmax(probs, len(c.classes)), len(c.classes)
	for r, i := range at {
		p := Prediction{Path: set.Samples[i].Path, Classes: c.classes, Pred: pred[r], Probs: probs[r*k : (r+1)*k]}
		if bad[i] {
			p = Prediction{Path: p.Path, Classes: c.classes, Err: fault.New(fault.ErrCorrupt, "picture cannot be read", p.Path, "decoding failed", "")}
		}
		if err := emit(p); err != nil {
			return err
		}
	}
	return nil
}
