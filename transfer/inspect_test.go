package transfer

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// inspectOptions has the reference and an engine without BatchNorm gradients.
var inspectOptions = InspectOptions{Open: openRef, Engines: []Engine{
	{"ref", ref.New().Caps().Supports},
	{"half", func(op graph.Op) bool { return op.Kind() != "BatchNormGrad" && op.Kind() != "Gemm" }},
}}

func TestInspect(t *testing.T) {
	net := tinyNet(t, t.TempDir())
	r, err := Inspect(context.Background(), InspectSettings{Model: net, Ops: true, Cuts: true}, inspectOptions)
	require.NoError(t, err)
	text := r.Text(true, true)
	for _, want := range []string{
		"opset 17", "input f32[N 3 16 16]", "fc f32[N 5]", "norms     bn\n", `Gemm "fc"  5 classes, on "flat" (12 features)`,
		"note: ASSUMED", "pictures  ", "sha256    " + r.SHA256,
		// Conv 2, BatchNorm 2, Relu 2, pool, flatten, Gemm; dropout goes at export
		"9 nodes of 6 kinds", "ref      forward 9/9  backward 9/9", "half     forward 8/9  backward 6/9",
		"BatchNorm                2  ref forward backward  half forward no backward",
		"Gemm                     1  ref forward backward  half no forward no backward",
		"in file   BatchNormalization 2, Conv 2, Flatten 1, Gemm 1, GlobalAveragePool 1, Relu 2",
	} {
		require.Contains(t, text, want)
	}
	// by hand: 3·8·9 + 4·8 + 8·12·9 + 4·12 + 12·5 + 5 numbers; 8·8·8·27 + 12·4·4·72 + 60 multiply-adds
	require.EqualValues(t, 216+32+864+48+65, r.Params)
	require.EqualValues(t, 13824+13824+60, r.MACs)
	require.Len(t, r.SHA256, 64)
	require.True(t, r.Assumed)
	last := r.Cuts[len(r.Cuts)-1]
	require.Equal(t, "flat", last.Node)
	require.EqualValues(t, 48, last.Bytes) // 12 float32
	require.Empty(t, r.NormNote)
	require.Less(t, strings.Count(r.Text(false, false), "\n"), strings.Count(text, "\n"))
	_, err = json.Marshal(r)
	require.NoError(t, err)
}

func TestInspectPlan(t *testing.T) {
	r, err := Inspect(context.Background(), InspectSettings{Model: tinyNet(t, t.TempDir()), Plan: true, Batch: 4}, inspectOptions)
	require.NoError(t, err)
	require.Equal(t, 4, r.Plan.Batch)
	require.NotEmpty(t, r.Plan.Steps)
	require.Contains(t, r.Text(false, false), "plan      ref  batch 4")
	require.EqualValues(t, 13824+13824+60, r.MACs, "per picture at any batch")
}

func TestInspectSanity(t *testing.T) {
	dir := t.TempDir()
	net, file := tinyNet(t, dir), filepath.Join(dir, "x.png")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, image.NewGray(image.Rect(0, 0, 40, 30))))
	require.NoError(t, f.Close())
	r, err := Inspect(context.Background(), InspectSettings{Model: net, Sanity: file, Preset: "unit", Classes: "a,b,c,d,e", Device: "ref"}, inspectOptions)
	require.NoError(t, err)
	require.Len(t, r.Top, 5)
	sum := 0.0
	for i, g := range r.Top {
		sum += g.Prob
		require.True(t, i == 0 || g.Prob <= r.Top[i-1].Prob, "sorted")
	}
	require.InDelta(t, 1, sum, 1e-6) // all five classes
	require.Contains(t, r.Text(false, false), "top-5 ")

	for _, bad := range []string{"nowhere.jpg", dir, net} {
		_, err = Inspect(context.Background(), InspectSettings{Model: net, Sanity: bad, Device: "ref"}, inspectOptions)
		require.ErrorIs(t, err, fault.ErrCorrupt, bad)
	}
}

func TestInspectRefuses(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.onnx")
	require.NoError(t, os.WriteFile(junk, []byte("not a model"), 0o600))
	for _, file := range []string{junk, "nowhere.onnx", t.TempDir()} {
		_, err := Inspect(context.Background(), InspectSettings{Model: file}, inspectOptions)
		require.Equal(t, 4, fault.ExitCode(err), file)
	}
}

// TestBackwardOps states which gradient operators the rules of graph emit.
func TestBackwardOps(t *testing.T) {
	g := graph.New()
	f32 := func(name string, shape ...int) *graph.Value {
		return g.AddInput(name, graph.Type{DType: graph.Float32, Shape: shape}, false)
	}
	x, w := f32("x", 2, 3, 8, 8), f32("w", 4, 3, 3, 3)
	kinds := func(op graph.Op, in ...*graph.Value) []string {
		out, err := g.Add("", op, in...)
		require.NoError(t, err)
		ops, ok := backwardOps(out[0].From)
		require.True(t, ok)
		var k []string
		for _, o := range ops {
			k = append(k, o.Kind())
		}
		return k
	}
	require.Equal(t, []string{"ConvGradInput", "ConvGradWeight"}, kinds(graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}, x, w))
	require.Equal(t, []string{"MaxPoolGrad"}, kinds(graph.Pool{Window: graph.Window2D(2, 2, 0)}, x))
	one := f32("c", 3)
	require.Equal(t, []string{"BatchNormGrad"}, kinds(graph.BatchNorm{Eps: 1}, x, one, one, one, one))
}

// TestInspectAssets inspects every real network.
func TestInspectAssets(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		t.Run(filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f), func(t *testing.T) {
			r, err := Inspect(context.Background(), InspectSettings{Model: f}, inspectOptions)
			require.NoError(t, err)
			require.Contains(t, []string{"bn", "folded", "plain"}, r.Norms)
			require.Equal(t, r.Norms == "folded", strings.Contains(r.Text(false, false), "0 BatchNormalization: BN was folded into the weights at export"))
			require.Empty(t, r.Head.Note)
			require.NotEmpty(t, r.Cuts)
			require.False(t, r.Assumed, "the folder says how to prepare pictures")
			for _, o := range r.Ops {
				require.Equal(t, o.Nodes, o.Forward["ref"], o.Op)
			}
		})
	}
}
