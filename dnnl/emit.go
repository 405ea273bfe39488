package dnnl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// emit places all buffers, fills constants and state and writes the step list.
func (c *compiler) emit(o graph.CompileOptions) (_ *executable, err error) {
	c.lives()
	sizes := c.place()
	x := &executable{e: c.e, run: c.e.scope(), list: &steps{}, inputs: map[string]*form{}, states: map[string]*form{}, outputs: c.outputs, p: c.p}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.free())
		}
	}()
	for i, purpose := range []Purpose{inArena: Activations, inWeights: Weights, inState: State} {
		if x.arenas[i], err = newArena(purpose, sizes[i]); err != nil {
			return nil, err
		}
	}
	if x.scratch, err = newArena(Scratchpad, c.scratch); err != nil {
		return nil, err
	}
	x.plan = graph.Plan{Arena: sizes[inArena], Const: sizes[inWeights], State: sizes[inState], Scratch: max(1, c.scratch)}
	if err = c.leaves(x); err != nil {
		return nil, err
	}
	if err = c.steps(x); err != nil {
		return nil, err
	}
	if o.Profile {
		x.list.profile()
	}
	return x, nil
}

// place gives every buffer its offset and returns the sizes of the arenas.
func (c *compiler) place() (size [inState + 1]int64) {
	var planned []*graph.Buffer
	var owner []*buffer
	for _, b := range c.buffers {
		switch {
		case b.into != nil:
		case b.place != inArena:
			b.off = size[b.place]
			size[b.place] += (b.size + Align - 1) &^ (Align - 1)
		case b.first >= 0:
			planned = append(planned, &graph.Buffer{Size: b.size, First: b.first, Last: b.last})
			owner = append(owner, b)
		}
	}
	size[inArena] = graph.PlanMemory(planned, Align)
	for i, b := range owner {
		b.off = planned[i].Offset
	}
	for i := range size {
		size[i] = max(1, size[i]) // as newArena has it
	}
	return size
}

// leaves fills constants and state, and registers what can be bound and read.
func (c *compiler) leaves(x *executable) error {
	h := &host{x}
	for _, v := range slices.Concat(c.p.Consts, c.consts) {
		for _, f := range c.constants(v) {
			if err := h.fill(f, v.Data); err != nil {
				return fmt.Errorf("constant %v: %w", v, err)
			}
		}
	}
	for _, v := range c.p.States {
		f, err := x.persist(c.of(v).forms[0])
		if err != nil {
			return fmt.Errorf("state %v: %w", v, err)
		}
		x.states[v.Name] = f
		if err := h.fill(f, v.Data); err != nil {
			return fmt.Errorf("state %v: %w", v, err)
		}
	}
	for _, v := range c.p.Inputs {
		x.inputs[v.Name] = c.of(v).forms[0]
	}
	return nil
}

// constants returns v's forms with memory of their own.
func (c *compiler) constants(v *graph.Value) []*form {
	var fs []*form
	for _, f := range c.of(v).forms {
		if !slices.ContainsFunc(fs, func(g *form) bool { return g.buf == f.buf }) {
			fs = append(fs, f)
		}
	}
	return fs
}

func (c *compiler) steps(x *executable) error {
	e := &emitter{list: x.list, run: x.run, arenas: x.arenas, scratch: x.scratch}
	for _, o := range c.ops {
		if o.emit == nil {
			continue
		}
		e.name = o.node
		from := len(x.list.list)
		if err := cmp.Or(o.emit(e), e.err); err != nil {
			return fmt.Errorf("%q: %s: %w", o.node, o.text, err)
		}
		s := graph.PlanStep{Node: o.node, Op: o.text}
		if o.out != nil {
			s.Layout, s.Bytes = o.out.lay.String(), o.out.buf.size
		}
		x.plan.Steps = append(x.plan.Steps, s)
		x.ranges = append(x.ranges, [2]int{from, len(x.list.list)})
		x.impls = append(x.impls, o.impl)
	}
	return nil
}
