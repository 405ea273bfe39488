package transfer

import (
	"context"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// CompareSettings are the choices of a comparison.
type CompareSettings struct {
	Settings
	Budget string `flag:"budget" def:"auto" help:"for each scheme, rate choice and all seeds inside: a time (30m), passes over the training pictures (60passes), or a share of auto (20%); auto: three fine-tuning runs"`
	Seeds  int    `flag:"seeds" def:"3" help:"runs of each scheme, from seed --seed on"`
}

// allSchemes are compared in this order, the cheapest first.
var allSchemes = []string{"direct", "features", "finetune", "scratch"}

// rates are the factors of the learning rate tried with the first seed.
var rates = []float64{1. / 3, 1, 3}

// CompareResult is compare.json.
type CompareResult struct {
	Version     string             `json:"version"`
	Device      string             `json:"device"`
	Model       string             `json:"model_sha256"`
	Split       string             `json:"split_sha256"`
	Classes     []string           `json:"classes"`
	Counts      report.Counts      `json:"counts"`
	Majority    report.Number      `json:"majority"`
	Budget      string             `json:"budget"`
	Preparation report.Number      `json:"preparation_seconds"` // measuring costs
	Seconds     report.Number      `json:"seconds"`
	Best        string             `json:"best"`
	Schemes     []SchemeResult     `json:"schemes"`
	Skipped     map[string]string  `json:"not_compared,omitempty"` // scheme: why
	RunDir      string             `json:"-"`
	predictions map[string]*tested // of the first seed
}

// SchemeResult is one row of a comparison. Accuracy and the rest are means over the
// seeds on the test pictures; predictions and McNemar's test are the first seed's.
type SchemeResult struct {
	Scheme   string          `json:"scheme"`
	Accuracy report.Number   `json:"accuracy"`
	Balanced report.Number   `json:"balanced_accuracy"`
	AUC      report.Number   `json:"auc"`
	CI95     [2]float64      `json:"ci95"` // bootstrap by group
	MinMax   [2]float64      `json:"seeds_min_max"`
	Seeds    []report.Number `json:"seeds_accuracy"`
	LR       float64         `json:"lr"`
	Epochs   int             `json:"epochs"`
	Views    int             `json:"views"`
	Runs     int             `json:"runs"`
	Seconds  float64         `json:"seconds"`
	Planned  int64           `json:"planned_bytes"`
	Trained  int64           `json:"trained_params"`
	Versus   *Versus         `json:"versus_best"` // nil: it is the best
}

// Versus compares a scheme with the best one, picture by picture.
type Versus struct {
	Difference float64    `json:"difference"` // in accuracy
	CI95       [2]float64 `json:"ci95"`       // paired bootstrap by group
	BestOnly   int        `json:"best_only_right"`
	ThisOnly   int        `json:"this_only_right"`
	P          float64    `json:"p"`      // exact McNemar
	PHolm      float64    `json:"p_holm"` // corrected for the number of schemes
}

// Separable reports whether the best scheme is better than chance would have it.
func (v *Versus) Separable() bool { return v.PHolm < .05 }

// Compare trains the four schemes at equal budget and judges them on the same test
// pictures (SCHEMES §5). It leaves compare.json, the split and the predictions in a
// folder of its own. Errors: as Finetune.
func Compare(ctx context.Context, s CompareSettings, o Origins, open Opener, sink Sink) (*CompareResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	if o["project"] == "default" {
		s.Project = "runs/compare"
	}
	s.Scheme = "finetune"
	j := &job{set: s.Settings, origins: o, sink: sink, began: time.Now(), seconds: map[string]time.Duration{}}
	defer j.close()
	budget, err := parseBudget(s.Budget)
	if err != nil {
		return nil, err
	}
	if err := j.prepare(ctx, open); err != nil {
		return nil, err
	}
	if err := j.holdOut(); err != nil {
		return nil, err
	}
	c := &comparer{job: j, seeds: s.Seeds, budget: budget}
	if err := c.plan(ctx); err != nil {
		return nil, err
	}
	if j.dir, err = newRundir(&j.set); err != nil {
		return nil, err
	}
	r, err := c.run(ctx)
	if err != nil {
		return nil, err
	}
	return r, c.write(r)
}

// comparer is one comparison in progress.
type comparer struct {
	*job
	seeds  int
	budget budget
	costs  costs
	spent  time.Duration // on measuring
}

// tested is what the test pictures said about one trained scheme.
type tested struct {
	*evaluation           // of the first seed
	trained     int64     // parameters
	right       []float64 // share of the seeds that got each picture right
}

func (c *comparer) run(ctx context.Context) (*CompareResult, error) {
	test := c.data.Indices(dataset.Test)
	r := &CompareResult{Version: Version, Device: c.backend.Name(), Model: c.net.sha256, Split: c.rowsSum, Classes: c.data.Classes,
		Counts: report.Counts{Train: len(c.trainAt), Val: len(c.valAt), Test: len(test), Skipped: len(c.data.Skipped)},
		Budget: c.budget.String(), Preparation: report.Number(c.spent.Seconds()), Skipped: map[string]string{}, predictions: map[string]*tested{}}
	for _, scheme := range allSchemes {
		if scheme == "direct" && c.net.head.Logits == nil {
			r.Skipped[scheme] = "the network has no classes of its own"
			continue
		}
		row, first, err := c.scheme(ctx, scheme, test)
		if err != nil {
			return nil, err
		}
		r.Schemes, r.predictions[scheme] = append(r.Schemes, *row), first
		r.Majority = report.Number(first.Majority)
	}
	c.rank(r)
	r.Seconds = report.Number(time.Since(c.began).Seconds())
	r.RunDir = c.where()
	return r, nil
}

// scheme trains one scheme: the rates with the first seed, the best of them with the
// others. Only what validation chose sees the test pictures.
func (c *comparer) scheme(ctx context.Context, scheme string, test []int) (*SchemeResult, *tested, error) {
	began := time.Now()
	pool := c.memoryPool()
	defer pool.Close()
	p := c.budget.plan(scheme, c.costs, c.runs(scheme))
	row := &SchemeResult{Scheme: scheme, Epochs: p.epochs, Views: p.views}
	best, err := c.chooseRate(ctx, scheme, p, pool, row)
	if err != nil {
		return nil, nil, err
	}
	first, err := best.test(ctx, test)
	if err != nil {
		return nil, nil, err
	}
	all := []*tested{first}
	for seed := 1; seed < c.seeds && scheme != "direct"; seed++ {
		t, err := c.one(ctx, scheme, p, row.LR, uint64(seed), pool, row)
		if err != nil {
			return nil, nil, err
		}
		more, err := t.test(ctx, test)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, more)
	}
	row.Seconds = time.Since(began).Seconds()
	row.summarise(all, c.groupsOf(first.at), c.set.Seed)
	return row, first, nil
}

// runs is how often a scheme trains.
func (c *comparer) runs(scheme string) int {
	if scheme == "direct" {
		return 1
	}
	return len(rates) + c.seeds - 1
}

// chooseRate trains with every rate and the first seed and keeps what validates best.
func (c *comparer) chooseRate(ctx context.Context, scheme string, p runPlan, pool *cache.Pool, row *SchemeResult) (best trial, err error) {
	base := c.baseRate(scheme)
	tried := rates
	if scheme == "direct" {
		tried, base = []float64{1}, 0
	}
	for _, f := range tried {
		t, err := c.one(ctx, scheme, p, base*f, 0, pool, row)
		if err != nil {
			return best, err
		}
		if best.job == nil || t.score() > best.score() || t.score() == best.score() && t.judged.LogLoss < best.judged.LogLoss {
			best, row.LR = t, base*f
		}
	}
	return best, nil
}

// baseRate is the scheme's rate unless the user gave one.
func (c *comparer) baseRate(scheme string) float64 {
	s := c.set
	s.Scheme = scheme
	return c.newTrial(s, nil).lr()
}

// one trains a scheme once.
func (c *comparer) one(ctx context.Context, scheme string, p runPlan, lr float64, seed uint64, pool *cache.Pool, row *SchemeResult) (trial, error) {
	s := c.set
	s.Scheme, s.LR, s.Seed, s.Epochs, s.CacheViews = scheme, lr, c.set.Seed+seed, p.epochs, p.views
	t := c.newTrial(s, pool)
	if err := t.train(ctx); err != nil {
		return t, err
	}
	row.Runs, row.Planned = row.Runs+1, max(row.Planned, t.plannedB)
	c.sink(TrialDone{Scheme: scheme, LR: lr, Seed: s.Seed, Epochs: p.epochs, Accuracy: report.Number(t.judged.Accuracy), Seconds: time.Since(t.began).Seconds()})
	return t, nil
}

func (t trial) test(ctx context.Context, test []int) (*tested, error) {
	e, err := t.on(ctx, test)
	if err != nil {
		return nil, err
	}
	return &tested{e, t.trained(), metrics.Right(e.Predicted, e.labels)}, nil
}

// summarise fills the row from the outcomes of the seeds.
func (r *SchemeResult) summarise(all []*tested, groups []int, seed uint64) {
	first := all[0]
	r.Trained, r.MinMax = first.trained, [2]float64{first.Accuracy, first.Accuracy}
	n := report.Number(len(all))
	for _, o := range all {
		r.Accuracy += report.Number(o.Accuracy) / n
		r.Balanced += report.Number(o.Balanced) / n
		r.AUC += report.Number(o.AUC) / n
		r.Seeds = append(r.Seeds, report.Number(o.Accuracy))
		r.MinMax = [2]float64{min(r.MinMax[0], o.Accuracy), max(r.MinMax[1], o.Accuracy)}
	}
	mean := make([]float64, len(first.right))
	for _, o := range all {
		for i, x := range o.right {
			mean[i] += x / float64(len(all))
		}
	}
	first.right = mean
	r.CI95 = metrics.Bootstrap(mean, groups, metrics.CompareRounds, seed)
}

// rank names the best scheme and compares the others with it.
func (c *comparer) rank(r *CompareResult) {
	best := 0
	for i, s := range r.Schemes {
		if s.Accuracy > r.Schemes[best].Accuracy {
			best = i
		}
	}
	r.Best = r.Schemes[best].Scheme
	top := r.predictions[r.Best]
	var p []float64
	var rows []*Versus
	for i := range r.Schemes {
		if i == best {
			continue
		}
		v := versus(top, r.predictions[r.Schemes[i].Scheme], c.groupsOf(top.at), c.set.Seed)
		r.Schemes[i].Versus, rows, p = v, append(rows, v), append(p, v.P)
	}
	for i, q := range metrics.Holm(p) {
		rows[i].PHolm = q
	}
}

func versus(best, other *tested, groups []int, seed uint64) *Versus {
	b, n := metrics.Discordant(best.Predicted, other.Predicted, best.labels)
	diff, mean := metrics.Minus(other.right, best.right), 0.0
	for _, d := range diff {
		mean += d / float64(len(diff))
	}
	return &Versus{Difference: mean, CI95: metrics.Bootstrap(diff, groups, metrics.CompareRounds, seed),
		BestOnly: b, ThisOnly: n, P: metrics.McNemar(b, n)}
}

// groupsOf numbers the groups of samples; one without a group is alone.
func (j *job) groupsOf(at []int) []int {
	number := map[string]int{}
	out := make([]int, len(at))
	for k, i := range at {
		name := j.data.Samples[i].Group
		if name == "" {
			out[k] = -1 - i
			continue
		}
		if _, ok := number[name]; !ok {
			number[name] = len(number)
		}
		out[k] = number[name]
	}
	return out
}

// write leaves compare.json, the split and each scheme's predictions.
func (c *comparer) write(r *CompareResult) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := c.data.WriteSplit(c.dir.file("split.csv")); err != nil {
		return err
	}
	for scheme, o := range r.predictions {
		if err := report.WritePredictions(c.dir.file("predictions_"+scheme+".csv"), &report.Predictions{Classes: c.data.Classes,
			Paths: c.paths(o.at), Labels: o.labels, Probs: o.probs}); err != nil {
			return err
		}
	}
	var bars []report.Bar
	for _, s := range r.Schemes {
		bars = append(bars, report.Bar{Name: s.Scheme, Value: float64(s.Accuracy), CI95: s.CI95, Mark: s.Scheme == r.Best})
	}
	if err := report.WriteBarsPNG(c.dir.file("compare.png"), "test accuracy, 95 % intervals; dashed: majority", bars, float64(r.Majority)); err != nil {
		return err
	}
	return atomicfile.WriteBytes(c.dir.file("compare.json"), append(b, '\n'))
}
