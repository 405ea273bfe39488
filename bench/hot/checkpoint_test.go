package hot

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/checkpoint"
)

// BenchmarkCheckpoint writes, durably, checkpoints of the size of EfficientNet-Lite0
// and ResNet-50 with SGD momentum: hashing, writing, two fsyncs, rename.
func BenchmarkCheckpoint(b *testing.B) {
	for _, c := range []struct {
		net    string
		params int
	}{{"Lite0", 4_652_008}, {"ResNet50", 25_557_032}} {
		b.Run(c.net, func(b *testing.B) {
			s := state(2 * c.params)
			file := filepath.Join(b.TempDir(), "last.ckpt")
			b.SetBytes(8 * int64(c.params))
			for b.Loop() {
				require.NoError(b, checkpoint.Save(file, s))
			}
		})
	}
}

// state holds n floats in tensors of up to a million.
func state(n int) *checkpoint.State {
	s := &checkpoint.State{}
	for i := 0; n > 0; i++ {
		k := min(n, 1<<20)
		n -= k
		data := make([]float32, k)
		for j := range data {
			data[j] = float32(j)
		}
		s.Tensors = append(s.Tensors, checkpoint.Tensor{Name: fmt.Sprint("t", i), Shape: []int{k}, Data: data})
	}
	return s
}

// TestStateHasItsSize keeps the benchmark honest.
func TestStateHasItsSize(t *testing.T) {
	n := 0
	for _, x := range state(3<<20 + 5).Tensors {
		n += len(x.Data.([]float32))
	}
	require.Equal(t, 3<<20+5, n)
}
