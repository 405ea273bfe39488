package transfer

import (
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// The sweep of fastai's learning rate finder.
const (
	lrLowest  = 1e-7
	lrHighest = 10.
	lrSteps   = 100
	lrWorse   = 4. // times the best smoothed loss, at which the sweep stops
	lrSmooth  = .98
)

// LRPoint is a step of the sweep. Loss is the smoothed one.
type LRPoint struct {
	LR   float64 `json:"lr"`
	Loss float64 `json:"loss"`
}

// LRResult is a sweep and four suggestions, all rates of the head: where the loss falls
// fastest (steep), a tenth of where it is least (minimum), in the longest fall (valley),
// and before it begins to rise (slide).
type LRResult struct {
	Points  []LRPoint `json:"points"`
	Steep   float64   `json:"steep"`
	Minimum float64   `json:"minimum"`
	Valley  float64   `json:"valley"`
	Slide   float64   `json:"slide"`
}

// LRFind trains the network of a scheme for up to 100 steps while the rate grows from
// 1e-7 to 10, and stops at four times the best loss. Nothing is kept. Errors: as
// Finetune. Source: Smith, arXiv:1506.01186, in fastai's form.
func LRFind(ctx context.Context, s Settings, o Origins, open Opener, sink Sink) (*LRResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	if s.Scheme == "auto" {
		s.Scheme = "finetune"
	}
	if s.Scheme == "direct" {
		return nil, fault.New(fault.ErrUsage, "direct use has no learning rate", "--scheme direct", "nothing is trained", "--scheme finetune")
	}
	s.Sched, s.HeadSched, s.WarmupEpochs = "constant", "", 0
	s.LR, s.TuneLR = 1, 1
	j := &job{set: s, origins: o, sink: sink, began: time.Now(), seconds: map[string]time.Duration{}}
	defer j.close()
	if err := j.prepare(ctx, open); err != nil {
		return nil, err
	}
	j.pool = j.memoryPool()
	p, done, err := j.sweepPhase(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	points, err := (&sweep{loop: &loop{phase: p, at: &position{Phase: p.name}, keep: j.keeper(), sink: sink}}).run(ctx)
	if err != nil {
		return nil, err
	}
	return suggest(points)
}

// sweepPhase is the phase whose rate is looked for: the head's on features, else the
// network's behind a first epoch of the head.
func (j *job) sweepPhase(ctx context.Context) (*phase, func(), error) {
	if j.scheme != "features" {
		if j.scheme == "scratch" {
			if err := j.fromScratch(); err != nil {
				return nil, nil, err
			}
		} else if err := j.trainHead(ctx, 0); err != nil {
			return nil, nil, err
		}
		t, err := j.tuneData(ctx, lrSteps)
		if err != nil {
			return nil, nil, err
		}
		p, ev, err := j.tunePhase(t, lrSteps)
		if err != nil {
			t.close()
			return nil, nil, err
		}
		return p, func() { ev.close(); p.exec.Close(); t.close() }, nil
	}
	d, err := j.openFeatures(lrSteps)
	if err != nil {
		return nil, nil, err
	}
	j.head = newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed)
	if j.head.std, err = j.standardOf(ctx, d); err != nil {
		d.close()
		return nil, nil, err
	}
	p, ev, err := j.headPhase(d, j.head, lrSteps)
	if err != nil {
		d.close()
		return nil, nil, err
	}
	return p, func() { ev.close(); p.exec.Close(); d.close() }, nil
}

// sweep trains with a growing rate.
type sweep struct {
	*loop
	mean, best float64
	points     []LRPoint
}

func (w *sweep) run(ctx context.Context) ([]LRPoint, error) {
	w.best = math.Inf(1)
	for epoch := 0; len(w.points) < lrSteps; epoch++ {
		st, err := w.feed.start(ctx, epoch, 0)
		if err != nil {
			return nil, err
		}
		stop, err := w.epochOf(ctx, st)
		st.close()
		if err != nil || stop {
			return w.points, err
		}
		w.at.Epoch, w.at.Step = epoch+1, 0
	}
	return w.points, nil
}

func (w *sweep) epochOf(ctx context.Context, st stream) (stop bool, err error) {
	for len(w.points) < lrSteps {
		f, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if ctx.Err() != nil {
			return true, context.Cause(ctx)
		}
		if err != nil {
			return true, err
		}
		n := len(w.points)
		w.rule.lr = lrLowest * math.Pow(lrHighest/lrLowest, float64(n)/(lrSteps-1))
		w.at.LossSum, w.at.LossN = 0, 0
		if err := w.step(ctx, f, 0); err != nil {
			return true, diverged(err)
		}
		w.mean = lrSmooth*w.mean + (1-lrSmooth)*w.at.LossSum/max(w.at.LossN, 1)
		loss := w.mean / (1 - math.Pow(lrSmooth, float64(n+1)))
		w.points = append(w.points, LRPoint{w.rule.lr, loss})
		w.sink(Progress{Phase: "lrfind", Done: n + 1, Total: lrSteps, Loss: loss})
		if loss > lrWorse*w.best {
			return true, nil
		}
		w.best = min(w.best, loss)
	}
	return true, nil
}

// diverged: a loss that is no longer finite ends a sweep, it does not fail it.
func diverged(err error) error {
	if errors.Is(err, fault.ErrDiverged) {
		return nil
	}
	return err
}
