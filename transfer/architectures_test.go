package transfer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

func TestArchitectures(t *testing.T) {
	all := Architectures()
	require.Len(t, all, len(zoo.Names()))
	for _, a := range all {
		require.Positive(t, a.Size, a.Name)
		require.Positive(t, a.Classes, a.Name)
		require.NotEmpty(t, a.Classifier, a.Name)
	}
}
