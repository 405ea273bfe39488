package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// convShape holds the extents that the loops of a convolution use: batch n,
// groups of c input and k output channels, plane sizes and taps.
type convShape struct {
	n, groups, c, k int
	in, out, kernel int // elements of a plane of x, of y and of the kernel
	taps            [][]run
	stride          int // of the last dimension
}

func newConvShape(o graph.Conv, x, w, y graph.Shape) convShape {
	return convShape{
		n: x[0], groups: o.Groups, c: w[1], k: w[0] / o.Groups,
		in: x[2:].Len(), out: y[2:].Len(), kernel: w[2:].Len(),
		taps: taps(o.Window, x[2:], y[2:]), stride: o.Stride[len(o.Stride)-1],
	}
}

func conv(o graph.Conv, in, out []*array) {
	x, w, y := in[0], in[1], out[0]
	s := newConvShape(o, x.Shape, w.Shape, y.Shape)
	planes := s.groups * s.k
	parallel(s.n*planes, func(i int) {
		n, k := i/planes, i%planes
		acc := y.f[i*s.out : (i+1)*s.out]
		if len(in) > 2 && in[2] != nil {
			for j := range acc {
				acc[j] = in[2].f[k]
			}
		}
		for c := range s.c {
			plane := n*s.groups*s.c + k/s.k*s.c + c
			s.addPlane(acc, x.f[plane*s.in:][:s.in], w.f[(k*s.c+c)*s.kernel:][:s.kernel])
		}
	})
}

// addPlane adds the contribution of one input plane to one output plane.
func (s convShape) addPlane(acc, x, w []float64) {
	for t, runs := range s.taps {
		f := w[t]
		for _, r := range runs {
			a := acc[r.out : r.out+r.n]
			if s.stride == 1 {
				for j, v := range x[r.in : r.in+r.n] {
					a[j] += f * v
				}
				continue
			}
			for j := range a {
				a[j] += f * x[r.in+j*s.stride]
			}
		}
	}
}

func convGradInput(o graph.ConvGradInput, in, out []*array) {
	w, dy, dx := in[0], in[1], out[0]
	s := newConvShape(o.Conv, dx.Shape, w.Shape, dy.Shape)
	planes := s.groups * s.c
	parallel(s.n*planes, func(i int) {
		n, c := i/planes, i%planes
		acc := dx.f[i*s.in : (i+1)*s.in]
		for k := range s.k {
			filter := c/s.c*s.k + k
			d := dy.f[(n*s.groups*s.k+filter)*s.out:][:s.out]
			f := w.f[(filter*s.c+c%s.c)*s.kernel:][:s.kernel]
			for t, runs := range s.taps {
				for _, r := range runs {
					for j := range r.n {
						acc[r.in+j*s.stride] += f[t] * d[r.out+j]
					}
				}
			}
		}
	})
}

func convGradWeight(o graph.ConvGradWeight, in, out []*array) {
	x, dy, dw := in[0], in[1], out[0]
	s := newConvShape(o.Conv, x.Shape, dw.Shape, dy.Shape)
	filters := s.groups * s.k
	parallel(filters*s.c, func(i int) {
		k, c := i/s.c, i%s.c
		acc := dw.f[i*s.kernel : (i+1)*s.kernel]
		for n := range s.n {
			plane := n*s.groups*s.c + k/s.k*s.c + c
			s.addTaps(acc, x.f[plane*s.in:][:s.in], dy.f[(n*filters+k)*s.out:][:s.out])
		}
	})
	if o.Bias {
		sumChannels(out[1].f, dy)
	}
}

// addTaps adds the products of one pair of planes to one plane of dw.
func (s convShape) addTaps(acc, x, d []float64) {
	for t, runs := range s.taps {
		for _, r := range runs {
			for j, v := range d[r.out : r.out+r.n] {
				acc[t] += v * x[r.in+j*s.stride]
			}
		}
	}
}

// sumChannels sets sum[c] to the sum of channel c of x [N C ...].
func sumChannels(sum []float64, x *array) {
	channels, plane := x.Shape[1], x.Shape[2:].Len()
	for i, v := range x.f {
		sum[i/plane%channels] += v
	}
}
