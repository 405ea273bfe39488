package graph

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Half holds the values that a program of precision BFloat16 keeps in 16 bits;
// nil in every other precision. It is the contract between the back ends and the
// reference: a value in it is rounded to the nearest bfloat16, ties to even, by
// the node that computes it, and operands that Reads names are rounded when read.
//
// Convolutions and what follows them element by element are in 16 bits, and so are
// gradients of data. Inputs, parameters, statistics, gradients of parameters,
// classifier outputs, loss and all results of the program are float32; every sum
// is taken in float32 or better.
type Half map[*Value]bool

// HalfValues returns the values of p that BFloat16 keeps in 16 bits.
func HalfValues(p *Program) Half {
	h, keep := Half{}, map[*Value]bool{}
	for _, v := range p.Results() {
		keep[v] = true
	}
	for _, n := range p.Nodes {
		for i, v := range n.Out {
			if v.DType == Float32 && !keep[v] && h.makes(n, i) {
				h[v] = true
			}
		}
	}
	return h
}

// makes reports whether result i of n is in 16 bits, all values before n known.
func (h Half) makes(n *Node, i int) bool {
	switch n.Op.(type) {
	case Conv, FusedConv, ConvGradInput:
		return true
	case BatchNorm, Act, ActGrad, Pool, GlobalAveragePool, Identity, Dropout, PoolGrad:
		return h[n.In[0]]
	case BatchNormTrain, FusedBatchNormTrain:
		return i == 0 && h[n.In[0]]
	case BatchNormGrad, FusedBatchNormGrad:
		return (i == 0 || i == 3) && h[n.In[0]]
	case Binary:
		return h[n.In[0]] && h[n.In[1]] && n.In[0].Shape.Equal(n.In[1].Shape)
	case Concat:
		return !slices.ContainsFunc(n.In, func(v *Value) bool { return !h[v] })
	}
	return false
}

// Reads reports whether n rounds its input i to 16 bits before it computes.
func (h Half) Reads(n *Node, i int) bool {
	if h == nil {
		return false
	}
	switch n.Op.(type) {
	case Conv, FusedConv:
		return i < 2 || i == 3 && h[n.Out[0]]
	case ConvGradInput, ConvGradWeight:
		return i < 2
	case FusedBatchNormTrain:
		return i == 3 && h[n.Out[0]]
	case BatchNormGrad, FusedBatchNormGrad:
		return i >= 4 && h[n.In[0]]
	case ActGrad:
		return i == 1 && h[n.Out[0]]
	case PoolGrad:
		return i == 2 && h[n.In[0]]
	}
	return false
}

// CheckPrecision refuses a precision that b's hardware does not have, in the words a
// user reads. Invalid stands for Float32. Error: fault.ErrDevice.
func CheckPrecision(b Backend, d DType) error {
	if d == Invalid || slices.Contains(b.Caps().DTypes, d) {
		return nil
	}
	c := b.Caps()
	return fault.New(fault.ErrDevice, fmt.Sprintf("precision %v is not available on %s", d, b.Name()), "--precision",
		"it needs hardware for it; this is "+c.Info["device"], "leave --precision out (fp32), or use a machine or --device that has it")
}

// WithPrecision is b compiling every program in precision d; b itself for Float32.
// Error: as CheckPrecision.
func WithPrecision(b Backend, d DType) (Backend, error) {
	if d == Invalid || d == Float32 {
		return b, nil
	}
	if err := CheckPrecision(b, d); err != nil {
		return nil, err
	}
	return precise{b, d}, nil
}

// FullPrecision undoes WithPrecision: for figures that are reported and for what is
// compared with other programs.
func FullPrecision(b Backend) Backend {
	if p, ok := b.(precise); ok {
		return p.Backend
	}
	return b
}

type precise struct {
	Backend
	d DType
}

// Compile implements Backend.
func (p precise) Compile(prog *Program, o CompileOptions) (Executable, error) {
	if o.Precision == Invalid {
		o.Precision = p.d
	}
	return p.Backend.Compile(prog, o)
}

// Live returns the bytes that the back end holds, 0 if it does not count them.
func (p precise) Live() int64 {
	if b, ok := p.Backend.(interface{ Live() int64 }); ok {
		return b.Live()
	}
	return 0
}
