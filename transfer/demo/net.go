package demo

import (
	_ "embed" // the pretrained network
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Pretrained is the network of Architecture trained on Source: an ONNX file with
// its preprocessing and classes inside. `make demo-net` makes it anew: 1,000 pictures
// of each of the twelve shapes, scheme scratch, 8 epochs, seed 42.
//
//go:embed net.onnx
var Pretrained []byte

// Architecture is a residual network for pictures [N 3 48 48] with random weights
// of its own shape only (all zero but the norms' scales): a stem of stride 2, then
// three stages of one residual block with 24, 48 and 96 channels, global average,
// linear. About 173,000 parameters. Source: arXiv:1512.03385 §4.2, made smaller.
func Architecture(classes int) (*graph.Graph, error) {
	b := &builder{g: graph.New()}
	x := b.g.AddInput("input", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 3, Side, Side}}, true)
	x = b.convNorm("stem", x, 24, 3, 2, true)
	for i, width := range []int{24, 48, 96} {
		x = b.residual(fmt.Sprintf("stage%d", i+1), x, width, 1+min(i, 1))
	}
	x = b.add("pool", graph.GlobalAveragePool{}, x)
	x = b.add("flatten", graph.Flatten{Axis: 1}, x)
	x = b.add("classifier", graph.Linear, x, b.zeros("classifier.weight", classes, 96), b.zeros("classifier.bias", classes))
	b.g.Outputs = []*graph.Value{x}
	return b.g, b.err
}

// builder adds nodes until the first error.
type builder struct {
	g   *graph.Graph
	err error
}

func (b *builder) add(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	if b.err != nil {
		return in[0]
	}
	v, err := b.g.Add1(name, op, in...)
	if err != nil {
		b.err = err
		return in[0]
	}
	return v
}

func (b *builder) zeros(name string, shape ...int) *graph.Value {
	return b.g.AddConst(name, graph.NewTensor(graph.Float32, shape...))
}

func (b *builder) ones(name string, n int) *graph.Value {
	t := graph.NewTensor(graph.Float32, n)
	for i := range t.F32 {
		t.F32[i] = 1
	}
	return b.g.AddConst(name, t)
}

// convNorm is convolution k×k, BatchNorm and, if wanted, ReLU.
func (b *builder) convNorm(name string, x *graph.Value, out, k, stride int, relu bool) *graph.Value {
	in := x.Shape[1]
	x = b.add(name+".conv", graph.Conv{Window: graph.Window2D(k, stride, k/2), Groups: 1}, x, b.zeros(name+".conv.weight", out, in, k, k))
	x = b.add(name+".bn", graph.BatchNorm{Eps: 1e-5, Keep: .9}, x, b.ones(name+".bn.weight", out), b.zeros(name+".bn.bias", out),
		b.zeros(name+".bn.running_mean", out), b.ones(name+".bn.running_var", out))
	if relu {
		x = b.add(name+".relu", graph.Act{Fn: graph.Relu}, x)
	}
	return x
}

// residual is a block of two 3×3 convolutions beside the identity, or beside a
// 1×1 convolution where the shape changes.
func (b *builder) residual(name string, x *graph.Value, out, stride int) *graph.Value {
	y := b.convNorm(name+".1", x, out, 3, stride, true)
	y = b.convNorm(name+".2", y, out, 3, 1, false)
	if stride != 1 || x.Shape[1] != out {
		x = b.convNorm(name+".down", x, out, 1, stride, false)
	}
	y = b.add(name+".add", graph.Binary{Fn: graph.Add}, y, x)
	return b.add(name+".relu", graph.Act{Fn: graph.Relu}, y)
}
