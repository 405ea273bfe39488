package dnnl

/*
#include "shim.h"
static int gotl_isa_value(void) { return gotl.dnnl_get_effective_cpu_isa(); }
*/
import "C"

import (
	"errors"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Precision BFloat16: graph.Half says which values are kept in 16 bits. A value's
// form tells its type (layout.half); as converts type and layout in one reorder, which
// stands in the plan. What asks for f32 (in, row) gets it, so an own kernel that
// knows no other type is right wherever it stands; what works on either asks for
// operand. A trained weight lives in f32 in the layout of the f32 convolution;
// every step begins with its copies in 16 bits.

// bf16ISA are the bits of dnnl_cpu_isa_t that AVX-512 with BF16, and all behind it, have.
const bf16ISA = 0xe7

// effectiveISA is a variable so that tests can stand on another processor.
var effectiveISA = func() int { return int(C.gotl_isa_value()) }

// hasHalf reports whether the library runs on instructions for bfloat16. It also
// computes in bfloat16 without them, slower than in float32: that is refused.
func hasHalf() bool { return effectiveISA()&bf16ISA == bf16ISA }

// amxISA are the bits of dnnl_cpu_isa_t with matrix tiles for bfloat16.
const amxISA = 0xfef

// halfText says what to expect of BFloat16 here. One product of AVX-512's bfloat16
// instruction is two multiplications, but it can start every second cycle only where
// float32 starts two in each: less memory, not less time.
func halfText() string {
	switch {
	case !hasHalf():
		return "no"
	case effectiveISA()&amxISA == amxISA:
		return "AMX"
	}
	return "AVX-512 BF16 without AMX: less activation memory, but convolutions slower than in fp32"
}

// dtype returns the element type of tensors of layout l.
func (l layout) dtype() graph.DType {
	if l.half {
		return graph.BFloat16
	}
	return graph.Float32
}

// typeOf returns the element type that v is kept in.
func (c *compiler) typeOf(v *graph.Value) graph.DType {
	if c.half[v] {
		return graph.BFloat16
	}
	return graph.Float32
}

// raw returns v as its producer left it, in whatever type.
func (c *compiler) raw(v *graph.Value) (*form, error) {
	if x := c.of(v); len(x.forms) > 0 {
		return x.forms[0], nil
	}
	return c.row(v)
}

// operand returns v as it lies if half, else in f32.
func (c *compiler) operand(v *graph.Value, half bool) (*form, error) {
	if half {
		return c.raw(v)
	}
	return c.in(v)
}

// typed returns v's first form in type t, in its layout if that has a name.
func (c *compiler) typed(v *graph.Value, t graph.DType) (*form, error) {
	f, err := c.raw(v)
	if err != nil || f.lay.dtype() == t {
		return f, err
	}
	d, err := c.retyped(f.lay, t)
	if err != nil {
		return nil, err
	}
	return c.as(v, d)
}

// retyped describes a tensor of layout l in element type t; row-major if the library
// has no name for l.
func (c *compiler) retyped(l layout, t graph.DType) (desc, error) {
	ty := graph.Type{DType: t, Shape: l.dims}
	if l.strides != nil && len(l.blocks) == 0 && !l.padding() {
		return c.tmp.strided(ty, l.strides)
	}
	if g, ok := blockTags[[2]int{len(l.dims), l.channels()}]; ok && len(l.blocks) == 1 {
		return c.tmp.tagged(ty, g)
	}
	return c.tmp.plain(ty)
}

// blockTags holds the layouts blocked by channels, by rank and channels in a block.
var blockTags = map[[2]int]tag{
	{3, 4}: C.dnnl_nCw4c, {3, 8}: C.dnnl_nCw8c, {3, 16}: C.dnnl_nCw16c,
	{4, 4}: C.dnnl_nChw4c, {4, 8}: C.dnnl_nChw8c, {4, 16}: C.dnnl_nChw16c,
	{5, 4}: C.dnnl_nCdhw4c, {5, 8}: C.dnnl_nCdhw8c, {5, 16}: C.dnnl_nCdhw16c,
}

// better creates a primitive in 16 bits if the program has them and the library is
// fast there, else in f32.
func (c *compiler) better(create func(t graph.DType) (pd, error)) (pd, error) {
	if c.half != nil {
		p, err := create(graph.BFloat16)
		if err == nil && fast(p) || err != nil && !errors.Is(err, fault.ErrUnsupported) {
			return p, err
		}
	}
	return create(graph.Float32)
}

// refused reports whether there is no primitive or only a fallback.
func refused(p pd, err error) bool {
	return errors.Is(err, fault.ErrUnsupported) || err == nil && !fast(p)
}

// settle rounds what the node just lowered made in f32 though graph.Half keeps it in 16
// bits: nobody reads the f32 form any more.
func (c *compiler) settle() error {
	made := c.made
	c.made = nil
	for _, v := range made {
		x := c.of(v)
		if !c.half[v] || len(x.forms) == 0 || x.forms[0].lay.half {
			continue
		}
		f, err := c.typed(v, graph.BFloat16)
		if err != nil {
			return err
		}
		x.forms = []*form{f}
	}
	return nil
}
