package transfer

import (
	"context"
	"time"

	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// deepEpochs is the length of the runs that --deep trains.
const deepEpochs = 3

// bodies adds the candidates that train a body: with --deep short runs of each fold,
// else without a figure.
func (a *adviser) bodies(ctx context.Context, o adviceOptions) error {
	for _, scheme := range []string{"finetune", "scratch"} {
		c := &Candidate{Scheme: scheme, How: "not trained"}
		a.add(c)
		if !o.deep {
			continue
		}
		t0 := time.Now()
		if err := a.deep(ctx, c); err != nil {
			return err
		}
		a.time("deep_"+scheme, t0)
	}
	if !o.costs {
		return nil
	}
	t0 := time.Now()
	cost, err := a.measure(ctx)
	if err != nil {
		return err
	}
	a.time("costs", t0)
	d := cost.defaults
	for scheme, t := range map[string]time.Duration{"features": cost.features(d.views), "scratch": time.Duration(d.epochs) * cost.epoch(cost.scratch),
		"finetune": cost.features(d.views) + time.Duration(d.epochs)*cost.epoch(cost.tune), "direct": cost.features(1)} {
		a.out.Times["run_"+scheme] = report.Number(t.Seconds())
	}
	return nil
}

// deep trains on all folds but one, in turn, and judges the fold left out; the last
// epoch counts, nothing is chosen on the fold.
func (a *adviser) deep(ctx context.Context, c *Candidate) error {
	pool := a.memoryPool()
	defer pool.Close()
	row := map[int]int{}
	for r, i := range a.s.at {
		row[i] = r
	}
	fold := a.rank.Folds(a.folds)
	c.How, c.Measured, c.right = "3 epochs", true, make([]float64, len(a.s.at))
	for f := range a.folds {
		s := a.set
		s.Scheme, s.Epochs, s.CacheViews, s.Patience = c.Scheme, deepEpochs, 1, 0
		t := a.newTrial(s, pool)
		t.trainAt, t.valAt = nil, nil
		for r, i := range a.s.at {
			if fold[r] == f {
				t.valAt = append(t.valAt, i)
			} else {
				t.trainAt = append(t.trainAt, i)
			}
		}
		t.lastWins = true
		if err := t.train(ctx); err != nil {
			return err
		}
		c.Memory = max(c.Memory, t.plannedB)
		for k, x := range metrics.Right(t.judged.Predicted, t.judged.labels) {
			c.right[row[t.judged.at[k]]] = x
		}
	}
	c.Accuracy = a.judged(c.right)
	return nil
}
