package onnx

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// node writes one operator in its form of opset 17.
func (w *writer) node(n *graph.Node) (*pb.NodeProto, error) {
	p := &pb.NodeProto{OpType: proto.String(n.Op.Kind())}
	for _, v := range n.In {
		if v == nil {
			p.Input = append(p.Input, "")
			continue
		}
		p.Input = append(p.Input, w.name(v))
	}
	for len(p.Input) > 0 && p.Input[len(p.Input)-1] == "" {
		p.Input = p.Input[:len(p.Input)-1]
	}
	for _, v := range n.Out {
		p.Output = append(p.Output, v.Name)
	}
	return p, w.attributes(n, p)
}

// attributes fills in what is particular to each operator.
func (w *writer) attributes(n *graph.Node, p *pb.NodeProto) error {
	switch op := n.Op.(type) {
	case graph.Identity, graph.GlobalAveragePool, graph.Binary:
	case graph.Dropout:
		p.OpType = proto.String("Identity")
	case graph.Act:
		return w.act(n, op, p)
	case graph.Conv:
		window(p, op.Window)
		p.Attribute = append(p.Attribute, intAttr("group", op.Groups))
	case graph.Pool:
		w.pool(op, p)
	case graph.BatchNorm:
		p.OpType = proto.String("BatchNormalization")
		p.Attribute = append(p.Attribute, floatAttr("epsilon", op.Eps), floatAttr("momentum", op.Keep))
	case graph.Gemm:
		p.Attribute = append(p.Attribute, floatAttr("alpha", op.Alpha), floatAttr("beta", op.Beta),
			intAttr("transA", flagOf(op.TransA)), intAttr("transB", flagOf(op.TransB)))
	case graph.Flatten:
		p.Attribute = append(p.Attribute, intAttr("axis", op.Axis))
	case graph.Softmax:
		p.Attribute = append(p.Attribute, intAttr("axis", op.Axis))
	case graph.Concat:
		p.Attribute = append(p.Attribute, intAttr("axis", op.Axis))
	case graph.LRN:
		p.Attribute = append(p.Attribute, intAttr("size", op.Size), floatAttr("alpha", op.Alpha), floatAttr("beta", op.Beta), floatAttr("bias", op.Bias))
	case graph.Transpose:
		p.Attribute = append(p.Attribute, intsAttr("perm", op.Perm))
	default:
		return w.shapeOps(n, p)
	}
	return nil
}

// shapeOps are the operators that take integers as constant inputs.
func (w *writer) shapeOps(n *graph.Node, p *pb.NodeProto) error {
	switch op := n.Op.(type) {
	case graph.Reshape:
		w.list(n, p, "shape", op.Shape)
	case graph.Expand:
		shape := op.Shape.Clone()
		for i, d := range shape {
			if d == 0 { // keeps the input's extent
				shape[i] = 1
			}
		}
		w.list(n, p, "shape", shape)
	case graph.Split:
		p.Attribute = append(p.Attribute, intAttr("axis", op.Axis))
		w.list(n, p, "split", op.Sizes)
	case graph.Slice:
		w.list(n, p, "starts", op.Start)
		w.list(n, p, "ends", op.End)
		w.list(n, p, "axes", op.Axes)
		w.list(n, p, "steps", op.Step)
	case graph.Pad:
		for name, m := range padModes {
			if m == op.Mode {
				p.Attribute = append(p.Attribute, stringAttr("mode", name))
			}
		}
		w.list(n, p, "pads", append(slices.Clone(op.Begin), op.End...))
		if op.Mode == graph.PadConstant {
			w.scalar(n, p, "value", op.Value)
		}
	case graph.Reduce:
		p.Attribute = append(p.Attribute, intAttr("keepdims", flagOf(op.Keep)))
		axes, err := op.Over(n.In[0].Shape.Rank())
		if err != nil {
			return err
		}
		if op.Fn == graph.Sum {
			w.list(n, p, "axes", axes)
		} else {
			p.Attribute = append(p.Attribute, intsAttr("axes", axes))
		}
	default:
		return fmt.Errorf("%w: no ONNX form of this operator", fault.ErrUnsupported)
	}
	return nil
}

// act writes an activation. A bound that does not bind is left out.
func (w *writer) act(n *graph.Node, op graph.Act, p *pb.NodeProto) error {
	switch op.Fn {
	case graph.Clip:
		if op.Alpha > -math.MaxFloat32 {
			w.scalar(n, p, "min", op.Alpha)
		} else {
			p.Input = append(p.Input, "")
		}
		if op.Beta < math.MaxFloat32 {
			w.scalar(n, p, "max", op.Beta)
		}
		if p.Input[len(p.Input)-1] == "" {
			p.Input = p.Input[:len(p.Input)-1]
		}
	case graph.LeakyRelu:
		p.Attribute = append(p.Attribute, floatAttr("alpha", op.Alpha))
	case graph.HardSigmoid:
		p.Attribute = append(p.Attribute, floatAttr("alpha", op.Alpha), floatAttr("beta", op.Beta))
	case graph.Relu, graph.Sigmoid, graph.Tanh, graph.HardSwish, graph.Exp, graph.Log:
	default:
		return fmt.Errorf("%w: no ONNX form of %v", fault.ErrUnsupported, op.Fn)
	}
	return nil
}

// pool writes a pooling; a dilated average needs opset 19.
func (w *writer) pool(op graph.Pool, p *pb.NodeProto) {
	dilated := slices.ContainsFunc(op.Dilation, func(d int) bool { return d != 1 })
	if op.Fn == graph.AveragePool && dilated {
		w.opset = max(w.opset, 19)
	}
	window(p, op.Window)
	if op.Fn == graph.AveragePool {
		if !dilated {
			p.Attribute = slices.DeleteFunc(p.Attribute, func(a *pb.AttributeProto) bool { return a.GetName() == "dilations" })
		}
		p.Attribute = append(p.Attribute, intAttr("count_include_pad", flagOf(op.CountPad)))
	}
	p.Attribute = append(p.Attribute, intAttr("ceil_mode", flagOf(op.Ceil)))
}

func window(p *pb.NodeProto, w graph.Window) {
	p.Attribute = append(p.Attribute, intsAttr("dilations", w.Dilation), intsAttr("kernel_shape", w.Kernel),
		intsAttr("pads", append(slices.Clone(w.PadBegin), w.PadEnd...)), intsAttr("strides", w.Stride))
}

// list adds integers as a constant input.
func (w *writer) list(n *graph.Node, p *pb.NodeProto, name string, x []int) {
	v := make([]int64, len(x))
	for i, k := range x {
		v[i] = int64(k)
	}
	p.Input = append(p.Input, w.constant(n.Name+"/"+name, graph.FromI64(v, len(v))))
}

// scalar adds a number of the node's element type as a constant input.
func (w *writer) scalar(n *graph.Node, p *pb.NodeProto, name string, x float32) {
	t := graph.NewTensor(n.Out[0].DType)
	t.Set(0, float64(x))
	p.Input = append(p.Input, w.constant(n.Name+"/"+name, t))
}

func flagOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

func intAttr(name string, v int) *pb.AttributeProto {
	return &pb.AttributeProto{Name: &name, Type: pb.AttributeProto_INT.Enum(), I: proto.Int64(int64(v))}
}

func floatAttr(name string, v float32) *pb.AttributeProto {
	return &pb.AttributeProto{Name: &name, Type: pb.AttributeProto_FLOAT.Enum(), F: &v}
}

func stringAttr(name, v string) *pb.AttributeProto {
	return &pb.AttributeProto{Name: &name, Type: pb.AttributeProto_STRING.Enum(), S: []byte(v)}
}

func intsAttr(name string, v []int) *pb.AttributeProto {
	a := &pb.AttributeProto{Name: &name, Type: pb.AttributeProto_INTS.Enum()}
	for _, x := range v {
		a.Ints = append(a.Ints, int64(x))
	}
	return a
}
