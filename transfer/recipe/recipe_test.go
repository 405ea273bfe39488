package recipe

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

func TestList(t *testing.T) {
	require.Equal(t, Default, List()[0])
	require.GreaterOrEqual(t, len(List()), 6)
	for _, n := range List() {
		require.NotEmpty(t, About(n), n)
	}
	_, err := Text("../recipe")
	require.ErrorIs(t, err, fault.ErrUsage)
}
