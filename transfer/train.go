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
	if j.scheme == "direct" {
		return j.direct(ctx)
	}
	if j.scheme == "scratch" {
		if err := j.fromScratch(); err != nil {
			return err
		}
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
	d, err := j.openFeatures(epochs)
	if err != nil {
		return err
	}
	defer d.close()
	j.head = newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed)
	if err := j.planHead(d, epochs); err != nil {
		return err
	}
	if j.head.std, err = j.standardOf(ctx, d); err != nil {
		return err
	}
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
	if j.scheme == "finetune" && !j.net.hasNorms() {
		j.sink(Warning{Text: "network without norms: fine-tuning uses a tenth of the rate"})
	}
	t, err := j.tuneData(ctx, epochs)
	if err != nil {
		return err
	}
	defer t.close()
	p, ev, err := j.tunePhase(t, epochs)
	if err != nil {
		return err
	}
	defer p.exec.Close()
	defer ev.close()
	return j.runPhase(ctx, p)
}

// runPhase runs p from its start or from the checkpoint.
func (j *job) runPhase(ctx context.Context, p *phase) error {
	defer j.training()()
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
	l := &loop{phase: p, at: at, keep: j.keeper(), sink: j.sink, metric: j.metric, every: every, began: j.began}
	if j.set.TimeLimit > 0 {
		l.stopAt = j.began.Add(j.set.TimeLimit)
	}
	if at.Stop.Patience > 0 && at.Stop.Waited >= at.Stop.Patience {
		j.at = at
		return j.judgeBest(ctx, p) // it had stopped early
	}
	if err := l.run(ctx); err != nil {
		return err
	}
	j.at = l.at
	return j.judgeBest(ctx, p)
}

// training times a phase without the passes through the prefix within.
func (j *job) training() (end func()) {
	t0, before := time.Now(), j.seconds["prefix_pass"]
	return func() { j.seconds["train"] += time.Since(t0) - (j.seconds["prefix_pass"] - before) }
}

// judgeBest evaluates the best weights, unless that was done when they were found.
func (j *job) judgeBest(ctx context.Context, p *phase) (err error) {
	if j.judged == nil {
		j.judged, err = p.evaluate(ctx, j.best)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
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
	j.judged = e
	return nil
}

// fullNet is body and classifier with the best weights so far.
func (j *job) fullNet() (*graph.Graph, error) {
	if j.mapped != nil {
		return j.mapped, nil
	}
	h := j.head.with(j.best)
	net, err := withHead(j.body, h)
	if err != nil {
		return nil, err
	}
	return withWeights(net, j.best)
}

// tuneLR is the rate of the classifier while the network trains.
func (j *job) tuneLR() float64 {
	switch {
	case j.set.TuneLR > 0:
		return j.set.TuneLR
	case j.scheme == "scratch":
		return j.lr()
	}
	return j.lr() / 2
}

// tuneSpec holds the figures of phase B: half the head's rate, down to the
// deepest block by --lr-mult; a tenth of it where no norm steadies the network.
func (j *job) tuneSpec(epochs int, feed feeder, stats func(*graph.Node) bool, top int) phaseSpec {
	s := phaseSpec{epochs: epochs, feed: feed, lr: j.tuneLR(), cycle: tuneCycle, mult: j.set.LRMult, head: top, batchStats: stats}
	if j.scheme == "scratch" {
		s.mult = 1
		if !hasNorm(j.body) {
			s.lr /= 10
		}
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
