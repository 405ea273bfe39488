package throughput

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// What is bound to the optimiser: small steps, so that drawn weights on drawn
// pictures stay finite however long a round takes. The time does not depend on it.
const (
	rate     = 1e-5
	momentum = .9
)

// feed returns a value for every input of p: pictures and cut tensors from a
// normal distribution, labels from a uniform one.
func feed(p *graph.Program) map[string]*graph.Tensor {
	in := map[string]*graph.Tensor{}
	for _, v := range p.Inputs {
		switch v.Name {
		case graph.TargetName:
			in[v.Name] = labels(v.Shape)
		case graph.InvName:
			in[v.Name] = graph.Scalar(1 / float32(p.Value(graph.TargetName).Shape[0]))
		case graph.RngName:
			in[v.Name] = counters(v.Shape[0])
		case graph.HyperName(0):
			in[v.Name] = graph.FromF32([]float32{rate, momentum}, 2)
		default:
			in[v.Name] = normal(v)
		}
	}
	return in
}

func normal(v *graph.Value) *graph.Tensor {
	t := graph.NewTensor(v.DType, v.Shape...)
	s := philox.New(1, 0, 0, "bench:"+v.Name)
	for i := range t.F32 {
		t.F32[i] = float32(s.Normal(uint32(i)))
	}
	return t
}

// labels draws a class a row.
func labels(s graph.Shape) *graph.Tensor {
	q := graph.NewTensor(graph.Float32, s...)
	draw := philox.New(1, 0, 0, "bench:labels")
	for r := range s[0] {
		q.F32[r*s[1]+int(draw.Float(uint32(r))*float32(s[1]))] = 1
	}
	return q
}

// counters are seed, epoch and sample numbers of dropout.
func counters(n int) *graph.Tensor {
	t := graph.NewTensor(graph.Int64, n)
	for i := range t.I64 {
		t.I64[i] = int64(i)
	}
	return t
}
