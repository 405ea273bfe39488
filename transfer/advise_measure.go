package transfer

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/direct"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/probe"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
	"github.com/gotl-gpu/gotl-gpu/transfer/score"
)

// Limits of an advice.
const (
	adviseLimit = 5000 // training pictures looked at
	adviseFolds = 5    // or as many as the rarest class has groups
)

// errFewGroups: folds cannot be made.
var errFewGroups = fmt.Errorf("%w: too few groups", fault.ErrData)

// adviceOptions say how thorough an advice is.
type adviceOptions struct {
	deep  bool // train bodies
	costs bool // time training steps, compute scores
}

// adviser is one advice in progress. Rows are those of the survey.
type adviser struct {
	*job
	s      *survey
	rank   probe.Ranking
	folds  int
	groups []int
	out    *ModelAdvice

	rawRight []float64 // of the pixels' probe, by row
}

// part is a timed part of an advice.
type part struct {
	name string
	do   func(context.Context) error
}

// advise measures j's network on j's training pictures.
func (j *job) advise(ctx context.Context, o adviceOptions) (*ModelAdvice, error) {
	a := &adviser{job: j, out: &ModelAdvice{Model: j.net.path, SHA256: j.net.sha256, Times: map[string]report.Number{}}}
	t0 := time.Now()
	var err error
	if a.s, err = j.survey(ctx, j.stratified(adviseLimit)); err != nil {
		return nil, err
	}
	if err := a.group(); err != nil {
		return nil, err
	}
	a.time("survey", t0)
	parts := []part{{"probes", a.depths}, {"direct", a.direct}, {"curve", a.curve}, {"raw_pixels", a.raw}}
	if o.costs {
		parts = append(parts, part{"scores", a.scores})
	}
	for _, part := range parts {
		t0 = time.Now()
		if err := part.do(ctx); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		a.time(part.name, t0)
	}
	if err := a.bodies(ctx, o); err != nil {
		return nil, err
	}
	a.recommend()
	t0 = time.Now()
	err = a.quote(ctx)
	a.time("validation", t0)
	return a.out, err
}

func (a *adviser) time(part string, t0 time.Time) {
	a.out.Times[part] += report.Number(time.Since(t0).Seconds())
}

// stratified chooses at most n training pictures, of each class its share, the same
// ones every time.
func (j *job) stratified(n int) []int {
	if len(j.trainAt) <= n {
		return j.trainAt
	}
	room := make([]int, len(j.data.Classes))
	for c, k := range j.data.Counts(dataset.Train) {
		room[c] = max(1, n*k/len(j.trainAt))
	}
	var out []int
	for _, i := range dataset.Order(j.trainAt, j.set.Seed, 0) {
		if c := j.data.Samples[i].Label; room[c] > 0 {
			room[c]--
			out = append(out, i)
		}
	}
	return out
}

// group names the groups of the survey's rows; a picture without one is alone. Error:
// errFewGroups.
func (a *adviser) group() error {
	names := make([]string, len(a.s.at))
	for k, i := range a.s.at {
		if names[k] = a.data.Samples[i].Group; names[k] == "" {
			names[k] = "path " + a.data.Samples[i].Path
		}
	}
	a.rank = probe.Rank(a.s.labels, names, len(a.data.Classes), a.set.Seed)
	a.groups = a.groupsOf(a.s.at)
	seen, count := map[int]bool{}, make([]int, len(a.data.Classes))
	for k, g := range a.groups {
		seen[g] = true
		count[a.s.labels[k]]++
	}
	a.out.Pictures, a.out.Groups = len(a.s.at), len(seen)
	for _, n := range count {
		a.out.Majority = max(a.out.Majority, float64(n)/float64(max(1, len(a.s.at))))
	}
	a.folds = min(adviseFolds, a.rank.Fewest())
	if a.folds < 2 {
		return fault.New(errFewGroups, "too little data for an advice", a.set.Data, "a class has fewer than two independent training pictures or groups",
			"add pictures, or choose --scheme features yourself")
	}
	return nil
}

func (a *adviser) at(d depth) probe.Data {
	return probe.Data{X: d.rows, Dim: d.dim, Labels: a.s.labels, Classes: len(a.data.Classes)}
}

func (a *adviser) last() depth { return a.s.depths[len(a.s.depths)-1] }

// outOfFold judges a method on features.
func (a *adviser) outOfFold(d probe.Data, share float64, by probe.Method) (Judged, []float64, error) {
	p, err := probe.CrossValidate(d, a.rank, a.folds, share, by)
	if err != nil {
		return Judged{}, nil, err
	}
	right := metrics.Right(probe.Predicted(p, d.Classes), d.Labels)
	return a.judged(right), right, nil
}

func (a *adviser) judged(right []float64) Judged {
	return Judged{mean(right), metrics.Bootstrap(right, a.groups, metrics.AdviseRounds, a.set.Seed)}
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// depths probes every place of the survey: the head's features are one candidate, the
// best of the earlier ones another.
func (a *adviser) depths(ctx context.Context) error {
	var earlier *Candidate
	for i, d := range a.s.depths {
		row := DepthAdvice{Name: d.name, Share: d.share, Dim: d.dim, LogME: report.Unknown()}
		var err error
		if row.KNN, _, err = a.outOfFold(a.at(d), 1, probe.ByKNN); err != nil {
			return err
		}
		var right []float64
		if row.Probe, right, err = a.outOfFold(a.at(d), 1, probe.ByLinear); err != nil {
			return err
		}
		a.out.Depths = append(a.out.Depths, row)
		a.sink(Progress{Phase: "probes", Done: i + 1, Total: len(a.s.depths)})
		c := &Candidate{Scheme: "features", How: d.name, Measured: true, Accuracy: row.Probe, right: right}
		if i == len(a.s.depths)-1 {
			a.add(c)
		} else if c.node = d.name; earlier == nil || c.Accuracy.Accuracy > earlier.Accuracy.Accuracy {
			earlier = c
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if earlier != nil {
		a.add(earlier)
	}
	return nil
}

func (a *adviser) add(c *Candidate) { a.out.Candidates = append(a.out.Candidates, c) }

// direct judges the network's own answers, mapped by name and by a learned map that is
// cross-fitted. The better one is the cheapest candidate.
func (a *adviser) direct(context.Context) error {
	if a.s.sources == 0 {
		return nil
	}
	theta := probe.Data{X: a.s.theta, Dim: a.s.sources, Labels: a.s.labels, Classes: len(a.data.Classes)}
	best := &Candidate{Scheme: "direct", How: "learned map", Measured: true}
	var err error
	if best.Accuracy, best.right, err = a.outOfFold(theta, 1, a.learned); err != nil {
		return err
	}
	names, err := classNames("", a.net.meta, a.net.path, a.s.sources)
	if err != nil {
		return err
	}
	if m, err := direct.ByName(a.data.Classes, names); err == nil {
		right := metrics.Right(probe.Predicted(mapScores(m, theta), theta.Classes), theta.Labels)
		if c := (&Candidate{Scheme: "direct", How: "map by name", Measured: true, Accuracy: a.judged(right), right: right}); c.Accuracy.Accuracy >= best.Accuracy.Accuracy {
			best = c
		}
	}
	a.out.Candidates = append([]*Candidate{best}, a.out.Candidates...)
	return nil
}

// learned is the learned map as a method.
func (a *adviser) learned(train, test probe.Data) ([]float64, error) {
	m, err := direct.Learn(train.X, train.Labels, a.data.Classes, train.Dim)
	if err != nil {
		return nil, err
	}
	return mapScores(m, test), nil
}

// mapScores returns the mapped log-scores [n K] of source probabilities.
func mapScores(m *direct.Map, d probe.Data) []float64 {
	out := make([]float64, len(d.Labels)*d.Classes)
	for i := range d.Labels {
		row := out[i*d.Classes : (i+1)*d.Classes]
		m.Apply(row, d.X[i*d.Dim:(i+1)*d.Dim])
		for c := range row {
			row[c] = math.Log(row[c] + floor)
		}
	}
	return out
}

// curve judges the head's probe with less data.
func (a *adviser) curve(context.Context) error {
	for _, share := range []float64{.25, .5} {
		j, _, err := a.outOfFold(a.at(a.last()), share, probe.ByLinear)
		if err != nil {
			return err
		}
		a.out.Curve = append(a.out.Curve, CurvePoint{share, j})
	}
	all := a.out.Depths[len(a.out.Depths)-1].Probe
	a.out.Curve = append(a.out.Curve, CurvePoint{1, all})
	return nil
}

// scores are those of the head's features and of the network's own answers.
func (a *adviser) scores(context.Context) error {
	d, k := a.last(), len(a.data.Classes)
	s := Scores{report.Unknown(), report.Unknown(), report.Unknown(), report.Unknown()}
	set := func(to *report.Number, v float64, err error) {
		if err == nil {
			*to = report.Number(v)
		}
	}
	v, err := score.LogME(d.rows, d.dim, a.s.labels, k)
	set(&s.LogME, v, err)
	for i, d := range a.s.depths[:len(a.s.depths)-1] {
		v, err := score.LogME(d.rows, d.dim, a.s.labels, k)
		set(&a.out.Depths[i].LogME, v, err)
	}
	a.out.Depths[len(a.s.depths)-1].LogME = s.LogME
	v, err = score.H(d.rows, d.dim, a.s.labels, k)
	set(&s.H, v, err)
	if a.s.sources > 0 {
		v, err = score.LEEP(a.s.theta, a.s.sources, a.s.labels, k)
		set(&s.LEEP, v, err)
		v, err = score.NCE(a.s.theta, a.s.sources, a.s.labels, k)
		set(&s.NCE, v, err)
	}
	a.out.Scores = s
	return nil
}

// quote tells what the recommendation reaches on the validation pictures, which had no
// part in it, where that takes no training of a body.
func (a *adviser) quote(ctx context.Context) error {
	a.out.Validation = report.Unknown()
	var train, test probe.Data
	by := probe.Method(probe.ByLinear)
	val, err := a.survey(ctx, a.valAt)
	if err != nil {
		return err
	}
	k := len(a.data.Classes)
	switch a.out.Scheme {
	case "features":
		for i, d := range a.s.depths {
			if a.out.HeadNode == d.name || a.out.HeadNode == "" && i == len(a.s.depths)-1 {
				v := val.depths[i]
				train, test = a.at(d), probe.Data{X: v.rows, Dim: v.dim, Labels: val.labels, Classes: k}
			}
		}
	case "direct":
		train = probe.Data{X: a.s.theta, Dim: a.s.sources, Labels: a.s.labels, Classes: k}
		test, by = probe.Data{X: val.theta, Dim: a.s.sources, Labels: val.labels, Classes: k}, a.learned
	default:
		return nil
	}
	p, err := by(train, test)
	if err != nil {
		return fmt.Errorf("validation: %w", err)
	}
	a.out.Validation = report.Number(mean(metrics.Right(probe.Predicted(p, k), test.Labels)))
	return nil
}
