package onnx_test

import (
	"archive/zip"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/onnxtest"
)

// Operators that are folded when their inputs are constants, and why their node
// tests may still be refused.
var (
	foldable = strings.Fields(`Add And Abs Cast Ceil Clip Concat Constant ConstantOfShape Cos Div Equal Erf Exp Expand Flatten Floor Gather
		Greater GreaterOrEqual Identity Less LessOrEqual Log Max Min Mod Mul Neg Not Or Pow Range Reciprocal ReduceMax ReduceMean ReduceMin
		ReduceProd ReduceSum Relu Reshape Round Shape Sigmoid Sign Sin Size Slice Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Unsqueeze Where Xor`)
	foldReasons = map[string]string{
		"element type": "an element type that no supported network holds",
		"dense tensor": "sequences and optionals are not tensors",
		"Reduce":       "a reduction of integers or Bool that no shape arithmetic uses",
	}
)

// The node tests of all foldable operators, with every input a constant: what the
// importer folds to is the expected output.
func TestFoldVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(onnxtest.Root(t), "conformance/onnx-node-tests/*.zip"))
	require.NoError(t, err)
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			z, err := zip.OpenReader(f)
			require.NoError(t, err)
			defer z.Close()
			foldArchive(t, &z.Reader)
		})
	}
}

func foldArchive(t *testing.T, z *zip.Reader) {
	byDir := map[string]map[string][]byte{}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		dir := path.Dir(f.Name)
		if byDir[dir] == nil {
			byDir[dir] = map[string][]byte{}
		}
		byDir[dir][path.Base(f.Name)] = data
	}
	var passed, failed, refused int
	for dir, files := range byDir {
		model := files["model.onnx"]
		if model == nil {
			continue
		}
		used, err := onnx.Operators(model)
		if err != nil || len(used) == 0 || slices.ContainsFunc(used, func(op string) bool { return !slices.Contains(foldable, op) }) {
			continue
		}
		if !t.Run(path.Base(dir), func(t *testing.T) {
			reason := foldCase(t, model, byDir[dir+"/test_data_set_0"])
			if reason != "" {
				refused++
				t.Log("refused", reason)
				return
			}
			passed++
		}) {
			failed++
		}
	}
	t.Logf("%d passed, %d failed, %d refused", passed, failed, refused)
	require.Greater(t, passed, 100)
}

// foldCase returns a reason if the case is refused.
func foldCase(t *testing.T, model []byte, set map[string][]byte) string {
	consts, want := map[string]*graph.Tensor{}, map[string]*graph.Tensor{}
	for name, data := range set {
		x, id, err := onnx.ParseTensor(data)
		if err != nil {
			return foldRefusal(t, err)
		}
		if strings.HasPrefix(name, "input") {
			consts[id] = x
		} else {
			want[id] = x
		}
	}
	m, err := onnx.Parse(model, onnx.Options{Exact: true, Const: consts})
	if err != nil {
		return foldRefusal(t, err)
	}
	require.Empty(t, m.Graph.Inputs)
	for _, v := range m.Graph.Outputs {
		w := want[v.Name]
		require.NotNil(t, w, v.Name)
		require.Equal(t, graph.Identity{}, v.From.Op, "not folded")
		got, err := graph.Load(v.From.In[0].Data)
		require.NoError(t, err)
		require.NoError(t, onnxtest.Within(got, w, 1e-3, 1e-7))
	}
	return ""
}

func foldRefusal(t *testing.T, err error) string {
	require.ErrorIs(t, err, fault.ErrUnsupported)
	for mark, reason := range foldReasons {
		if strings.Contains(err.Error(), mark) {
			return reason
		}
	}
	require.NoError(t, err, "refused without a reason")
	return ""
}
