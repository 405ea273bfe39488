package dnnl

import (
	"fmt"
	"math"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/stretchr/testify/require"
)

// nets builds networks with random constants, as an importer would.
type nets struct {
	testing.TB
	g      *graph.Graph
	params []string
}

func newNets(t testing.TB) *nets { return &nets{TB: t, g: graph.New()} }

func (n *nets) add(name string, op graph.Op, in ...*graph.Value) *graph.Value {
	n.Helper()
	v, err := n.g.Add1(name, op, in...)
	require.NoError(n, err)
	return v
}

func (n *nets) input(shape ...int) *graph.Value { return n.g.AddInput("x", f32(shape...), true) }

// weight is a trained constant of standard deviation √(2/fan-in).
func (n *nets) weight(name string, shape ...int) *graph.Value {
	t := graph.FromF32(normals(name, graph.Shape(shape).Len()), shape...)
	k := float32(math.Sqrt(2 / float64(graph.Shape(shape[1:]).Len())))
	for i := range t.F32 {
		t.F32[i] *= k
	}
	n.params = append(n.params, name)
	return n.g.AddConst(name, t)
}

func (n *nets) vector(name string, mean, spread float32, c int) *graph.Value {
	t := graph.FromF32(normals(name, c), c)
	for i := range t.F32 {
		t.F32[i] = mean + spread*float32(math.Tanh(float64(t.F32[i])))
	}
	return n.g.AddConst(name, t)
}

func (n *nets) conv(name string, x *graph.Value, k, groups int, w graph.Window) *graph.Value {
	return n.add(name, graph.Conv{Window: w, Groups: groups}, x, n.weight(name+".w", k, x.Shape[1]/groups, w.Kernel[0], w.Kernel[1]))
}

// bn is a batch normalisation layer with trained scale and bias.
func (n *nets) bn(name string, x *graph.Value) *graph.Value {
	c := x.Shape[1]
	n.params = append(n.params, name+".scale", name+".bias")
	return n.add(name, graph.BatchNorm{Eps: 1e-5, Keep: 0.9}, x, n.vector(name+".scale", 1, 0.2, c), n.vector(name+".bias", 0, 0.2, c),
		n.vector(name+".mean", 0, 0.2, c), n.vector(name+".var", 1, 0.2, c))
}

func (n *nets) relu(x *graph.Value) *graph.Value { return n.add("", graph.Act{Fn: graph.Relu}, x) }

func (n *nets) relu6(x *graph.Value) *graph.Value {
	return n.add("", graph.Act{Fn: graph.Clip, Beta: 6}, x)
}

func (n *nets) sum(a, b *graph.Value) *graph.Value {
	return n.add("", graph.Binary{Fn: graph.Add}, a, b)
}

// head is pooling and a linear layer of k classes.
func (n *nets) head(x *graph.Value, k int) *graph.Value {
	x = n.add("flat", graph.Flatten{Axis: 1}, n.add("gap", graph.GlobalAveragePool{}, x))
	w := n.weight("fc.w", k, x.Shape[1])
	b := n.vector("fc.b", 0, 0.1, k)
	n.params = append(n.params, "fc.b")
	y := n.add("fc", graph.Linear, x, w, b)
	n.g.Outputs = []*graph.Value{y}
	return y
}

// resNet18 is torchvision's resnet18.
func resNet18(t testing.TB, batch, size, classes int) (*nets, *graph.Value) {
	n := newNets(t)
	y := n.relu(n.bn("bn1", n.conv("conv1", n.input(batch, 3, size, size), 64, 1, graph.Window2D(7, 2, 3))))
	y = n.add("maxpool", graph.Pool{Window: graph.Window2D(3, 2, 1)}, y)
	for stage, c := range []int{64, 128, 256, 512} {
		for block := range 2 {
			y = n.basic(fmt.Sprintf("layer%d.%d", stage+1, block), y, c, 1+min(stage, 1)*(1-block))
		}
	}
	return n, n.head(y, classes)
}

func (n *nets) basic(name string, x *graph.Value, c, stride int) *graph.Value {
	y := n.relu(n.bn(name+".bn1", n.conv(name+".conv1", x, c, 1, graph.Window2D(3, stride, 1))))
	y = n.bn(name+".bn2", n.conv(name+".conv2", y, c, 1, graph.Window2D(3, 1, 1)))
	if stride != 1 || x.Shape[1] != c {
		x = n.bn(name+".down.bn", n.conv(name+".down", x, c, 1, graph.Window2D(1, stride, 0)))
	}
	return n.relu(n.sum(y, x))
}

// mobileNetV2 is torchvision's mobilenet_v2.
func mobileNetV2(t testing.TB, batch, size, classes int) (*nets, *graph.Value) {
	n := newNets(t)
	y := n.relu6(n.bn("stem.bn", n.conv("stem", n.input(batch, 3, size, size), 32, 1, graph.Window2D(3, 2, 1))))
	i := 0
	for _, s := range [][4]int{{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}} {
		for block := range s[2] {
			stride := s[3]
			if block > 0 {
				stride = 1
			}
			y = n.inverted(fmt.Sprintf("block%d", i), y, s[0], s[1], stride)
			i++
		}
	}
	return n, n.head(n.relu6(n.bn("last.bn", n.conv("last", y, 1280, 1, graph.Window2D(1, 1, 0)))), classes)
}

func (n *nets) inverted(name string, x *graph.Value, expand, c, stride int) *graph.Value {
	in, y := x.Shape[1], x
	if expand > 1 {
		y = n.relu6(n.bn(name+".bn0", n.conv(name+".expand", y, in*expand, 1, graph.Window2D(1, 1, 0))))
	}
	y = n.relu6(n.bn(name+".bn1", n.conv(name+".dw", y, in*expand, in*expand, graph.Window2D(3, stride, 1))))
	y = n.bn(name+".bn2", n.conv(name+".project", y, c, 1, graph.Window2D(1, 1, 0)))
	if stride == 1 && in == c {
		y = n.sum(x, y)
	}
	return y
}

// train builds the training program of everything.
func (n *nets) train(logits *graph.Value, batchStats bool, o graph.Optimiser) *graph.Program {
	n.Helper()
	s := graph.TrainSpec{Logits: logits, Groups: []graph.ParamGroup{{Params: n.params, Decay: 1e-4}}, Optimiser: o}
	if batchStats {
		s.BatchStats = func(*graph.Node) bool { return true }
	}
	p, err := graph.BuildTrain(n.g, s)
	require.NoError(n, err)
	return p
}

func (n *nets) infer(logits *graph.Value) *graph.Program {
	n.Helper()
	p, err := graph.BuildInfer(n.g, nil, logits)
	require.NoError(n, err)
	return p
}

// trainFeed returns what step s of a training program is given.
func trainFeed(p *graph.Program, s int) map[string]*graph.Tensor {
	feed := map[string]*graph.Tensor{}
	for _, v := range p.Inputs {
		t := graph.NewTensor(v.DType, v.Shape...)
		switch {
		case v.Name == graph.TargetName:
			for i := range v.Shape[0] {
				t.F32[i*v.Shape[1]+(i+s)%v.Shape[1]] = 1
			}
		case v.Name == graph.InvName:
			t.F32[0] = 1 / float32(p.Value(graph.TargetName).Shape[0])
		case v.Name == graph.EMADecayName:
			t.F32[0] = 0.9
		case v.DType == graph.Int64:
			for i := range t.I64 {
				t.I64[i] = int64(100*s + i)
			}
		case len(t.F32) == 2:
			copy(t.F32, []float32{0.05, 0.9})
		case len(t.F32) == 5:
			k := float64(s + 1)
			copy(t.F32, []float32{0.01, 0.9, 0.999, float32(1 / (1 - math.Pow(0.9, k))), float32(1 / math.Sqrt(1-math.Pow(0.999, k)))})
		default:
			copy(t.F32, normals(fmt.Sprint(v.Name, s), t.Len()))
		}
		feed[v.Name] = t
	}
	return feed
}
