package transfer

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// gradientBar is the smallest bar for gradients, which lose more digits.
const gradientBar = 1e-3

// train makes one SGD step on synthetic labels, label of row r = r mod K, on the
// device and on the reference and compares loss and gradients. With momentum 0 and
// no decay the optimiser's state after the first step is the gradient.
func (c *checker) train(ctx context.Context, n int) error {
	net, err := c.read(n)
	if err != nil {
		return err
	}
	in, err := c.inputs(net)
	if err != nil {
		return err
	}
	p, params, err := trainStep(net)
	if err != nil {
		return err
	}
	got, err := c.step(ctx, c.dev, p, params, in)
	if err != nil {
		return err
	}
	loss := p.Value(graph.LossName)
	c.allFinite(n, loss, params, got)
	if !c.useRef {
		return nil
	}
	want, err := c.step(ctx, ref.New(), p, params, in)
	if err != nil {
		return err
	}
	abs, scale := distance(got[0], want[0])
	c.tell("loss", n, loss, abs, scale, c.s.RTol, "")
	c.gradients(n, params, got[1:], want[1:])
	return nil
}

// allFinite reports whether loss and gradients are finite, as one comparison.
func (c *checker) allFinite(n int, loss *graph.Value, params []string, got []*graph.Tensor) {
	x := Comparison{Kind: "finite", Batch: n, Name: loss.Name, Shape: loss.Type.String(), OK: true,
		Note: fmt.Sprintf("loss %.6g and %d gradients", got[0].At(0), len(params))}
	for i, t := range got {
		if bad := notFinite(t); bad > 0 {
			x.OK = false
			if i > 0 {
				x.Name, x.Shape = params[i-1], t.Type().String()
			}
			x.Note = fmt.Sprintf("%d values are not finite", bad)
			break
		}
	}
	c.count(x)
}

// trainStep builds the step: norms with running statistics, dropout off.
func trainStep(net *graph.Graph) (*graph.Program, []string, error) {
	g, logits, err := asLogits(net)
	if err != nil {
		return nil, nil, err
	}
	var params []string
	for _, p := range parameters(g) {
		params = append(params, p.name)
	}
	if len(params) == 0 {
		return nil, nil, fault.New(fault.ErrModel, "nothing to train", "", "no weight leads to the output", "gotl-gpu inspect shows the graph")
	}
	p, err := graph.BuildTrain(g, graph.TrainSpec{Logits: logits, Groups: []graph.ParamGroup{{Params: params}},
		Dropout: func(*graph.Node) bool { return false }, Optimiser: graph.Optimiser{Kind: "sgd"}})
	return p, params, err
}

// asLogits returns the network up to a float output before its softmax, as [N K].
func asLogits(net *graph.Graph) (*graph.Graph, *graph.Value, error) {
	for _, v := range net.Outputs {
		for v.From != nil && softmaxLike(v.From.Op) {
			v = v.From.In[0]
		}
		if v.DType != graph.Float32 || v.Shape.Rank() < 2 {
			continue
		}
		g, err := graph.Prune(net, v)
		if err != nil {
			return nil, nil, err
		}
		y, err := asMatrix(g, g.Outputs[0])
		if err != nil {
			return nil, nil, err
		}
		g.Outputs = []*graph.Value{y}
		return g, y, nil
	}
	return nil, nil, fault.New(fault.ErrModel, "no output to train on", "", "no f32 output with rows", "gotl-gpu inspect shows the outputs")
}

func softmaxLike(op graph.Op) bool {
	switch op.Kind() {
	case "Softmax", "LogSoftmax", "Identity":
		return true
	}
	return false
}

// step returns the loss and the gradients of params.
func (c *checker) step(ctx context.Context, b graph.Backend, p *graph.Program, params []string, in map[string]*graph.Tensor) (out []*graph.Tensor, err error) {
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	all := syntheticTargets(p)
	for name, t := range in {
		if p.Value(name) != nil {
			all[name] = t
		}
	}
	loss, err := stepOnce(ctx, x, &graph.Program{Graph: &graph.Graph{Outputs: []*graph.Value{p.Value(graph.LossName)}}}, all)
	if err != nil {
		return nil, err
	}
	state := make([]*graph.Value, len(params))
	for i, name := range params {
		state[i] = p.Value(graph.OptPrefix + "m/" + name)
	}
	grads, err := readAll(x, state)
	return append(loss, grads...), err
}

// syntheticTargets binds one-hot labels r mod K, the mean over rows and rate 0.01.
func syntheticTargets(p *graph.Program) map[string]*graph.Tensor {
	shape := p.Value(graph.TargetName).Shape
	q := graph.NewTensor(graph.Float32, shape...)
	for r := range shape[0] {
		q.F32[r*shape[1]+r%shape[1]] = 1
	}
	return map[string]*graph.Tensor{graph.TargetName: q, graph.InvName: graph.Scalar(1 / float32(shape[0])),
		graph.HyperName(0): graph.FromF32([]float32{.01, 0}, 2)}
}

// gradients reports the worst tensor and up to five that fail. Tensors whose
// gradient is all rounding are measured against a thousandth of the largest.
func (c *checker) gradients(n int, params []string, got, want []*graph.Tensor) {
	bar, largest := max(c.s.RTol, gradientBar), 0.0
	abs, scale := make([]float64, len(want)), make([]float64, len(want))
	for i := range want {
		abs[i], scale[i] = distance(got[i], want[i])
		largest = max(largest, scale[i])
	}
	worst, failed := 0, 0
	for i := range want {
		scale[i] = max(scale[i], largest/1000)
		if !(abs[i]/scale[i] <= abs[worst]/scale[worst]) {
			worst = i
		}
		if !(abs[i]/scale[i] <= bar) {
			failed++
		}
	}
	c.count(Comparison{Kind: "gradients", Batch: n, Name: params[worst], Shape: want[worst].Type().String(),
		MaxAbs: report.Number(abs[worst]), Scale: report.Number(scale[worst]), Bar: bar, OK: failed == 0 && !math.IsNaN(abs[worst]),
		Note: fmt.Sprintf("worst of %d, %d failed", len(want), failed)})
}
