package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// ActFn is an element-wise function of one variable.
type ActFn uint8

// The functions; a = Alpha, b = Beta.
const (
	NoAct       ActFn = iota
	Relu              // max(x, 0)
	Clip              // min(max(x, a), b)
	LeakyRelu         // x if x >= 0, else a·x
	Sigmoid           // 1/(1+exp(-x))
	Tanh              // tanh(x)
	HardSigmoid       // min(max(a·x+b, 0), 1)
	HardSwish         // x·min(max(x/6+1/2, 0), 1)
	Exp               // e^x
	Log               // natural logarithm
)

var actNames = [...]string{"NoAct", "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Exp", "Log"}

func (f ActFn) String() string {
	if int(f) < len(actNames) {
		return actNames[f]
	}
	return fmt.Sprintf("ActFn(%d)", uint8(f))
}

// FromResult reports whether the derivative is computed from y instead of x, so
// that x need not be kept. Relu's is 0 at x = 0 and Clip's at both edges, as
// PyTorch's relu6 and hardtanh have it (its clamp has 1 there).
func (f ActFn) FromResult() bool {
	return f == Relu || f == Clip || f == Sigmoid || f == Tanh || f == Exp
}

// Act applies Fn to every element: x -> y of the same type.
// Source: ONNX Relu-14, Clip-13, LeakyRelu-16, Sigmoid-13, Tanh-13, HardSigmoid-6, HardSwish-14, Exp-13, Log-13.
type Act struct {
	Fn          ActFn
	Alpha, Beta float32
}

// Kind implements Op.
func (a Act) Kind() string { return a.Fn.String() }

// Infer implements Op.
func (a Act) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 1, 1); err != nil {
		return nil, err
	}
	if !in[0].DType.IsFloat() && a.Fn != Relu && a.Fn != Clip {
		return nil, fmt.Errorf("%w: %v of %v", fault.ErrUnsupported, a.Fn, in[0].DType)
	}
	return one(in[0], in[0].Shape), nil
}

// Grad implements Gradient.
func (a Act) Grad(b *Backprop, n *Node, dy []*Value) ([]*Value, error) {
	arg := n.In[0]
	if a.Fn.FromResult() {
		arg = n.Out[0]
	}
	dx, err := b.Add1(n, "dx", ActGrad{a}, arg, dy[0])
	return []*Value{dx}, err
}

// ActGrad is the gradient of Act: v, dy -> dx, where v is the result if
// Fn.FromResult, else the input.
type ActGrad struct{ Act }

// Kind implements Op.
func (a ActGrad) Kind() string { return a.Fn.String() + "Grad" }

// Infer implements Op.
func (a ActGrad) Infer(in []*Value) ([]Type, error) {
	if err := arity(in, 2, 2); err != nil {
		return nil, err
	}
	if err := sameFloat(in); err != nil {
		return nil, err
	}
	if !in[0].Shape.Equal(in[1].Shape) {
		return nil, fmt.Errorf("%w: %v and gradient %v", fault.ErrShape, in[0].Shape, in[1].Shape)
	}
	return one(in[0], in[0].Shape), nil
}

// Grad hides Act's: there are no second derivatives.
func (a ActGrad) Grad(_ *Backprop, n *Node, _ []*Value) ([]*Value, error) {
	return nil, fmt.Errorf("%v: %w: second derivative", n, fault.ErrUnsupported)
}
