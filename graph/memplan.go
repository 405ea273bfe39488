package graph

import "sort"

// Buffer asks for memory during steps First..Last, both included. PlanMemory
// sets Offset.
type Buffer struct {
	Size        int64
	First, Last int
	Offset      int64
}

// PlanMemory places buffers in one arena so that no two that live at the same
// step overlap, and returns the arena's size. Offsets are multiples of align
// (a power of two). Greedy by size, best fit; the result is a function of its
// input, equal sizes keep their order.
func PlanMemory(bufs []*Buffer, align int64) int64 {
	order := append([]*Buffer(nil), bufs...)
	sort.SliceStable(order, func(i, j int) bool { return order[i].Size > order[j].Size })
	var placed []*Buffer // by offset
	var total int64
	for _, b := range order {
		b.Offset = bestGap(placed, b, align)
		at := sort.Search(len(placed), func(i int) bool { return placed[i].Offset > b.Offset })
		placed = append(placed, nil)
		copy(placed[at+1:], placed[at:])
		placed[at] = b
		total = max(total, b.Offset+roundUp(b.Size, align))
	}
	return total
}

// bestGap returns the offset of the smallest gap that takes b among the buffers
// alive with it, the end of them if there is none.
func bestGap(placed []*Buffer, b *Buffer, align int64) int64 {
	need := roundUp(b.Size, align)
	var end int64
	best, bestSize := int64(-1), int64(0)
	for _, p := range placed {
		if p.Last < b.First || b.Last < p.First {
			continue
		}
		if gap := p.Offset - end; gap >= need && (best < 0 || gap < bestSize) {
			best, bestSize = end, gap
		}
		end = max(end, p.Offset+roundUp(p.Size, align))
	}
	if best >= 0 {
		return best
	}
	return end
}

func roundUp(n, align int64) int64 { return (n + align - 1) &^ (align - 1) }
