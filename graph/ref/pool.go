package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func pool(o graph.Pool, in, out []*array) {
	x, y := in[0].float(), make([]float64, out[0].Shape.Len())
	s := newPoolShape(o, in[0].Shape, out[0].Shape)
	parallel(s.planes, func(i int) {
		s.plane(x[i*s.in:(i+1)*s.in], y[i*s.out:(i+1)*s.out])
	})
	out[0].setFloat(y)
}

// poolShape holds what the loops of a pooling use.
type poolShape struct {
	fn              graph.PoolFn
	planes, in, out int // planes of x; elements of a plane of x and of y
	taps            [][]run
	stride          int
	count           []float64 // average: the divisor of each element of y
}

func newPoolShape(o graph.Pool, x, y graph.Shape) poolShape {
	s := poolShape{
		fn: o.Fn, planes: x[:2].Len(), in: x[2:].Len(), out: y[2:].Len(),
		taps: taps(o.Window, x[2:], y[2:]), stride: o.Stride[len(o.Stride)-1],
	}
	if o.Fn == graph.MaxPool {
		return s
	}
	counted := s.taps
	if o.CountPad { // the same window on a picture that includes its padding
		w, size := o.Window, x[2:].Clone()
		for d := range size {
			size[d] += w.PadBegin[d] + w.PadEnd[d]
		}
		w.PadBegin = make([]int, len(size))
		counted = taps(w, size, y[2:])
	}
	s.count = make([]float64, s.out)
	for _, runs := range counted {
		for _, r := range runs {
			for j := range r.n {
				s.count[r.out+j]++
			}
		}
	}
	return s
}

func (s poolShape) plane(x, y []float64) {
	if s.fn == graph.MaxPool {
		for i, p := range s.argmax(x) {
			y[i] = math.Inf(-1)
			if p >= 0 {
				y[i] = x[p]
			}
		}
		return
	}
	for _, runs := range s.taps {
		for _, r := range runs {
			for j := range r.n {
				y[r.out+j] += x[r.in+j*s.stride]
			}
		}
	}
	for i, n := range s.count {
		y[i] /= math.Max(n, 1)
	}
}

// argmax returns the position of the first maximum of each window, -1 for a
// window without elements. A NaN is larger than any number.
func (s poolShape) argmax(x []float64) []int {
	at := make([]int, s.out)
	for i := range at {
		at[i] = -1
	}
	for _, runs := range s.taps {
		for _, r := range runs {
			for j := range r.n {
				p, best := r.in+j*s.stride, at[r.out+j]
				if best < 0 || x[p] > x[best] || x[p] != x[p] && x[best] == x[best] {
					at[r.out+j] = p
				}
			}
		}
	}
	return at
}

func poolGrad(o graph.PoolGrad, in, out []*array) {
	s := newPoolShape(o.Pool, in[0].Shape, in[2].Shape)
	parallel(s.planes, func(i int) {
		x, dy := in[0].f[i*s.in:(i+1)*s.in], in[2].f[i*s.out:(i+1)*s.out]
		s.planeGrad(x, dy, out[0].f[i*s.in:(i+1)*s.in])
	})
}

func (s poolShape) planeGrad(x, dy, dx []float64) {
	if s.fn == graph.MaxPool {
		for i, p := range s.argmax(x) {
			if p >= 0 {
				dx[p] += dy[i]
			}
		}
		return
	}
	for _, runs := range s.taps {
		for _, r := range runs {
			for j := range r.n {
				dx[r.in+j*s.stride] += dy[r.out+j] / s.count[r.out+j]
			}
		}
	}
}

func globalAveragePool(o graph.GlobalAveragePool, in, out []*array) {
	pool(o.AsPool(in[0].Shape), in, out)
}
