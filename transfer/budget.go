package transfer

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// budget is what each scheme may spend, rate choice and all seeds inside: a time, or
// passes over the training pictures. Neither: three default fine-tuning runs.
type budget struct {
	time   time.Duration
	passes int
	share  float64 // of three default fine-tuning runs; 0: all of it
}

func parseBudget(s string) (budget, error) {
	if s == "auto" || s == "" {
		return budget{}, nil
	}
	if n, ok := strings.CutSuffix(s, "passes"); ok {
		if k, err := strconv.Atoi(n); err == nil && k > 0 {
			return budget{passes: k}, nil
		}
	} else if n, ok := strings.CutSuffix(s, "%"); ok {
		if x, err := strconv.ParseFloat(n, 64); err == nil && x > 0 && x < 1e6 {
			return budget{share: x / 100}, nil
		}
	} else if d, err := parseDuration(s); err == nil && d > 0 {
		return budget{time: d}, nil
	}
	return budget{}, fault.New(fault.ErrUsage, "budget not understood", "--budget "+s, "want a time, a share of the usual time, or passes over the training pictures", "--budget 30m, --budget 20%, or --budget 60passes")
}

func (b budget) String() string {
	if b.passes > 0 {
		return fmt.Sprintf("%d passes over the training pictures a scheme", b.passes)
	}
	return fmt.Sprintf("%s a scheme", b.time.Round(100*time.Millisecond))
}

// costs are measured times of a network on this machine.
type costs struct {
	picture       time.Duration // through the frozen body
	tune, scratch time.Duration // a training step
	steps         int           // an epoch
	train, val    int           // pictures
	defaults      runPlan       // of a fine-tuning run
}

// epoch is the time of an epoch of training steps and its validation.
func (c costs) epoch(step time.Duration) time.Duration {
	return time.Duration(c.steps)*step + time.Duration(c.val)*c.picture
}

// features is the time of the frozen pass over so many views.
func (c costs) features(views int) time.Duration {
	return time.Duration(c.train*views+c.val) * c.picture
}

// runPlan is what one run of a scheme may do.
type runPlan struct{ epochs, views int }

// plan measures what a comparison costs and settles the budget.
func (c *comparer) plan(ctx context.Context) (err error) {
	t0 := time.Now()
	defer func() { c.spent = time.Since(t0) }()
	if c.costs, err = c.measure(ctx); err != nil {
		return err
	}
	if c.budget.time == 0 && c.budget.passes == 0 {
		d, share := c.costs.defaults, c.budget.share
		if share == 0 {
			share = 1
		}
		three := 3 * (c.costs.features(d.views) + time.Duration(d.epochs)*c.costs.epoch(c.costs.tune))
		c.budget.time = time.Duration(share * float64(three))
	}
	c.sink(Planned{Scheme: "compare", Head: c.head.spec.String(), TotalParams: countParams(c.body), PlannedBytes: c.plannedB,
		Notes: []string{"budget " + c.budget.String(), fmt.Sprintf("test %d pictures, split %.12s", c.costs.train+c.costs.val, c.rowsSum)}})
	return nil
}

// measure times the frozen body and the training steps.
func (j *job) measure(ctx context.Context) (costs, error) {
	c := costs{train: len(j.trainAt), val: len(j.valAt), defaults: runPlan{j.set.Epochs, j.set.CacheViews}}
	if c.defaults.epochs == 0 {
		c.defaults.epochs = 10
	}
	c.steps = (c.train + j.set.Batch - 1) / j.set.Batch
	var err error
	if c.picture, err = j.passTime(ctx); err != nil {
		return c, err
	}
	for scheme, step := range map[string]*time.Duration{"finetune": &c.tune, "scratch": &c.scratch} {
		s := j.set
		s.Scheme, s.Cache = scheme, "none"
		pool := j.memoryPool()
		*step, err = j.newTrial(s, pool).stepTime(ctx)
		pool.Close()
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// plan divides the budget by the runs of a scheme. Augmented views below a frozen
// part take at most a quarter of a run that goes on with fine-tuning.
func (b budget) plan(scheme string, c costs, runs int) runPlan {
	if b.passes > 0 {
		n := max(1, b.passes/runs)
		return map[string]runPlan{"features": {30, min(n, max(1, c.defaults.views))}, "finetune": {max(1, n-1), 1}, "scratch": {n, 1}, "direct": {1, 1}}[scheme]
	}
	run := b.time / time.Duration(runs)
	views := func(room time.Duration) int {
		v := max(1, c.defaults.views)
		for v > 1 && c.features(v) > room {
			v--
		}
		return v
	}
	fit := func(room, epoch time.Duration) int { return int(max(1, min(100, room/max(epoch, 1)))) }
	switch scheme {
	case "features":
		return runPlan{30, views(run)}
	case "finetune":
		v := views(run / 4)
		return runPlan{fit(run-c.features(v), c.epoch(c.tune)), v}
	case "scratch":
		return runPlan{fit(run, c.epoch(c.scratch)), 1}
	}
	return runPlan{1, 1}
}
