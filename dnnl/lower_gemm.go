package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerGemm is y = Alpha·A'·B' + Beta·c. Transposes are strides. An activation that
// alone reads y runs in the same primitive. A linear layer with constant weights
// lets the library choose their layout.
func lowerGemm(c *compiler, n *graph.Node, o graph.Gemm) error {
	act, y := c.activation(n)
	if c.linear(n, o) {
		return c.inner(n, act, y)
	}
	return c.matmul(n, o, act, y)
}

// linear reports whether n is x·wᵀ + b with constant w and b a vector or absent.
func (c *compiler) linear(n *graph.Node, o graph.Gemm) bool {
	b := opt(n.In, 2)
	return !o.TransA && o.TransB && o.Alpha == 1 && n.In[1].Kind == graph.Const &&
		(b == nil || o.Beta == 1 && b.Shape.Equal(graph.Shape{n.In[1].Shape[0]}))
}

func (c *compiler) inner(n *graph.Node, act *pointwise, y *graph.Value) error {
	x, w, b := n.In[0], n.In[1], opt(n.In, 2)
	ops, text := then(act)
	var d convDescs
	var err error
	if d.x, err = c.plain(x); err != nil {
		return err
	}
	if d.y, err = c.plain(y); err != nil {
		return err
	}
	if d.w, err = c.any(graph.Float32, w.Shape...); err != nil {
		return err
	}
	if b != nil {
		if d.b, err = c.plain(b); err != nil {
			return err
		}
	}
	p, err := c.tmp.innerForward(inference, d, ops...)
	if err != nil {
		return err
	}
	return c.convSteps(n, p, "Linear"+text, nil, y)
}

func (c *compiler) matmul(n *graph.Node, o graph.Gemm, act *pointwise, y *graph.Value) error {
	a, err := c.matrix(n.In[0], o.TransA)
	if err != nil {
		return err
	}
	b, err := c.matrix(n.In[1], o.TransB)
	if err != nil {
		return err
	}
	to, err := c.outRow(y)
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, a), reads(argWeights, b), writes(argDst, to)}
	ops, bias, more, err := c.addend(n, o)
	if err != nil {
		return err
	}
	then, text := then(act)
	p, err := c.tmp.matmul(a.d, b.d, bias, to.d, append(ops, then...)...)
	if err != nil {
		return err
	}
	c.primitive("Gemm"+text, p, to, append(args, more...)...)
	return nil
}

// matrix returns v, or its transpose as a matter of strides.
func (c *compiler) matrix(v *graph.Value, trans bool) (*form, error) {
	f, err := c.row(v)
	if err != nil || !trans {
		return f, err
	}
	d, err := c.tmp.strided(graph.Type{DType: graph.Float32, Shape: graph.Shape{v.Shape[1], v.Shape[0]}}, []int{1, v.Shape[1]})
	if err != nil {
		return nil, err
	}
	return c.over(f, d)
}

// addend returns how Alpha and Beta·c join the product: a row c as bias, else
//
//	Beta·((Alpha/Beta)·ab + c)
func (c *compiler) addend(n *graph.Node, o graph.Gemm) (ops []postOp, bias desc, args []binding, err error) {
	k := opt(n.In, 2)
	if k == nil || o.Beta == 0 {
		return linearOp(o.Alpha), desc{}, nil, nil
	}
	f, err := c.row(k)
	if err != nil {
		return nil, desc{}, nil, err
	}
	dims := []int{1, 1}
	copy(dims[2-len(k.Shape):], k.Shape)
	d, err := c.plainAs(dims...)
	if err != nil {
		return nil, desc{}, nil, err
	}
	if f, err = c.over(f, d); err != nil {
		return nil, desc{}, nil, err
	}
	if o.Alpha == 1 && o.Beta == 1 && dims[0] == 1 && dims[1] == n.Out[0].Shape[1] {
		return nil, d, []binding{reads(argBias, f)}, nil
	}
	ops = linearOp(o.Alpha / o.Beta)
	args = []binding{reads(argPostOp(len(ops)), f)}
	ops = append(ops, thenBinary(binaryAdd, d))
	return append(ops, linearOp(o.Beta)...), desc{}, args, nil
}

// linearOp multiplies by k.
func linearOp(k float32) []postOp {
	if k == 1 {
		return nil
	}
	return []postOp{thenEltwise(eltLinear, k, 0)}
}
