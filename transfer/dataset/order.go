package dataset

import (
	"cmp"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Order returns indices in the order of an epoch: sorted by the first 64 bits of
// Philox(seed, epoch, i, "order") (word 0 high, word 1 low), then by i
// (SCHEMES §7).
func Order(indices []int, seed uint64, epoch uint32) []int {
	type key struct {
		rank uint64
		i    int
	}
	keys := make([]key, len(indices))
	for k, i := range indices {
		w := philox.New(seed, epoch, uint32(i), "order").Block(0)
		keys[k] = key{uint64(w[0])<<32 | uint64(w[1]), i}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.i, b.i))
	})
	out := make([]int, len(keys))
	for k := range keys {
		out[k] = keys[k].i
	}
	return out
}
