package dnnl

import (
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Batch statistics run on own kernels in the layout of x, whatever that is: see
// kernel_norm.c.

// lowerBatchNormTrain normalises with the statistics of x and returns them.
func lowerBatchNormTrain(c *compiler, n *graph.Node, o graph.BatchNormTrain) error {
	return c.batchForward(n, o.Eps, graph.Act{}, nil)
}

// lowerFusedBatchNormTrain writes y over the residual or x if they die here.
func lowerFusedBatchNormTrain(c *compiler, n *graph.Node, o graph.FusedBatchNormTrain) error {
	return c.batchForward(n, o.Eps, o.Act, opt(n.In, 3))
}

func (c *compiler) batchForward(n *graph.Node, eps float32, act graph.Act, residual *graph.Value) error {
	x, k, err := c.normInput(n.In[0], c.half[n.Out[0]])
	if err != nil {
		return err
	}
	vectors, err := c.rows(n.In[1], n.In[2])
	if err != nil {
		return err
	}
	in := append([]*form{x}, vectors...)
	text := n.Op.Kind()
	var r *form
	if residual != nil {
		if r, err = c.as(residual, x.d); err != nil {
			return err
		}
		in, text = append(in, r), text+"+Add"
	}
	out := make([]*form, 3)
	if out[0], err = c.out(n.Out[0], x.d); err != nil {
		return err
	}
	for i := 1; i < 3; i++ {
		if out[i], err = c.outRow(n.Out[i]); err != nil {
			return err
		}
	}
	part, coef := c.normScratch(k)
	y, results := out[0], append(out[:3:3], part, coef)
	bits := c.normMask(n, act, k, y)
	if bits != nil {
		results = append(results, bits)
	}
	op := c.kernel(text+withAct(act), y, in, results, func(e *emitter) error {
		t := normTensors{half: x.lay.half, x: e.picture(x), y: e.picture(y), mean: e.f32(out[1]), variance: e.f32(out[2]), scale: e.f32(vectors[0]),
			bias: e.f32(vectors[1]), part: view[float64](e.bytes(part.buf)), coef: e.f32(coef)}
		if r != nil {
			t.r = e.picture(r)
		}
		if bits != nil {
			t.bits = e.bytes(bits.buf)
		}
		return e.list.normForward(e.name, k, eps, act, t)
	})
	if r != nil {
		op.over(y, r)
	}
	op.over(y, x)
	return nil
}

// lowerFusedBatchNormGrad writes d over dy and dx over dy, y or x, whichever dies here.
func lowerFusedBatchNormGrad(c *compiler, n *graph.Node, o graph.FusedBatchNormGrad) error {
	return c.batchBackward(n, o.Eps, o.Act)
}

// batchBackward computes n's results from x, scale, mean, variance, dy and, with an
// activation, its result.
func (c *compiler) batchBackward(n *graph.Node, eps float32, act graph.Act) error {
	half := c.half[n.Out[0]] && (len(n.Out) < 4 || c.half[n.Out[3]])
	x, k, err := c.normInput(n.In[0], half)
	if err != nil {
		return err
	}
	vectors, err := c.rows(n.In[1:4]...)
	if err != nil {
		return err
	}
	dy, err := c.as(n.In[4], x.d)
	if err != nil {
		return err
	}
	in := append([]*form{x, dy}, vectors...)
	var y, bits, d *form
	if act.Fn != graph.NoAct {
		if bits = c.maskFor(n.In[5], act, x); bits != nil {
			in = append(in, bits)
		} else if y, err = c.as(n.In[5], x.d); err != nil {
			return err
		} else {
			in = append(in, y)
		}
	}
	out := make([]*form, 3)
	for i := range out {
		if i == 0 {
			out[i], err = c.out(n.Out[i], x.d)
		} else {
			out[i], err = c.normParam(n, i)
		}
		if err != nil {
			return err
		}
	}
	dx := out[0]
	part, coef := c.normScratch(k)
	writes := append(out[:3:3], part, coef)
	if len(n.Out) > 3 {
		if d, err = c.out(n.Out[3], x.d); err != nil {
			return err
		}
		writes = append(writes, d)
	}
	op := c.kernel(actGradOf(act)+n.Op.Kind(), dx, in, writes, func(e *emitter) error {
		t := normTensors{half: x.lay.half, x: e.picture(x), dy: e.picture(dy), dx: e.picture(dx), scale: e.f32(vectors[0]), mean: e.f32(vectors[1]),
			variance: e.f32(vectors[2]), dscale: e.f32(out[1]), dbias: e.f32(out[2]), part: view[float64](e.bytes(part.buf)), coef: e.f32(coef)}
		if y != nil {
			t.y = e.picture(y)
		}
		if bits != nil {
			t.bits = e.bytes(bits.buf)
		}
		if d != nil {
			t.d = e.picture(d)
		}
		return e.list.normBackward(e.name, k, eps, act, t)
	})
	if d != nil {
		op.over(d, dy)
	}
	op.over(dx, dy)
	if y != nil {
		op.over(dx, y)
	}
	op.over(dx, x)
	return nil
}

// normInput returns x in a layout of channels, and how it is cut up; in 16 bits if half
// and v is.
func (c *compiler) normInput(v *graph.Value, half bool) (*form, normCut, error) {
	x, err := c.operand(v, half)
	if err == nil && (x.lay.channels() == 0 || x.elems() != graph.Shape(x.lay.padded).Len()) {
		x, err = c.row(v)
	}
	if err != nil {
		return nil, normCut{}, err
	}
	k, err := newNormCut(x.lay)
	return x, k, err
}

// normMask returns memory for a bit an element of n's result y that tells whether the
// activation let it through, if a gradient asks and the layout has such masks: it reads a
// thirty-second of y. Its form has y's layout.
func (c *compiler) normMask(n *graph.Node, act graph.Act, k normCut, y *form) *form {
	asks := func(u *graph.Node) bool {
		g, ok := u.Op.(graph.FusedBatchNormGrad)
		return ok && g.Act == act && opt(u.In, 5) == n.Out[0]
	}
	if act.Fn == graph.NoAct || k.bits() == 0 || !slices.ContainsFunc(c.users[n.Out[0]], asks) {
		return nil
	}
	m := &form{d: y.d, lay: y.lay, buf: c.newBuffer(int64(k.bits()), inArena)}
	c.masks[n.Out[0]] = m
	return m
}

// maskFor returns y's mask if act made it and it lies as x does.
func (c *compiler) maskFor(y *graph.Value, act graph.Act, x *form) *form {
	m := c.masks[y]
	if m == nil || !m.d.equal(x.d) || y.From.Op.(graph.FusedBatchNormTrain).Act != act {
		return nil
	}
	return m
}

func (c *compiler) normScratch(k normCut) (part, coef *form) {
	return &form{buf: c.newBuffer(8*int64(k.sums()), inArena)}, &form{buf: c.newBuffer(4*int64(k.coefs()), inArena)}
}

func withAct(a graph.Act) string {
	if a.Fn == graph.NoAct {
		return ""
	}
	return "+" + a.Fn.String()
}

func actGradOf(a graph.Act) string {
	if a.Fn == graph.NoAct {
		return ""
	}
	return a.Fn.String() + "Grad+"
}
