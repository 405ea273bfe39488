package weights_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
)

// TestFilesOfPyTorch reads what PyTorch itself wrote (testdata/make.py has the values).
func TestFilesOfPyTorch(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pth")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		s, err := weights.Open(file)
		require.NoError(t, err)
		defer s.Close()
		require.Equal(t, []string{"transposed", "half", "bfloat16", "double", "expanded", "slice", "parameter", "long", "bool", "empty", "channels_last"}, s.Names())
		for name, want := range map[string]*graph.Tensor{
			"transposed": graph.FromF32([]float32{0, 3, 1, 4, 2, 5}, 3, 2), "half": graph.FromF32([]float32{1.5, -2}, 2),
			"bfloat16": graph.FromF32([]float32{1.5, -2}, 2), "double": graph.FromF32([]float32{.1}, 1),
			"expanded": graph.FromF32([]float32{7, 7, 7}, 3), "slice": graph.FromF32([]float32{2, 5, 8}, 3),
			"parameter": graph.FromF32([]float32{3}, 1, 1), "bool": graph.FromF32([]float32{1, 0}, 2), "empty": graph.FromF32([]float32{}, 0, 4),
			"long":          graph.FromF32([]float32{-5}),
			"channels_last": graph.FromF32([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 1, 2, 2, 2),
		} {
			got, err := s.Get(name).Load()
			require.NoError(t, err)
			require.True(t, want.Shape.Equal(got.Shape), "%s: %v", name, got.Shape)
			require.Equal(t, want.F32, got.F32, name)
		}
	}
}
