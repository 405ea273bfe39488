package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"
	"math"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// normCut says how the own batch normalisation cuts up a tensor.
type normCut struct{ p C.gotl_bn_plan }

// newNormCut describes tensors of layout lay: row-major, channels last or blocked by
// channels.
func newNormCut(lay layout) (normCut, error) {
	b := lay.channels()
	if b == 0 || lay.padded[1]-lay.dims[1] >= b {
		return normCut{}, fmt.Errorf("%w: normalisation of layout %v", fault.ErrUnsupported, lay)
	}
	s := 1
	for _, d := range lay.dims[2:] {
		s *= d
	}
	var k normCut
	C.gotl_bn_cut(&k.p, C.int64_t(lay.dims[0]), C.int64_t(lay.padded[1]), C.int64_t(s), C.int64_t(b), C.int64_t(lay.dims[1]))
	return k, nil
}

// sums returns the number of partial sums, coefs that of constants, bits that of bytes
// in a mask of which results the activation let through, 0 if the layout has none.
func (k normCut) sums() int  { return int(k.p.sums) }
func (k normCut) coefs() int { return 5 * int(k.p.c) }
func (k normCut) bits() int  { return int(k.p.bits) }
func (k normCut) elems() int { return int(k.p.count * k.p.c) }

// limitISA makes the hand-written loops use plain C (0), AVX2 (1) or what the processor
// has (2). Tests only.
func limitISA(level int) { C.gotl_isa_limit = C.int(level) }

// normTensors are the operands of a normalisation. x, r, y, dy, dx and d have the same
// layout, the rest a value a channel. r, d and, without an activation, the gradient's y
// may be nil.
type normTensors struct {
	x, r, y, dy, dx, d          []float32
	scale, bias, mean, variance []float32
	dscale, dbias               []float32
	bits                        []byte    // nil: none
	part                        []float64 // scratch: sums
	coef                        []float32 // scratch: coefs
	half                        bool      // x, r, y, dy, dx and d are bfloat16, two in each element
}

// normForward appends graph.FusedBatchNormTrain: x, scale, bias, r -> y, mean, variance,
// bits. y may be x or r.
func (l *steps) normForward(name string, k normCut, eps float32, act graph.Act, t normTensors) error {
	a, err := k.args(eps, act, t, t.x, t.y)
	if err != nil {
		return err
	}
	if err := cmp.Or(atLeast("bias", int(k.p.channels), t.bias), k.maybe(t, t.r)); err != nil {
		return err
	}
	a.y, a.bias = fptr(t.y), fptr(t.bias)
	if t.r != nil {
		a.r = fptr(t.r)
	}
	if !t.half {
		a.stream = large(t.y, t.x, t.r)
	}
	addKernel(l, name, C.gotl_bn_forward, a)
	return nil
}

// normBackward appends graph.FusedBatchNormGrad: x, scale, mean, variance, dy, y -> dx,
// dscale, dbias, d. Without an activation, or with bits, y is not read. dx may be any of x,
// y and dy; d may be dy.
func (l *steps) normBackward(name string, k normCut, eps float32, act graph.Act, t normTensors) error {
	a, err := k.args(eps, act, t, t.x, t.dy, t.dx)
	if err != nil {
		return err
	}
	c := int(k.p.channels)
	if err := cmp.Or(atLeast("dscale", c, t.dscale), atLeast("dbias", c, t.dbias), k.maybe(t, t.y), k.maybe(t, t.d)); err != nil {
		return err
	}
	if t.y == nil && t.bits == nil && act.Fn != graph.NoAct {
		return fmt.Errorf("%w: gradient of %v without its result", fault.ErrInternal, act.Fn)
	}
	a.dx, a.dy, a.dscale, a.dbias = fptr(t.dx), fptr(t.dy), fptr(t.dscale), fptr(t.dbias)
	switch {
	case act.Fn == graph.NoAct:
		a.bits = nil
	case t.bits == nil:
		a.y = fptr(t.y)
	}
	if t.d != nil {
		a.d = fptr(t.d)
	}
	if !t.half {
		a.stream = large(t.dx, t.x, t.y, t.dy, t.d)
	}
	addKernel(l, name, C.gotl_bn_backward, a)
	return nil
}

// streamed is the size in bytes from which a result passes the caches: it would not be
// there any more when it is read.
const streamed = 2 << 20

// large reports whether y is of that size and lies in none of the operands.
func large(y []float32, operands ...[]float32) C.int {
	for _, x := range operands {
		if unsafe.SliceData(x) == unsafe.SliceData(y) {
			return 0
		}
	}
	if 4*len(y) < streamed {
		return 0
	}
	return 1
}

// words returns the length of a picture's slice.
func (k normCut) words(t normTensors) int {
	if t.half {
		return k.elems() / 2
	}
	return k.elems()
}

// maybe checks an optional tensor.
func (k normCut) maybe(t normTensors, x []float32) error {
	if x == nil {
		return nil
	}
	return sameLen("normalisation", k.words(t), x)
}

// args fills what both directions have and checks all lengths.
func (k normCut) args(eps float32, act graph.Act, t normTensors, tensors ...[]float32) (C.gotl_bn_args, error) {
	c := int(k.p.channels)
	a := C.gotl_bn_args{eps: C.float(eps), plan: k.p}
	if t.half {
		a.half = 1
	}
	err := cmp.Or(sameLen("normalisation", k.words(t), tensors...), atLeast("scale", c, t.scale), atLeast("mean", c, t.mean),
		atLeast("variance", c, t.variance), atLeast("coef", k.coefs(), t.coef))
	if err == nil && len(t.part) < k.sums() {
		err = fmt.Errorf("%w: %d partial sums, want %d", fault.ErrInternal, len(t.part), k.sums())
	}
	if t.bits != nil && (len(t.bits) < k.bits() || k.bits() == 0) {
		err = fmt.Errorf("%w: mask of %d bytes, want %d", fault.ErrInternal, len(t.bits), k.bits())
	}
	if err != nil {
		return a, err
	}
	if p := unsafe.Pointer(unsafe.SliceData(t.bits)); p != nil {
		mustBeC(p)
		a.bits = (*C.uint8_t)(p)
	}
	lo, hi, err := clamp(act)
	a.lo, a.hi = C.float(lo), C.float(hi)
	part := unsafe.Pointer(unsafe.SliceData(t.part))
	mustBeC(part)
	a.x, a.scale, a.mean, a.variance = fptr(t.x), fptr(t.scale), fptr(t.mean), fptr(t.variance)
	a.part, a.coef = (*C.double)(part), fptr(t.coef)
	return a, err
}

// clamp returns the edges of an activation; an upper edge of NaN is none.
func clamp(a graph.Act) (lo, hi float32, err error) {
	none := float32(math.NaN())
	switch a.Fn {
	case graph.NoAct:
		return none, none, nil
	case graph.Relu:
		return 0, none, nil
	case graph.Clip:
		return a.Alpha, a.Beta, nil
	default:
		return 0, 0, fmt.Errorf("%w: %v in a normalisation", fault.ErrUnsupported, a.Fn)
	}
}
