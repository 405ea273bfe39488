package dnnl

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// operation is one line of a plan: a primitive or some kernels, not yet placed in
// memory.
type operation struct {
	node   string
	text   string // "Conv+Relu", "reorder"
	impl   string // of the library, "" for own kernels
	out    *form  // nil: nothing to show
	reads  []*buffer
	writes []*buffer
	share  [][2]*buffer // {result, operand}: the result may lie in the operand
	// copies says that the operation only moves the operand of share[0] to its
	// result: nothing is left to do if they share memory.
	copies bool
	emit   func(e *emitter) error
}

// emitter turns operations into steps once everything has its place.
type emitter struct {
	list    *steps
	run     *scope
	arenas  [inState + 1]*arena
	scratch *arena
	name    string // of the node, for errors of a step
	err     error  // a lowering that gave an own kernel what it cannot read
}

// bytes returns b's memory.
func (e *emitter) bytes(b *buffer) []byte {
	r := b.root()
	return e.arenas[r.place].at(r.off, b.size)
}

// f32 returns f's elements, padding included.
func (e *emitter) f32(f *form) []float32 {
	if f.lay.half {
		e.err = fmt.Errorf("%w: %q: bf16 read as f32", fault.ErrInternal, e.name)
	}
	return view[float32](e.bytes(f.buf))
}

// picture returns f's memory for a kernel that knows both types: two elements of bfloat16
// lie in one float32.
func (e *emitter) picture(f *form) []float32 { return view[float32](e.bytes(f.buf)) }

// binding is an argument of a primitive that is not yet placed.
type binding struct {
	index int
	f     *form
	write bool
}

func reads(index int, f *form) binding  { return binding{index, f, false} }
func writes(index int, f *form) binding { return binding{index, f, true} }

// primitive appends p as one operation.
func (c *compiler) primitive(text string, p pd, out *form, args ...binding) *operation {
	o := &operation{text: text, impl: p.impl(), out: out}
	for _, a := range args {
		if a.write {
			o.writes = append(o.writes, a.f.buf)
		} else {
			o.reads = append(o.reads, a.f.buf)
		}
	}
	c.scratch = max(c.scratch, p.scratchpadSize())
	o.emit = func(e *emitter) error { return e.primitive(p, args) }
	return c.append(o)
}

func (e *emitter) primitive(p pd, bs []binding) error {
	args := make([]arg, 0, len(bs)+1)
	for _, b := range bs {
		m, err := e.run.memory(b.f.d, e.bytes(b.f.buf))
		if err != nil {
			return err
		}
		args = append(args, arg{b.index, m})
	}
	if n := p.scratchpadSize(); n > 0 {
		m, err := e.run.memory(p.scratchpad(), e.scratch.at(0, n))
		if err != nil {
			return err
		}
		args = append(args, arg{argScratchpad, m})
	}
	q, err := p.primitive(e.run)
	if err != nil {
		return err
	}
	e.list.prim(e.name, q, args...)
	return nil
}

// kernel appends own kernels as one operation.
func (c *compiler) kernel(text string, out *form, in []*form, outs []*form, emit func(e *emitter) error) *operation {
	o := &operation{text: text, out: out, emit: emit}
	for _, f := range in {
		o.reads = append(o.reads, f.buf)
	}
	for _, f := range outs {
		o.writes = append(o.writes, f.buf)
	}
	return c.append(o)
}

func (c *compiler) append(o *operation) *operation {
	o.node = c.node
	c.ops = append(c.ops, o)
	return o
}

// over says that result may lie in operand's memory if nobody else needs it.
func (o *operation) over(result, operand *form) *operation {
	if result.buf.size == operand.buf.size {
		o.share = append(o.share, [2]*buffer{result.buf, operand.buf})
	}
	return o
}

// reorder appends to = from in another layout or place.
func (c *compiler) reorder(text string, from, to *form) error {
	p, err := c.tmp.reorder(from.d, to.d)
	if err != nil {
		return err
	}
	c.primitive(text, p, to, reads(argSrc, from), writes(argDst, to))
	return nil
}

// into writes v's content to the memory of to, whose layout is equal or not. If v
// is not needed any more its memory is taken instead.
func (c *compiler) into(v *value, to *form) error {
	for _, f := range v.forms {
		if f.d.equal(to.d) {
			c.kernel("copy", to, []*form{f}, []*form{to}, func(e *emitter) error {
				return e.list.copy(e.name, e.bytes(to.buf), e.bytes(f.buf))
			}).over(to, f).copies = true
			return nil
		}
	}
	from, err := c.source(v, to.lay)
	if err != nil {
		return err
	}
	return c.reorder("reorder", from, to)
}

// lives sets the first and last use of every buffer, lets results take the memory
// of operands that die, and drops copies that have become idle.
func (c *compiler) lives() {
	for i, o := range c.ops {
		for _, b := range slices.Concat(o.reads, o.writes) {
			b.touch(i)
		}
	}
	for _, v := range c.p.Inputs {
		b := c.of(v).forms[0].buf
		b.first, b.last = 0, forever
	}
	for _, f := range c.outputs {
		f.buf.last = forever
	}
	for i, o := range c.ops {
		for k, s := range o.share {
			if s[0].take(s[1], i) && k == 0 && o.copies {
				o.emit = nil
			}
		}
	}
}

func (b *buffer) touch(i int) {
	if b.first < 0 {
		b.first = i
	}
	b.last = max(b.last, i)
}

// take lets b, first written by operation i, lie in the memory of from if that is
// read there for the last time.
func (b *buffer) take(from *buffer, i int) bool {
	r := from.root()
	if b.into != nil || b == r || b.place != inArena || r.place != inArena || b.first != i || r.last != i {
		return false
	}
	b.into = r
	r.last = b.last
	return true
}
