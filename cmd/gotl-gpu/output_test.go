package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

func TestPlainOutputHasNoControlBytes(t *testing.T) {
	for _, mode := range []string{"auto", "plain", "none"} {
		r := do(t, fakeVerbs(), "", "finetune", "data", "-m", "n.onnx", "--progress", mode)
		require.Zero(t, r.code)
		require.NotContains(t, r.out+r.err, "\x1b")
		require.NotContains(t, r.out+r.err, "\r")
	}
}

func TestJSONLinesAreJSON(t *testing.T) {
	r := do(t, fakeVerbs(), "", "finetune", "data", "-m", "n.onnx", "--json")
	lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	require.Len(t, lines, len(story))
	for i, l := range lines {
		var e map[string]any
		require.NoError(t, json.Unmarshal([]byte(l), &e), l)
		require.EqualValues(t, 1, e["v"])
		require.Equal(t, story[i].Type(), e["type"])
		_, err := time.Parse(time.RFC3339, e["t"].(string))
		require.NoError(t, err)
	}
}

// TestTableFitsNarrowTerminals counts characters for every width from 30 on.
func TestTableFitsNarrowTerminals(t *testing.T) {
	for width := 30; width < 120; width++ {
		var b bytes.Buffer
		h := &human{out: &b, err: io.Discard, meter: noMeter{}, width: width}
		h.event(transfer.EpochDone{Phase: "A", Epoch: 10, Epochs: 30, Balanced: .5, Best: true})
		for _, l := range strings.Split(b.String(), "\n") {
			require.LessOrEqual(t, len([]rune(l)), width)
		}
		require.Contains(t, b.String(), "bal_acc")
	}
	require.Len(t, fitting(0), len(epochColumns))
	require.Less(t, len(fitting(79)), len(epochColumns), "fewer columns below 80")
}

func TestBarRedrawsAtMostTenTimesASecond(t *testing.T) {
	var b bytes.Buffer
	m := newBar(&b, 80)
	begin := time.Now()
	for i := range 3000 {
		m.move(transfer.Progress{Phase: "features", Done: i, Total: 1 << 20, ImgPerSec: float64(i)})
		time.Sleep(100 * time.Microsecond)
	}
	most := 2 + int(time.Since(begin)/(100*time.Millisecond)) // one at each end
	m.stop()
	draws := strings.Count(b.String(), "features")
	require.Positive(t, draws)
	require.LessOrEqual(t, draws, most)
	require.Contains(t, b.String(), "img/s")
}

func TestBarOfUnknownLength(t *testing.T) {
	var b bytes.Buffer
	m := newBar(&b, 30)
	m.move(transfer.Progress{Phase: "scan", Done: 3})
	m.move(transfer.Progress{Phase: "scan", Epoch: 2, Done: 3, Total: 3})
	m.stop()
	require.Contains(t, b.String(), "scan")
}

func TestPlainProgressIsOneLineAMinute(t *testing.T) {
	var b bytes.Buffer
	clock := time.Unix(0, 0)
	m := newPlain(&b, func() time.Time { return clock })
	for i := range 300 { // five minutes, an event a second
		m.move(transfer.Progress{Phase: "train", Epoch: 2, Done: i, Total: 600, ImgPerSec: 90})
		clock = clock.Add(time.Second)
	}
	// first event at 0 s, lines at 60, 120, 180 and 240 s; 60 of 600 done after 60 s leaves 540 s
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	require.Len(t, lines, 4)
	require.Equal(t, "train 2  10 %  90 img/s  eta 9m0s", lines[0])
}

// failing fails after n bytes.
type failing struct {
	n   int
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestBrokenStandardOutput(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		args []string
		code int
	}{
		{"predict, reader gone", unix.EPIPE, []string{"predict", "-m", "n", "a", "b", "c"}, 0},
		{"predict, disk full", unix.ENOSPC, []string{"predict", "-m", "n", "a", "b", "c"}, 10},
		{"version, reader gone", unix.EPIPE, []string{"version"}, 0},
		{"version, disk full", unix.ENOSPC, []string{"version"}, 10},
		{"training goes on", unix.ENOSPC, []string{"finetune", "d", "-m", "n"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var errOut bytes.Buffer
			require.Equal(t, c.code, run(c.args, strings.NewReader(""), &failing{err: fmt.Errorf("write: %w", c.err)}, &errOut, fakeVerbs()))
			require.Equal(t, c.code == 10, strings.Contains(errOut.String(), "standard output not written"))
		})
	}
}

func TestPredictStopsWhenNobodyReads(t *testing.T) {
	p := &predictions{a: &app{out: &stream{w: &failing{err: unix.EPIPE}}, err: &stream{w: io.Discard}, json: true}}
	require.ErrorIs(t, p.emit(transfer.Prediction{Path: "a", Classes: []string{"x"}, Probs: []float32{1}}), errReaderGone)
}

func TestStreamKeepsItsFirstError(t *testing.T) {
	s := &stream{w: &failing{n: 3, err: errors.New("first")}}
	for range 3 {
		n, err := s.Write([]byte("ab"))
		require.Equal(t, 2, n)
		require.NoError(t, err)
	}
	require.EqualError(t, s.broken(), "first")
}
