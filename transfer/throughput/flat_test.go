package throughput

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
)

// TestFlatMemory trains 500 steps, binding the inputs of each and reading its loss. C
// memory by the engine's own counters must not move, resident memory hardly: Go's heap
// breathes by less than 8 MB, and a leak of one input a step would be 12 MB.
func TestFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := Program(small(t, "mobilenet_v2"), Full)
	require.NoError(t, err)
	x, err := engine(t).Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer x.Close()
	in := feed(p)
	run := func(steps int) (int64, int64) {
		for range steps {
			for name, v := range in {
				require.NoError(t, x.Bind(name, v))
			}
			require.NoError(t, x.Step(t.Context()))
			require.NoError(t, x.Read(graph.LossName, &graph.Tensor{}))
		}
		runtime.GC()
		return dnnl.Live().Bytes(), ReadMemory("self").Now
	}
	first, _ := run(1)
	_, warm := run(49)
	for _, at := range []int{50, 200, 350, 500} {
		bytes, rss := run(map[bool]int{true: 0, false: 150}[at == 50])
		t.Logf("step %d: %d bytes of C memory, %d MB resident", at, bytes, rss>>20)
		require.Equal(t, first, bytes)
		require.Less(t, rss-warm, int64(8<<20))
	}
}
