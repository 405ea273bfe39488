package onnx_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/onnxtest"
)

// Every network has a head or features to attach one to, and cuts in front of it
// that can be cut: pruning to a cut's value and cutting it off leave the rest of
// the network with no other way in.
func TestHeadsAndCuts(t *testing.T) {
	root := onnxtest.Root(t)
	for _, pattern := range []string{"models/*/*.onnx", "conformance/real-exports/*.onnx"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, f := range files {
			t.Run(filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f), func(t *testing.T) {
				m, err := onnx.Read(f, onnx.Options{})
				if errors.Is(err, fault.ErrUnsupported) {
					t.Skip(err)
				}
				require.NoError(t, err)
				headAndCuts(t, m)
			})
		}
	}
}

func headAndCuts(t *testing.T, m *onnx.Model) {
	h, err := anatomy.FindHead(m.Graph, "")
	require.NoError(t, err)
	out := m.Graph.Outputs[0].Shape
	if h.Classifier != nil {
		require.Equal(t, out[1:].Len(), h.Classes)
		require.Len(t, h.Outputs, len(m.Graph.Outputs), "all outputs share the head")
	}
	cuts := anatomy.Cuts(m.Graph, h.Features)
	require.NotEmpty(t, cuts)
	require.Equal(t, h.Features, cuts[len(cuts)-1].Value)
	blocks := anatomy.Blocks(cuts)
	require.GreaterOrEqual(t, len(blocks), 4)
	require.Equal(t, len(blocks), blocks[len(blocks)-1].Block)
	for i, c := range cuts {
		requireCut(t, m.Graph, c.Value, h.Features)
		if i > 0 {
			require.GreaterOrEqual(t, c.Params, cuts[i-1].Params)
			require.GreaterOrEqual(t, c.MACs, cuts[i-1].MACs)
		}
	}
	t.Logf("features %v classifier %v logits %v; %d cuts, %d blocks, %d params, %d MACs", h.Features, h.Classifier, h.Logits, len(cuts), len(blocks),
		anatomy.Params(m.Graph.Nodes), anatomy.TotalMACs(m.Graph))
	for _, b := range blocks {
		t.Logf("  block %d ends at %v: %d params, %d MACs, %d bytes", b.Block, b.Value, b.Params, b.MACs, b.Bytes)
	}
}

// requireCut walks back from target without crossing v: no input may be reached.
func requireCut(t *testing.T, g *graph.Graph, v, target *graph.Value) {
	seen := map[*graph.Value]bool{v: true}
	stack := []*graph.Value{target}
	for len(stack) > 0 {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if x == nil || seen[x] {
			continue
		}
		seen[x] = true
		require.NotEqual(t, graph.Input, x.Kind, "%v is no cut: input %v reaches %v past it", v, x, target)
		if x.From != nil {
			stack = append(stack, x.From.In...)
		}
	}
}
