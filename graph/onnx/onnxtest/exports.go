package onnxtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// RealExports imports every export of a real topology, runs it at each batch size
// and compares: row 0 with the expected output (3e-4 of its largest value), every
// row with the same row run alone. A network with an operator that has no rule
// counts as refused.
func RealExports(t *testing.T, c Config) {
	var s score
	for _, file := range glob(t, "conformance/real-exports/*.onnx") {
		s.run(t, caseName(file, false), func(t *testing.T) string { return realExport(t, c, file) })
	}
	s.report(t)
	require.Less(t, len(s.refused), s.passed+len(s.skipped)+s.failed+1, "most exports are refused")
}

func realExport(t *testing.T, c Config, file string) string {
	defer lock()()
	m, err := onnx.Read(file, onnx.Options{Batch: 1})
	if errors.Is(err, fault.ErrUnsupported) {
		requireNamed(t, err)
		return err.Error()
	}
	require.NoError(t, err)
	rows := 0
	for _, n := range c.batches() {
		rows += n
	}
	c.tooLarge(t, m.Graph, rows+c.widest())
	want, err := ReadNpy(strings.TrimSuffix(file, ".onnx") + ".expected.npy")
	require.NoError(t, err)
	alone := c.alone(t, m.Graph)
	diff, scale, err := difference(alone[0], want)
	require.NoError(t, err)
	t.Logf("max|Δ| %.2e of %.3g", diff, scale)
	require.LessOrEqual(t, diff, 3e-4*scale, "row 0 alone")
	for _, n := range c.batches() {
		c.batch(t, file, n, alone, scale)
	}
	return ""
}

// requireNamed checks that a refusal names node, operator and opset.
func requireNamed(t *testing.T, err error) {
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Regexp(t, `^node .+ \(.+, opset \d+\) in .+$`, e.Where)
	require.Regexp(t, `\d+ of \d+ nodes are supported`, e.Why)
}

func (c Config) widest() int {
	k := 1
	for _, n := range c.batches() {
		k = max(k, n)
	}
	return k
}

// alone runs each row of the widest batch by itself.
func (c Config) alone(t *testing.T, g *graph.Graph) []*graph.Tensor {
	s, err := compile(c.Backend, g)
	require.NoError(t, err)
	var out []*graph.Tensor
	for r := range c.widest() {
		y, err := s.run(Ramp(g.Inputs[0].Shape, r))
		require.NoError(t, err)
		out = append(out, y[0])
	}
	require.NoError(t, s.close())
	return out
}

// batch runs n rows at once. Two imports must agree: at batch n, and at batch 1
// re-batched.
func (c Config) batch(t *testing.T, file string, n int, alone []*graph.Tensor, scale float64) {
	m, err := onnx.Read(file, onnx.Options{Batch: n})
	require.NoError(t, err)
	one, err := onnx.Read(file, onnx.Options{Batch: 1})
	require.NoError(t, err)
	re, err := graph.Rebatch(one.Graph, n)
	require.NoError(t, err)
	require.Equal(t, shapes(m.Graph), shapes(re))
	y, err := execute(c.Backend, m.Graph, Ramp(m.Graph.Inputs[0].Shape, 0))
	require.NoError(t, err)
	for r := range n {
		diff, _, err := difference(row(y[0], r), alone[r])
		require.NoError(t, err)
		require.LessOrEqual(t, diff, c.rowTol()*max(scale, 1e-30), "row %d of %d against the row alone", r, n)
	}
}

func shapes(g *graph.Graph) []string {
	var s []string
	for _, n := range g.Nodes {
		s = append(s, fmt.Sprint(n.Name, n.Out[0].Type))
	}
	return s
}

// Ramp is the input of the real exports: row r of the batch holds
// x[i] = (((i+97·(r+first))·31+7) mod 255)/127.5 − 1 over its flat index i.
func Ramp(shape graph.Shape, first int) *graph.Tensor {
	t := graph.NewTensor(graph.Float32, shape...)
	n := t.Len() / shape[0]
	for i := range t.F32 {
		j := i%n + 97*(i/n+first)
		t.F32[i] = float32(float64((j*31+7)%255)/127.5 - 1)
	}
	return t
}
