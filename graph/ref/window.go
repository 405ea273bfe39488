package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// run is a row of n output elements from out on; their input elements start at
// in and lie one stride of the last dimension apart.
type run struct{ out, in, n int }

// taps returns, for each position of the kernel in row-major order, the runs of
// outputs for which that position lies inside the picture. Positions are flat
// within one plane of the given extents.
func taps(w graph.Window, in, out []int) [][]run {
	last := len(in) - 1
	list := [][]run{{{0, 0, 1}}}
	for d := range in {
		var next [][]run
		for _, runs := range list {
			for k := range w.Kernel[d] {
				next = append(next, extend(runs, w, d, k, in[d], out[d]))
			}
		}
		list = next
	}
	for i := range list {
		list[i] = join(list[i], w.Stride[last])
	}
	return list
}

// extend places the runs of the dimensions before d at kernel position k of d.
// The last dimension makes rows, the others single positions.
func extend(runs []run, w graph.Window, d, k, in, out int) []run {
	shift := k*w.Dilation[d] - w.PadBegin[d]
	lo, hi := valid(shift, w.Stride[d], in, out)
	var next []run
	for _, r := range runs {
		o, i := r.out*out, r.in*in+shift
		if d == len(w.Kernel)-1 {
			if hi > lo {
				next = append(next, run{o + lo, i + lo*w.Stride[d], hi - lo})
			}
			continue
		}
		for p := lo; p < hi; p++ {
			next = append(next, run{o + p, i + p*w.Stride[d], 1})
		}
	}
	return next
}

// valid returns the range of p in [0, out) with 0 <= p·stride+shift < in.
func valid(shift, stride, in, out int) (lo, hi int) {
	if shift < 0 {
		lo = (-shift + stride - 1) / stride
	}
	if last := in - 1 - shift; last >= 0 {
		hi = min(last/stride+1, out)
	}
	return lo, hi
}

// join merges neighbouring rows that are contiguous on both sides.
func join(runs []run, stride int) []run {
	var joined []run
	for _, r := range runs {
		if k := len(joined) - 1; k >= 0 && stride == 1 &&
			joined[k].out+joined[k].n == r.out && joined[k].in+joined[k].n == r.in {
			joined[k].n += r.n
			continue
		}
		joined = append(joined, r)
	}
	return joined
}
