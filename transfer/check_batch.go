package transfer

import (
	"context"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// batch runs the network at n rows and compares its outputs with the reference,
// with the rows' own runs at batch 1 and with what was expected.
func (c *checker) batch(ctx context.Context, n int) error {
	net, err := c.read(n)
	if err != nil {
		return err
	}
	in, err := c.inputs(net)
	if err != nil {
		return err
	}
	got, err := c.device(ctx, net, in)
	if err != nil {
		return err
	}
	for i, v := range net.Outputs {
		if bad := notFinite(got[i]); bad > 0 {
			c.count(Comparison{Kind: "finite", Batch: n, Name: v.Name, Shape: v.Type.String(), Note: fmt.Sprintf("%d values are not finite", bad)})
		}
	}
	if c.useRef {
		want, err := runOnce(ctx, ref.New(), &graph.Program{Graph: net}, in)
		if err != nil {
			return err
		}
		for i, v := range net.Outputs {
			abs, scale := distance(got[i], want[i])
			c.tell("reference", n, v, abs, scale, c.s.RTol, "")
		}
	}
	if n > 1 {
		if err := c.rows(ctx, net, in, got); err != nil {
			return err
		}
	}
	return c.expected(net, n, got)
}

// device runs net in the form that predictions use: folded and fused.
func (c *checker) device(ctx context.Context, net *graph.Graph, in map[string]*graph.Tensor) ([]*graph.Tensor, error) {
	p, err := graph.BuildInfer(net, nil, net.Outputs...)
	if err != nil {
		return nil, err
	}
	return runOnce(ctx, c.dev, p, in)
}

// inputs returns a tensor for every input of net: the given rows, repeated as
// often as needed, or the formula.
func (c *checker) inputs(net *graph.Graph) (map[string]*graph.Tensor, error) {
	in := map[string]*graph.Tensor{}
	for k, v := range net.Inputs {
		if v.DType != graph.Float32 {
			return nil, fmt.Errorf("%w: input %v; check runs networks with f32 inputs", fault.ErrUnsupported, v)
		}
		in[v.Name] = formulaTensor(v.Shape, 0)
		if k == 0 && c.input != nil {
			if err := fillRows(in[v.Name], c.input, c.s.Input); err != nil {
				return nil, err
			}
		}
	}
	return in, nil
}

func fillRows(dst, src *graph.Tensor, file string) error {
	row := dst.Len() / dst.Shape[0]
	if src.Len() == 0 || src.Len()%row != 0 {
		return fault.New(fault.ErrUsage, "input does not fit the network", file,
			fmt.Sprintf("file %v, input %v", src.Shape, dst.Shape), "give rows of that size")
	}
	for i := range dst.F32 {
		dst.F32[i] = float32(src.At(i % src.Len()))
	}
	return nil
}

// rows runs each row alone and compares it with its place in the batch, for every
// output whose dimension 0 is the batch.
func (c *checker) rows(ctx context.Context, net *graph.Graph, in map[string]*graph.Tensor, got []*graph.Tensor) error {
	one, err := c.read(1)
	if err != nil {
		return err
	}
	p, err := graph.BuildInfer(one, nil, one.Outputs...)
	if err != nil {
		return err
	}
	x, err := c.dev.Compile(p, graph.CompileOptions{})
	if err != nil {
		return err
	}
	defer x.Close()
	n := net.Inputs[0].Shape[0]
	abs, scale := make([]float64, len(got)), make([]float64, len(got))
	for r := range n {
		alone, err := stepOnce(ctx, x, p, rowOf(net, in, r))
		if err != nil {
			return err
		}
		for i := range got {
			if got[i].Len() == n*alone[i].Len() {
				d, s := distance(slice(got[i], r, alone[i].Shape), alone[i])
				abs[i], scale[i] = worse(abs[i], d), max(scale[i], s)
			}
		}
	}
	for i, v := range net.Outputs {
		if scale[i] > 0 {
			c.tell("rows", n, v, abs[i], scale[i], c.s.RTol, "each row as if alone")
		}
	}
	return nil
}

// worse is the larger of two differences; NaN is the largest.
func worse(a, b float64) float64 {
	if math.IsNaN(a) || b <= a {
		return a
	}
	return b
}

// rowOf returns row r of every batched input.
func rowOf(net *graph.Graph, in map[string]*graph.Tensor, r int) map[string]*graph.Tensor {
	out := map[string]*graph.Tensor{}
	for _, v := range net.Inputs {
		t := in[v.Name]
		if v.Batched {
			t = slice(t, r, append(graph.Shape{1}, v.Shape[1:]...))
		}
		out[v.Name] = t
	}
	return out
}

// slice returns the r-th part of t as a tensor of shape.
func slice(t *graph.Tensor, r int, shape graph.Shape) *graph.Tensor {
	n := shape.Len()
	out := graph.NewTensor(t.DType, shape...)
	for i := range n {
		out.Set(i, t.At(r*n+i))
	}
	return out
}

// expected compares the rows that --expect holds with the output they fit. Several
// outputs may fit (logits and probabilities): the closest is meant, and named.
func (c *checker) expected(net *graph.Graph, n int, got []*graph.Tensor) error {
	if c.expect == nil {
		return nil
	}
	best, bestAbs, bestScale, rows := -1, math.Inf(1), 1.0, 0
	for i, v := range net.Outputs {
		row := v.Shape.Len() / n
		if v.Shape.Len()%n != 0 || row == 0 || c.expect.Len()%row != 0 {
			continue
		}
		k := min(n, c.expect.Len()/row)
		shape := append(graph.Shape{k}, v.Shape[1:]...)
		if shape.Len() != k*row {
			continue
		}
		abs, scale := distance(slice(got[i], 0, shape), slice(c.expect, 0, shape))
		if best < 0 || abs/scale < bestAbs/bestScale {
			best, bestAbs, bestScale, rows = i, abs, scale, k
		}
	}
	if best < 0 {
		return fault.New(fault.ErrUsage, "expected output fits no output of the network", c.s.Expect,
			fmt.Sprintf("file %v, outputs %v", c.expect.Shape, net.Outputs), "give rows of one output")
	}
	c.tell("expect", n, net.Outputs[best], bestAbs, bestScale, c.s.RTol, fmt.Sprintf("rows 0…%d", rows-1))
	return nil
}
