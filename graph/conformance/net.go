package conformance

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// net builds a program; the first error sticks.
type net struct {
	p      *graph.Program
	err    error
	params []*graph.Value // trained, in order
}

func newNet() *net { return &net{p: &graph.Program{Graph: graph.New()}} }

func (n *net) add(name string, op graph.Op, in ...*graph.Value) []*graph.Value {
	if n.err != nil {
		return make([]*graph.Value, 4)
	}
	out, err := n.p.Add(name, op, in...)
	if err != nil {
		n.err = err
		return make([]*graph.Value, 4)
	}
	return out
}

func (n *net) add1(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	return n.add(name, op, in...)[0]
}

func (n *net) input(name string, shape ...int) *graph.Value {
	return n.p.AddInput(name, graph.Type{DType: graph.Float32, Shape: shape}, true)
}

// weight adds a trained tensor of standard deviation 1/√fan-in.
func (n *net) weight(name string, shape ...int) *graph.Value {
	scale := float32(1 / math.Sqrt(float64(graph.Shape(shape[1:]).Len())))
	v := n.p.AddState(name, times(Normal(name, shape...), scale))
	n.params = append(n.params, v)
	return v
}

// vector adds a trained vector around a mean.
func (n *net) vector(name string, mean float32, size int) *graph.Value {
	v := n.p.AddState(name, Uniform(name, mean-0.2, mean+0.2, size))
	n.params = append(n.params, v)
	return v
}

// conv adds a trained convolution; the number of input channels of a depthwise
// one is its number of groups.
func (n *net) conv(name string, x *graph.Value, k, groups int, w graph.Window, bias bool) *graph.Value {
	if n.err != nil {
		return nil
	}
	in := []*graph.Value{x, n.weight(name+".w", k, x.Shape[1]/groups, w.Kernel[0], w.Kernel[1])}
	if bias {
		in = append(in, n.vector(name+".b", 0, k))
	}
	return n.add1(name, graph.Conv{Window: w, Groups: groups}, in...)
}

// batchNorm adds a trained layer with batch and running statistics.
func (n *net) batchNorm(name string, x *graph.Value) *graph.Value {
	if n.err != nil {
		return nil
	}
	c, count := x.Shape[1], x.Shape.Len()/x.Shape[1]
	mean, variance := n.p.AddState(name+".mean", fill(0, c)), n.p.AddState(name+".var", fill(1, c))
	out := n.add(name, graph.BatchNormTrain{Eps: 1e-5}, x, n.vector(name+".scale", 1, c), n.vector(name+".bias", 0, c))
	unbiased := float32(count) / float32(count-1)
	n.update(mean, n.add1(name+".mean/new", graph.Blend{Keep: 0.9, Scale: 1}, mean, out[1]))
	n.update(variance, n.add1(name+".var/new", graph.Blend{Keep: 0.9, Scale: unbiased}, variance, out[2]))
	return out[0]
}

func (n *net) act(x *graph.Value, fn graph.ActFn, ab ...float32) *graph.Value {
	a := graph.Act{Fn: fn}
	if len(ab) == 2 {
		a.Alpha, a.Beta = ab[0], ab[1]
	}
	return n.add1("", a, x)
}

func (n *net) linear(name string, x *graph.Value, k int) *graph.Value {
	if n.err != nil {
		return nil
	}
	return n.add1(name, graph.Linear, x, n.weight(name+".w", k, x.Shape[1]), n.vector(name+".b", 0, k))
}

// pooled is global average pooling and flattening.
func (n *net) pooled(x *graph.Value) *graph.Value {
	return n.add1("", graph.Flatten{Axis: 1}, n.add1("", graph.GlobalAveragePool{}, x))
}

func (n *net) update(state, v *graph.Value) {
	n.p.Updates = append(n.p.Updates, graph.Update{State: state, New: v})
}

// train adds loss, gradients of all trained tensors, clipping to norm 1 and the
// optimiser with the given number of moments and length of hyper. It returns the
// new weights.
func (n *net) train(logits *graph.Value, op graph.Op, hyper, moments int) []*graph.Value {
	if n.err != nil {
		return nil
	}
	q, inv := n.input("q", logits.Shape...), n.input("inv", 1)
	loss := n.add1("loss", graph.SoftmaxCrossEntropy{}, logits, q, inv)
	grads, err := graph.Gradients(n.p.Graph, loss, n.params)
	if err != nil {
		n.err = err
		return nil
	}
	var gs []*graph.Value
	for _, p := range n.params {
		gs = append(gs, grads[p])
	}
	norm := n.add1("norm", graph.GlobalNorm{}, gs...)
	in := []*graph.Value{n.input("hyper", hyper), n.add1("clip", graph.ClipFactor{Max: 1}, norm)}
	in = append(append(in, n.params...), gs...)
	state := n.params
	for m := range moments {
		for _, p := range n.params {
			s := n.p.AddState(p.Name+[]string{"/m", "/v"}[m], fill(0, p.Shape...))
			state, in = append(state[:len(state):len(state)], s), append(in, s)
		}
	}
	out := n.add("step", op, in...)
	for i, s := range state {
		n.update(s, out[i])
	}
	n.p.Outputs = append(n.p.Outputs, loss, norm, logits)
	return out[:len(n.params)]
}

// feeds returns steps of random pictures x, one-hot targets and settings.
func feeds(steps int, x, q []int, hyper func(step int) *graph.Tensor) []Feed {
	var fs []Feed
	for s := range steps {
		name := string(rune('a' + s))
		t := graph.NewTensor(graph.Float32, q...)
		for i := range q[0] {
			t.F32[i*q[1]+(i+s)%q[1]] = 1
		}
		fs = append(fs, Feed{"x": Normal("x"+name, x...), "q": t, "inv": fill(1/float32(q[0]), 1), "hyper": hyper(s + 1)})
	}
	return fs
}

// sgdHyper is rate 0.1, momentum 0.9.
func sgdHyper(int) *graph.Tensor { return f32(dims(2), 0.1, 0.9) }

// adamHyper is rate 0.01, betas 0.9 and 0.999 at a step counted from 1.
func adamHyper(step int) *graph.Tensor {
	t := float64(step)
	return f32(dims(5), 0.01, 0.9, 0.999, float32(1/(1-math.Pow(0.9, t))), float32(1/math.Sqrt(1-math.Pow(0.999, t))))
}
