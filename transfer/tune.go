package transfer

import (
	"context"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// tuneData is what phase B trains on: the whole network and its pictures, or the
// part above a cut and the records that cross it.
type tuneData struct {
	net     *graph.Graph // what trains, with the frozen part if there is no cut
	judged  *graph.Graph // the same at the batch it is evaluated with
	trained []parameter
	depth   func(parameter) int
	top     int // block number of the classifier
	stats   func(*graph.Node) bool

	p          *prefix // nil: no cut
	train, val *records
	reason     string // why a cut is not used, "" if there is none

	feed, valFeed feeder
}

func (t *tuneData) close() {
	if t.p != nil {
		t.p.close()
		t.train.close()
		t.val.close()
	}
}

// tuneData divides the network. Whether there is a cut follows from the settings
// alone, and so do the views shown; whether its records are held does not change a bit.
func (j *job) tuneData(ctx context.Context, epochs int) (*tuneData, error) {
	net, err := j.fullNet()
	if err != nil {
		return nil, err
	}
	t := &tuneData{net: net}
	if t.trained, t.depth, t.top, err = j.trainable(net); err != nil {
		return nil, err
	}
	t.stats = j.batchStats(net, t.trained)
	j.dropLast = t.stats != nil
	views, err := trainViews(&j.set, j.pre, j.data.Classes)
	if err != nil {
		return nil, err
	}
	c, err := cutAt(net, t.trained)
	if err != nil {
		return nil, err
	}
	if c == nil || views.count == 0 {
		if c != nil {
			t.reason = "augmentation is free"
		}
		return t, j.wholeFeeds(t)
	}
	if err := j.cutFeeds(ctx, t, c, views, epochs); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// wholeFeeds feeds the whole network with pictures, augmented anew in every epoch.
func (j *job) wholeFeeds(t *tuneData) error {
	view, err := augmentation(&j.set, j.pre, j.data.Classes)
	if err != nil {
		return err
	}
	if view == nil {
		view = j.pre.View()
	}
	if t.feed, err = j.pixels(t.net, j.trainAt, viewSet{view: view}, true); err != nil {
		return err
	}
	t.judged = judged(t.net)
	t.valFeed, err = j.pixels(t.judged, j.valAt, fixedView(j.pre.View()), false)
	return err
}

// cutFeeds feeds the part above c with records. Those of the validation pictures
// come first; they show what the prefix costs.
func (j *job) cutFeeds(ctx context.Context, t *tuneData, c *cut, views viewSet, epochs int) error {
	var err error
	t.net, t.p = c.live, &prefix{cut: c, backend: j.backend, planned: j.planned}
	if t.val, err = j.openRecords(t.p, activationRecords, fixedView(j.pre.View()), j.valAt, 1, ""); err != nil {
		return err
	}
	if t.val.held() {
		if _, err := t.val.fill(ctx, 0, j.valAt); err != nil {
			return err
		}
	}
	bytes := 4 * int64(len(j.trainAt)*min(epochs, views.count)) * int64(c.floats())
	why := t.p.worth(epochs, views.count, j.pool.Choose(bytes))
	if t.train, err = j.openRecords(t.p, activationRecords, views, j.trainAt, epochs, why); err != nil {
		return err
	}
	t.judged, t.feed, t.valFeed = t.net, j.feed(t.train, true), j.feed(t.val, false)
	return nil
}

// tunePhase builds phase B.
func (j *job) tunePhase(t *tuneData, epochs int) (*phase, *evaluator, error) {
	if t.feed.steps() == 0 {
		return nil, nil, fault.New(fault.ErrUsage, "no full batch", "", "batch statistics drop the incomplete last batch, and there is no other", "lower --batch, or --bn affine")
	}
	p, err := j.newPhase("B", t.net, t.trained, t.depth, j.tuneSpec(epochs, t.feed, t.stats, t.top))
	if err != nil {
		return nil, nil, err
	}
	names := map[string]bool{}
	for _, v := range p.prog.States {
		names[v.Name] = !isOptimiserState(v.Name)
	}
	ev, err := newEvaluator(j.backend, t.judged, func(s string) bool { return names[s] }, j.data, j.valAt, t.valFeed)
	if err != nil {
		p.exec.Close()
		return nil, nil, err
	}
	p.evaluate = ev.run
	j.planTune(t, p)
	return p, ev, nil
}
