package onnx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// node is one node of the file while it is converted. The attribute getters
// remember the first error in err, so that a rule checks once.
type node struct {
	im    *importer
	p     *pb.NodeProto
	name  string // its own, else its first output
	op    string
	opset int64
	in    []*operand // nil: absent
	attrs map[string]*pb.AttributeProto
	err   error
}

func newNode(im *importer, p *pb.NodeProto, i int) *node {
	n := &node{im: im, p: p, op: p.GetOpType(), opset: im.opset[""], name: p.GetName()}
	if n.name == "" && len(p.GetOutput()) > 0 {
		n.name = p.GetOutput()[0]
	}
	if n.name == "" {
		n.name = fmt.Sprintf("node_%d", i)
	}
	return n
}

// convert applies the rule of the operator table.
func (n *node) convert() error {
	if !defaultDomain(n.p.GetDomain()) {
		return errNoRule
	}
	def, ok := ops[n.op]
	if !ok {
		return errNoRule
	}
	if err := n.bind(def); err != nil {
		return err
	}
	n.name = n.im.freeName(n.name)
	switch {
	case def.fold != nil && n.foldable(def):
		return n.fold(def.fold)
	case def.run != nil:
		if err := def.run(n); err != nil {
			return err
		}
		return n.err
	}
	return fmt.Errorf("%w: %s of values that depend on the input", fault.ErrUnsupported, n.op)
}

// errNoRule marks an operator that the table lacks.
var errNoRule = errors.New("no rule")

// bind looks up inputs and attributes.
func (n *node) bind(def opdef) error {
	for _, name := range n.p.GetInput() {
		x := n.im.env[name]
		if x == nil && name != "" {
			return fmt.Errorf("%w: input %q is not defined by anything before the node", fault.ErrModel, name)
		}
		n.in = append(n.in, x)
	}
	if len(n.in) < def.min || len(n.in) > def.max {
		return fmt.Errorf("%w: %d inputs, want %d to %d", fault.ErrModel, len(n.in), def.min, def.max)
	}
	for i := range def.min {
		if n.in[i] == nil {
			return fmt.Errorf("%w: input %d is absent", fault.ErrModel, i)
		}
	}
	if len(n.p.GetOutput()) == 0 {
		return fmt.Errorf("%w: no outputs", fault.ErrModel)
	}
	n.attrs = map[string]*pb.AttributeProto{}
	for _, a := range n.p.GetAttribute() {
		name := a.GetName()
		if n.attrs[name] != nil {
			return fmt.Errorf("%w: attribute %q twice", fault.ErrModel, name)
		}
		if !strings.Contains(" "+def.attrs+" consumed_inputs ", " "+name+" ") || name == "" {
			return fmt.Errorf("%w: unknown attribute %q", fault.ErrModel, name)
		}
		n.attrs[name] = a
	}
	return nil
}

// foldable reports whether all inputs are constants, or the rule needs only shapes.
func (n *node) foldable(def opdef) bool {
	for _, x := range n.in {
		if x != nil && !x.constant() && !def.shapes {
			return false
		}
	}
	return true
}

// input returns input i or nil.
func (n *node) input(i int) *operand {
	if i < len(n.in) {
		return n.in[i]
	}
	return nil
}

// used reports whether output i has a name, and so perhaps a reader.
func (n *node) used(i int) bool { return i < len(n.p.GetOutput()) && n.p.GetOutput()[i] != "" }

// set makes x the node's output i.
func (n *node) set(i int, x operand) error {
	if !n.used(i) {
		return nil
	}
	x.name = n.p.GetOutput()[i]
	return n.im.define(&x)
}

// alias makes output i another name of x.
func (n *node) alias(i int, x *operand) error {
	if !n.used(i) {
		return nil
	}
	name := n.p.GetOutput()[i]
	if n.im.env[name] != nil {
		return fmt.Errorf("%w: tensor %q is defined twice", fault.ErrModel, name)
	}
	n.im.env[name] = x
	return nil
}

// emit adds op to the graph; its results are the node's outputs.
func (n *node) emit(op graph.Op, in ...*operand) error {
	out, err := n.add(n.name, n.p.GetOutput(), op, in)
	if err != nil {
		return err
	}
	for i, x := range out {
		if err := n.set(i, *x); err != nil {
			return err
		}
	}
	for i := len(out); i < len(n.p.GetOutput()); i++ {
		if n.used(i) {
			return fmt.Errorf("%w: output %d (%q) of %s", fault.ErrUnsupported, i, n.p.GetOutput()[i], n.op)
		}
	}
	return nil
}

// step adds op as an intermediate named after the node.
func (n *node) step(suffix string, op graph.Op, in ...*operand) (*operand, error) {
	name := n.im.freeName(n.name + "/" + suffix)
	out, err := n.add(name, []string{name}, op, in)
	if err != nil {
		return nil, err
	}
	out[0].name = name
	return out[0], nil
}

// add checks the attributes read so far, adds op to the graph and infers its
// shapes at the second batch size.
func (n *node) add(name string, outs []string, op graph.Op, in []*operand) ([]*operand, error) {
	if n.err != nil {
		return nil, n.err
	}
	vs, alts := make([]*graph.Value, len(in)), make([]*graph.Value, len(in))
	for i, x := range in {
		v, err := n.im.value(x)
		if err != nil {
			return nil, err
		}
		if vs[i] = v; v != nil {
			alts[i] = &graph.Value{Name: v.Name, Type: graph.Type{DType: v.DType, Shape: x.alt}}
		}
	}
	values, err := n.im.g.AddNamed(name, outs, op, vs...)
	if err != nil {
		return nil, err
	}
	types, err := op.Infer(alts)
	if err != nil {
		return nil, fmt.Errorf("%w: not for a batch of %d: %w", fault.ErrUnsupported, n.im.probe, err)
	}
	out := make([]*operand, len(values))
	for i, v := range values {
		if err := n.im.rows(v.Shape, types[i].Shape); err != nil {
			return nil, err
		}
		out[i] = &operand{v: v, alt: types[i].Shape}
	}
	return out, nil
}

// rows checks that s, which is alt at the second batch size, follows the batch in
// dimension 0 or not at all.
func (im *importer) rows(s, alt graph.Shape) error {
	ok := len(s) == len(alt)
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] == alt[i] || i == 0 && s[0] == im.n && alt[0] == im.probe
	}
	if !ok {
		return fmt.Errorf("%w: rows of the batch are mixed: the result is %v for a batch of %d, %v for %d", fault.ErrUnsupported, s, im.n, alt, im.probe)
	}
	return nil
}

// keepsRows refuses an operation along axis of x if that is the batch.
func (n *node) keepsRows(x *operand, axis int) error {
	if x.batched() && (axis == 0 || axis == -x.shape().Rank()) {
		return fmt.Errorf("%w: %s mixes the rows of the batch (axis 0 of %v)", fault.ErrUnsupported, n.op, x.shape())
	}
	return nil
}

// fault turns err into the four parts a user reads.
func (n *node) fault(err error) error {
	var done *fault.Error
	if errors.As(err, &done) {
		return err
	}
	where := fmt.Sprintf("node %s (%s, opset %d) in %s", n.name, opName(n.p), n.opset, n.im.where())
	do := "gotl-gpu inspect " + n.im.where() + " --ops"
	support := fmt.Sprintf("%d of %d nodes are supported", n.im.known, n.im.total)
	if errors.Is(err, errNoRule) {
		return fault.New(fault.ErrUnsupported, "operator not supported", where, "no rule for "+opName(n.p)+"; "+support, do)
	}
	what := "the file contradicts itself"
	switch {
	case errors.Is(err, fault.ErrUnsupported):
		what = "operator form not supported"
	case errors.Is(err, fault.ErrLimit):
		what = "limit exceeded"
	}
	return fault.New(err, what, where, why(err)+"; "+support, do)
}

// why is err's text without the sentinel in front, whose class and kind the
// headline names already.
func why(err error) string {
	var r *fault.Reason
	if errors.As(err, &r) {
		return strings.TrimPrefix(err.Error(), r.Error()+": ")
	}
	return err.Error()
}
