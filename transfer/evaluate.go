package transfer

import (
	"context"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// judgeRows is the batch of whole networks that are only evaluated: as fast as a
// large one and a fraction of its memory.
const judgeRows = 4

// judged returns net at the batch it is evaluated with.
func judged(net *graph.Graph) *graph.Graph {
	if n := net.Inputs[0].Shape[0]; n > judgeRows {
		if small, err := graph.Rebatch(net, judgeRows); err == nil {
			return small
		}
	}
	return net // its batch is fixed
}

// evaluator computes logits of a fixed list of samples with exchangeable weights.
type evaluator struct {
	exec graph.Executable
	prog *graph.Program
	out  string
	k    int
	set  *dataset.Set
	at   []int // samples
	feed feeder
}

// newEvaluator compiles net (whose only output is the logits) in inference form;
// the weights that keep accepts can be exchanged by each call.
func newEvaluator(b graph.Backend, net *graph.Graph, keep func(string) bool, set *dataset.Set, at []int, feed feeder) (*evaluator, error) {
	p, err := graph.BuildInfer(net, keep, net.Outputs...)
	if err != nil {
		return nil, err
	}
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	out := p.Outputs[0]
	return &evaluator{exec: x, prog: p, out: out.Name, k: out.Shape[1], set: set, at: at, feed: feed}, nil
}

// run evaluates the weights w. Pictures that cannot be decoded do not count.
func (v *evaluator) run(ctx context.Context, w weights) (*evaluation, error) {
	if err := bindAll(v.prog, v.exec, w); err != nil {
		return nil, err
	}
	x := &extractor{exec: v.exec, out: v.out, dim: v.k, sink: func(Event) {}, name: "eval"}
	f, err := x.run(ctx, v.feed, 0, v.at)
	if err != nil {
		return nil, err
	}
	return judge(f, v.set, v.at)
}

func labelsOf(set *dataset.Set, at []int) []int {
	labels := make([]int, len(at))
	for k, i := range at {
		labels[k] = set.Samples[i].Label
	}
	return labels
}

// judge compares logits with the labels of the samples that could be read.
func judge(f *features, set *dataset.Set, at []int) (*evaluation, error) {
	e := &evaluation{}
	for _, i := range at {
		if !f.bad[i] {
			e.at, e.logits = append(e.at, i), append(e.logits, f.row(i)...)
		}
	}
	e.probs = softmaxRows(e.logits, f.dim)
	var err error
	e.labels = labelsOf(set, e.at)
	e.Result, err = metrics.Evaluate(e.probs, e.labels, f.dim)
	return e, err
}

// softmaxRows is the softmax of each row of k logits, computed in float64.
func softmaxRows(logits []float32, k int) []float32 {
	p := make([]float32, len(logits))
	for at := 0; at < len(logits); at += k {
		row, top, sum := logits[at:at+k], math.Inf(-1), 0.0
		for _, x := range row {
			top = max(top, float64(x))
		}
		for _, x := range row {
			sum += math.Exp(float64(x) - top)
		}
		for c, x := range row {
			p[at+c] = float32(math.Exp(float64(x)-top) / sum)
		}
	}
	return p
}

func (v *evaluator) close() error { return v.exec.Close() }
