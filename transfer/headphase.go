package transfer

import (
	"context"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/augment"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
)

// evalRows is the batch of programs that only evaluate cached features.
const evalRows = 256

// viewSet says which pictures a phase trains on: the view and its number.
type viewSet struct {
	view   dataset.View
	viewOf func(epoch uint32, index int) uint32
	count  int // distinct views; 0: one per epoch
}

// trainViews chooses the training views of cached features: the evaluation view
// alone without augmentation, else K augmented ones.
func trainViews(s *Settings, pre dataset.Preprocess, classes []string) (viewSet, error) {
	aug, err := augmentation(s, pre, classes)
	if err != nil || aug == nil {
		return viewSet{pre.View(), func(uint32, int) uint32 { return 0 }, 1}, err
	}
	k := max(s.CacheViews, 1)
	return viewSet{aug, dataset.CachedViews(s.Seed, k), k}, nil
}

// augmentation returns the augmented view of --aug, nil if it is the evaluation view.
func augmentation(s *Settings, pre dataset.Preprocess, classes []string) (dataset.View, error) {
	v, err := augment.New(s.Aug, augment.Settings{Pre: pre, Classes: classes, Seed: s.Seed})
	if err != nil || v.Fixed() {
		return nil, err
	}
	return v, nil
}

// headData are the cached features of phase A.
type headData struct {
	train []*features // by view
	val   *features
	views viewSet
}

// collect runs the frozen body over the validation pictures and every training
// view. It returns the features and the pictures seen a second.
func (j *job) collect(ctx context.Context, body *graph.Graph) (*headData, error) {
	x, err := newExtractor(j.backend, body, j.sink)
	if err != nil {
		return nil, err
	}
	defer x.exec.Close()
	j.planned(x.exec)
	views, err := trainViews(&j.set, j.pre, j.data.Classes)
	if err != nil {
		return nil, err
	}
	d := &headData{views: views}
	x.name, x.all = "features", len(j.trainAt)*views.count+len(j.valAt)
	feed, err := j.pixels(body, j.valAt, j.pre.View(), nil, false)
	if err != nil {
		return nil, err
	}
	if d.val, err = x.run(ctx, feed, 0, j.valAt); err != nil {
		return nil, err
	}
	if feed, err = j.pixels(body, j.trainAt, views.view, nil, false); err != nil {
		return nil, err
	}
	for k := range views.count { // the number of an epoch is that of the view
		f, err := x.run(ctx, feed, k, j.trainAt)
		if err != nil {
			return nil, err
		}
		d.train = append(d.train, f)
	}
	return d, nil
}

// pixels returns a feed of pictures for a network of body's input.
func (j *job) pixels(net *graph.Graph, at []int, view dataset.View, viewOf func(uint32, int) uint32, shuffle bool) (*pixelFeed, error) {
	in := net.Inputs[0]
	workers := j.set.Workers
	if workers <= 0 {
		workers = min(runtime.GOMAXPROCS(0), 16)
	}
	f, err := newPixelFeed(j.data, j.pre, in, dataset.LoaderOptions{Indices: at, View: view, Batch: in.Shape[0], Shuffle: shuffle,
		Seed: j.set.Seed, DropLast: shuffle && j.dropLast, ViewOf: viewOf, IgnoreEXIF: j.pre.Exif == "ignore",
		Workers: workers, Cache: j.decoded})
	if err == nil {
		f.skipped = j.skip
	}
	return f, err
}

// standardOf measures the standardisation over all training views.
func (d *headData) standardOf() *standard {
	var rows []float32
	for _, f := range d.train {
		rows = append(rows, f.rows...)
	}
	return standardise(rows, d.val.dim)
}

// headPhase builds phase A: the classifier on cached features.
func (j *job) headPhase(d *headData, h *head, epochs int) (*phase, *evaluator, error) {
	k, dim := len(j.data.Classes), d.val.dim
	net, err := headOnly(h, j.set.Batch, dim)
	if err != nil {
		return nil, nil, err
	}
	feed := &vectorFeed{set: j.data, at: j.trainAt, views: d.train, viewOf: d.views.viewOf, batch: j.set.Batch, seed: j.set.Seed}
	p, err := j.newPhase("A", net, parameters(net), func(parameter) int { return 0 }, phaseSpec{
		epochs: epochs, feed: feed, lr: j.set.LR, cycle: headCycle, mult: 1})
	if err != nil {
		return nil, nil, err
	}
	rows, err := graph.Rebatch(net, evalRows)
	if err != nil {
		return nil, nil, err
	}
	val := &vectorFeed{set: j.data, at: j.valAt, views: []*features{d.val}, viewOf: func(uint32, int) uint32 { return 0 }, batch: evalRows, seed: j.set.Seed}
	ev, err := newEvaluator(j.backend, rows, keepAll(h.params()), j.data, j.valAt, val)
	if err != nil {
		return nil, nil, err
	}
	p.classes, p.evaluate = k, ev.run
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
}

// newPhase compiles the training program of net for the given parameters.
func (j *job) newPhase(name string, net *graph.Graph, trained []parameter, depth func(parameter) int, s phaseSpec) (*phase, error) {
	groups, err := grouped(&j.set, net, trained, depth, s.head, s.mult)
	if err != nil {
		return nil, err
	}
	r, err := newRule(&j.set, s.lr, s.cycle, s.epochs, s.feed.steps())
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
		classes: len(j.data.Classes), target: j.target, seed: j.set.Seed, emaDecay: ema}, nil
}
