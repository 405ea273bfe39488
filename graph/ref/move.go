package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// Operators that only choose which element goes where.

func transpose(o graph.Transpose, in, out []*array) {
	st := in[0].Shape.Strides()
	lists := make([][]int, len(o.Perm))
	for d, p := range o.Perm {
		lists[d] = steps(in[0].Shape[p], st[p])
	}
	gather(out[0], in[0], combine(lists), 0)
}

func expand(_ graph.Expand, in, out []*array) {
	gather(out[0], in[0], spread(in[0].Shape, out[0].Shape), 0)
}

func slice(o graph.Slice, in, out []*array) error {
	at, err := taken(o, in[0].Shape)
	if err != nil {
		return err
	}
	gather(out[0], in[0], at, 0)
	return nil
}

func sliceGrad(o graph.SliceGrad, in, out []*array) error {
	at, err := taken(o.Slice, o.X)
	if err != nil {
		return err
	}
	for i, p := range at {
		copyRun(out[0], p, in[0], i, 1)
	}
	return nil
}

// taken returns the positions in a tensor of shape x that a slice takes.
func taken(o graph.Slice, x graph.Shape) ([]int, error) {
	ranges, err := o.Ranges(x)
	if err != nil {
		return nil, err
	}
	st, lists := x.Strides(), make([][]int, len(x))
	for d, r := range ranges {
		for k := range r.Count {
			lists[d] = append(lists[d], (r.Start+k*r.Step)*st[d])
		}
	}
	return combine(lists), nil
}

func pad(o graph.Pad, in, out []*array) {
	x := in[0].Shape
	st, lists := x.Strides(), make([][]int, len(x))
	for d, n := range out[0].Shape {
		for k := range n {
			at := outside
			if p := padSource(o.Mode, k-o.Begin[d], x[d]); p >= 0 {
				at = p * st[d]
			}
			lists[d] = append(lists[d], at)
		}
	}
	gather(out[0], in[0], combine(lists), float64(o.Value))
}

// padSource maps position p of a padded axis with n elements to the element it
// copies, -1 if none.
func padSource(mode graph.PadMode, p, n int) int {
	switch {
	case p >= 0 && p < n:
		return p
	case mode == graph.PadEdge:
		return min(max(p, 0), n-1)
	case mode == graph.PadReflect && p < 0:
		return -p
	case mode == graph.PadReflect:
		return 2*(n-1) - p
	}
	return -1
}
