package onnx

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// What Write produces.
const (
	writeOpset = 17
	writeIR    = 8
	maxWritten = 1536 << 20 // bytes of weights in one file; protobuf ends at 2 GiB
)

// Meta is what a written file says about itself. Equal graphs and equal Meta give
// equal bytes.
type Meta struct {
	Name    string            // of the graph; empty: "gotl-gpu"
	Version string            // of the producer
	Props   map[string]string // metadata_props, written in order of their keys
}

// Write stores g as an ONNX model: opset 17 (19 if a dilated average needs it), IR
// 8, dimension 0 of batched inputs and of the outputs that follow it is "N".
// Names stay. Dropout and Identity go, unless they give an output its name.
// Constants and the initial content of states become initializers, little-endian
// and bit for bit; those that no node reads are left out. w need not be buffered.
//
// Errors: fault.ErrUnsupported for an operator of training, or for more than 1.5
// GiB of weights; w's own.
func Write(w io.Writer, g *graph.Graph, meta Meta) error {
	wr, err := newWriter(g)
	if err != nil {
		return err
	}
	if err := wr.nodes(); err != nil {
		return err
	}
	if err := wr.ports(); err != nil {
		return err
	}
	if meta.Name == "" {
		meta.Name = "gotl-gpu"
	}
	wr.p.Name = &meta.Name
	return wr.stream(w, wr.model(meta))
}

// writer collects the messages of one file.
type writer struct {
	g       *graph.Graph
	alt     *graph.Graph // the same network at another batch size; nil without batch
	p       *pb.GraphProto
	opset   int64
	names   map[*graph.Value]string // of values that go by another's name
	taken   map[string]bool
	weights []*graph.Value // used constants and states, in order of use
	used    map[*graph.Value]bool
}

func newWriter(g *graph.Graph) (*writer, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	w := &writer{g: g, p: &pb.GraphProto{}, opset: writeOpset, names: map[*graph.Value]string{}, taken: map[string]bool{}, used: map[*graph.Value]bool{}}
	for _, vs := range [][]*graph.Value{g.Inputs, g.Consts, g.States} {
		for _, v := range vs {
			w.taken[v.Name] = true
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.Out {
			w.taken[v.Name] = true
		}
	}
	for _, v := range g.Inputs {
		if v.Batched {
			var err error
			w.alt, err = graph.Rebatch(g, v.Shape[0]+1)
			return w, err
		}
	}
	return w, nil
}

// nodes writes all nodes.
func (w *writer) nodes() error {
	for _, n := range w.g.Nodes {
		if w.passes(n) {
			w.names[n.Out[0]] = w.name(n.In[0])
			continue
		}
		p, err := w.node(n)
		if err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
		p.Name = proto.String(n.Name)
		w.p.Node = append(w.p.Node, p)
	}
	return nil
}

// passes reports whether n may go: it changes nothing and names no output.
func (w *writer) passes(n *graph.Node) bool {
	switch n.Op.(type) {
	case graph.Identity, graph.Dropout:
		return !slices.Contains(w.g.Outputs, n.Out[0])
	}
	return false
}

// name returns what v is called in the file; a constant is noted for writing.
func (w *writer) name(v *graph.Value) string {
	if s, ok := w.names[v]; ok {
		return s
	}
	if (v.Kind == graph.Const || v.Kind == graph.State) && !w.used[v] {
		w.used[v] = true
		w.weights = append(w.weights, v)
	}
	return v.Name
}

// constant adds a small constant that a node takes as input, and returns its name.
func (w *writer) constant(name string, t *graph.Tensor) string {
	s := name
	for i := 1; w.taken[s]; i++ {
		s = fmt.Sprintf("%s_%d", name, i)
	}
	w.taken[s] = true
	w.weights = append(w.weights, &graph.Value{Name: s, Type: t.Type(), Kind: graph.Const, Data: t})
	return s
}

// ports declares inputs and outputs.
func (w *writer) ports() error {
	for _, v := range w.g.Inputs {
		p, err := port(v, v.Batched)
		if err != nil {
			return err
		}
		w.p.Input = append(w.p.Input, p)
	}
	for i, v := range w.g.Outputs {
		w.name(v)
		follows := w.alt != nil && v.Shape.Rank() > 0 && w.alt.Outputs[i].Shape[0] != v.Shape[0]
		p, err := port(v, follows)
		if err != nil {
			return err
		}
		w.p.Output = append(w.p.Output, p)
	}
	return nil
}

func port(v *graph.Value, batched bool) (*pb.ValueInfoProto, error) {
	code, err := dtypeCode(v.DType)
	if err != nil {
		return nil, err
	}
	shape := &pb.TensorShapeProto{}
	for i, d := range v.Shape {
		dim := &pb.TensorShapeProto_Dimension{Value: &pb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)}}
		if i == 0 && batched {
			dim.Value = &pb.TensorShapeProto_Dimension_DimParam{DimParam: "N"}
		}
		shape.Dim = append(shape.Dim, dim)
	}
	t := &pb.TypeProto_Tensor{ElemType: &code, Shape: shape}
	return &pb.ValueInfoProto{Name: proto.String(v.Name), Type: &pb.TypeProto{Value: &pb.TypeProto_TensorType{TensorType: t}}}, nil
}

func dtypeCode(d graph.DType) (int32, error) {
	for code, t := range dtypes {
		if t == d {
			return int32(code), nil
		}
	}
	return 0, fmt.Errorf("%w: element type %v in a file", fault.ErrUnsupported, d)
}

// model is everything but the graph.
func (w *writer) model(meta Meta) *pb.ModelProto {
	m := &pb.ModelProto{IrVersion: proto.Int64(writeIR), ProducerName: proto.String("gotl-gpu"),
		OpsetImport: []*pb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(w.opset)}}}
	if meta.Version != "" {
		m.ProducerVersion = &meta.Version
	}
	for _, k := range slices.Sorted(maps.Keys(meta.Props)) {
		m.MetadataProps = append(m.MetadataProps, &pb.StringStringEntryProto{Key: proto.String(k), Value: proto.String(meta.Props[k])})
	}
	return m
}

// stream writes the model without holding its weights: their sizes are known, so
// the length of the graph message is too.
func (w *writer) stream(out io.Writer, m *pb.ModelProto) error {
	det := proto.MarshalOptions{Deterministic: true}
	head, err := det.Marshal(m)
	if err != nil {
		return fmt.Errorf("%w: %w", fault.ErrInternal, err)
	}
	body, err := det.Marshal(w.p)
	if err != nil {
		return fmt.Errorf("%w: %w", fault.ErrInternal, err)
	}
	size, heads := len(body), make([][]byte, len(w.weights))
	for i, v := range w.weights {
		if heads[i], err = weightHead(v); err != nil {
			return err
		}
		if size += len(heads[i]) + v.Bytes(); size > maxWritten {
			return fmt.Errorf("%w: more than %d MiB in one ONNX file; external data are not written yet", fault.ErrUnsupported, maxWritten>>20)
		}
	}
	head = protowire.AppendTag(head, 7, protowire.BytesType) // ModelProto.graph
	head = protowire.AppendVarint(head, uint64(size))
	if _, err := out.Write(append(head, body...)); err != nil {
		return err
	}
	for i, v := range w.weights {
		if _, err := out.Write(heads[i]); err != nil {
			return err
		}
		if err := writeData(out, v); err != nil {
			return err
		}
	}
	return nil
}
