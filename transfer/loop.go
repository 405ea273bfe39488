package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// fed is one batch ready for a program. Rows beyond the real ones have weight 0.
type fed struct {
	input  map[string]*graph.Tensor // data inputs by name
	real   []int                    // sample index per row, -1 in padded rows
	index  []int                    // the same, 0 in padded rows
	labels []int
	weight []float32
	files  func() []string // for error messages
}

// feeder gives the batches of an epoch. The order is a function of the epoch.
type feeder interface {
	steps() int
	// start begins epoch at batch number from (to resume in its middle).
	start(ctx context.Context, epoch, from int) (stream, error)
}

// stream gives batches in order; next returns io.EOF behind the last.
type stream interface {
	next(ctx context.Context) (*fed, error)
	wait() time.Duration // time spent waiting for data so far
	close()
}

// evaluation is the outcome of one pass over the validation pictures.
type evaluation struct {
	*metrics.Result
	at            []int // samples
	labels        []int
	logits, probs []float32 // [len(at) K]
}

// phase is one training phase: what it trains, on what, and how it is judged.
type phase struct {
	name     string // "A" head on features, "B" everything not frozen
	epochs   int
	exec     graph.Executable
	prog     *graph.Program
	feed     feeder
	rule     rule
	groups   []optim.Group
	classes  int
	target   targetRule
	seed     uint64
	emaDecay optim.EMADecay // nil: off
	evaluate func(ctx context.Context, w weights) (*evaluation, error)
	lastWins bool    // keep the last weights, not the best
	spare    weights // of the last epoch, to be read into again
}

// targetRule makes the loss targets of a batch.
type targetRule struct {
	classWeights []float32
	smoothing    float64
}

// position says how far a run has come. It is stored in checkpoints.
type position struct {
	Phase   string            `json:"phase"`
	Epoch   int               `json:"epoch"` // epochs done in this phase
	Step    int               `json:"step"`  // steps done in this epoch
	LossSum float64           `json:"loss_sum"`
	LossN   float64           `json:"loss_n"`
	Stop    metrics.EarlyStop `json:"stop"`
	Rows    []EpochDone       `json:"rows"`
}

// keeper stores what a phase reaches: best weights and checkpoints.
type keeper interface {
	improved(w weights, e *evaluation)
	// step logs a finished step.
	step(stepRecord) error
	// row logs a finished epoch.
	row(EpochDone) error
	// save stores a checkpoint durably.
	save(p *phase, at *position) error
}

// stepRecord is what a step is logged with.
type stepRecord struct {
	at            *position
	loss, norm    float64
	lr            float64 // of the head's group
	rows          int
	compute, wait time.Duration
}

// weights maps parameter and statistics names to values.
type weights map[string]*graph.Tensor

// loop runs a phase from a position to its end.
type loop struct {
	*phase
	at     *position
	keep   keeper
	sink   Sink
	metric metrics.Metric
	every  saveRule
	began  time.Time
	waited time.Duration // for data, so far in this epoch
	stopAt time.Time     // zero: no limit
}

// saveRule says when a checkpoint is due.
type saveRule struct{ epochs, steps int }

// run trains until the last epoch, early stop, the time limit or cancellation.
// After cancellation the state is saved and the cause returned.
func (l *loop) run(ctx context.Context) error {
	for l.at.Epoch < l.epochs {
		stop, err := l.epoch(ctx)
		if err != nil || stop {
			return err
		}
	}
	return nil
}

func (l *loop) epoch(ctx context.Context) (stop bool, err error) {
	begun, first := time.Now(), l.at.Step
	st, err := l.feed.start(ctx, l.at.Epoch, l.at.Step)
	if err != nil {
		return false, err
	}
	defer st.close()
	l.waited = 0
	for {
		f, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = l.step(ctx, f, st.wait())
		}
		if ctx.Err() != nil {
			return false, l.interrupted(ctx)
		}
		if err != nil {
			return false, err
		}
		l.progress(begun, first)
		if l.due(ctx) {
			if err := l.keep.save(l.phase, l.at); err != nil {
				return false, err
			}
		}
	}
	trained := time.Since(begun)
	return l.finishEpoch(ctx, trained, st.wait(), l.at.Step-first)
}

// due reports whether a checkpoint is wanted within the epoch: by --save-every or
// by request (SIGHUP).
func (l *loop) due(ctx context.Context) bool {
	select {
	case <-CheckpointRequests(ctx):
		return true
	default:
		return l.every.steps > 0 && l.at.Step%l.every.steps == 0
	}
}

// interrupted saves the last finished step and returns the cause.
func (l *loop) interrupted(ctx context.Context) error {
	if err := l.keep.save(l.phase, l.at); err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return context.Cause(ctx)
}

// step trains on one batch and checks that loss and gradients are finite.
func (l *loop) step(ctx context.Context, f *fed, waited time.Duration) error {
	t0 := time.Now()
	if err := l.bind(f); err != nil {
		return err
	}
	if err := l.exec.Step(ctx); err != nil {
		return err
	}
	var loss, norm graph.Tensor
	if err := l.exec.Read(graph.LossName, &loss); err != nil {
		return err
	}
	if err := l.exec.Read(graph.NormName, &norm); err != nil {
		return err
	}
	if err := l.finite(float64(loss.F32[0]), float64(norm.F32[0]), f); err != nil {
		return err
	}
	n := 0.0
	for _, w := range f.weight {
		n += float64(w)
	}
	l.at.LossSum += float64(loss.F32[0]) * n
	l.at.LossN += n
	l.at.Step++
	r := stepRecord{at: l.at, loss: float64(loss.F32[0]), norm: float64(norm.F32[0]), rows: len(f.labels), compute: time.Since(t0), wait: waited - l.waited,
		lr: l.rule.rate(l.at.Epoch*l.feed.steps()+l.at.Step-1, l.groups[0].LRMult)}
	l.waited = waited
	return l.keep.step(r)
}

func (l *loop) finite(loss, norm float64, f *fed) error {
	bad := func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
	if !bad(loss) && !bad(norm) {
		return nil
	}
	what, files := "loss is not finite", ""
	if !bad(loss) {
		what = "gradient is not finite"
	}
	if f.files != nil {
		files = fmt.Sprint(firstFew(f.files(), 5))
	}
	return fault.New(fault.ErrDiverged, what, fmt.Sprintf("phase %s, epoch %d, step %d", l.name, l.at.Epoch+1, l.at.Step+1),
		fmt.Sprintf("loss %v, gradient norm %v; pictures %s", loss, norm, files),
		fmt.Sprintf("lower the rate: --lr %.1e; the last checkpoint is kept", l.rule.lr/10))
}

func firstFew(s []string, n int) []string {
	if len(s) <= n {
		return s
	}
	return append(append([]string(nil), s[:n]...), fmt.Sprintf("… %d in all", len(s)))
}

// bind gives the program the batch, its targets and this step's settings.
func (l *loop) bind(f *fed) error {
	for name, t := range f.input {
		if err := l.exec.Bind(name, t); err != nil {
			return err
		}
	}
	q, div, err := optim.Targets(f.labels, f.weight, l.target.classWeights, l.target.smoothing, l.classes)
	if err != nil {
		return err
	}
	inv := float32(0)
	if div > 0 {
		inv = float32(1 / div)
	}
	in := map[string]*graph.Tensor{
		graph.TargetName: graph.FromF32(q, len(f.labels), l.classes),
		graph.InvName:    graph.Scalar(inv),
	}
	t := l.at.Epoch*l.feed.steps() + l.at.Step
	for i, g := range l.groups {
		h := l.rule.hyper(t, g.LRMult)
		in[graph.HyperName(i)] = graph.FromF32(h, len(h))
	}
	if l.emaDecay != nil {
		in[graph.EMADecayName] = graph.Scalar(float32(l.emaDecay(t)))
	}
	if l.prog.Value(graph.RngName) != nil {
		in[graph.RngName] = l.rng(f.index)
	}
	for name, v := range in {
		if err := l.exec.Bind(name, v); err != nil {
			return err
		}
	}
	return nil
}

// rng is the dropout counter input: seed, epoch, sample index of every row.
func (l *loop) rng(index []int) *graph.Tensor {
	r := []int64{int64(l.seed), int64(l.at.Epoch)}
	for _, i := range index {
		r = append(r, int64(i))
	}
	return graph.FromI64(r, len(r))
}

func (l *loop) progress(begun time.Time, first int) {
	done := l.at.Step
	l.sink(Progress{Phase: "train " + l.name, Epoch: l.at.Epoch + 1, Done: done, Total: l.feed.steps(),
		ImgPerSec: rateOf((done-first)*l.batchRows(), time.Since(begun)), Loss: l.at.LossSum / max(l.at.LossN, 1)})
}

func (l *loop) batchRows() int { return l.prog.Value(graph.TargetName).Shape[0] }

func rateOf(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// finishEpoch evaluates, keeps the best, reports and saves.
func (l *loop) finishEpoch(ctx context.Context, trained, waited time.Duration, steps int) (stop bool, err error) {
	w, err := l.trainedWeights()
	if err != nil {
		return false, err
	}
	e, err := l.evaluate(ctx, w)
	if ctx.Err() != nil { // evaluate again after resuming: the epoch's last step is saved
		return false, l.interrupted(ctx)
	}
	if err != nil {
		return false, err
	}
	better, stop := l.at.Stop.Offer(l.at.Epoch+1, e.Score(l.metric), e.LogLoss)
	if better || l.lastWins {
		l.keep.improved(w, e)
	} else {
		l.spare = w
	}
	row := l.row(e, better)
	row.ImgPerSec, row.Seconds = rateOf(steps*l.batchRows(), trained), trained.Seconds()
	row.DataWait = waited.Seconds() / max(trained.Seconds(), 1e-9)
	l.at.Rows = append(l.at.Rows, row)
	l.at.Epoch, l.at.Step, l.at.LossSum, l.at.LossN = l.at.Epoch+1, 0, 0, 0
	l.sink(row)
	if err := l.keep.row(row); err != nil {
		return false, err
	}
	last := stop || l.at.Epoch == l.epochs || !l.stopAt.IsZero() && time.Now().After(l.stopAt)
	if last || l.every.epochs > 0 && l.at.Epoch%l.every.epochs == 0 {
		err = l.keep.save(l.phase, l.at)
	}
	return last, err
}

// row is the record of the epoch just evaluated.
func (l *loop) row(e *evaluation, better bool) EpochDone {
	t := l.at.Epoch*l.feed.steps() + l.at.Step - 1
	return EpochDone{Phase: l.name, Epoch: l.at.Epoch + 1, Epochs: l.epochs, TrainLoss: report.Number(l.at.LossSum / max(l.at.LossN, 1)),
		ValLoss: report.Number(e.LogLoss), Accuracy: report.Number(e.Accuracy), Top5: report.Number(e.Top5),
		Balanced: report.Number(e.Balanced), AUC: report.Number(e.AUC), Best: better,
		LR: l.rule.rate(t, l.groups[0].LRMult), LRDeepest: l.rule.rate(t, l.groups[len(l.groups)-1].LRMult),
		At: time.Since(l.began).Seconds()}
}

// trainedWeights reads what an evaluation needs: averages where there are some,
// else parameters, and the running statistics.
func (l *loop) trainedWeights() (weights, error) {
	w := l.spare
	if l.spare = nil; w == nil {
		w = weights{}
	}
	for _, v := range l.prog.States {
		name := v.Name
		if isOptimiserState(name) {
			continue
		}
		from := name
		if l.prog.Value(graph.EMAPrefix+name) != nil {
			from = graph.EMAPrefix + name
		}
		if w[name] == nil {
			w[name] = &graph.Tensor{}
		}
		if err := l.exec.Read(from, w[name]); err != nil {
			return nil, err
		}
	}
	return w, nil
}
