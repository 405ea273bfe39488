package transfer

import (
	"context"
	"errors"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// train runs the phases of the scheme and leaves the best weights in j.best.
func (j *job) train(ctx context.Context) error {
	headEpochs, tuneEpochs := j.epochs()
	if j.scheme == "scratch" {
		j.best = redraw(j.body, j.set.Seed)
		j.head = newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed)
		return j.tune(ctx, tuneEpochs)
	}
	if j.resumedIn("B") {
		if err := j.restoreHead(); err != nil {
			return err
		}
		return j.tune(ctx, tuneEpochs)
	}
	if err := j.trainHead(ctx, headEpochs); err != nil {
		return err
	}
	if tuneEpochs > 0 {
		return j.tune(ctx, tuneEpochs)
	}
	return nil
}

func (j *job) dim() int { return j.body.Outputs[0].Shape[1] }

// trainHead is phase A. With no epochs it only measures the features.
func (j *job) trainHead(ctx context.Context, epochs int) error {
	t0 := time.Now()
	d, err := j.collect(ctx, j.body)
	if err != nil {
		return err
	}
	j.timed("prefix_pass", t0)
	j.passRate = rateOf(len(j.trainAt)*d.views.count+len(j.valAt), time.Since(t0))
	std := d.standardOf()
	j.head = newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed)
	j.head.std = std
	p, ev, err := j.headPhase(d, j.head, epochs)
	if err != nil {
		return err
	}
	defer p.exec.Close()
	defer ev.close()
	if epochs == 0 {
		j.best = weights{}
		return nil
	}
	return j.runPhase(ctx, p)
}

// tune is phase B: everything that is not frozen trains, from the best so far.
func (j *job) tune(ctx context.Context, epochs int) error {
	p, ev, err := j.tunePhase(epochs)
	if err != nil {
		return err
	}
	defer p.exec.Close()
	defer ev.close()
	return j.runPhase(ctx, p)
}

// runPhase runs p from its start or from the checkpoint.
func (j *job) runPhase(ctx context.Context, p *phase) error {
	t0 := time.Now()
	defer j.timed("train", t0)
	at, err := j.position(p)
	if err != nil {
		return err
	}
	if p.name == "B" && !at.Stop.Best.Known && j.scheme != "scratch" {
		if err := j.startingPoint(ctx, p, at); err != nil {
			return err
		}
	}
	every, err := parseSave(j.set.SaveEvery)
	if err != nil {
		return err
	}
	l := &loop{phase: p, at: at, keep: j, sink: j.sink, metric: j.metric, every: every, began: j.began}
	if j.set.TimeLimit > 0 {
		l.stopAt = j.began.Add(j.set.TimeLimit)
	}
	if at.Stop.Patience > 0 && at.Stop.Waited >= at.Stop.Patience {
		return nil // it had stopped early
	}
	err = l.run(ctx)
	j.at = l.at
	return err
}

// position is where p begins: its checkpoint, or the start with the best so far.
func (j *job) position(p *phase) (*position, error) {
	if j.resumedIn(p.name) {
		return j.restore(p)
	}
	at := &position{Phase: p.name}
	at.Stop.Patience = j.set.Patience
	if j.at != nil {
		at.Rows = j.at.Rows
		if j.at.Phase == "A" {
			at.Stop.Best = j.at.Stop.Best
			at.Stop.Best.Epoch = 0
		}
	}
	return at, nil
}

// startingPoint judges the untrained network of phase B, so that fine-tuning never
// ends worse than it began.
func (j *job) startingPoint(ctx context.Context, p *phase, at *position) error {
	e, err := p.evaluate(ctx, nil)
	if err != nil {
		return err
	}
	at.Stop.Offer(0, e.Score(j.metric), e.LogLoss)
	return nil
}

// tunePhase builds phase B on the whole network.
func (j *job) tunePhase(epochs int) (*phase, *evaluator, error) {
	net, err := j.fullNet()
	if err != nil {
		return nil, nil, err
	}
	trained, depth, top, err := j.trainable(net)
	if err != nil {
		return nil, nil, err
	}
	stats := j.batchStats(net, trained)
	j.dropLast = stats != nil
	view, err := augmentation(&j.set, j.pre, j.data.Classes)
	if err != nil {
		return nil, nil, err
	}
	if view == nil {
		view = j.pre.View()
	}
	feed, err := j.pixels(net, j.trainAt, view, nil, true)
	if err != nil {
		return nil, nil, err
	}
	if feed.steps() == 0 {
		return nil, nil, fault.New(fault.ErrUsage, "no full batch", "", "batch statistics drop the incomplete last batch, and there is no other", "lower --batch, or --bn affine")
	}
	p, err := j.newPhase("B", net, trained, depth, j.tuneSpec(epochs, feed, stats, top))
	if err != nil {
		return nil, nil, err
	}
	valFeed, err := j.pixels(net, j.valAt, j.pre.View(), nil, false)
	if err != nil {
		return nil, nil, err
	}
	names := map[string]bool{}
	for _, v := range p.prog.States {
		names[v.Name] = !isOptimiserState(v.Name)
	}
	ev, err := newEvaluator(j.backend, net, func(s string) bool { return names[s] }, j.data, j.valAt, valFeed)
	if err != nil {
		return nil, nil, err
	}
	p.evaluate = ev.run
	return p, ev, nil
}

// fullNet is body and classifier with the best weights so far.
func (j *job) fullNet() (*graph.Graph, error) {
	h := j.head.with(j.best)
	net, err := withHead(j.body, h)
	if err != nil {
		return nil, err
	}
	return withWeights(net, j.best)
}

// tuneSpec holds the figures of phase B: half the head's rate, down to the
// deepest block by --lr-mult; a tenth of it where no norm steadies the network.
func (j *job) tuneSpec(epochs int, feed feeder, stats func(*graph.Node) bool, top int) phaseSpec {
	s := phaseSpec{epochs: epochs, feed: feed, lr: j.set.LR / 2, cycle: tuneCycle, mult: j.set.LRMult, head: top, batchStats: stats}
	if j.scheme == "scratch" {
		s.lr, s.mult = j.set.LR, 1
	} else if !j.net.hasNorms() {
		s.lr /= 10
	}
	return s
}

// stopped adds what was saved to the cause of an interruption.
func (j *job) stopped(err error) error {
	if !errors.Is(err, fault.ErrInterrupted) && !errors.Is(err, fault.ErrTerminated) {
		return err
	}
	why := "no checkpoint yet; nothing was trained"
	if j.saved != "" {
		why = "checkpoint " + j.saved
	}
	return fault.New(err, "stopped by signal", j.where(), why, "gotl-gpu finetune --resume "+j.where())
}
