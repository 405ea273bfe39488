package resize

import (
	"math"
	"slices"
)

// precision is the number of fraction bits of a weight (Pillow's PRECISION_BITS).
const precision = 22

// span says how outputs lie over the source along one axis: the centre of
// output i is (i+0.5)·scale source pixels from the start, i in [first, first+n).
type span struct {
	size  int     // source pixels
	scale float64 // source pixels per output pixel
	first int     // first output wanted
	n     int     // outputs wanted
	flip  bool    // outputs in reverse order
}

// axis holds the weights of one axis. Output i is
//
//	Σ_j weight[i·taps+j] · src[start[i]+j],  j in [0, count[i])
//
// Unused weights of a row are 0.
type axis struct {
	key   axisKey
	taps  int
	start []int
	count []int
	w     []int32
	real  []float64
	lo    int // the source interval [lo, hi) that is read
	hi    int
}

type axisKey struct {
	span
	f         Filter
	antialias bool
}

// plan fills a for the outputs of s; it keeps the arrays between calls and
// returns at once if nothing changed.
func (a *axis) plan(s span, f Filter, antialias bool) {
	key := axisKey{s, f, antialias}
	if a.key == key && len(a.start) == s.n {
		return
	}
	a.key = key
	width := math.Max(s.scale, 1) // filter stretch
	if !antialias {
		width = 1
	}
	a.taps = int(math.Ceil(f.support()*width))*2 + 2 // even: kernels take two at a time
	if f == Nearest {
		a.taps = 2
	}
	a.start, a.count = grow(a.start, s.n), grow(a.count, s.n)
	a.w = grow(a.w, s.n*a.taps)
	a.real = grow(a.real, a.taps)
	if f == Nearest {
		a.nearest(s)
	} else {
		for i := range s.n {
			a.output(i, s, f, width)
		}
	}
	if s.flip {
		a.reverse()
	}
	a.measure()
}

// reverse puts the last output first.
func (a *axis) reverse() {
	slices.Reverse(a.start)
	slices.Reverse(a.count)
	for i, j := 0, len(a.start)-1; i < j; i, j = i+1, j-1 {
		p, q := a.w[i*a.taps:(i+1)*a.taps], a.w[j*a.taps:(j+1)*a.taps]
		for k := range p {
			p[k], q[k] = q[k], p[k]
		}
	}
}

// output computes the weights of output i, normalised to 2²², as Pillow does:
// half away from zero.
func (a *axis) output(i int, s span, f Filter, width float64) {
	centre := float64((float64(s.first+i) + 0.5) * s.scale)
	support := float64(f.support() * width)
	lo := max(int(centre-support+0.5), 0)
	hi := min(int(centre+support+0.5), s.size)
	n, sum, inv := hi-lo, 0.0, 1/width
	for j := range n {
		v := f.at((float64(lo+j) - centre + 0.5) * inv)
		a.real[j] = v
		sum += v
	}
	row := a.w[i*a.taps : (i+1)*a.taps]
	clear(row)
	for j := range n {
		v := a.real[j]
		if sum != 0 {
			v /= sum
		}
		row[j] = int32(float64(v*(1<<precision)) + math.Copysign(0.5, v))
	}
	a.start[i], a.count[i] = lo, n
	a.trim(i, row)
}

// trim drops zero weights at both ends: they add nothing but time.
func (a *axis) trim(i int, row []int32) {
	n := a.count[i]
	for n > 1 && row[n-1] == 0 {
		n--
	}
	k := 0
	for k < n-1 && row[k] == 0 {
		k++
	}
	copy(row, row[k:n])
	clear(row[n-k : n])
	a.start[i], a.count[i] = a.start[i]+k, n-k
}

// nearest adds the scale up step by step as Pillow's ImagingScaleAffine does,
// so the same rounding errors fall on the same side.
func (a *axis) nearest(s span) {
	x := float64(s.scale * 0.5)
	for i := range s.first + s.n {
		if k := i - s.first; k >= 0 {
			a.start[k], a.count[k] = min(max(int(x), 0), s.size-1), 1
			a.w[2*k], a.w[2*k+1] = 1<<precision, 0
		}
		x += s.scale
	}
}

// window returns the source interval [lo, hi) the outputs read.
func (a *axis) window() (lo, hi int) { return a.lo, a.hi }

func (a *axis) measure() {
	a.lo, a.hi = math.MaxInt, 0
	for i, s := range a.start {
		a.lo, a.hi = min(a.lo, s), max(a.hi, s+a.count[i])
	}
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
