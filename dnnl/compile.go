package dnnl

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// compiler turns a program into operations on values in chosen layouts:
//
//	schedule   order of nodes, updates in place          schedule.go
//	lower      node by node: primitives, layouts         lower_*.go, value.go
//	updates    what was not written in place             updates.go
//	lives      lifetimes, shared memory                  operation.go
//	place      one arena a purpose, constants converted  emit.go, host.go
//	emit       the step list                             emit.go
type compiler struct {
	p        *graph.Program
	e        *Engine
	tmp      *scope // descriptors of this compile
	order    schedule
	users    map[*graph.Value][]*graph.Node
	keep     map[*graph.Value]bool // outputs and new state: must exist by themselves
	values   map[*graph.Value]*value
	buffers  []*buffer
	ops      []*operation
	scratch  int64
	half     graph.Half             // values in 16 bits; nil unless the precision is BFloat16
	made     []*graph.Value         // given memory by the node being lowered
	position map[*graph.Node]int    // in order
	consts   []*graph.Value         // made here, beside the program's
	lastWins bool                   // channels last suits this program best
	node     string                 // name of the node being lowered
	done     map[*graph.Node]bool   // lowered together with another node
	norms    map[*graph.Node]*norm  // BatchNormGrad -> what its fused forward step left
	masks    map[*graph.Value]*form // result of a normalisation -> a bit an element: lower_norm.go
	poolings map[*graph.Value]*saved
	outputs  map[string]*form
}

// compile makes an executable with an engine of its own.
func compile(p *graph.Program, o graph.CompileOptions) (x *executable, err error) {
	e, err := NewEngine()
	if err != nil {
		return nil, err
	}
	c := &compiler{p: p, e: e, tmp: e.scope(), order: newSchedule(p), users: p.Users(), keep: map[*graph.Value]bool{},
		values: map[*graph.Value]*value{}, done: map[*graph.Node]bool{}, norms: map[*graph.Node]*norm{}, masks: map[*graph.Value]*form{},
		lastWins: smallGroups(p), poolings: map[*graph.Value]*saved{}, outputs: map[string]*form{}}
	if o.Precision == graph.BFloat16 {
		c.half = graph.HalfValues(p)
	}
	defer func() { // the engine goes last
		c.tmp.close()
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	c.position = map[*graph.Node]int{}
	for i, n := range c.order.nodes {
		c.position[n] = i
	}
	for _, v := range p.Results() {
		c.keep[v] = true
	}
	if err = c.lower(); err != nil {
		return nil, err
	}
	return c.emit(o)
}

func (c *compiler) lower() error {
	if err := c.inputs(); err != nil {
		return err
	}
	for _, n := range c.order.nodes {
		if c.done[n] {
			continue
		}
		c.node = n.Name
		if err := cmp.Or(c.lowerNode(n), c.settle()); err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
	}
	if err := c.results(); err != nil {
		return err
	}
	return c.updates()
}

// lowerNode leaves out what has no elements.
func (c *compiler) lowerNode(n *graph.Node) error {
	empty := 0
	for _, v := range n.Out {
		if v.Shape.Len() == 0 {
			empty++
		}
	}
	for _, v := range n.In {
		if v != nil && v.Shape.Len() == 0 {
			empty++
		}
	}
	if empty == 0 {
		return lowerings[reflect.TypeOf(n.Op)](c, n)
	}
	return fmt.Errorf("%w: tensors without elements on onednn", fault.ErrUnsupported)
}

// inputs gives every input row-major memory of its own for good.
func (c *compiler) inputs() error {
	for _, v := range c.p.Inputs {
		x := c.of(v)
		if v.DType != graph.Float32 {
			x.forms = []*form{{buf: c.newBuffer(int64(v.Bytes()), inArena)}}
			continue
		}
		d, err := c.plain(v)
		if err != nil {
			return err
		}
		f, err := c.newForm(d, inArena)
		if err != nil {
			return err
		}
		x.forms = []*form{f}
	}
	return nil
}

// results makes every output row-major. One that is a view of an input or a state
// is copied, so that it can be read after those have changed.
func (c *compiler) results() error {
	for _, v := range c.p.Outputs {
		if v.Kind == graph.Input || v.Kind == graph.State {
			continue
		}
		c.node = v.Name
		f, err := c.row(v)
		if err != nil {
			return fmt.Errorf("output %v: %w", v, err)
		}
		if c.fixed(f.buf) {
			if f, err = c.copyOf(f); err != nil {
				return fmt.Errorf("output %v: %w", v, err)
			}
		}
		c.outputs[v.Name] = f
	}
	return nil
}

// fixed reports whether b is an input's or a state's memory.
func (c *compiler) fixed(b *buffer) bool {
	if b.place == inState {
		return true
	}
	for _, v := range c.p.Inputs {
		if c.of(v).forms[0].buf == b {
			return true
		}
	}
	return false
}

func (c *compiler) copyOf(f *form) (*form, error) {
	to, err := c.newForm(f.d, inArena)
	if err != nil {
		return nil, err
	}
	c.kernel("copy", to, []*form{f}, []*form{to}, func(e *emitter) error {
		return e.list.copy(e.name, e.bytes(to.buf), e.bytes(f.buf))
	})
	return to, nil
}
