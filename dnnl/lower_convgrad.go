package dnnl

import (
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// lowerConvGradInput is dx from w and dy.
func lowerConvGradInput(c *compiler, n *graph.Node, o graph.ConvGradInput) error {
	w, dy, dx := n.In[0], n.In[1], n.Out[0]
	p, err := c.better(func(t graph.DType) (pd, error) { return c.dataBackward(o, t, w, dy, dx) })
	if err != nil {
		return err
	}
	fw, err := c.as(w, p.weights())
	if err != nil {
		return err
	}
	fdy, err := c.as(dy, p.diffDst())
	if err != nil {
		return err
	}
	to, err := c.out(dx, p.diffSrc())
	if err != nil {
		return err
	}
	c.primitive("ConvGradInput", p, to, reads(argWeights, fw), reads(argDiffDst, fdy), writes(argDiffSrc, to))
	return nil
}

// dataBackward creates the primitive of dx in type t; in 16 bits dx may be f32.
func (c *compiler) dataBackward(o graph.ConvGradInput, t graph.DType, w, dy, dx *graph.Value) (pd, error) {
	d, err := c.convAny(o.Conv, t, dx.Shape, w.Shape, false, dy.Shape)
	if err != nil {
		return pd{}, err
	}
	hint, err := c.tmp.convForward(training, convDirect, d, o.Window)
	if err != nil {
		return pd{}, err
	}
	to := graph.Type{DType: t, Shape: dx.Shape}
	if t == graph.BFloat16 {
		to.DType = c.typeOf(dx)
	}
	return c.sameFamily(dy, graph.Type{DType: t, Shape: dy.Shape}, to, func(y, x desc) (pd, error) {
		return c.tmp.convBackwardData(convDirect, convDescs{x: x, w: d.w, y: y}, o.Window, hint)
	})
}

// lowerConvGradWeight is dw, and db with Bias, from x and dy. dw gets the layout of
// the weight it belongs to if a fast primitive can do that.
func lowerConvGradWeight(c *compiler, n *graph.Node, o graph.ConvGradWeight) error {
	x, dy := n.In[0], n.In[1]
	p, err := c.better(func(t graph.DType) (pd, error) {
		d, err := c.convAny(o.Conv, t, x.Shape, o.W, o.Bias, dy.Shape)
		if err != nil {
			return pd{}, err
		}
		hint, err := c.tmp.convForward(training, convDirect, d, o.Window)
		if err != nil {
			return pd{}, err
		}
		if d.w, err = c.any(graph.Float32, grouped(o.Conv, o.W)...); err != nil {
			return pd{}, err
		}
		return c.weightsBackward(n, o, t, d, hint)
	})
	if err != nil {
		return err
	}
	if depthwise(x.Shape, dy.Shape, o.Conv) && !strings.Contains(p.impl(), "_dw") {
		if done, err := c.depthwiseGrad(n, o); done || err != nil {
			return err
		}
	}
	fx, err := c.as(x, p.src(0))
	if err != nil {
		return err
	}
	fdy, err := c.as(dy, p.diffDst())
	if err != nil {
		return err
	}
	to, err := c.out(n.Out[0], p.diffWeights())
	if err != nil {
		return err
	}
	args := []binding{reads(argSrc, fx), reads(argDiffDst, fdy), writes(argDiffWeights, to)}
	if o.Bias {
		db, err := c.outRow(n.Out[1])
		if err != nil {
			return err
		}
		args = append(args, writes(argDiffBias, db))
	}
	c.primitive("ConvGradWeight", p, to, args...)
	return nil
}

// depthwiseGrad computes a depthwise convolution's dw, and db, in f32 in the layouts of its
// forward primitive, if the own kernel knows them. oneDNN 3.2 has a depthwise
// primitive for kernels up to 3 wide; beyond, it computes blocks of 16x16 channels.
func (c *compiler) depthwiseGrad(n *graph.Node, o graph.ConvGradWeight) (bool, error) {
	d, err := c.convAny(o.Conv, graph.Float32, n.In[0].Shape, o.W, o.Bias, n.In[1].Shape)
	if err != nil {
		return false, err
	}
	forward, err := c.tmp.convForward(training, convDirect, d, o.Window)
	if err != nil {
		return false, err
	}
	var lay [3]layout
	for i, d := range []desc{forward.src(0), forward.dst(), forward.weights()} {
		var err error
		if lay[i], err = d.layout(); err != nil {
			return false, err
		}
	}
	k, err := newDepthCut(lay[0], lay[1], lay[2], o.Conv)
	if err != nil {
		return false, nil //nolint:nilerr // the library does it
	}
	x, err := c.as(n.In[0], forward.src(0))
	if err != nil {
		return false, err
	}
	dy, err := c.as(n.In[1], forward.dst())
	if err != nil {
		return false, err
	}
	dw, err := c.out(n.Out[0], forward.weights())
	if err != nil {
		return false, err
	}
	part := &form{buf: c.newBuffer(8*int64(k.sums()), inArena)}
	c.kernel("ConvGradWeight depthwise", dw, []*form{x, dy}, []*form{dw, part}, func(e *emitter) error {
		return e.list.depthwiseGrad(e.name, k, e.f32(dw), e.f32(x), e.f32(dy), view[float64](e.bytes(part.buf)))
	})
	if !o.Bias {
		return true, nil
	}
	db, err := c.outRow(n.Out[1])
	if err != nil {
		return false, err
	}
	c.kernel("ConvGradBias", db, []*form{dy}, []*form{db}, func(e *emitter) error {
		return e.list.channelSum(e.name, e.f32(db), e.f32(dy), dy.lay)
	})
	return true, nil
}

// weightsBackward tries layouts in order: those x, dy and the weight have now,
// channels last, then those the library likes best.
func (c *compiler) weightsBackward(n *graph.Node, o graph.ConvGradWeight, t graph.DType, d convDescs, hint pd) (pd, error) {
	free, err := c.tmp.convBackwardWeights(convDirect, d, o.Window, hint)
	if err != nil {
		return free, err
	}
	has := convDescs{x: free.src(0), w: free.diffWeights(), b: d.b, y: free.diffDst()}
	if err := c.present(n.In[0], t, &has.x); err != nil {
		return free, err
	}
	if err := c.present(n.In[1], t, &has.y); err != nil {
		return free, err
	}
	if w := c.weightOf(n.Out[0]); w != nil && len(c.of(w).forms) > 0 {
		has.w = c.of(w).forms[0].d
	}
	for _, e := range []convDescs{has, {x: has.x, w: d.w, b: d.b, y: has.y}} {
		if p, err := c.tmp.convBackwardWeights(convDirect, e, o.Window, hint); err == nil && fast(p) {
			return p, nil
		}
	}
	if fast(free) || len(o.W) != 4 {
		return free, nil
	}
	p, ok, err := c.inFamily(tagNHWC, graph.Type{DType: t, Shape: n.In[0].Shape}, graph.Type{DType: t, Shape: n.In[1].Shape}, func(x, y desc) (pd, error) {
		return c.tmp.convBackwardWeights(convDirect, convDescs{x, d.w, d.b, y}, o.Window, hint)
	})
	if !ok {
		return free, err
	}
	return p, err
}

// present sets d to the layout that v has, in type t, unless that is row-major.
func (c *compiler) present(v *graph.Value, t graph.DType, d *desc) error {
	has, err := c.layoutOf(v)
	if err != nil {
		return err
	}
	lay, err := has.layout()
	if err == nil && lay.dtype() != t {
		if has, err = c.retyped(lay, t); err == nil {
			lay, err = has.layout()
		}
	}
	if err == nil && !lay.rowMajor() {
		*d = has
	}
	return err
}

// weightOf returns the parameter whose gradient is dw, or nil.
func (c *compiler) weightOf(dw *graph.Value) *graph.Value {
	for _, n := range c.users[dw] {
		k := 0
		switch n.Op.(type) {
		case graph.FoldNormGrad:
			return n.In[0]
		case graph.SGD:
			k = (len(n.In) - 2) / 3
		case graph.Adam:
			k = (len(n.In) - 2) / 4
		}
		for i := range k {
			if n.In[2+k+i] == dw {
				return n.In[2+i]
			}
		}
	}
	return nil
}
