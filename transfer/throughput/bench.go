package throughput

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Bench is a prepared task. The caller closes it.
type Bench struct {
	Batch int
	Plan  graph.Plan // as compiled
	exec  graph.Executable
	out   string // loss or logits
}

// Prepare compiles a task and binds its inputs. It must be called, and the result
// used, on one locked OS thread.
func Prepare(b graph.Backend, n *Net, t Task) (*Bench, error) {
	p, err := Program(n, t)
	if err != nil {
		return nil, err
	}
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	for name, v := range feed(p) {
		if err := x.Bind(name, v); err != nil {
			return nil, errors.Join(err, x.Close())
		}
	}
	return &Bench{Batch: n.Logits.Shape[0], Plan: x.Plan(), exec: x, out: p.Outputs[0].Name}, nil
}

// Close frees the program.
func (b *Bench) Close() error { return b.exec.Close() }

// Round is what a number of steps took.
type Round struct {
	Steps   int
	Seconds float64 // of all steps
	Best    float64 // seconds of the fastest step
	Median  float64
	Faults  float64 // page faults a step, minor and major, of the whole process
	Calls   float64 // calls of C a step, as the Go runtime counts them
}

// Round runs steps until both seconds and steps are reached. Error:
// fault.ErrDiverged if the result is not finite; those of the back end.
func (b *Bench) Round(ctx context.Context, seconds float64, steps int) (Round, error) {
	times := make([]float64, 0, 1<<12)
	var r Round
	faults, calls := pageFaults(), runtime.NumCgoCall()
	for len(times) < max(1, steps) || r.Seconds < seconds {
		begin := time.Now()
		if err := b.exec.Step(ctx); err != nil {
			return r, err
		}
		s := time.Since(begin).Seconds()
		times = append(times, s)
		r.Seconds += s
	}
	r.Steps = len(times)
	r.Calls = float64(runtime.NumCgoCall()-calls) / float64(r.Steps)
	r.Faults = float64(pageFaults()-faults) / float64(r.Steps)
	slices.Sort(times)
	r.Best, r.Median = times[0], times[len(times)/2]
	return r, b.finite()
}

// Result reads the loss of the last step, or the logits.
func (b *Bench) Result() (*graph.Tensor, error) {
	var t graph.Tensor
	return &t, b.exec.Read(b.out, &t)
}

func (b *Bench) finite() error {
	t, err := b.Result()
	if err != nil {
		return err
	}
	for i := range t.Len() {
		if x := t.At(i); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%w: %s is %v", fault.ErrDiverged, b.out, x)
		}
	}
	return nil
}

// pageFaults counts those of the process so far.
func pageFaults() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Minflt + u.Majflt
}
