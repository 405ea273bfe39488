package ref

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// list returns list l of n tensors behind the first skip inputs.
func list(in []*array, skip, n, l int) []*array { return in[skip+l*n : skip+(l+1)*n] }

func sgd(o graph.SGD, in, out []*array) {
	rate, mu, clip := in[0].f[0], in[0].f[1], in[1].f[0]
	n := len(out) / 2
	w, g, v := list(in, 2, n, 0), list(in, 2, n, 1), list(in, 2, n, 2)
	for p := range n {
		for i := range w[p].f {
			d := clip*g[p].f[i] + float64(o.Decay)*w[p].f[i]
			m := mu*v[p].f[i] + d
			u := m
			if o.Nesterov {
				u = d + mu*m
			}
			out[p].f[i], out[n+p].f[i] = w[p].f[i]-rate*u, m
		}
	}
}

func adam(o graph.Adam, in, out []*array) {
	n := len(out) / 3
	w, g, m, v := list(in, 2, n, 0), list(in, 2, n, 1), list(in, 2, n, 2), list(in, 2, n, 3)
	for p := range n {
		for i := range w[p].f {
			s := adamStep(o, in[0].f, in[1].f[0]*g[p].f[i], w[p].f[i], m[p].f[i], v[p].f[i])
			out[p].f[i], out[n+p].f[i], out[2*n+p].f[i] = s[0], s[1], s[2]
		}
	}
}

// adamStep returns the new w, m and v of one element with clipped gradient g.
func adamStep(o graph.Adam, hyper []float64, g, w, m, v float64) [3]float64 {
	rate, b1, b2, c1, c2 := hyper[0], hyper[1], hyper[2], hyper[3], hyper[4]
	if o.Decoupled {
		w -= rate * float64(o.Decay) * w
	} else {
		g += float64(o.Decay) * w
	}
	m = b1*m + (1-b1)*g
	v = b2*v + (1-b2)*g*g
	return [3]float64{w - rate*c1*m/(math.Sqrt(v)*c2+float64(o.Eps)), m, v}
}

func globalNorm(_ graph.GlobalNorm, in, out []*array) {
	sum := 0.0
	for _, a := range in {
		for _, x := range a.f {
			sum += x * x
		}
	}
	out[0].f[0] = math.Sqrt(sum)
}

func clipFactor(o graph.ClipFactor, in, out []*array) {
	out[0].f[0] = clip(float64(o.Max)/(in[0].f[0]+1e-6), 0, 1)
}

func ema(_ graph.EMA, in, out []*array) {
	d, n := in[0].f[0], len(out)
	for p := range n {
		e, w := in[1+p], in[1+n+p]
		for i := range e.f {
			out[p].f[i] = d*e.f[i] + (1-d)*w.f[i]
		}
	}
}
