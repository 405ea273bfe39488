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

// fptr is the address of C floats; lengths are checked by the kernel's front.
func fptr(x []float32) *C.float {
	p := unsafe.Pointer(unsafe.SliceData(x))
	mustBeC(p)
	return (*C.float)(p)
}

// sameLen checks that every vector has n elements.
func sameLen(kernel string, n int, xs ...[]float32) error {
	for i, x := range xs {
		if len(x) != n {
			return fmt.Errorf("%w: %s: vector %d has %d elements, want %d", fault.ErrInternal, kernel, i+1, len(x), n)
		}
	}
	return nil
}

// atLeast checks the length of a vector of settings.
func atLeast(kernel string, n int, x []float32) error {
	if len(x) < n {
		return fmt.Errorf("%w: %s: %d settings, want %d", fault.ErrInternal, kernel, len(x), n)
	}
	return nil
}

// param is one parameter in an optimiser's step: weight, gradient and up to two
// moments, all [n] in one layout. The results may be w, m, v themselves.
type param struct {
	w, g, m, v       []float32
	wOut, mOut, vOut []float32
}

// sgd appends graph.SGD on one parameter; m is the momentum. hyper = η, μ.
func (l *steps) sgd(name string, o graph.SGD, hyper, clip []float32, p param) error {
	n := len(p.w)
	if err := cmp.Or(sameLen("SGD", n, p.g, p.m, p.wOut, p.mOut), atLeast("SGD", 2, hyper), atLeast("SGD", 1, clip)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_sgd, C.gotl_sgd_args{wout: fptr(p.wOut), vout: fptr(p.mOut), w: fptr(p.w), g: fptr(p.g),
		v: fptr(p.m), hyper: fptr(hyper), clip: fptr(clip), decay: C.float(o.Decay), nesterov: flag(o.Nesterov), n: C.int64_t(n)})
	return nil
}

// adam appends graph.Adam on one parameter. hyper = η, β₁, β₂, c₁, c₂.
func (l *steps) adam(name string, o graph.Adam, hyper, clip []float32, p param) error {
	n := len(p.w)
	err := cmp.Or(sameLen("Adam", n, p.g, p.m, p.v, p.wOut, p.mOut, p.vOut), atLeast("Adam", 5, hyper), atLeast("Adam", 1, clip))
	if err != nil {
		return err
	}
	addKernel(l, name, C.gotl_adam, C.gotl_adam_args{wout: fptr(p.wOut), mout: fptr(p.mOut), vout: fptr(p.vOut), w: fptr(p.w),
		g: fptr(p.g), m: fptr(p.m), v: fptr(p.v), hyper: fptr(hyper), clip: fptr(clip), decay: C.float(o.Decay),
		eps: C.float(o.Eps), decoupled: flag(o.Decoupled), n: C.int64_t(n)})
	return nil
}

// sumBlock is the number of squares in one partial sum.
const sumBlock = C.GOTL_SUM_BLOCK

// partials returns how many partial sums squares writes for n elements.
func partials(n int) int { return (n + sumBlock - 1) / sumBlock }

// squares appends part[i] = Σ x² over block i of x, in float64.
func (l *steps) squares(name string, part []float64, x []float32) error {
	if len(part) != partials(len(x)) {
		return fmt.Errorf("%w: squares: %d sums of %d elements", fault.ErrInternal, len(part), len(x))
	}
	addKernel(l, name, C.gotl_squares, C.gotl_squares_args{part: dptr(part), x: fptr(x), n: C.int64_t(len(x))})
	return nil
}

// norm appends y = √Σ part.
func (l *steps) norm(name string, y []float32, part []float64) error {
	if err := atLeast("norm", 1, y); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_norm, C.gotl_norm_args{y: fptr(y), part: dptr(part), n: C.int64_t(len(part))})
	return nil
}

// clipFactor appends y = min(1, most/(norm+1e-6)).
func (l *steps) clipFactor(name string, o graph.ClipFactor, y, norm []float32) error {
	if err := cmp.Or(atLeast("clip factor", 1, y), atLeast("clip factor", 1, norm)); err != nil {
		return err
	}
	addKernel(l, name, C.gotl_clip_factor, C.gotl_clip_args{y: fptr(y), norm: fptr(norm), most: C.float(o.Max)})
	return nil
}

func dptr(x []float64) *C.double {
	p := unsafe.Pointer(unsafe.SliceData(x))
	mustBeC(p)
	return (*C.double)(p)
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
