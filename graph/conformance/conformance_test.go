package conformance

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/stretchr/testify/require"
)

func TestDiff(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	one := f32(dims(2), 1, 100)
	for _, c := range []struct {
		name      string
		want, got *graph.Tensor
		tol       Tol
		ok        bool
	}{
		{"equal", one, f32(dims(2), 1, 100), Tol{}, true},
		{"within the element's bound", one, f32(dims(2), 1.009, 100), Tol{Elem: 1e-2}, true},
		{"beyond it", one, f32(dims(2), 1.02, 100), Tol{Elem: 1e-2}, false},
		{"within the largest element's bound", one, f32(dims(2), 1.5, 100), Tol{Max: 1e-2}, true},
		{"within the absolute bound", one, f32(dims(2), 1.5, 100), Tol{Abs: 1}, true},
		{"short", one, f32(dims(1), 1), Tol{Abs: 1}, false},
		{"shape without elements", one, &graph.Tensor{DType: graph.Float32, Shape: dims(2)}, Tol{Abs: 1}, false},
		{"other shape", one, f32(dims(2, 1), 1, 100), Tol{Abs: 1}, false},
		{"NaN for a number", one, f32(dims(2), nan, 100), Tol{Abs: 1e9}, false},
		{"number for NaN", f32(dims(1), nan), f32(dims(1), 1), Tol{Abs: 1e9}, false},
		{"NaN for NaN", f32(dims(1), nan), f32(dims(1), nan), Tol{}, true},
		{"infinite", one, f32(dims(2), 1, inf), Tol{Abs: 1e9, Max: 1}, false},
		{"both infinite", f32(dims(2), 1, inf), f32(dims(2), 1, inf), Tol{}, true},
		{"other infinity", f32(dims(1), inf), f32(dims(1), -inf), Tol{Abs: 1e9}, false},
		{"infinity does not widen the bound", f32(dims(2), 1, inf), f32(dims(2), 2, inf), Tol{Max: 0.1}, false},
		{"integers are exact", i64(dims(1), 5), i64(dims(1), 6), Tol{Abs: 10}, false},
		{"integer for float", f32(dims(1), 5), i64(dims(1), 5), Tol{Abs: 10}, false},
	} {
		err := Diff(c.want, c.got, c.tol)
		require.Equal(t, c.ok, err == nil, "%s: %v", c.name, err)
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		require.False(t, seen[c.ID()], c.ID())
		seen[c.ID()] = true
	}
	for _, p := range Programs() {
		require.False(t, seen["program/"+p.Name], p.Name)
		seen["program/"+p.Name] = true
	}
}

// broken is the reference back end with one planted fault.
type broken struct {
	graph.Backend
	fault string
	steps int
	lost  int64
}

func (b *broken) Live() int64 { return b.lost }

func (b *broken) Compile(p *graph.Program, o graph.CompileOptions) (graph.Executable, error) {
	if b.fault == "refuse" && p.Nodes[0].Op.Kind() == "LRN" {
		return nil, fmt.Errorf("%v: %w", p.Nodes[0], fault.ErrUnsupported)
	}
	if b.fault == "leak" {
		b.lost++
	}
	e, err := b.Backend.Compile(p, o)
	return &brokenExe{e, b, p}, err
}

type brokenExe struct {
	graph.Executable
	b *broken
	p *graph.Program
}

func (e *brokenExe) Bind(name string, t *graph.Tensor) error {
	err := e.Executable.Bind(name, t)
	if e.b.fault == "input" && t.F32 != nil {
		t.F32[0]++
	}
	return err
}

func (e *brokenExe) Step(ctx context.Context) error {
	e.b.steps++
	return e.Executable.Step(ctx)
}

func (e *brokenExe) Read(name string, t *graph.Tensor) error {
	err := e.Executable.Read(name, t)
	if len(t.F32) == 0 {
		return err
	}
	last := &t.F32[len(t.F32)-1]
	switch {
	case e.b.fault == "value":
		*last += 1e-2 * (1 + float32(math.Abs(float64(*last))))
	case e.b.fault == "gradient" && strings.HasPrefix(name, "dx"):
		*last += 1
	case e.b.fault == "bits" && e.b.steps%2 == 0:
		*last = math.Nextafter32(*last, 1e9)
	case e.b.fault == "short":
		t.F32 = t.F32[:len(t.F32)-1]
	}
	return err
}

// TestBrokenBackend is run by TestSuiteFindsFaults in a process of its own.
func TestBrokenBackend(t *testing.T) {
	name := os.Getenv("GOTL_BROKEN_BACKEND")
	if name == "" {
		t.Skip("run by TestSuiteFindsFaults")
	}
	b := &broken{Backend: ref.New(), fault: name}
	switch name {
	case "listed but runs":
		Run(t, b, Skip("MaxPool/odd width"))
	case "unknown entry":
		Run(t, b, Skip("MaxPool/no such case"))
	case "refused and listed":
		b.fault = "refuse"
		Run(t, b, Skip("LRN/*"))
	default:
		Run(t, b)
	}
}

// Every planted fault must be found, with the words that name it; a refusal on
// the list must not be.
func TestSuiteFindsFaults(t *testing.T) {
	for name, says := range map[string]string{
		"value":              "times the tolerance",
		"gradient":           "gradient dx0",
		"input":              "was changed",
		"bits":               "gives other bits",
		"leak":               "live bytes",
		"short":              "elements, want",
		"refuse":             "not on the list of skips",
		"listed but runs":    "is on the list of skips but runs",
		"unknown entry":      "which no case refuses",
		"refused and listed": "",
		"none":               "",
	} {
		t.Run(name, func(t *testing.T) {
			some := "/^(LRN|MaxPool)"
			if name == "unknown entry" { // told only when all cases ran
				some = ""
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenBackend$"+some)
			cmd.Env = append(os.Environ(), "GOTL_BROKEN_BACKEND="+name)
			out, err := cmd.CombinedOutput()
			if says == "" {
				require.NoError(t, err, string(out))
				return
			}
			require.Error(t, err)
			require.Contains(t, string(out), says)
		})
	}
}
