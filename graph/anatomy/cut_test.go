package anatomy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// net builds small networks; every helper fails the test on error.
type net struct {
	t *testing.T
	g *graph.Graph
}

func newNet(t *testing.T) (*net, *graph.Value) {
	g := graph.New()
	return &net{t, g}, g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{2, 3, 8, 8}}, true)
}

func (n *net) add(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	v, err := n.g.Add1(name, op, in...)
	require.NoError(n.t, err)
	return v
}

// conv is a convolution with k channels; groups 0 means depthwise.
func (n *net) conv(name string, x *graph.Value, k, size, groups int) *graph.Value {
	if groups == 0 {
		groups, k = x.Shape[1], x.Shape[1]
	}
	w := n.g.AddConst(name+".w", graph.NewTensor(graph.Float32, k, x.Shape[1]/groups, size, size))
	return n.add(name, graph.Conv{Window: graph.Window2D(size, 1, size/2), Groups: groups}, x, w)
}

func (n *net) relu(name string, x *graph.Value) *graph.Value {
	return n.add(name, graph.Act{Fn: graph.Relu}, x)
}

func (n *net) gemm(name string, x *graph.Value, k int) *graph.Value {
	return n.add(name, graph.Linear, x, n.g.AddConst(name+".w", graph.NewTensor(graph.Float32, k, x.Shape[1])))
}

func (n *net) out(vs ...*graph.Value) *graph.Graph {
	n.g.Outputs = vs
	return n.g
}

func names(cuts []anatomy.Cut) []string {
	var s []string
	for _, c := range cuts {
		s = append(s, c.Value.Name)
	}
	return s
}

// A residual block hides its inside; its end is the Relu after the addition.
func TestCutsOfResidualNet(t *testing.T) {
	n, x := newNet(t)
	stem := n.relu("relu0", n.conv("conv0", x, 4, 3, 1))
	a := n.relu("relu1", n.conv("conv1", stem, 4, 3, 1))
	b := n.conv("conv2", a, 4, 3, 1)
	sum := n.relu("relu2", n.add("sum", graph.Binary{Fn: graph.Add}, b, stem))
	pooled := n.add("flat", graph.Flatten{Axis: 1}, n.add("gap", graph.GlobalAveragePool{}, sum))
	g := n.out(n.gemm("fc", pooled, 10))

	cuts := anatomy.Cuts(g, pooled)
	require.Equal(t, []string{"conv0", "relu0", "sum", "relu2", "gap", "flat"}, names(cuts))
	require.Equal(t, []string{"relu0", "flat"}, names(anatomy.Blocks(cuts)), "stem, block with the pooling behind it")
	end := cuts[3]
	require.EqualValues(t, 4*3*9+2*4*4*9, end.Params)        // three 3x3 kernels
	require.EqualValues(t, 64*(4*3*9+2*4*4*9), end.MACs)     // 8x8 positions, padding 1
	require.EqualValues(t, 4*64*4, end.Bytes)                // [4 8 8] f32
	require.EqualValues(t, 4*4, cuts[5].Bytes)               // [4]
	require.Equal(t, anatomy.Params(g.Nodes), end.Params+40) // and the Gemm 4x10
}

// A depthwise convolution and the gate of a squeeze-and-excitation stay with what follows.
func TestBlocksKeepUnitsTogether(t *testing.T) {
	n, x := newNet(t)
	v := n.relu("relu0", n.conv("conv0", x, 4, 3, 1))
	v = n.relu("relu1", n.conv("dw1", v, 0, 3, 0))
	s := n.conv("se", n.add("squeeze", graph.GlobalAveragePool{}, v), 4, 1, 1)
	v = n.add("gate", graph.Binary{Fn: graph.Mul}, v, n.add("sig", graph.Act{Fn: graph.Sigmoid}, s))
	v = n.relu("relu2", n.conv("pw1", v, 4, 1, 1))
	v = n.conv("pw2", n.relu("relu3", n.conv("dw2", v, 0, 3, 0)), 4, 1, 1)
	cuts := anatomy.Cuts(n.out(v), v)
	require.Equal(t, []string{"relu0", "relu2", "pw2"}, names(anatomy.Blocks(cuts)))
}

// A gate inside a residual branch does not hide the end of the block.
func TestBlocksEndBehindJoins(t *testing.T) {
	n, x := newNet(t)
	v := n.relu("relu0", n.conv("conv0", x, 4, 3, 1))
	b := n.conv("conv1", v, 4, 3, 1)
	s := n.conv("se", n.add("squeeze", graph.GlobalAveragePool{}, b), 4, 1, 1)
	b = n.add("gate", graph.Binary{Fn: graph.Mul}, b, n.add("sig", graph.Act{Fn: graph.Sigmoid}, s))
	v = n.relu("relu1", n.add("sum", graph.Binary{Fn: graph.Add}, b, v))
	v = n.conv("conv2", v, 4, 1, 1)
	cuts := anatomy.Cuts(n.out(v), v)
	require.Equal(t, []string{"relu0", "relu1", "conv2"}, names(anatomy.Blocks(cuts)))
}

// Every way into the target counts: a second input makes early tensors no cut.
func TestCutsOfTwoInputs(t *testing.T) {
	n, x := newNet(t)
	y := n.g.AddInput("y", x.Type, true)
	a := n.relu("a", x)
	b := n.relu("b", y)
	c := n.add("c", graph.Binary{Fn: graph.Add}, a, b)
	d := n.relu("d", c)
	n.relu("beside", c)
	require.Equal(t, []string{"c", "d"}, names(anatomy.Cuts(n.out(d), d)))
}

func TestFindHead(t *testing.T) {
	for _, c := range []struct {
		name                 string
		build                func(n *net, x *graph.Value) []*graph.Value
		node                 string
		features, classifier string
		logits               string
		classes              int
		spatial              bool
	}{
		{"Gemm and Softmax", func(n *net, x *graph.Value) []*graph.Value {
			f := n.add("drop", graph.Dropout{P: .5}, n.add("flat", graph.Flatten{Axis: 1}, n.add("gap", graph.GlobalAveragePool{}, n.conv("c", x, 6, 3, 1))))
			return []*graph.Value{n.add("prob", graph.Softmax{Axis: 1}, n.gemm("fc", f, 10))}
		}, "", "flat", "fc", "fc", 10, false},
		{"1x1 Conv after pooling, two outputs", func(n *net, x *graph.Value) []*graph.Value {
			p := n.add("gap", graph.GlobalAveragePool{}, n.conv("c", x, 6, 3, 1))
			l := n.add("logits", graph.Flatten{Axis: 1}, n.conv("cls", p, 10, 1, 1))
			return []*graph.Value{l, n.add("prob", graph.Softmax{Axis: 1}, l)}
		}, "", "gap", "cls", "logits", 10, true},
		{"Conv, Relu, pooling", func(n *net, x *graph.Value) []*graph.Value {
			f := n.relu("r", n.conv("c", x, 6, 3, 1))
			p := n.add("gap", graph.GlobalAveragePool{}, n.relu("relu_cls", n.conv("cls", f, 10, 1, 1)))
			return []*graph.Value{n.add("flat", graph.Flatten{Axis: 1}, p)}
		}, "", "r", "cls", "flat", 10, true},
		{"no classifier", func(n *net, x *graph.Value) []*graph.Value {
			a, b := n.relu("a", n.conv("ca", x, 6, 1, 1)), n.relu("b", n.conv("cb", x, 6, 1, 1))
			j := n.add("cat", graph.Concat{Axis: 1}, a, b)
			return []*graph.Value{n.add("features", graph.Flatten{Axis: 1}, n.add("gap", graph.GlobalAveragePool{}, j))}
		}, "", "features", "", "", 0, false},
		{"named node", func(n *net, x *graph.Value) []*graph.Value {
			f := n.relu("r", n.conv("c", x, 6, 3, 1))
			return []*graph.Value{n.gemm("fc", n.add("flat", graph.Flatten{Axis: 1}, f), 10)}
		}, "r", "r", "", "", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, x := newNet(t)
			g := n.out(c.build(n, x)...)
			h, err := anatomy.FindHead(g, c.node)
			require.NoError(t, err)
			require.Equal(t, c.features, h.Features.Name)
			require.Equal(t, c.classes, h.Classes)
			require.Equal(t, c.spatial, h.Spatial())
			if c.classifier == "" {
				require.Nil(t, h.Classifier)
				return
			}
			require.Equal(t, c.classifier, h.Classifier.Name)
			require.Equal(t, c.logits, h.Logits.Name)
			require.Equal(t, g.Outputs, h.Outputs)
		})
	}
}

func TestFindHeadErrors(t *testing.T) {
	n, x := newNet(t)
	g := n.out(n.add("sum", graph.Reduce{Fn: graph.Sum}, x))
	_, err := anatomy.FindHead(g, "nothing")
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = anatomy.FindHead(g, "")
	require.ErrorIs(t, err, fault.ErrNoHead)
}

func TestNorms(t *testing.T) {
	n, x := newNet(t)
	n.relu("r", n.conv("c", x, 4, 3, 1))
	require.Equal(t, anatomy.Plain, anatomy.CountNorms(n.g).Class)

	dw := n.conv("dw", x, 0, 3, 0)
	require.Equal(t, anatomy.Folded, anatomy.CountNorms(n.g).Class)
	require.Contains(t, anatomy.CountNorms(n.g).Advice(), "PRESERVE")

	var p []*graph.Value
	for _, s := range []string{"scale", "bias", "mean", "variance"} {
		p = append(p, n.g.AddConst(s, graph.NewTensor(graph.Float32, 3)))
	}
	n.add("bn", graph.BatchNorm{Eps: 1e-5}, append([]*graph.Value{dw}, p...)...)
	require.Equal(t, anatomy.BN, anatomy.CountNorms(n.g).Class)
}
