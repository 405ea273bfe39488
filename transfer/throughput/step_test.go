package throughput

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

func engine(t testing.TB) graph.Backend {
	t.Helper()
	b, err := dnnl.New()
	if err != nil {
		t.Skipf("oneDNN is not here (make deps): %v", err)
	}
	return b
}

// bar of a relative difference. Loss, logits and gradients agree to 1e-3; but with
// statistics of the 16 values that a channel of the last stage has here, rounding can
// move a value over a kink of ReLU6, which shifts all gradients below it.
func bar(t Task, name string) float64 {
	if t == Full && name != graph.LossName {
		return 2e-2
	}
	return 1e-3
}

// TestStepsEqualReference makes one step of every task on oneDNN and on the Go
// reference and compares loss or logits and every gradient (the momentum after one
// step) by ‖a−b‖/‖a‖.
func TestStepsEqualReference(t *testing.T) {
	for _, c := range []struct {
		net   string
		size  int
		tasks []Task
	}{
		{"resnet18", 64, []Task{Full, Last, Head, CachedHead, Infer}}, {"resnet50", 32, []Task{Affine}},
		{"mobilenet_v2", 64, []Task{Affine, CachedLast}}, {"efficientnet_lite0", 64, []Task{Full, Affine}},
	} {
		if testing.Short() && !slices.Contains(c.tasks, CachedLast) {
			continue
		}
		n, err := zooAt(c.net, zoo.Options{Batch: 4, Size: c.size, Classes: 10, Seed: 3})
		require.NoError(t, err)
		for _, task := range c.tasks {
			if testing.Short() && task != CachedLast {
				continue // the reference takes half a minute
			}
			t.Run(c.net+" "+string(task), func(t *testing.T) {
				want, got := step(t, ref.New(), n, task), step(t, engine(t), n, task)
				require.Len(t, got, len(want))
				largest := 0.0
				for name := range want {
					largest = max(largest, norm(want[name], nil))
				}
				for name, w := range want {
					require.LessOrEqual(t, norm(w, got[name])/max(norm(w, nil), largest/1000), bar(task, name), name)
				}
			})
		}
	}
}

// norm is ‖a−b‖₂, ‖a‖₂ without b.
func norm(a, b *graph.Tensor) float64 {
	sum := 0.0
	for i := range a.Len() {
		d := a.At(i)
		if b != nil {
			d -= b.At(i)
		}
		sum += d * d
	}
	return math.Sqrt(sum)
}

// step returns the first output and all momenta after one step.
func step(t *testing.T, back graph.Backend, n *Net, task Task) map[string]*graph.Tensor {
	t.Helper()
	runtime.LockOSThread() // a sub-test has a goroutine of its own
	defer runtime.UnlockOSThread()
	p, err := Program(n, task)
	require.NoError(t, err)
	x, err := back.Compile(p, graph.CompileOptions{})
	require.NoError(t, err)
	defer func() { require.NoError(t, x.Close()) }()
	for name, v := range feed(p) {
		require.NoError(t, x.Bind(name, v))
	}
	require.NoError(t, x.Step(t.Context()))
	out := map[string]*graph.Tensor{}
	read := func(name string) {
		var v graph.Tensor
		require.NoError(t, x.Read(name, &v))
		out[name] = &v
	}
	read(p.Outputs[0].Name)
	for _, s := range p.States {
		if len(s.Name) > 6 && s.Name[:6] == graph.OptPrefix+"m/" {
			read(s.Name)
		}
	}
	return out
}
