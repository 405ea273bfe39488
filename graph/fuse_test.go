package graph_test

import (
	"fmt"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/stretchr/testify/require"
)

// layers builds networks with random constants.
type layers struct {
	t *testing.T
	g *graph.Graph
	n int
}

func (l *layers) random(d ...int) *graph.Value {
	l.n++
	return l.g.AddConst("", conformance.Normal(fmt.Sprint("layer", l.n), d...))
}

func (l *layers) add(op graph.Op, in ...*graph.Value) *graph.Value {
	l.t.Helper()
	return add(l.t, l.g, "", op, in...)
}

// conv is a convolution to k channels, with bias if asked for.
func (l *layers) conv(x *graph.Value, k, groups int, bias bool) *graph.Value {
	in := vs(x, l.random(k, x.Shape[1]/groups, 3, 3))
	if bias {
		in = append(in, l.random(k))
	}
	return l.add(graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: groups}, in...)
}

func (l *layers) bn(x *graph.Value) *graph.Value {
	c := x.Shape[1]
	l.n++
	variance := l.g.AddConst("", conformance.Uniform(fmt.Sprint("variance", l.n), 0.5, 2, c))
	return l.add(graph.BatchNorm{Eps: 1e-3, Keep: 0.9}, x, l.random(c), l.random(c), l.random(c), variance)
}

// Patterns around a convolution of x [2 4 5 5], the operators that must be left,
// and equal results with and without the passes.
func TestBuildInfer(t *testing.T) {
	for name, c := range map[string]struct {
		net  func(l *layers, x *graph.Value) []*graph.Value
		want []string
	}{
		"conv relu": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(relu, l.conv(x, 6, 1, true)))
		}, []string{"FusedConv"}},
		"conv bn relu": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(relu, l.bn(l.conv(x, 6, 1, false))))
		}, []string{"FusedConv"}},
		"depthwise bias bn clip": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(graph.Act{Fn: graph.Clip, Beta: 6}, l.bn(l.conv(x, 8, 4, true))))
		}, []string{"FusedConv"}},
		"residual": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(relu, l.add(plus, x, l.bn(l.conv(x, 4, 1, false)))))
		}, []string{"FusedConv"}},
		"residual without activation": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(plus, l.conv(x, 4, 1, true), x))
		}, []string{"FusedConv"}},
		"two convolutions meet": {func(l *layers, x *graph.Value) []*graph.Value {
			a := l.bn(l.conv(x, 6, 1, false))
			return vs(l.add(relu, l.add(plus, a, l.bn(l.conv(x, 6, 2, true)))))
		}, []string{"Conv", "FusedConv"}},
		"sum of one convolution with itself": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.conv(x, 4, 1, false)
			return vs(l.add(plus, y, y))
		}, []string{"Conv", "Add"}},
		"residual that broadcasts": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(plus, l.conv(x, 4, 1, false), l.random(4, 1, 1)))
		}, []string{"Conv", "Add"}},
		"swish reads twice": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.conv(x, 4, 1, true)
			return vs(l.add(mul, y, l.add(graph.Act{Fn: graph.Sigmoid}, y)))
		}, []string{"Conv", "Sigmoid", "Mul"}},
		"inner result is an output": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.conv(x, 4, 1, true)
			return vs(y, l.add(relu, y))
		}, []string{"Conv", "Relu"}},
		"bn before relu is an output": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.bn(l.conv(x, 4, 1, true))
			return vs(y, l.add(relu, y))
		}, []string{"Conv", "Relu"}},
		"bn after an output": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.conv(x, 4, 1, true)
			return vs(y, l.bn(y))
		}, []string{"Conv", "BatchNorm"}},
		"bn before the convolution": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.conv(l.add(relu, l.bn(x)), 4, 1, true))
		}, []string{"BatchNorm", "Relu", "Conv"}},
		"subtraction is no residual": {func(l *layers, x *graph.Value) []*graph.Value {
			return vs(l.add(graph.Binary{Fn: graph.Sub}, x, l.conv(x, 4, 1, true)))
		}, []string{"Conv", "Sub"}},
		"chain of blocks": {func(l *layers, x *graph.Value) []*graph.Value {
			for range 2 {
				y := l.add(relu, l.bn(l.conv(x, 4, 1, false)))
				x = l.add(relu, l.add(plus, l.bn(l.conv(y, 4, 2, false)), x))
			}
			return vs(x)
		}, []string{"FusedConv", "FusedConv", "FusedConv", "FusedConv"}},
		"linear bn": {func(l *layers, x *graph.Value) []*graph.Value {
			y := l.add(graph.Linear, l.add(graph.Flatten{Axis: 1}, x), l.random(3, 100), l.random(3))
			return vs(l.bn(y))
		}, []string{"Flatten", "Gemm"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &layers{t: t, g: graph.New()}
			outs := c.net(l, input(l.g, "x", 2, 4, 5, 5))
			p, err := graph.BuildInfer(l.g, nil, outs...)
			require.NoError(t, err)
			require.Equal(t, c.want, kinds(p.Graph, 0))
			plain, err := graph.Prune(l.g, outs...)
			require.NoError(t, err)
			feed := conformance.Feed{"x": conformance.Normal("x", 2, 4, 5, 5)}
			want, got := run(t, &graph.Program{Graph: plain}, feed), run(t, p, feed)
			require.Len(t, got, len(outs))
			for _, v := range outs {
				conformance.Near(t, want[v.Name], got[v.Name], conformance.DefaultTol, v.Name)
			}
		})
	}
}

// What keep names stays exchangeable: nothing is folded into it.
func TestBuildInferKeeps(t *testing.T) {
	l := &layers{t: t, g: graph.New()}
	y := l.bn(l.conv(input(l.g, "x", 2, 4, 5, 5), 4, 1, true))
	w := l.g.Node("Conv").In[1]
	p, err := graph.BuildInfer(l.g, func(name string) bool { return name == w.Name }, y)
	require.NoError(t, err)
	require.Equal(t, []string{"Conv", "BatchNorm"}, kinds(p.Graph, 0))
	require.Equal(t, graph.State, p.Value(w.Name).Kind)
}
