package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// outside marks an offset that lies in no element; sums with it stay negative.
const outside = -1 << 50

// combine returns, in row-major order, the sums of one offset per dimension:
// the flat positions of a box whose dimension d has the offsets lists[d].
func combine(lists [][]int) []int {
	at := []int{0}
	for _, list := range lists {
		next := make([]int, 0, len(at)*len(list))
		for _, p := range at {
			for _, o := range list {
				next = append(next, p+o)
			}
		}
		at = next
	}
	return at
}

// steps returns 0, stride, 2·stride, ... (n of them).
func steps(n, stride int) []int {
	s := make([]int, n)
	for k := range s {
		s[k] = k * stride
	}
	return s
}

// spread returns, for each element of out, the position of the element of a
// tensor of shape in that broadcasts to it.
func spread(in, out graph.Shape) []int {
	st, lead := in.Strides(), len(out)-len(in)
	lists := make([][]int, len(out))
	for d, n := range out {
		stride := 0
		if d >= lead && in[d-lead] != 1 {
			stride = st[d-lead]
		}
		lists[d] = steps(n, stride)
	}
	return combine(lists)
}

// around splits the dimensions of s at an axis: the product before, the extent,
// the product after.
func around(s graph.Shape, axis int) (outer, n, inner int) {
	if axis < 0 {
		axis += len(s)
	}
	return s[:axis].Len(), s[axis], s[axis+1:].Len()
}
