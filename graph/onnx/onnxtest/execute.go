package onnxtest

import (
	"context"
	"fmt"
	"runtime"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// session is a compiled graph.
type session struct {
	g *graph.Graph
	x graph.Executable
}

// compile prepares g as it is. The caller closes the session; the calling
// goroutine must stay on its thread (see lock).
func compile(b graph.Backend, g *graph.Graph) (*session, error) {
	x, err := b.Compile(&graph.Program{Graph: g}, graph.CompileOptions{})
	if err != nil {
		return nil, err
	}
	return &session{g, x}, nil
}

// lock binds the test to one OS thread, as executables want. Call the result at
// the end.
func lock() func() {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// run computes all outputs for inputs in the graph's order.
func (s *session) run(in ...*graph.Tensor) ([]*graph.Tensor, error) {
	if len(in) != len(s.g.Inputs) {
		return nil, fmt.Errorf("%d inputs given, the graph has %d", len(in), len(s.g.Inputs))
	}
	for i, v := range s.g.Inputs {
		if err := s.x.Bind(v.Name, in[i]); err != nil {
			return nil, err
		}
	}
	if err := s.x.Step(context.Background()); err != nil {
		return nil, err
	}
	out := make([]*graph.Tensor, len(s.g.Outputs))
	for i, v := range s.g.Outputs {
		out[i] = graph.NewTensor(v.DType, v.Shape...)
		if err := s.x.Read(v.Name, out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *session) close() error { return s.x.Close() }

// execute compiles, runs once and closes.
func execute(b graph.Backend, g *graph.Graph, in ...*graph.Tensor) ([]*graph.Tensor, error) {
	s, err := compile(b, g)
	if err != nil {
		return nil, err
	}
	out, err := s.run(in...)
	if e := s.close(); err == nil {
		err = e
	}
	return out, err
}
