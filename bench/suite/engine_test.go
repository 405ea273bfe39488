package suite

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
)

// engineOf compares fake sides on two cells.
func engineOf(t *testing.T, dir, log string, torch ...string) (*Engine, []Cell) {
	t.Helper()
	m := &Machine{CPU: "Test CPU", Cores: 2, Date: "2026-11-23", Libraries: map[string]string{}}
	s, err := OpenStore(dir, m)
	require.NoError(t, err)
	return &Engine{Contest: Contest{Rounds: 1, Threads: 2}, Store: s, Machine: m, Log: io.Discard, Sides: []Side{
		fake(t, log, "gotl-gpu", Alone, same, 100, "1", "30"),
		fake(t, log, "pytorch-nchw", Frameworks, same, 300, append([]string{"1"}, torch...)...),
		fake(t, log, "pytorch-channels_last", Frameworks, same, 350, "1", "20"),
		fake(t, log, "bare-onednn", BareDNNL, only("full"), 90, "1", "31"),
	}}, []Cell{{"resnet18", "full", 32}, {"resnet18", "head", 32}}
}

func TestEngineRows(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	e, cells := engineOf(t, t.TempDir(), filepath.Join(t.TempDir(), "log"), "10")
	require.NoError(t, e.Run(t.Context(), cells))
	require.Len(t, e.Store.Rows, 5)
	full, bare, memory := e.Store.Rows[0], e.Store.Rows[1], e.Store.Rows[2]
	require.Equal(t, "pytorch-1.2-channels_last", full.Peer, "the faster layout")
	require.InDelta(t, 1.5, full.Ratio, 1e-9)
	require.Equal(t, 1.1, full.Bar)
	require.False(t, full.Missed())
	require.Equal(t, "bare-onednn-1.2", bare.Peer)
	require.InDelta(t, 30./31, bare.Ratio, 1e-9)
	require.False(t, bare.Missed(), "within 5 %")
	require.Equal(t, "MB", memory.Unit)
	require.InDelta(t, 3, memory.Ratio, 1e-9, "300 MB, the smaller, over ours 100")
	require.Equal(t, "pytorch-1.2-nchw", memory.Peer)
	require.InDelta(t, 2, full.Detail["faults_per_step"], 1e-9)
	require.InDelta(t, 1, full.Detail["calls_per_step"], 1e-9)
	require.InDelta(t, 5, full.Detail["planned_mb"], 1e-9)
	require.Equal(t, "AVX9", full.Machine.ISA)
	require.Equal(t, "lib 1.2, other 3", full.Machine.Libraries["pytorch-nchw"])
	require.Equal(t, "head", e.Store.Rows[3].Task)
	require.Equal(t, 2., e.Store.Rows[4].Bar, "half of the memory")
}

// TestResume: what is in the file is not measured again, another day's is; a failed
// cell is; --force measures all.
func TestResume(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	dir, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	e, cells := engineOf(t, dir, log, "10")
	require.NoError(t, e.Run(t.Context(), cells[:1]))
	first := len(logged(t, log))
	require.Equal(t, 4+2*4, first, "four sides: prepare and two rounds each")

	e, cells = engineOf(t, dir, log, "10")
	require.NoError(t, e.Run(t.Context(), cells))
	second := len(logged(t, log))
	require.Equal(t, first+3+2*3, second, "only head, which the bare side has not")
	rows, err := ReadRows(e.Store.File)
	require.NoError(t, err)
	require.Len(t, rows, 5)

	e, cells = engineOf(t, dir, log, "10")
	e.Only = "resnet18/full"
	e.Force = true
	require.NoError(t, e.Run(t.Context(), cells))
	require.Len(t, logged(t, log), second+first)
	require.Len(t, e.Store.Rows, 5, "in the place of the old rows")
	_, err = os.Stat(filepath.Join(dir, "2026-11-23-test-cpu-2-cores.md"))
	require.NoError(t, err)
}

func TestFailedPeerDoesNotCount(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	dir, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	e, cells := engineOf(t, dir, log, "fail")
	require.NoError(t, e.Run(t.Context(), cells[:1]))
	r := e.Store.Rows[0]
	require.Equal(t, "pytorch-nchw: diverged", r.Note)
	require.True(t, r.Missed(), "the better of two layouts is not known")
	require.False(t, e.Store.Has(e.wanted(cells[0])), "it is measured again")
}

func TestOursFails(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	e, cells := engineOf(t, t.TempDir(), filepath.Join(t.TempDir(), "log"), "10")
	e.Sides[0] = fake(t, filepath.Join(t.TempDir(), "log"), "gotl-gpu", Alone, same, 1, "1", "fail")
	require.ErrorContains(t, e.Run(t.Context(), cells[:1]), "diverged")
	require.Len(t, e.Store.Rows, 1)
	require.True(t, e.Store.Rows[0].Missed())
}

func TestInterrupted(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	e, cells := engineOf(t, t.TempDir(), filepath.Join(t.TempDir(), "log"), "10")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, e.Run(ctx, cells), context.Canceled)
	require.Empty(t, e.Store.Rows, "nothing half measured is kept")
}

func TestOursAlone(t *testing.T) {
	t.Setenv("GOTL_TEST_AS", "worker")
	dir := t.TempDir()
	e, cells := engineOf(t, dir, filepath.Join(t.TempDir(), "log"), "10")
	e.Sides = e.Sides[:1]
	require.NoError(t, e.Run(t.Context(), cells[:1]))
	require.Len(t, e.Store.Rows, 1)
	require.Empty(t, e.Store.Rows[0].Peer)
	require.Zero(t, e.Store.Rows[0].Bar)
	_, err := Check(e.Store.File)
	require.ErrorContains(t, err, "without peers")
	// rows of ours alone do not stand for the comparison
	e, cells = engineOf(t, dir, filepath.Join(t.TempDir(), "log"), "10")
	require.False(t, e.Store.Has(e.wanted(cells[0])))
}

// 200 MB while it steps, 100 before: a plan of 95 agrees to 5 %, one of 120 or 80 does not
// to 10 %, whichever way it is wrong.
func TestPlanAgrees(t *testing.T) {
	row := Row{Suite: "engine", Net: "resnet18", Task: "full", Unit: "MB"}
	for plan, want := range map[int64]float64{95e6: .95, 120e6: 100. / 120, 80e6: .8} {
		rows := planned(row, Outcome{Last: protocol.Reply{RSS: 200e6}, Prepared: protocol.Reply{Base: 100e6, Planned: plan}})
		require.Len(t, rows, 1)
		require.InDelta(t, want, rows[0].Ratio, 1e-9)
		require.Equal(t, want < .9, rows[0].Missed())
		require.Equal(t, Plan, kind(rows[0].Peer))
	}
	require.Empty(t, planned(row, Outcome{Last: protocol.Reply{RSS: 200e6}}), "a side that does not tell")
}
