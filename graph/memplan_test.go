package graph_test

import (
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/stretchr/testify/require"
)

// A chain 10, 20, 10 in which neighbours live together: the outer two share a
// place, so 30. A buffer of the whole life adds its own 5.
func TestPlanMemoryByHand(t *testing.T) {
	bufs := []*graph.Buffer{{Size: 10, First: 0, Last: 1}, {Size: 20, First: 1, Last: 2}, {Size: 10, First: 2, Last: 3}}
	require.EqualValues(t, 30, graph.PlanMemory(bufs, 1))
	checkPlan(t, bufs, 1)
	require.EqualValues(t, 35, graph.PlanMemory(append(bufs, &graph.Buffer{Size: 5, First: 0, Last: 3}), 1))
	require.EqualValues(t, 64+64, graph.PlanMemory([]*graph.Buffer{{Size: 1}, {Size: 64}}, 64))
	require.Zero(t, graph.PlanMemory(nil, 64))
}

// The best gap is taken, not the first: at step 1 the places of 60 and 50 are free.
func TestPlanMemoryBestFit(t *testing.T) {
	bufs := []*graph.Buffer{
		{Size: 100, First: 0, Last: 9}, // 0..100
		{Size: 60, First: 0, Last: 0},  // 100..160
		{Size: 55, First: 0, Last: 9},  // 160..215
		{Size: 50, First: 0, Last: 0},  // 215..265
		{Size: 49, First: 0, Last: 9},  // 265..314
		{Size: 44, First: 1, Last: 1},
	}
	require.EqualValues(t, 314, graph.PlanMemory(bufs, 1))
	require.EqualValues(t, 215, bufs[5].Offset, "in the gap of 50, not that of 60")
}

// checkPlan fails if buffers alive together overlap, an offset is not aligned, the
// arena is larger than all buffers side by side or smaller than some step needs.
func checkPlan(t *testing.T, bufs []*graph.Buffer, align int64) {
	t.Helper()
	total := graph.PlanMemory(bufs, align)
	round := func(n int64) int64 { return (n + align - 1) / align * align }
	var sum, end int64
	for i, b := range bufs {
		sum, end = sum+round(b.Size), max(end, b.Offset+b.Size)
		require.True(t, b.Offset >= 0 && b.Offset%align == 0, "offset %d", b.Offset)
		var together int64
		for j, o := range bufs {
			alive := o.First <= b.Last && b.First <= o.Last
			if i != j && alive && b.Size > 0 && o.Size > 0 {
				require.True(t, b.Offset+b.Size <= o.Offset || o.Offset+o.Size <= b.Offset, "%+v overlaps %+v", *b, *o)
			}
			if o.First <= b.First && b.First <= o.Last {
				together += o.Size
			}
		}
		require.LessOrEqual(t, together, total, "step %d", b.First)
	}
	require.LessOrEqual(t, end, total)
	require.LessOrEqual(t, total, sum, "worse than side by side")
}

// buffers reads a plan's input from bytes: two lengths and a first step each.
func buffers(data []byte) []*graph.Buffer {
	var bufs []*graph.Buffer
	for ; len(data) >= 3 && len(bufs) < 200; data = data[3:] {
		b := &graph.Buffer{Size: int64(data[0]) * int64(data[0]), First: int(data[1] % 64)}
		b.Last = b.First + int(data[2]%16)
		bufs = append(bufs, b)
	}
	return bufs
}

func TestPlanMemoryRandom(t *testing.T) {
	for k := range uint32(300) {
		s := philox.New(1, 0, k, "plan")
		data := make([]byte, 3*(1+k%120))
		for i := range data {
			data[i] = byte(s.Block(uint32(i))[0])
		}
		bufs := buffers(data)
		checkPlan(t, bufs, []int64{1, 64, 256}[k%3])
		again := buffers(data)
		graph.PlanMemory(again, []int64{1, 64, 256}[k%3])
		require.Equal(t, bufs, again, "a function of its input")
	}
}

func FuzzPlanMemory(f *testing.F) {
	f.Add([]byte{10, 0, 1, 20, 1, 1, 10, 2, 1})
	f.Fuzz(func(t *testing.T, data []byte) { checkPlan(t, buffers(data), 64) })
}
