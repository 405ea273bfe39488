package transfer

import (
	"context"
	"errors"
	"io"
	"runtime"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/augment"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
)

// trainViews chooses the training views below a frozen part: the evaluation view
// alone without augmentation, else K augmented ones, or with K = 0 one an epoch.
func trainViews(s *Settings, pre dataset.Preprocess, classes []string) (viewSet, error) {
	aug, err := augmentation(s, pre, classes)
	switch {
	case err != nil || aug == nil:
		return fixedView(pre.View()), err
	case s.CacheViews == 0:
		return viewSet{view: aug}, nil
	}
	return viewSet{aug, dataset.CachedViews(s.Seed, s.CacheViews), s.CacheViews}, nil
}

// augmentation returns the augmented view of --aug, nil if it is the evaluation view.
func augmentation(s *Settings, pre dataset.Preprocess, classes []string) (dataset.View, error) {
	v, err := augment.New(s.Aug, augment.Settings{Pre: pre, Classes: classes, Seed: s.Seed})
	if err != nil || v.Fixed() {
		return nil, err
	}
	return v, nil
}

// headData are the features that phase A works on.
type headData struct {
	p          *prefix
	train, val *records
}

func (d *headData) close() {
	d.p.close()
	d.train.close()
	d.val.close()
}

// openFeatures prepares the features of a head phase of some epochs.
func (j *job) openFeatures(epochs int) (*headData, error) {
	d := &headData{p: &prefix{cut: newCut(j.body, featuresName), backend: j.backend, planned: j.planned}}
	views, err := trainViews(&j.set, j.pre, j.data.Classes)
	if err != nil {
		return nil, err
	}
	if d.train, err = j.openRecords(d.p, featureRecords, views, j.trainAt, epochs, ""); err != nil {
		return nil, err
	}
	d.val, err = j.openRecords(d.p, featureRecords, fixedView(j.pre.View()), j.valAt, 1, "")
	return d, err
}

// feed gives the features of samples to a program of the run's batch.
func (j *job) feed(r *records, shuffle bool) *recordFeed {
	return &recordFeed{records: r, batch: j.set.Batch, shuffle: shuffle, dropLast: shuffle && j.dropLast}
}

// standardOf measures the standardisation over every view of a training picture
// that the phase shows, in the order of views and samples.
func (j *job) standardOf(ctx context.Context, d *headData) (*standard, error) {
	m, feed := newMoments(j.dim()), j.feed(d.train, false)
	for e := range d.train.passes {
		if err := feed.each(ctx, e, m.add); err != nil {
			return nil, err
		}
	}
	return m.standard(), nil
}

// each calls take for the records of an epoch whose pictures count, in order.
func (f *recordFeed) each(ctx context.Context, epoch int, take func(row []float32)) error {
	st, err := f.start(ctx, epoch, 0)
	if err != nil {
		return err
	}
	defer st.close()
	n := f.p.floats()
	for {
		b, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		rows := b.input[f.p.names[0]].F32
		for r, w := range b.weight {
			if w > 0 {
				take(rows[r*n : (r+1)*n])
			}
		}
	}
}

// ordering is --sampler.
func (j *job) ordering() dataset.Ordering {
	if j.set.Sampler == "balanced" {
		return j.data.Balanced()
	}
	return dataset.Order
}

// pixels returns a feed of pictures for a network of body's input.
func (j *job) pixels(net *graph.Graph, at []int, vs viewSet, shuffle bool) (*pixelFeed, error) {
	in := net.Inputs[0]
	workers := j.set.Workers
	if workers <= 0 {
		workers = min(runtime.GOMAXPROCS(0), 16)
	}
	f, err := newPixelFeed(j.data, j.pre, in, dataset.LoaderOptions{Indices: at, View: vs.view, Batch: in.Shape[0], Shuffle: shuffle,
		Seed: j.set.Seed, Order: j.ordering(), DropLast: shuffle && j.dropLast, ViewOf: vs.viewOf, IgnoreEXIF: j.pre.Exif == "ignore",
		Workers: workers, Cache: j.decoded, Decode: j.set.Decode})
	if err == nil {
		f.skipped = j.skip
		f.decoded = func(d time.Duration) { j.seconds["decode"] += d }
	}
	return f, err
}

// headPhase builds phase A: the classifier on its features.
func (j *job) headPhase(d *headData, h *head, epochs int) (*phase, *evaluator, error) {
	net, err := headOnly(h, j.set.Batch, j.dim())
	if err != nil {
		return nil, nil, err
	}
	p, err := j.newPhase("A", net, parameters(net), func(parameter) int { return 0 }, phaseSpec{
		epochs: epochs, feed: j.feed(d.train, true), lr: j.lr(), cycle: headCycle, mult: 1, sched: j.set.HeadSched})
	if err != nil {
		return nil, nil, err
	}
	ev, err := newEvaluator(j.backend, net, keepAll(h.params()), j.data, j.valAt, j.feed(d.val, false))
	if err != nil {
		p.exec.Close()
		return nil, nil, err
	}
	p.evaluate = ev.run
	return p, ev, nil
}

func keepAll(names []string) func(string) bool {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return func(s string) bool { return set[s] }
}

// phaseSpec are the choices in which the phases differ.
type phaseSpec struct {
	epochs     int
	feed       feeder
	lr         float64
	cycle      optim.OneCycle
	mult       float64 // head rate over deepest rate
	head       int     // block number of the classifier
	batchStats func(*graph.Node) bool
	sched      string // "": --sched
}

// newPhase compiles the training program of net for the given parameters.
func (j *job) newPhase(name string, net *graph.Graph, trained []parameter, depth func(parameter) int, s phaseSpec) (*phase, error) {
	groups, err := grouped(&j.set, net, trained, depth, s.head, s.mult)
	if err != nil {
		return nil, err
	}
	set := j.set
	if s.sched != "" {
		set.Sched = s.sched
	}
	r, err := newRule(&set, s.lr, s.cycle, s.epochs, s.feed.steps())
	if err != nil {
		return nil, err
	}
	ema, err := newEMA(j.set.EMA)
	if err != nil {
		return nil, err
	}
	prog, err := graph.BuildTrain(net, graph.TrainSpec{Logits: net.Outputs[0], Groups: toParamGroups(groups),
		BatchStats: s.batchStats, Optimiser: r.compile(), Clip: float32(j.set.Clip), EMA: ema != nil})
	if err != nil {
		return nil, err
	}
	x, err := j.backend.Compile(prog, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	j.planned(x)
	return &phase{name: name, epochs: s.epochs, exec: x, prog: prog, feed: s.feed, rule: r, groups: groups,
		classes: len(j.data.Classes), target: j.target, seed: j.set.Seed, emaDecay: ema, lastWins: j.lastWins}, nil
}
