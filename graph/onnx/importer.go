package onnx

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// importer turns the nodes of one file into a graph, in order.
type importer struct {
	o     Options
	src   *source
	m     *Model
	g     *graph.Graph
	env   map[string]*operand // by ONNX name
	opset map[string]int64    // by domain; "ai.onnx" is ""
	names map[string]int      // node names in use
	n     int                 // the batch size of the graph
	probe int                 // the second batch size; equal to n with Options.Exact
	work  int64               // elements computed at import
	total int                 // nodes of the file, and how many of them have a rule
	known int
	need  map[string]bool // tensors that an output depends on
}

// operand is what an ONNX name stands for: a value of the graph, or a constant.
// alt and calt belong to the second batch size; calt is nil for a constant that
// does not depend on it.
type operand struct {
	name    string
	v       *graph.Value
	alt     graph.Shape
	c, calt expr
}

func (x *operand) constant() bool { return x.c != nil }

// fixed reports whether x does not depend on the batch size.
func (x *operand) fixed() bool {
	if x.constant() {
		return x.calt == nil
	}
	return x.v.Shape.Equal(x.alt)
}

// batched reports whether rows of x belong to pictures.
func (x *operand) batched() bool { return !x.constant() && !x.fixed() }

func (x *operand) shape() graph.Shape { return x.typ().Shape }

func (x *operand) typ() graph.Type {
	if x.constant() {
		return x.c.typ()
	}
	return x.v.Type
}

// shapeAt returns the shape at the first or the second batch size.
func (x *operand) shapeAt(alt bool) graph.Shape {
	switch {
	case !alt:
		return x.shape()
	case x.constant():
		return x.exprAt(alt).typ().Shape
	}
	return x.alt
}

func (x *operand) exprAt(alt bool) expr {
	if alt && x.calt != nil {
		return x.calt
	}
	return x.c
}

// run imports p's graph.
func (im *importer) run(p *pb.GraphProto) error {
	if p == nil || len(p.GetOutput()) == 0 {
		return fmt.Errorf("%w: the file holds no graph with an output", fault.ErrModel)
	}
	if len(p.GetSparseInitializer()) > 0 {
		return fmt.Errorf("%w: sparse initializers", fault.ErrUnsupported)
	}
	im.census(p)
	if err := im.initializers(p); err != nil {
		return err
	}
	if err := im.inputs(p); err != nil {
		return err
	}
	if err := im.survey(p); err != nil {
		return err
	}
	for i, np := range p.GetNode() {
		if !im.needed(np) {
			im.m.Report.Dropped++
			continue
		}
		n := newNode(im, np, i)
		if err := n.convert(); err != nil {
			return n.fault(err)
		}
	}
	return im.outputs(p)
}

// census counts operators and those with a rule, for messages.
func (im *importer) census(p *pb.GraphProto) {
	im.m.Report.Ops = map[string]int{}
	im.total = len(p.GetNode())
	im.m.Nodes = im.total
	for _, n := range p.GetNode() {
		im.m.Report.Ops[fault.Clean(opName(n))]++
		if _, ok := ops[n.GetOpType()]; ok && defaultDomain(n.GetDomain()) {
			im.known++
		}
	}
}

// survey finds the nodes that the outputs depend on and refuses the first of them
// whose operator has no rule, before any other complaint.
func (im *importer) survey(p *pb.GraphProto) error {
	im.need = map[string]bool{}
	for _, vi := range p.GetOutput() {
		im.need[vi.GetName()] = true
	}
	missing := -1
	for i, n := range slices.Backward(p.GetNode()) {
		if !im.needed(n) {
			continue
		}
		for _, name := range n.GetInput() {
			im.need[name] = name != ""
		}
		if _, ok := ops[n.GetOpType()]; !ok || !defaultDomain(n.GetDomain()) {
			missing = i
		}
	}
	if missing < 0 {
		return nil
	}
	n := newNode(im, p.GetNode()[missing], missing)
	return n.fault(errNoRule)
}

func (im *importer) needed(n *pb.NodeProto) bool {
	return slices.ContainsFunc(n.GetOutput(), func(name string) bool { return im.need[name] })
}

func defaultDomain(d string) bool { return d == "" || d == "ai.onnx" }

func opName(n *pb.NodeProto) string {
	if defaultDomain(n.GetDomain()) {
		return n.GetOpType()
	}
	return n.GetDomain() + "." + n.GetOpType()
}

func (im *importer) initializers(p *pb.GraphProto) error {
	for _, t := range p.GetInitializer() {
		x, err := im.src.tensor(t)
		if err != nil {
			return err
		}
		t.RawData, t.FloatData = nil, nil
		if err := im.define(&operand{name: t.GetName(), c: leaf{x}}); err != nil {
			return err
		}
	}
	return nil
}

// define files x under its name.
func (im *importer) define(x *operand) error {
	if x.name == "" || im.env[x.name] != nil {
		return fmt.Errorf("%w: tensor %q is defined twice or has no name", fault.ErrModel, x.name)
	}
	if x.c != nil {
		x.alt = x.shapeAt(true)
	}
	im.env[x.name] = x
	return nil
}

// outputs ends the graph.
func (im *importer) outputs(p *pb.GraphProto) error {
	for _, vi := range p.GetOutput() {
		x := im.env[vi.GetName()]
		if x == nil {
			return fmt.Errorf("%w: output %q is not computed by any node", fault.ErrModel, vi.GetName())
		}
		if x.constant() && x.v == nil {
			x = &operand{name: x.name + "/value", c: x.c, calt: x.calt}
		}
		v, err := im.value(x)
		if err != nil {
			return err
		}
		if v.Kind != graph.Computed || v.Name != vi.GetName() || slices.Contains(im.g.Outputs, v) {
			if v, err = im.g.Add1(vi.GetName(), graph.Identity{}, v); err != nil {
				return err
			}
		}
		im.g.Outputs = append(im.g.Outputs, v)
		port, err := portOf(vi)
		if err != nil {
			port = Port{Name: vi.GetName(), DType: v.DType}
		}
		im.m.Outputs = append(im.m.Outputs, port)
	}
	return nil
}

// value returns x as a value of the graph, adding a constant where needed.
func (im *importer) value(x *operand) (*graph.Value, error) {
	if x == nil {
		return nil, nil
	}
	if x.v != nil {
		return x.v, nil
	}
	if !x.fixed() {
		return nil, fmt.Errorf("%w: %q is computed from the batch size %v", fault.ErrUnsupported, x.name, x.c.typ().Shape)
	}
	if t := x.c.typ(); t.DType != graph.Float32 || t.Shape.Len() <= smallConst && im.affords(x.c, t.Shape.Len()) {
		t, err := im.force(x.c)
		if err != nil {
			return nil, err
		}
		x.c = leaf{t}
	}
	var d graph.Data = &Lazy{x.c}
	if l, ok := x.c.(leaf); ok {
		d = l.t
	} else if im.m.LazyBytes += int64(x.typ().Bytes()); im.m.LazyBytes > MaxLazy {
		return nil, fmt.Errorf("%w: computed weights of more than %d GiB", fault.ErrLimit, int64(MaxLazy)>>30)
	}
	v := im.g.AddConst(x.name, d)
	x.v, x.alt = v, v.Shape
	return v, nil
}

// freeName makes a node name unique.
func (im *importer) freeName(s string) string {
	k := im.names[s]
	im.names[s]++
	if k == 0 {
		return s
	}
	return im.freeName(fmt.Sprintf("%s_%d", s, k))
}

// where names the file for messages.
func (im *importer) where() string {
	if im.m.Path == "" {
		return "the model"
	}
	return filepath.Base(im.m.Path)
}

// setOpsets reads the operator sets. Foreign ones may be declared; their
// operators are refused where they are used.
func (im *importer) setOpsets(p *pb.ModelProto) error {
	im.opset = map[string]int64{}
	for _, o := range p.GetOpsetImport() {
		d := o.GetDomain()
		if d == "ai.onnx" {
			d = ""
		}
		if _, twice := im.opset[d]; twice {
			return fmt.Errorf("%w: operator set %q is imported twice", fault.ErrModel, d)
		}
		im.opset[d] = o.GetVersion()
	}
	if len(im.opset) == 0 && p.GetIrVersion() < 3 {
		im.opset[""] = 1
	}
	v, ok := im.opset[""]
	switch {
	case !ok:
		return fmt.Errorf("%w: no default operator set; imported: %v", fault.ErrUnsupported, slices.Sorted(maps.Keys(im.opset)))
	case v < 1:
		return fmt.Errorf("%w: opset %d", fault.ErrMalformed, v)
	case v > MaxOpset:
		return fmt.Errorf("%w: opset %d, the newest known is %d", fault.ErrUnsupported, v, MaxOpset)
	}
	im.m.Opset = v
	return nil
}
