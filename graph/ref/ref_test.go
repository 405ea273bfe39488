package ref_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph/conformance"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

func TestConformance(t *testing.T) {
	b := ref.New()
	conformance.Run(t, b)
}
