package dnnl

import (
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// host moves tensors between Go and a program's memory, converting layouts piece
// by piece so that no second copy of a large tensor exists.
type host struct{ x *executable }

// piece is the number of float32 converted at a time, 4 MiB.
const piece = 1 << 20

// fill writes data, row-major, into f.
func (h *host) fill(f *form, data graph.Data) error {
	if f.lay.dense() && !f.lay.half {
		to := view[float32](h.x.bytes(f.buf))
		for at := 0; at < len(to); at += piece {
			if err := data.Fill(to[at:min(len(to), at+piece)], at); err != nil {
				return err
			}
		}
		return nil
	}
	return h.pieces(f, func(stage []float32, at int) error { return data.Fill(stage, at) }, nil)
}

// drain reads f into to, row-major.
func (h *host) drain(f *form, to []float32) error {
	if f.lay.dense() && !f.lay.half {
		copy(to, view[float32](h.x.bytes(f.buf)))
		return nil
	}
	return h.pieces(f, nil, func(stage []float32, at int) error {
		copy(to[at:], stage)
		return nil
	})
}

// pieces cuts f along its first axis at block borders and converts each piece from
// or to a row-major stage; before fills the stage, after empties it.
func (h *host) pieces(f *form, before, after func(stage []float32, at int) error) error {
	dims := f.lay.dims
	row := graph.Shape(dims[1:]).Len()
	block := 1
	for i, b := range f.lay.blocks {
		if f.lay.axes[i] == 0 {
			block *= b
		}
	}
	rows := min(dims[0], max(block, piece/row/block*block))
	stage, err := newArena(Weights, int64(rows*row*4))
	if err != nil {
		return err
	}
	defer stage.close()
	for at := 0; at < dims[0]; at += rows {
		n := min(rows, dims[0]-at)
		s := stage.f32(0, n*row)
		if before != nil {
			if err := before(s, at*row); err != nil {
				return err
			}
		}
		if err := h.convert(f, s, at, n, before != nil); err != nil {
			return err
		}
		if after != nil {
			if err := after(s, at*row); err != nil {
				return err
			}
		}
	}
	return nil
}

// convert reorders rows [at, at+n) of f from the stage, or to it.
func (h *host) convert(f *form, stage []float32, at, n int, in bool) error {
	s, list := h.x.e.scope(), &steps{}
	defer s.close()
	defer list.close()
	dims := append([]int{n}, f.lay.dims[1:]...)
	offset := make([]int, len(dims))
	offset[0] = at
	part, err := s.sub(f.d, dims, offset)
	if err != nil {
		return err
	}
	flat, err := s.plain(graph.Type{DType: graph.Float32, Shape: dims})
	if err != nil {
		return err
	}
	device, err := s.memory(part, h.x.bytes(f.buf))
	if err != nil {
		return err
	}
	staged, err := s.memory(flat, bytesOf(stage))
	if err != nil {
		return err
	}
	from, to := arg{argSrc, device}, arg{argDst, staged}
	a, b := part, flat
	if in {
		from, to, a, b = arg{argSrc, staged}, arg{argDst, device}, flat, part
	}
	return h.reorder(s, list, a, b, from, to)
}

func (h *host) reorder(s *scope, list *steps, a, b desc, args ...arg) error {
	p, err := s.reorder(a, b)
	if err != nil {
		return err
	}
	if n := p.scratchpadSize(); n > 0 {
		scratch, err := newArena(Scratchpad, n)
		if err != nil {
			return err
		}
		defer scratch.close()
		m, err := s.memory(p.scratchpad(), scratch.at(0, n))
		if err != nil {
			return err
		}
		args = append(args, arg{argScratchpad, m})
	}
	q, err := p.primitive(s)
	if err != nil {
		return err
	}
	list.prim("reorder", q, args...)
	return list.run(h.x.e)
}
