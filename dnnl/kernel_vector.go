package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// fill appends y = value.
func (l *steps) fill(name string, y []float32, value float32) {
	addKernel(l, name, C.gotl_fill, C.gotl_fill_args{y: fptr(y), value: C.float(value), n: C.int64_t(len(y))})
}

// axpby appends y = a·x + b·y.
func (l *steps) axpby(name string, a float32, x []float32, b float32, y []float32) error {
	if err := sameLen("axpby", len(y), x); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_axpby, C.gotl_axpby_args{y: fptr(y), x: fptr(x), a: C.float(a), b: C.float(b), n: C.int64_t(len(y))})
	return nil
}

// scale appends y = s[0]·x. y may be x.
func (l *steps) scale(name string, y, x, s []float32) error {
	if err := cmp.Or(sameLen("scale", len(y), x), atLeast("scale", 1, s)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_scale, C.gotl_scale_args{y: fptr(y), x: fptr(x), s: fptr(s), n: C.int64_t(len(y))})
	return nil
}

// blend appends y = Keep·old + (1−Keep)·Scale·now. y may be old.
func (l *steps) blend(name string, o graph.Blend, y, old, now []float32) error {
	if err := sameLen("blend", len(y), old, now); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_blend, C.gotl_blend_args{y: fptr(y), old: fptr(old), now: fptr(now),
		keep: C.float(o.Keep), scale: C.float(o.Scale), n: C.int64_t(len(y))})
	return nil
}

// ema appends out = d[0]·e + (1−d[0])·w. out may be e.
func (l *steps) ema(name string, out, e, w, d []float32) error {
	if err := cmp.Or(sameLen("EMA", len(out), e, w), atLeast("EMA", 1, d)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_ema, C.gotl_ema_args{out: fptr(out), e: fptr(e), w: fptr(w), d: fptr(d), n: C.int64_t(len(out))})
	return nil
}

// actGrad appends graph.ActGrad: dx = f'(v)·dy. dx may be dy.
func (l *steps) actGrad(name string, o graph.Act, dx, v, dy []float32) error {
	if err := sameLen(o.Fn.String()+" gradient", len(dx), v, dy); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_act_grad, C.gotl_act_grad_args{dx: fptr(dx), v: fptr(v), dy: fptr(dy), fn: C.int(o.Fn),
		a: C.float(o.Alpha), b: C.float(o.Beta), n: C.int64_t(len(dx))})
	return nil
}

// halfActGrad is actGrad on n elements of bfloat16.
func (l *steps) halfActGrad(name string, o graph.Act, n int, dx, v, dy []byte) error {
	var p [3]*C.float
	for i, x := range [][]byte{dx, v, dy} {
		if len(x) != 2*n {
			return fmt.Errorf("%w: %v gradient: %d bytes, want %d", fault.ErrInternal, o.Fn, len(x), 2*n)
		}
		at := unsafe.Pointer(unsafe.SliceData(x))
		mustBeC(at)
		p[i] = (*C.float)(at)
	}
	addKernel(l, name, C.gotl_act_grad, C.gotl_act_grad_args{dx: p[0], v: p[1], dy: p[2], fn: C.int(o.Fn),
		a: C.float(o.Alpha), b: C.float(o.Beta), n: C.int64_t(n), half: 1})
	return nil
}
