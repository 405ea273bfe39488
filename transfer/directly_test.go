package transfer

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/direct"
)

// The written model against the definition in float64: softmax of the source's logits,
// weights of a file, renormalised. Source classes go to several targets and to none.
func TestDirect(t *testing.T) {
	dir := t.TempDir()
	data, model := tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir)
	s := tinySettings(t, data, model, filepath.Join(dir, "run"))
	s.Scheme, s.CacheDir = "direct", filepath.Join(dir, "cache")
	set, err := openData(t.Context(), &s)
	require.NoError(t, err)
	lines := "source,target,weight\n"
	for i, c := range set.Classes {
		lines += strconv.Itoa(i) + "," + c + ",0.5\n" + strconv.Itoa((i+1)%len(set.Classes)) + "," + c + "\n"
	}
	s.Map = filepath.Join(dir, "map.csv")
	require.NoError(t, os.WriteFile(s.Map, []byte(lines), 0o644))
	sum, err := Finetune(t.Context(), s, Origins{}, openTest(t), func(Event) {})
	require.NoError(t, err)
	require.Equal(t, sum.Parity.Images, sum.Parity.LabelsEqual)
	require.Zero(t, sum.Params.Trained)

	net, err := openNetwork(&s, 4)
	require.NoError(t, err)
	j := &job{set: s, net: net, data: set, pre: net.pre, backend: testBackend(t), sink: func(Event) {}, seconds: map[string]time.Duration{}}
	src, err := j.source()
	require.NoError(t, err)
	m, err := os.Open(s.Map)
	require.NoError(t, err)
	defer m.Close()
	k := src.Outputs[0].Shape[1]
	names, err := classNames("", nil, model, k)
	require.NoError(t, err)
	table, err := direct.FromFile(m, "map.csv", set.Classes, names, k)
	require.NoError(t, err)
	theta, at, err := j.sourceProbs(t.Context(), src, set.Indices(dataset.Val))
	require.NoError(t, err)
	want, score := map[string][]float64{}, make([]float64, len(set.Classes))
	for i, sample := range at {
		table.Apply(score, theta[i*k:(i+1)*k])
		want[set.Samples[sample].Path] = append([]float64(nil), score...)
	}
	rows := readCSV(t, filepath.Join(dir, "run", "predictions_val.csv"))
	require.Len(t, rows, len(want)+1)
	for _, r := range rows[1:] {
		for c, p := range want[r[0]] {
			got, err := strconv.ParseFloat(r[3+c], 64)
			require.NoError(t, err)
			require.InDelta(t, p, got, 1e-5, "%s %s", r[0], rows[0][3+c])
		}
	}
}

// Names that do not fit are refused with --map name; auto learns instead; a network
// without classes cannot be used directly.
func TestDirectRefuses(t *testing.T) {
	dir := t.TempDir()
	data, model := tinyData(t, filepath.Join(dir, "data")), tinyNet(t, dir)
	run := func(name, asks string) error {
		s := tinySettings(t, data, model, filepath.Join(dir, name))
		s.Scheme, s.Map, s.CacheDir = "direct", asks, filepath.Join(dir, "cache")
		return finetune(t, t.Context(), s, nil)
	}
	require.ErrorIs(t, run("a", "name"), fault.ErrUsage)
	require.ErrorIs(t, run("b", filepath.Join(dir, "no.csv")), fault.ErrUsage)
	require.NoError(t, run("c", "auto"))
	j := &job{net: &network{head: nil}}
	n, err := openNetwork(&Settings{Model: model, Batch: 2, EXIF: "apply", Resize: "auto"}, 2)
	require.NoError(t, err)
	n.head.Logits = nil
	j.net = n
	_, err = j.source()
	require.ErrorIs(t, err, fault.ErrNoHead)
}

// A picture without any mapped probability is answered by all classes alike.
func TestMappedNetWithoutMass(t *testing.T) {
	g := graph.New()
	x := g.AddInput("x", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, 3}}, true)
	y, err := g.Add1("logits", graph.Act{Fn: graph.Relu}, x)
	require.NoError(t, err)
	g.Outputs = []*graph.Value{y}
	src, err := apart(g)
	require.NoError(t, err)
	require.Equal(t, "source/logits", src.Outputs[0].Name)
	net, err := mappedNet(src, &direct.Map{Target: []string{"a", "b"}, W: []float64{1, 0, 0, 0, 1, 0}, Sources: 3})
	require.NoError(t, err)
	require.Equal(t, logitsName, net.Outputs[0].Name)
	b := testBackend(t)
	p, err := graph.BuildInfer(net, nil, net.Outputs...)
	require.NoError(t, err)
	e, err := b.Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer e.Close()
	require.NoError(t, e.Bind("x", graph.FromF32([]float32{0, 0, 200}, 1, 3)))
	require.NoError(t, e.Step(t.Context()))
	var out graph.Tensor
	require.NoError(t, e.Read(logitsName, &out))
	require.Equal(t, out.F32[0], out.F32[1])
	require.Equal(t, []float32{.5, .5}, softmaxRows(out.F32, 2))
}
