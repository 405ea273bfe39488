package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Program is what a backend compiles: a graph and the state it writes. Within a
// step every node reads the state as it was before the step; updates take
// effect after all other nodes have run.
type Program struct {
	*Graph
	Updates []Update
}

// Update stores New into State at the end of a step. Both have the same type.
type Update struct{ State, New *Value }

// Check validates the graph and its updates.
func (p *Program) Check() error {
	if err := p.Validate(); err != nil {
		return err
	}
	for _, u := range p.Updates {
		if p.Value(u.State.Name) != u.State || p.Value(u.New.Name) != u.New {
			return fmt.Errorf("%w: update of %v by %v: not values of this program", fault.ErrInternal, u.State, u.New)
		}
		if u.State.Kind != State || u.New.DType != u.State.DType || !u.New.Shape.Equal(u.State.Shape) {
			return fmt.Errorf("%w: update of %v by %v", fault.ErrInternal, u.State, u.New)
		}
	}
	return nil
}

// Results returns what must be computed: outputs, then new state.
func (p *Program) Results() []*Value {
	r := append([]*Value(nil), p.Outputs...)
	for _, u := range p.Updates {
		r = append(r, u.New)
	}
	return r
}

// Backend compiles programs for one device. Close frees everything it created.
type Backend interface {
	Name() string // "onednn", "cuda:0", "ref"
	Caps() Caps
	// Compile returns an executable. Errors: fault.ErrUnsupported (naming the
	// node), fault.ErrMemory, fault.ErrDevice.
	Compile(p *Program, o CompileOptions) (Executable, error)
	Close() error
}

// Caps says what a device can do. Supports reports whether an operator can run.
type Caps struct {
	DTypes   []DType
	Supports func(Op) bool
	FusedAct bool  // convolution takes bias, residual and activation in one primitive
	MemLimit int64 // bytes; 0: not limited
	Info     map[string]string
}

// CompileOptions are the choices of one compilation.
type CompileOptions struct {
	Precision DType // Float32, BFloat16; Invalid means Float32. Float64: reference only
	Profile   bool  // collect a time per step
}

// Executable runs one compiled program. It is not safe for concurrent use, and
// all its methods must be called from one locked OS thread.
type Executable interface {
	// Bind copies t into an input or a state value. Types must be equal.
	Bind(name string, t *Tensor) error
	// Step runs the program once.
	Step(ctx context.Context) error
	// Read copies an output or a state value into t, whose buffers are reused if
	// they fit.
	Read(name string, t *Tensor) error
	Plan() Plan
	Close() error
}

// Plan describes a compiled program to people and tests.
type Plan struct {
	Steps   []PlanStep
	Arena   int64 // activations, gradients, workspaces
	Const   int64 // frozen weights in the device's layout
	State   int64 // trained weights, optimiser state, statistics
	Scratch int64 // scratchpad shared by all steps
}

// Bytes returns the planned memory.
func (p Plan) Bytes() int64 { return p.Arena + p.Const + p.State + p.Scratch }

// PlanStep is one line of a plan.
type PlanStep struct {
	Node    string // name of the node it computes
	Op      string // "Conv+Relu", "reorder"
	Layout  string // layout of the result, as the device names it
	Bytes   int64
	Seconds float64 // with CompileOptions.Profile: total so far
}

// ErrNoState is returned by Bind and Read for a name that is not bound.
var ErrNoState = errors.New("no such input, output or state")
