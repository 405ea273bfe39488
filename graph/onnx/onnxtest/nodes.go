package onnxtest

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// T0 and T1 are the operator tiers of FORMATS §2.
var (
	T0 = strings.Fields("Conv Relu MaxPool AveragePool GlobalAveragePool Flatten Gemm Add Concat BatchNormalization Dropout Identity Constant Clip")
	T1 = append(slices.Clone(T0), strings.Fields("Mul Sigmoid ReduceMean HardSigmoid HardSwish LeakyRelu Split")...)
)

// Reasons for which a node test may be refused: a rule on the error, not a list
// of names. "Not done" is no reason.
var Reasons = map[string]string{
	"random result":           "active Dropout draws at random; there is no right answer",
	"only for unpooling":      "MaxPool's Indices feed MaxUnpool, which no classifier has",
	"without elements":        "a tensor without elements",
	"element types of images": "the back end computes in floating point; integers are not pictures' activations",
}

// NodeVectors runs the node tests of every archive whose operators all lie in
// tier. rtol is 1e-3 and atol 1e-7, the ONNX project's own.
func NodeVectors(t *testing.T, c Config, tier []string) {
	for _, file := range glob(t, "conformance/onnx-node-tests/*.zip") {
		t.Run(caseName(file, false), func(t *testing.T) {
			z, err := zip.OpenReader(file)
			require.NoError(t, err)
			defer z.Close()
			nodeArchive(t, c, &z.Reader, tier)
		})
	}
}

// nodeCase is one test of an archive: a model and its data sets.
type nodeCase struct {
	model *zip.File
	files map[string]*zip.File // test_data_set_0/input_0.pb
}

func nodeArchive(t *testing.T, c Config, z *zip.Reader, tier []string) {
	cases := map[string]*nodeCase{}
	for _, f := range z.File {
		dir, rest := splitCase(f.Name)
		if dir == "" {
			continue
		}
		k := cases[dir]
		if k == nil {
			k = &nodeCase{files: map[string]*zip.File{}}
			cases[dir] = k
		}
		if k.files[rest] = f; rest == "model.onnx" {
			k.model = f
		}
	}
	var s score
	for _, name := range sorted(cases) {
		k := cases[name]
		if k.model == nil {
			continue
		}
		data := unzip(t, k.model)
		if !inTier(t, data, tier) {
			continue
		}
		s.run(t, name, func(t *testing.T) string { return k.run(t, c, data) })
	}
	s.report(t)
	require.NotZero(t, s.passed, "no test of these operators in the archive")
}

// splitCase cuts ".../test_x/rest" in two at the folder that holds model.onnx.
func splitCase(name string) (dir, rest string) {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "test_data_set_") || p == "model.onnx" {
			return path.Join(parts[:i]...), path.Join(parts[i:]...)
		}
	}
	return "", ""
}

func unzip(t *testing.T, f *zip.File) []byte {
	r, err := f.Open()
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return data
}

// inTier reports whether all operators of a model are in tier.
func inTier(t *testing.T, data []byte, tier []string) bool {
	ops, err := onnx.Operators(data)
	require.NoError(t, err)
	for _, op := range ops {
		if !slices.Contains(tier, op) {
			return false
		}
	}
	return len(ops) > 0
}

// run checks every data set; it returns why the test is refused, if it is.
func (k *nodeCase) run(t *testing.T, c Config, data []byte) string {
	defer lock()()
	for i := 0; ; i++ {
		set := fmt.Sprintf("test_data_set_%d/", i)
		in, names := k.tensors(t, set+"input_")
		want, _ := k.tensors(t, set+"output_")
		if len(want) == 0 {
			require.NotZero(t, i, "the test has no data")
			return ""
		}
		got, err := runNode(c.Backend, data, in, names)
		if reason := refusal(err); reason != "" {
			return reason
		}
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for j := range want {
			require.NoError(t, Within(got[j], want[j], 1e-3, 1e-7), "output %d", j)
		}
	}
}

// refusal returns the reason behind a refusal, "" if err is none.
func refusal(err error) string {
	if !errors.Is(err, fault.ErrUnsupported) {
		return ""
	}
	for _, mark := range sorted(Reasons) {
		if strings.Contains(err.Error(), mark) {
			return Reasons[mark]
		}
	}
	return ""
}

func (k *nodeCase) tensors(t *testing.T, prefix string) (ts []*graph.Tensor, names []string) {
	for i := 0; ; i++ {
		f := k.files[fmt.Sprintf("%s%d.pb", prefix, i)]
		if f == nil {
			return ts, names
		}
		x, name, err := onnx.ParseTensor(unzip(t, f))
		require.NoError(t, err)
		ts, names = append(ts, x), append(names, name)
	}
}

// runNode imports the model exactly as written. Where an operator wants a constant
// (bounds, sizes, axes), all inputs but the first become constants.
func runNode(b graph.Backend, data []byte, in []*graph.Tensor, names []string) ([]*graph.Tensor, error) {
	m, err := onnx.Parse(data, onnx.Options{Exact: true})
	if err != nil && strings.Contains(err.Error(), "not a constant") {
		consts := map[string]*graph.Tensor{}
		for i := 1; i < len(in); i++ {
			consts[names[i]] = in[i]
		}
		in = in[:1]
		m, err = onnx.Parse(data, onnx.Options{Exact: true, Const: consts})
	}
	if err != nil {
		return nil, err
	}
	for _, v := range m.Graph.Inputs {
		if !v.DType.IsFloat() && !supportsType(b, v.DType) {
			return nil, fmt.Errorf("%w: %v: not one of the element types of images", fault.ErrUnsupported, v)
		}
	}
	return executeRest(b, m.Graph, in)
}

// executeRest runs g but for the outputs that the importer has folded already.
func executeRest(b graph.Backend, g *graph.Graph, in []*graph.Tensor) ([]*graph.Tensor, error) {
	folded := make([]*graph.Tensor, len(g.Outputs))
	var rest []*graph.Value
	for i, v := range g.Outputs {
		c := v.From.In
		if _, id := v.From.Op.(graph.Identity); !id || c[0].Kind != graph.Const {
			rest = append(rest, v)
			continue
		}
		var err error
		if folded[i], err = graph.Load(c[0].Data); err != nil {
			return nil, err
		}
	}
	p, err := graph.Prune(g, rest...)
	if err != nil || len(rest) == 0 {
		return folded, err
	}
	out, err := execute(b, p, in...)
	if err != nil {
		return nil, err
	}
	for i := range folded {
		if folded[i] == nil {
			folded[i], out = out[0], out[1:]
		}
	}
	return folded, nil
}

func supportsType(b graph.Backend, d graph.DType) bool { return slices.Contains(b.Caps().DTypes, d) }
