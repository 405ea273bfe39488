package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	pics "github.com/gotl-gpu/gotl-gpu/transfer/demo"
)

// badCase is one kind of bad input: how to make it, the arguments, the exit code
// and a piece of the message.
type badCase struct {
	name string
	code int
	says string
	args func(w *workshop) []string
}

// workshop makes good inputs in a folder of its own and spoils them.
type workshop struct {
	t   *testing.T
	dir string
}

func (w *workshop) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workshop) write(name string, b []byte) string {
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	require.NoError(w.t, os.WriteFile(w.path(name), b, 0o644))
	return w.path(name)
}

// pictures is a folder with train and val of four classes.
func (w *workshop) pictures() string {
	dir := w.path("pictures")
	require.NoError(w.t, pics.WriteFolder(dir, pics.Target, pics.Sizes{Train: 3, Val: 2, Side: 16}, 1))
	return dir
}

// spoil replaces every training picture of one class.
func (w *workshop) spoil(with func(good []byte) []byte) string {
	dir := w.pictures()
	files, err := filepath.Glob(filepath.Join(dir, "train", "*", "*"))
	require.NoError(w.t, err)
	for _, f := range files[:3] {
		good, err := os.ReadFile(f)
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(f, with(good), 0o644))
	}
	return dir
}

// net is a small classifier for 16x16 pictures.
func (w *workshop) net() string { return w.write("net.onnx", w.netBytes(3, nil)) }

func (w *workshop) netBytes(channels int, change func(*graph.Graph)) []byte {
	g := graph.New()
	x := g.AddInput("input", graph.Type{DType: graph.Float32, Shape: graph.Shape{1, channels, 16, 16}}, true)
	weights := graph.NewTensor(graph.Float32, 4, channels, 3, 3)
	for i := range weights.F32 {
		weights.F32[i] = float32(i%7)/7 - .5
	}
	y, err := g.Add1("conv", graph.Conv{Window: graph.Window2D(3, 2, 1), Groups: 1}, x, g.AddConst("conv.weight", weights))
	require.NoError(w.t, err)
	for _, op := range []graph.Op{graph.GlobalAveragePool{}, graph.Flatten{Axis: 1}} {
		y, err = g.Add1("", op, y)
		require.NoError(w.t, err)
	}
	y, err = g.Add1("fc", graph.Linear, y, g.AddConst("fc.weight", graph.NewTensor(graph.Float32, 5, 4)))
	require.NoError(w.t, err)
	g.Outputs = []*graph.Value{y}
	if change != nil {
		change(g)
	}
	var b bytes.Buffer
	require.NoError(w.t, onnx.Write(&b, g, onnx.Meta{}))
	return b.Bytes()
}

// finetune returns the arguments of a job on good inputs, changed by more.
func (w *workshop) finetune(data, model string, more ...string) []string {
	argv := []string{"finetune", data, "--model", model}
	for _, f := range [][2]string{{"--device", "ref"}, {"--epochs", "1"}, {"--frozen-epochs", "1"}, {"--batch", "4"},
		{"--scheme", "features"}, {"--output-dir", w.path("run")}} {
		if !slices.Contains(more, f[0]) {
			argv = append(argv, f[0], f[1])
		}
	}
	return append(argv, more...)
}

func (w *workshop) good(more ...string) []string { return w.finetune(w.pictures(), w.net(), more...) }

// hugePNG is a valid header of 30,000 x 30,000 pixels and little behind it.
func hugePNG([]byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), 30000), 30000)
	head = append(head, 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	b = binary.BigEndian.AppendUint32(append(b, head...), crc32.ChecksumIEEE(head))
	end := []byte("IEND")
	return binary.BigEndian.AppendUint32(append(b, append([]byte{0, 0, 0, 0}, end...)...), crc32.ChecksumIEEE(end))
}

func args(a ...string) func(*workshop) []string { return func(*workshop) []string { return a } }

func more(flags ...string) func(*workshop) []string {
	return func(w *workshop) []string { return w.good(flags...) }
}

// spoiled is a job on pictures of which a quarter of the training set is spoiled.
func spoiled(with func([]byte) []byte) func(*workshop) []string {
	return func(w *workshop) []string { return w.finetune(w.spoil(with), w.net()) }
}

// model is a job with the given bytes as network.
func model(make func(w *workshop) []byte) func(*workshop) []string {
	return func(w *workshop) []string { return w.finetune(w.pictures(), w.write("bad.onnx", make(w))) }
}

// table is a job on a CSV.
func table(text string, flags ...string) func(*workshop) []string {
	return func(w *workshop) []string {
		return w.finetune(w.write("t.csv", []byte(text)), w.net(), append([]string{"--root", w.pictures()}, flags...)...)
	}
}

var badCases = []badCase{
	{"folder missing", 3, "nowhere", func(w *workshop) []string { return w.finetune(w.path("nowhere"), w.net()) }},
	{"folder empty", 3, "", func(w *workshop) []string { return w.finetune(w.t.TempDir(), w.net()) }},
	{"one class", 3, "class", func(w *workshop) []string {
		d := w.pictures()
		for _, s := range []string{"train", "val"} {
			for _, c := range pics.Target.Classes()[1:] {
				require.NoError(w.t, os.RemoveAll(filepath.Join(d, s, c)))
			}
		}
		return w.finetune(d, w.net())
	}},
	{"class without pictures", 3, "empty", func(w *workshop) []string {
		d := w.pictures()
		require.NoError(w.t, os.MkdirAll(filepath.Join(d, "train", "empty"), 0o755))
		return w.finetune(d, w.net())
	}},
	{"class only in val", 3, "newt", func(w *workshop) []string {
		d := w.pictures()
		require.NoError(w.t, os.Rename(filepath.Join(d, "val", pics.Target.Classes()[0]), filepath.Join(d, "val", "newt")))
		return w.finetune(d, w.net())
	}},
	{"pictures of zero bytes", 3, "", spoiled(func([]byte) []byte { return nil })},
	{"truncated pictures", 3, "", spoiled(func(b []byte) []byte { return b[:len(b)/2] })},
	{"pictures of 30,000 x 30,000", 3, "", spoiled(hugePNG)},
	{"text named as picture", 3, "", spoiled(func([]byte) []byte { return []byte("not a picture at all") })},
	{"same picture in train and val", 3, "", func(w *workshop) []string {
		d := w.pictures()
		c := pics.Target.Classes()[0]
		from, _ := filepath.Glob(filepath.Join(d, "train", c, "*"))
		b, err := os.ReadFile(from[0])
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(filepath.Join(d, "val", c, "copy.png"), b, 0o644))
		return w.finetune(d, w.net())
	}},
	{"no data", 2, "", func(w *workshop) []string { return []string{"finetune", "--model", w.net()} }},
	{"csv without labels", 3, "label", table("path,colour\ntrain/a.png,red\n")},
	{"csv without rows", 3, "", table("path,label\n")},
	{"csv of missing files", 3, "", table("path,label\nnone.png,a\nnone2.png,b\n")},
	{"csv with a broken quote", 3, "", table("path,label\n\"a,b\n")},
	{"group column missing", 3, "", more("--group-by", "person")},
	{"group pattern broken", 2, "", more("--group-by", "re:(")},
	{"class list lacks a class", 3, "", more("--classes", "boat,fish")},

	{"no model", 2, "--model", func(w *workshop) []string { return []string{"finetune", w.pictures()} }},
	{"model missing", 4, "nothing.onnx", func(w *workshop) []string { return w.finetune(w.pictures(), w.path("nothing.onnx")) }},
	{"model is a folder", 4, "", func(w *workshop) []string { return w.finetune(w.pictures(), w.dir) }},
	{"model is a picture", 4, "", model(func(w *workshop) []byte { return hugePNG(nil) })},
	{"model empty", 4, "", model(func(*workshop) []byte { return nil })},
	{"model truncated", 4, "", model(func(w *workshop) []byte { b := w.netBytes(3, nil); return b[:len(b)-200] })},
	{"operator unknown", 4, "Qonv", model(func(w *workshop) []byte {
		return bytes.Replace(w.netBytes(3, nil), []byte("\x22\x04Conv"), []byte("\x22\x04Qonv"), 1)
	})},
	{"shape lie", 4, "", model(func(w *workshop) []byte { // dims 4 3 3 3 -> 4 3 3 2
		return bytes.Replace(w.netBytes(3, nil), []byte("\x08\x04\x08\x03\x08\x03\x08\x03"), []byte("\x08\x04\x08\x03\x08\x03\x08\x02"), 1)
	})},
	{"five input channels", 4, "channels", model(func(w *workshop) []byte { return w.netBytes(5, nil) })},
	{"head node unknown", 2, "zzz", more("--head-node", "zzz")},

	{"unknown flag", 2, "--epohcs", more("--epohcs", "3")},
	{"unknown key", 2, "epohcs", more("epohcs=3")},
	{"unknown command", 2, "finetun", args("finetun")},
	{"number not a number", 2, "lr", more("--lr", "fast")},
	{"number out of range", 2, "batch", more("--batch=-1")},
	{"two values", 2, "twice", more("--lr", "1e-3", "lr=2e-3")},
	{"scheme unknown", 2, "scheme", more("--scheme", "magic")},
	{"head unknown", 2, "head", more("--head", "resnet")},
	{"schedule unknown", 2, "sched", more("--sched", "zigzag")},
	{"freeze matches nothing", 2, "layer9", more("--scheme", "finetune", "--freeze", "layer9")},
	{"freeze too many blocks", 2, "blocks", more("--scheme", "finetune", "--freeze", "99")},
	{"freeze everything", 2, "", more("--scheme", "finetune", "--freeze", "all")},
	{"splits leave nothing", 2, "", more("--val-split", "0.6", "--test-split", "0.5")},
	{"preset unknown", 2, "preset", more("--preset", "rainbow")},
	{"config missing", 2, "none.yaml", more("--config", "none.yaml")},
	{"config unknown key", 2, "did you mean", func(w *workshop) []string { return w.good("--config", w.write("c.yaml", []byte("bacth: 3\n"))) }},
	{"config not YAML", 2, "", func(w *workshop) []string { return w.good("--config", w.write("c.yaml", []byte("a: [\n"))) }},
	{"metric unknown", 2, "metric", more("--metric", "beauty")},
	{"bar not understood", 2, "assert", more("--assert-metric", "auc")},
	{"resume nothing", 2, "", more("--resume", "nowhere")},

	{"device unknown", 2, "tpu", more("--device", "tpu")},
	{"no CUDA", 5, "cuda", more("--device", "cuda:0")},
	{"output below a file", 10, "", func(w *workshop) []string {
		return w.good("--output-dir", filepath.Join(w.write("file", []byte("x")), "run"))
	}},
	{"output not empty", 10, "not empty", func(w *workshop) []string { w.write("run/mine.txt", []byte("keep")); return w.good() }},
	{"bar missed", 7, "accuracy", more("--assert-accuracy", "1", "--lr", "1e-9")},

	{"eval of unknown classes", 3, "", func(w *workshop) []string {
		return []string{"eval", w.pictures(), "--model", w.net(), "--classes", "a,b,c,d,e", "--device", "ref"}
	}},
	{"eval with too few names", 4, "names", func(w *workshop) []string {
		return []string{"eval", w.pictures(), "--model", w.net(), "--classes", "a,b", "--device", "ref"}
	}},
	{"predict of nothing", 3, "", func(w *workshop) []string {
		return []string{"predict", "--model", w.net(), "--device", "ref", w.path("none.png")}
	}},
	{"predict without picture", 2, "", func(w *workshop) []string { return []string{"predict", "--model", w.net()} }},
}

func TestBadInput(t *testing.T) {
	for _, c := range badCases {
		t.Run(c.name, func(t *testing.T) {
			w := &workshop{t, t.TempDir()}
			argv := c.args(w)
			before := tree(t, w.dir)
			var out, errs bytes.Buffer
			code := run(argv, strings.NewReader(""), &out, &errs, product())
			requireFourParts(t, c, code, errs.String())
			for path, text := range before {
				b, err := os.ReadFile(path)
				require.NoError(t, err, "input was removed")
				require.Equal(t, text, string(b), "%s was overwritten", path)
			}
		})
	}
}

func requireFourParts(t *testing.T, c badCase, code int, text string) {
	t.Helper()
	require.Equal(t, c.code, code, "%s", text)
	i := strings.Index(text, "error: ")
	require.GreaterOrEqual(t, i, 0, "no error line: %s", text)
	require.Contains(t, text[i:], c.says)
	require.NotContains(t, text, "goroutine")
	require.NotContains(t, text, "panic")
	parts := 0
	for _, p := range []string{"\n  where  ", "\n  why    ", "\n  do     "} {
		if strings.Contains(text, p) {
			parts++
		}
	}
	require.Equal(t, 3, parts, "where, why, do: %s", text[i:])
}

func tree(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		files[p] = string(b)
		return err
	}))
	return files
}

// A limit on the size of files ends the run with exit 10, and what was written
// before stays whole.
func TestWriteLimit(t *testing.T) {
	w := &workshop{t, t.TempDir()}
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command("bash", "-c", fmt.Sprintf("ulimit -f 2; exec %q \"$@\"", exe), "bash")
	c.Args = append(c.Args, w.good()...)
	c.Env = append(os.Environ(), "GOTL_TEST_AS=product")
	var errs bytes.Buffer
	c.Stderr = &errs
	err = c.Run()
	requireFourParts(t, badCase{code: 10, says: "file too large"}, exitCode(err), errs.String())
	require.NoFileExists(t, w.path("run/model.onnx"))
}

// Without its library the CPU device is an error that says where it was searched.
func TestLibraryMissing(t *testing.T) {
	w := &workshop{t, t.TempDir()}
	exe, err := os.Executable()
	require.NoError(t, err)
	argv := w.good()
	argv[slices.Index(argv, "ref")] = "cpu"
	c := exec.Command(exe, argv...)
	c.Env = append(os.Environ(), "GOTL_TEST_AS=product", "GOTL_DNNL_PATH="+w.dir)
	var errs bytes.Buffer
	c.Stderr = &errs
	err = c.Run()
	requireFourParts(t, badCase{code: 5, says: w.dir}, exitCode(err), errs.String())
}
