package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// trial is a training run that leaves no files: what advice and comparisons measure.
// It shares network, pictures and back end with the job it was made by.
type trial struct{ *job }

// newTrial makes a run of a scheme. Its records lie in pool, which outlives it.
func (j *job) newTrial(s Settings, pool *cache.Pool) trial {
	t := &job{set: s, origins: j.origins, began: time.Now(), seconds: map[string]time.Duration{}, backend: j.backend, net: j.net,
		data: j.data, pre: j.pre, decoded: j.decoded, pool: pool, target: j.target, metric: j.metric, scheme: s.Scheme,
		trainAt: j.trainAt, valAt: j.valAt, body: j.body, head: &head{spec: j.head.spec}, dataSum: j.dataSum, rowsSum: j.rowsSum}
	t.sink = func(e Event) { // the bars go on, the rest is the caller's
		if p, ok := e.(Progress); ok {
			j.sink(p)
		}
	}
	return trial{t}
}

// memoryPool holds records in memory only: a run that is timed reads none that an
// earlier one left.
func (j *job) memoryPool() *cache.Pool {
	return cache.New(cache.Options{RAM: max(recordMemory()-decodedBudget(j.set.Cache), 0), Warn: func(s string) { j.sink(Warning{Text: s}) }})
}

// score is the metric on the validation pictures, higher better.
func (t trial) score() float64 { return t.judged.Score(t.metric) }

// on evaluates what was trained on samples.
func (t trial) on(ctx context.Context, at []int) (*evaluation, error) {
	net, err := t.fullNet()
	if err != nil {
		return nil, err
	}
	return t.judgeOn(ctx, net, at)
}

// trained is the number of parameters that training moved.
func (t trial) trained() (n int64) {
	for _, w := range t.best {
		n += int64(w.Len())
	}
	return n
}

// keeper is what a training loop reports to: the files of a run, or memory alone.
func (j *job) keeper() keeper {
	if j.dir == nil {
		return inMemory{j}
	}
	return j
}

// inMemory keeps the best weights and nothing else.
type inMemory struct{ *job }

func (m inMemory) step(stepRecord) error { return nil }

func (m inMemory) row(EpochDone) error { return nil }

func (m inMemory) save(_ *phase, at *position) error {
	m.at = at
	return nil
}

// holdOut sees to it that there are test pictures: without any, the validation
// pictures become them and validation is taken from training.
func (j *job) holdOut() error {
	if len(j.data.Indices(dataset.Test)) == 0 {
		j.data.HoldOut()
		if err := j.data.Split(dataset.SplitOptions{Val: holdOutShare, Seed: j.set.Seed, Mode: j.set.SplitMode}); err != nil {
			return err
		}
		if err := enough(j.data, j.set.Data); err != nil {
			return err
		}
	}
	j.trainAt, j.valAt = j.data.Indices(dataset.Train), j.data.Indices(dataset.Val)
	_, rows := j.data.Fingerprint()
	j.rowsSum = fmt.Sprintf("%x", rows)
	return nil
}

// holdOutShare of the training pictures validates where the validation pictures test.
const holdOutShare = .2

// stepTime measures a training step of a scheme, the mean of three after a first one
// that touches the memory.
func (t trial) stepTime(ctx context.Context) (time.Duration, error) {
	if t.scheme == "scratch" {
		if err := t.fromScratch(); err != nil {
			return 0, err
		}
	} else {
		t.head = newHead(t.head.spec, t.dim(), len(t.data.Classes), t.set.Seed)
		t.best = weights{}
	}
	d, err := t.tuneData(ctx, 1)
	if err != nil {
		return 0, err
	}
	defer d.close()
	p, ev, err := t.tunePhase(d, 1)
	if err != nil {
		return 0, err
	}
	defer p.exec.Close()
	defer ev.close()
	l := &loop{phase: p, at: &position{Phase: "B"}, keep: t.keeper(), sink: t.sink}
	st, err := p.feed.start(ctx, 0, 0)
	if err != nil {
		return 0, err
	}
	defer st.close()
	f, err := st.next(ctx)
	if err != nil {
		return 0, err
	}
	return timedRuns(ctx, func() error { return l.step(ctx, f, 0) })
}

// timedRuns is the mean time of three calls of run behind one that does not count.
func timedRuns(ctx context.Context, run func() error) (time.Duration, error) {
	const n = 3
	var t0 time.Time
	for k := range n + 1 {
		if k == 1 {
			t0 = time.Now()
		}
		if err := run(); err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
	}
	return time.Since(t0) / n, nil
}

// passTime measures one picture's way through the frozen body, in batches.
func (j *job) passTime(ctx context.Context) (time.Duration, error) {
	p := &prefix{cut: newCut(j.body, featuresName), backend: j.backend, planned: j.planned}
	defer p.close()
	feed, err := j.pixels(j.body, j.trainAt, fixedView(j.pre.View()), false)
	if err != nil {
		return 0, err
	}
	st, err := feed.start(ctx, 0, 0)
	if err != nil {
		return 0, err
	}
	defer st.close()
	f, err := st.next(ctx)
	if err != nil {
		return 0, fault.New(fault.ErrData, "no picture could be read", j.set.Data, err.Error(), "gotl-gpu data check")
	}
	each, err := timedRuns(ctx, func() error { return p.step(ctx, f) })
	return each / time.Duration(max(1, len(f.labels))), err
}

// fromScratch draws the weights of the structure anew.
func (j *job) fromScratch() error {
	if j.set.ReinsertBN == "auto" {
		g, err := withNorms(j.body)
		if err != nil {
			return err
		}
		j.body = g
	}
	j.best = redraw(j.body, j.set.Seed)
	j.head = newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed)
	return nil
}
