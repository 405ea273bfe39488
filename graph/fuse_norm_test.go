package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/stretchr/testify/require"
)

var relu6 = graph.Act{Fn: graph.Clip, Beta: 6}

// normNet builds a training program on batch statistics by hand.
type normNet struct {
	layers
	params []*graph.Value
}

func (n *normNet) weight(mean float32, d ...int) *graph.Value {
	name := fmt.Sprint("p", len(n.params))
	t := conformance.Uniform(name, mean-0.5, mean+0.5, d...)
	n.params = append(n.params, n.g.AddState(name, t))
	return n.params[len(n.params)-1]
}

// norm is a trained convolution to k channels and its normalisation, whose
// statistics are read at once, as running ones do.
func (n *normNet) norm(x *graph.Value, k int) *graph.Value {
	y := n.add(conv(3, 1, 1), x, n.weight(0, k, x.Shape[1], 3, 3))
	out, err := n.g.Add("bn", graph.BatchNormTrain{Eps: 1e-3}, y, n.weight(1, k), n.weight(0, k))
	require.NoError(n.t, err)
	n.g.Outputs = append(n.g.Outputs, n.add(graph.Blend{Keep: 0.5, Scale: 1}, n.params[len(n.params)-1], out[1]))
	return out[0]
}

// finish adds pooling, loss and the gradients of all parameters as outputs.
func (n *normNet) finish(y *graph.Value) conformance.Feed {
	t := n.t
	y = n.add(graph.Flatten{Axis: 1}, n.add(graph.GlobalAveragePool{}, y))
	target := graph.NewTensor(graph.Float32, y.Shape...)
	for i := range y.Shape[0] {
		target.F32[i*y.Shape[1]+i%y.Shape[1]] = 1
	}
	inv := n.g.AddConst("inv", graph.Scalar(0.5))
	loss := n.add(graph.SoftmaxCrossEntropy{}, y, n.g.AddConst("target", target), inv)
	grads, err := graph.Gradients(n.g, loss, n.params)
	require.NoError(t, err)
	n.g.Outputs = append(n.g.Outputs, loss)
	for _, p := range n.params {
		n.g.Outputs = append(n.g.Outputs, grads[p])
	}
	return conformance.Feed{"x": conformance.Normal("x", 3, 4, 5, 5)}
}

// Blocks of real networks: what is left of normalisations, additions, activations
// and their gradients, and equal results with and without the pass.
func TestFuseNorms(t *testing.T) {
	for name, c := range map[string]struct {
		net  func(n *normNet, x *graph.Value) *graph.Value
		want string
	}{
		"plain": {func(n *normNet, x *graph.Value) *graph.Value {
			return n.add(relu, n.norm(n.add(relu, n.norm(x, 6)), 4))
		}, "2 FusedBatchNormGrad, 2 FusedBatchNormTrain"},
		"ResNet": {func(n *normNet, x *graph.Value) *graph.Value {
			x = n.add(relu, n.norm(x, 4))
			y := n.norm(n.add(relu, n.norm(x, 6)), 4)
			return n.add(relu, n.add(plus, y, x))
		}, "1 Add, 3 FusedBatchNormGrad, 1 FusedBatchNormGrad+Residual, 3 FusedBatchNormTrain"},
		"ResNet, first operand, shortcut": {func(n *normNet, x *graph.Value) *graph.Value {
			y := n.norm(n.add(relu, n.norm(x, 6)), 4)
			return n.add(relu, n.add(plus, n.norm(x, 4), y))
		}, "1 BatchNormGrad, 1 BatchNormTrain, 2 FusedBatchNormGrad, 1 FusedBatchNormGrad+Residual, 2 FusedBatchNormTrain"},
		"residual computed later": {func(n *normNet, x *graph.Value) *graph.Value {
			y := n.norm(x, 4)
			z := n.add(conv(3, 1, 1), x, n.weight(0, 4, 4, 3, 3))
			return n.add(relu, n.add(plus, y, z))
		}, "1 FusedBatchNormGrad, 1 FusedBatchNormGrad+Residual, 1 FusedBatchNormTrain"},
		"MobileNet": {func(n *normNet, x *graph.Value) *graph.Value {
			x = n.norm(x, 4)
			y := n.norm(n.add(relu6, n.norm(n.add(relu6, n.norm(x, 8)), 8)), 4)
			return n.norm(n.add(plus, x, y), 4)
		}, "1 Add, 3 BatchNormGrad, 2 BatchNormTrain, 2 FusedBatchNormGrad, 3 FusedBatchNormTrain"},
		"other activation": {func(n *normNet, x *graph.Value) *graph.Value {
			return n.add(graph.Act{Fn: graph.Sigmoid}, n.norm(x, 4))
		}, "1 BatchNormGrad, 1 BatchNormTrain, 1 Sigmoid, 1 SigmoidGrad"},
		"several readers": {func(n *normNet, x *graph.Value) *graph.Value {
			y := n.norm(x, 4)
			return n.add(mul, n.add(relu, y), y)
		}, "1 Add, 1 BatchNormGrad, 1 BatchNormTrain, 1 Relu, 1 ReluGrad"},
		"twice itself": {func(n *normNet, x *graph.Value) *graph.Value {
			y := n.norm(x, 4)
			return n.add(relu, n.add(plus, y, y))
		}, "2 Add, 1 BatchNormGrad, 1 BatchNormTrain, 1 Relu, 1 ReluGrad"},
		"broadcast": {func(n *normNet, x *graph.Value) *graph.Value {
			return n.add(relu, n.add(plus, n.norm(x, 4), n.random(4, 1, 1)))
		}, "1 Add, 1 BatchNormGrad, 1 BatchNormTrain, 1 Relu, 1 ReluGrad"},
	} {
		t.Run(name, func(t *testing.T) {
			n := &normNet{layers: layers{t: t, g: graph.New()}}
			feed := n.finish(c.net(n, input(n.g, "x", 3, 4, 5, 5)))
			fused, cp, err := graph.FuseNorms(n.g, nil)
			require.NoError(t, err)
			require.NoError(t, fused.Validate())
			require.Equal(t, c.want, count(fused))
			want, got := run(t, &graph.Program{Graph: n.g}, feed), run(t, &graph.Program{Graph: fused}, feed)
			for i, v := range n.g.Outputs {
				require.Same(t, fused.Outputs[i], cp.Map[v])
				conformance.Near(t, want[v.Name], got[fused.Outputs[i].Name], conformance.Tol{Abs: 1e-7, Max: 1e-4}, v.Name)
			}
			again, _, err := graph.FuseNorms(fused, nil)
			require.NoError(t, err)
			require.Equal(t, kinds(fused, 0), kinds(again, 0), "nothing is left to do")
		})
	}
}

// count lists how often the operators around normalisations occur.
func count(g *graph.Graph) string {
	n := map[string]int{}
	for _, node := range g.Nodes {
		k := node.Op.Kind()
		if o, ok := node.Op.(graph.FusedBatchNormGrad); ok && o.Residual {
			n[k+"+Residual"]++
		}
		for _, part := range []string{"Norm", "Add", "Relu", "Clip", "Sigmoid"} {
			if strings.Contains(k, part) {
				n[k]++
				break
			}
		}
	}
	var s []string
	for k, v := range n {
		s = append(s, fmt.Sprint(v, " ", k))
	}
	slices.SortFunc(s, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(s, ", ")
}

// What is kept survives by itself: a result before its activation, and an
// activation's gradient as a result of the joint operator.
func TestFuseNormsKeeps(t *testing.T) {
	n := &normNet{layers: layers{t: t, g: graph.New()}}
	y := n.norm(input(n.g, "x", 3, 4, 5, 5), 4)
	n.finish(n.add(relu, y))
	fused, cp, err := graph.FuseNorms(n.g, map[*graph.Value]bool{y: true})
	require.NoError(t, err)
	require.Equal(t, kinds(n.g, 0), kinds(fused, 0))
	require.NotNil(t, cp.Map[y])
	d := n.g.Node("Relu/dx").Out[0]
	fused, cp, err = graph.FuseNorms(n.g, map[*graph.Value]bool{d: true})
	require.NoError(t, err)
	require.Equal(t, "1 FusedBatchNormGrad, 1 FusedBatchNormGrad+Residual, 1 FusedBatchNormTrain", count(fused))
	require.Equal(t, 3, cp.Map[d].Index())
	require.Nil(t, cp.Map[y])
}

// A residual that follows from the statistics themselves cannot go in.
func TestFuseNormsWithoutCircle(t *testing.T) {
	g := graph.New()
	x := input(g, "x", 3, 4, 5, 5)
	c := g.AddConst("c", conformance.Uniform("c", 0.5, 1, 4))
	out, err := g.Add("bn", graph.BatchNormTrain{Eps: 1e-3}, x, c, c)
	require.NoError(t, err)
	m := add(t, g, "", graph.Reshape{Shape: shape(4, 1, 1)}, out[1])
	r := add(t, g, "", mul, x, m)
	g.Outputs = vs(add(t, g, "", relu, add(t, g, "", plus, out[0], r)))
	fused, _, err := graph.FuseNorms(g, nil)
	require.NoError(t, err)
	require.Equal(t, kinds(g, 0), kinds(fused, 0))
}
