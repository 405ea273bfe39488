package dnnl

// #include "kernels.h"
import "C"

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// rows is the physical order of a weight as seen from its rows, the output channels:
// element (((i·a + a')·r + r')·b + b')·t + t' belongs to row a'·b + b'.
type rows struct{ i, a, r, b, t, k int }

func (q rows) c() C.gotl_rows {
	return C.gotl_rows{i: C.int64_t(q.i), a: C.int64_t(q.a), r: C.int64_t(q.r), b: C.int64_t(q.b), t: C.int64_t(q.t), k: C.int64_t(q.k)}
}

func (q rows) elems() int { return q.i * q.a * q.r * q.b * q.t }

// rows returns the order of a weight whose rows lie along axis 0; false if it has
// none of the form above. For grouped weights [G K/G ..] K/G must be 1.
func (l layout) rows(k int) (rows, bool) {
	if l.strides == nil || l.dims[0] != k {
		return rows{}, false
	}
	q := rows{1, 1, 1, 1, 1, k}
	slots, at := []*int{&q.i, &q.a, &q.r, &q.b, &q.t}, 0
	for _, d := range l.digits() {
		if d.n == 1 {
			continue
		}
		row := d.axis == 0
		if row != (at%2 == 1) {
			at++
		}
		if at >= len(slots) {
			return rows{}, false
		}
		*slots[at] *= d.n
	}
	if q.b == 1 { // one digit of rows: what follows lies behind it
		if q.r, q.t = 1, q.r*q.t; q.t == 1 {
			q.a, q.b = 1, q.a
		}
	}
	return q, true
}

// digit is one loop of the physical order.
type digit struct{ axis, n int }

// digits returns the loops of the layout from the outside in.
func (l layout) digits() []digit {
	order := make([]int, len(l.dims))
	inner := make([]int, len(l.dims))
	for i := range order {
		order[i], inner[i] = i, 1
	}
	for i, n := range l.blocks {
		inner[l.axes[i]] *= n
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(l.strides[j], l.strides[i]) })
	var ds []digit
	for _, a := range order {
		ds = append(ds, digit{a, l.padded[a] / inner[a]})
	}
	for i, n := range l.blocks {
		ds = append(ds, digit{l.axes[i], n})
	}
	return ds
}

// foldVectors is what fold reads and writes, all of one length; b may be nil.
type foldVectors struct {
	s, shift                       []float32
	scale, bias, mean, variance, b []float32
}

// fold appends s = scale/√(variance+eps), shift = (b − mean)·s + bias.
func (l *steps) fold(name string, eps float32, v foldVectors) error {
	n := len(v.s)
	if err := sameLen("fold", n, v.shift, v.scale, v.bias, v.mean, v.variance); err != nil {
		return err
	}
	a := C.gotl_fold_args{s: fptr(v.s), shift: fptr(v.shift), scale: fptr(v.scale), bias: fptr(v.bias), mean: fptr(v.mean),
		variance: fptr(v.variance), eps: C.float(eps), n: C.int64_t(n)}
	if v.b != nil {
		if err := sameLen("fold", n, v.b); err != nil {
			return err
		}
		a.b = fptr(v.b)
	}
	addKernel(l, name, C.gotl_fold, a)
	return nil
}

// rowScale appends y = x·s by rows.
func (l *steps) rowScale(name string, y, x, s []float32, q rows) error {
	if err := cmp.Or(sameLen("row scale", q.elems(), y, x), sameLen("row scale", q.k, s)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_row_scale, C.gotl_row_scale_args{y: fptr(y), x: fptr(x), s: fptr(s), rows: q.c()})
	return nil
}

// foldGrad holds the tensors of graph.FoldNormGrad; b and dbOut are nil together.
type foldGrad struct {
	dw, dscale, dbias, dbOut               []float32
	w, dy, db, scale, mean, variance, bias []float32
}

// foldGrad appends graph.FoldNormGrad on a weight that lies as q says.
func (l *steps) foldGrad(name string, eps float32, v foldGrad, q rows) error {
	err := cmp.Or(sameLen("fold gradient", q.elems(), v.dw, v.w, v.dy),
		sameLen("fold gradient", q.k, v.dscale, v.dbias, v.db, v.scale, v.mean, v.variance))
	if err != nil {
		return err
	}
	if (v.bias == nil) != (v.dbOut == nil) || v.bias != nil && len(v.bias)+len(v.dbOut) != 2*q.k {
		return fmt.Errorf("%w: fold gradient: bias of %d, its gradient of %d", fault.ErrInternal, len(v.bias), len(v.dbOut))
	}
	a := C.gotl_fold_grad_args{dw: fptr(v.dw), dscale: fptr(v.dscale), dbias: fptr(v.dbias), w: fptr(v.w), dy: fptr(v.dy),
		db: fptr(v.db), scale: fptr(v.scale), mean: fptr(v.mean), variance: fptr(v.variance), eps: C.float(eps), rows: q.c()}
	if v.bias != nil {
		a.b, a.dbout = fptr(v.bias), fptr(v.dbOut)
	}
	addKernel(l, name, C.gotl_fold_grad, a)
	return nil
}
