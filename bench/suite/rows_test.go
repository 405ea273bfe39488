package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// TestRatioDirection: over 1 is better for us in every unit.
func TestRatioDirection(t *testing.T) {
	for unit, want := range map[string]float64{"img/s": 2, "s": .5, "MB": .5} {
		r := Row{Ours: 10, Unit: unit}.compared("pytorch", 5)
		require.InDelta(t, want, r.Ratio, 1e-9, unit)
	}
	require.Zero(t, Row{Ours: 0, Unit: "s"}.compared("pytorch", 5).Ratio)
	require.Zero(t, Row{Ours: 5, Unit: "s"}.compared("pytorch", 0).Ratio)
}

// TestBars checks figures of the design's tables and that every cell has a bar.
func TestBars(t *testing.T) {
	of := func(suite, net, task, unit, peer string) float64 {
		return Bar(Row{Suite: suite, Net: net, Task: task, Unit: unit, Peer: peer})
	}
	require.Equal(t, 1.15, of("engine", "resnet50", "affine", "img/s", "pytorch-2.15.0-nchw"))
	require.Equal(t, 2., of("engine", "mobilenet_v2", "head", "img/s", "pytorch-2.15.0-nchw"))
	require.Equal(t, 1.5, of("engine", "efficientnet_lite0", "last", "img/s", "pytorch-2.15.0-nchw"))
	require.Equal(t, 100., of("engine", "resnet18", "cached-head", "img/s", "pytorch-2.15.0-nchw"))
	require.Equal(t, 1., of("engine", "resnet18", "infer", "img/s", "onnxruntime-1.32.0"))
	require.InDelta(t, .952, of("engine", "resnet18", "full", "img/s", "bare-onednn-3.2.0"), 1e-3)
	require.Zero(t, of("engine", "resnet18", "last", "MB", "pytorch-2.15.0-nchw"))
	require.Zero(t, of("engine", "resnet18", "full", "img/s", ""), "ours alone")
	require.Equal(t, 2.5, of("job", "efficientnet_lite0", "finetune", "s", "pytorch script"))
	require.Equal(t, 2.5, Beyond(Row{Suite: "engine", Net: "mobilenet_v2", Task: "full", Unit: "img/s", Peer: "pytorch"}))
	cells := Cells()
	require.Len(t, cells, 4*(6+2), "seven tasks, inference at two batches")
	for _, c := range cells {
		require.NotZero(t, of("engine", c.Net, c.Task, "img/s", "pytorch"), c)
	}
	for _, j := range Jobs() {
		require.NotZero(t, of("job", j.Net, j.Task, "s", "pytorch script"), j.Task)
	}
}

func TestMissed(t *testing.T) {
	r := Row{Suite: "engine", Net: "resnet18", Task: "full", Unit: "img/s", Ours: 11, Bar: 1.1}
	require.False(t, r.compared("pytorch", 10).Missed(), "exactly at the bar")
	require.True(t, r.compared("pytorch", 10.01).Missed())
	require.True(t, r.compared("pytorch", 0).Missed(), "no ratio")
}

func TestMatches(t *testing.T) {
	for only, want := range map[string]bool{"": true, "resnet18/full": true, "resnet18/*": true, "*/full": true, "full": true, "resnet18": true,
		"resnet50": false, "resnet18/head": false, "infer,resnet*/f*": true, "[": false} {
		require.Equal(t, want, Matches(only, "resnet18", "full"), only)
	}
}

// sample is a row of each kind.
func sample() []Row {
	m := &Machine{CPU: "Test(R) CPU @ 2.8GHz", Cores: 2, Threads: 2, ISA: "AVX-512", MemoryGB: 24, OS: "linux/amd64", Date: "2026-11-23",
		Libraries: map[string]string{"gotl-gpu": "oneDNN 3.2.0", "pytorch-nchw": "torch 2.15.0"}}
	full := Row{Suite: "engine", Net: "resnet18", Task: "full", Batch: 32, DType: "f32", Ours: 15.123456, Unit: "img/s", Rounds: 3, Machine: m}
	memory, last, cold, job, bare := full, full, full, full, full
	full.Detail = map[string]float64{"best_step_s": 2.1, "planned_mb": 812.34, "peak_rss_mb": 1012, "calls_per_step": 1}
	memory.Unit, memory.Ours = "MB", 1012
	last.Task, last.Note = "last", "pytorch-nchw: a|b"
	bare.Detail = full.Detail
	job.Suite, job.Net, job.Task, job.Batch, job.Unit, job.Ours = "job", "efficientnet_lite0", "head 1 view", 0, "s", 5.01
	cold.Suite, cold.Net, cold.Task, cold.Batch, cold.Unit, cold.Ours = "cold", "", "help", 0, "s", .0123
	return []Row{full.compared("pytorch-2.15.0-nchw", 12.4), memory.compared("pytorch-2.15.0-nchw", 2000), bare.compared("bare-onednn-3.2.0", 16),
		last.compared("pytorch-nchw", 0), job.compared("pytorch script", 51), cold.compared(Limit, coldHelp)}
}

func TestMarkdown(t *testing.T) {
	got := Markdown(sample())
	file := filepath.Join("testdata", "report.md")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestStoreAndCheck(t *testing.T) {
	rows := sample()
	s, err := OpenStore(t.TempDir(), rows[0].Machine)
	require.NoError(t, err)
	require.Equal(t, "2026-11-23-test-r-cpu-2-8ghz-2-cores.json", filepath.Base(s.File))
	require.NoError(t, s.Put(rows...))
	again, err := OpenStore(filepath.Dir(s.File), rows[0].Machine)
	require.NoError(t, err)
	require.Equal(t, rows, again.Rows)
	text, err := os.ReadFile(s.File)
	require.NoError(t, err)
	require.Equal(t, len(rows)+2, strings.Count(string(text), "\n"), "one object a line")
	require.Contains(t, string(text), `{"suite":"engine","net":"resnet18","task":"full","batch":32,"dtype":"f32","ours":15.123456,"peer":"pytorch-2.15.0-nchw","theirs":12.4,"ratio":1.21`)

	_, err = Check(s.File)
	require.ErrorContains(t, err, "2 of 6 bars missed")
	require.ErrorContains(t, err, "missed: engine resnet18 last batch 32")
	require.ErrorContains(t, err, "missed: engine resnet18 full batch 32: 15.12 against 16 img/s of bare-onednn")
	require.NoError(t, s.Put(Row{Suite: "engine", Net: "resnet18", Task: "last", Batch: 32, Unit: "img/s", Ours: 2}.compared("pytorch-2.16.0-nchw", 1)))
	require.NoError(t, s.Put(Row{Suite: "engine", Net: "resnet18", Task: "full", Batch: 32, Unit: "img/s", Ours: 2}.compared("bare-onednn-4", 2)))
	require.Len(t, s.Rows, len(rows), "a peer's version does not make another row")
	all, err := Check(s.File)
	require.NoError(t, err)
	require.Contains(t, all, "all 6 bars are met")
	_, err = Check(s.File + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDamagedFileIsNotOverwritten(t *testing.T) {
	m := &Machine{CPU: "x", Date: "2026-11-23"}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2026-11-23-"+m.Slug()+".json"), []byte("[{"), 0o600))
	_, err := OpenStore(dir, m)
	require.Error(t, err)
}

func TestThisMachine(t *testing.T) {
	m := ThisMachine("2026-11-23", 2)
	require.Positive(t, m.Cores)
	require.Positive(t, m.MemoryGB)
	require.NotEmpty(t, m.CPU)
	host, err := os.Hostname()
	require.NoError(t, err)
	require.NotContains(t, m.String()+m.Slug(), host)
}

func TestPeersTasks(t *testing.T) {
	for _, s := range Peers("python", "bench/peers", "bare") {
		for _, task := range throughput.Tasks() {
			theirs := s.Task(string(task))
			switch {
			case strings.HasPrefix(s.Name, "pytorch"):
				require.Equal(t, map[throughput.Task]string{"full": "full", "affine": "affine", "last": "last", "head": "head",
					"cached-last": "last", "cached-head": "head", "infer": ""}[task], theirs)
			case s.Name == "onnxruntime":
				require.Equal(t, task == throughput.Infer, theirs == "infer")
			default:
				require.Equal(t, strings.HasPrefix(string(task), "cached"), theirs == "")
			}
		}
	}
}

// A comparison is scored by its best scheme.
func TestBestScheme(t *testing.T) {
	s, err := bestScheme([]byte(`{"best":"b","schemes":[{"scheme":"a","accuracy":0.9},{"scheme":"b","accuracy":0.95,"balanced_accuracy":0.94}]}`))
	require.NoError(t, err)
	require.Equal(t, score{.95, .94}, s)
	_, err = bestScheme([]byte(`{"best":"c","schemes":[]}`))
	require.Error(t, err)
}
