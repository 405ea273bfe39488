package dnnl

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
)

// TestConformance runs the suite of all back ends. What is refused is published here.
func TestConformance(t *testing.T) {
	b, err := New()
	require.NoError(t, err, "run make deps")
	conformance.Run(t, b, conformance.Skip("*/int64 by hand"))
	require.NoError(t, b.Close())
}
