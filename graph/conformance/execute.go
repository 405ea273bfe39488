package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// Feed is what one step is given: inputs (or state) by name.
type Feed map[string]*graph.Tensor

// Execute compiles p, runs one step per feed and returns outputs and state as
// they are after the last. It checks that Bind and Step leave the feeds alone.
func Execute(b graph.Backend, p *graph.Program, o graph.CompileOptions, feeds ...Feed) (res Feed, err error) {
	e, err := b.Compile(p, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	for _, f := range feeds {
		if err := step(e, f); err != nil {
			return nil, err
		}
	}
	return read(e, p, o.Precision)
}

func step(e graph.Executable, f Feed) error {
	before := Feed{}
	for name, t := range f {
		before[name] = t.Clone()
		if err := e.Bind(name, t); err != nil {
			return fmt.Errorf("bind %q: %w", name, err)
		}
	}
	if err := e.Step(context.Background()); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	for name, t := range f {
		if !sameBits(before[name], t) {
			return fmt.Errorf("input %q was changed", name)
		}
	}
	return nil
}

// read returns all outputs and state. In precision Float64, Float32 values come
// as Float64.
func read(e graph.Executable, p *graph.Program, precision graph.DType) (Feed, error) {
	res := Feed{}
	for _, vs := range [][]*graph.Value{p.Outputs, p.States} {
		for _, v := range vs {
			t := &graph.Tensor{DType: v.DType}
			if precision == graph.Float64 && v.DType == graph.Float32 {
				t.DType = graph.Float64
			}
			if err := e.Read(v.Name, t); err != nil {
				return nil, fmt.Errorf("read %q: %w", v.Name, err)
			}
			res[v.Name] = t
		}
	}
	return res, nil
}

// Compare runs p once on both back ends and fails where b's outputs or state are
// not near a's. It can be used for any program.
func Compare(t testing.TB, a, b graph.Backend, p *graph.Program, in Feed, tol Tol) {
	t.Helper()
	CompareSteps(t, a, b, p, []Feed{in}, tol)
}

// CompareSteps is Compare after one step per feed.
func CompareSteps(t testing.TB, a, b graph.Backend, p *graph.Program, feeds []Feed, tol Tol) {
	t.Helper()
	want, err := Execute(a, p, graph.CompileOptions{}, feeds...)
	if err != nil {
		t.Fatalf("%s: %v", a.Name(), err)
	}
	got, err := Execute(b, p, graph.CompileOptions{}, feeds...)
	if err != nil {
		t.Fatalf("%s: %v", b.Name(), err)
	}
	for name := range want {
		Near(t, want[name], got[name], tol, name)
	}
}
