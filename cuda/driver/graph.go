//go:build cuda

package driver

/*
#include <cuda.h>
*/
import "C"

import (
	"errors"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Graph is a captured piece of work that is launched as one.
type Graph struct {
	exec C.CUgraphExec
	d    *Device
}

// Capture records what queue puts on s, without running it. Nothing may be
// allocated or waited for inside; scalars passed by value freeze.
func (s *Stream) Capture(queue func() error) (*Graph, error) {
	if err := s.use(); err != nil {
		return nil, err
	}
	if err := check("cuStreamBeginCapture", C.cuStreamBeginCapture(s.c(), C.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)); err != nil {
		return nil, err
	}
	failed := queue()
	var g C.CUgraph
	err := check("cuStreamEndCapture", C.cuStreamEndCapture(s.c(), &g))
	if err := errors.Join(failed, err); err != nil {
		if g != nil {
			err = errors.Join(err, destroyGraph(g))
		}
		return nil, err
	}
	return s.d.instantiate(g)
}

// instantiate makes g launchable and destroys it.
func (d *Device) instantiate(g C.CUgraph) (*Graph, error) {
	out := &Graph{d: d}
	err := check("cuGraphInstantiate", C.cuGraphInstantiateWithFlags(&out.exec, g, 0))
	if err == nil {
		d.made(Handles, 1)
	}
	if lost := destroyGraph(g); lost != nil {
		err = errors.Join(err, lost)
		if out.exec != nil {
			err = errors.Join(err, out.Close())
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// destroyGraph tries twice: a caller has no handle to try again with.
func destroyGraph(g C.CUgraph) error {
	err := check("cuGraphDestroy", C.cuGraphDestroy(g))
	if err != nil && C.cuGraphDestroy(g) != C.CUDA_SUCCESS {
		count(Handles, 1) // it stays for good; the counter tells
	}
	return err
}

func (g *Graph) use() error {
	if err := g.d.use(); err != nil {
		return err
	}
	if g.exec == nil {
		return fmt.Errorf("%w: graph: %w", fault.ErrInternal, ErrClosed)
	}
	return nil
}

// Launch queues the whole graph on s.
func (g *Graph) Launch(s *Stream) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := g.use(); err != nil {
		return err
	}
	return check("cuGraphLaunch", C.cuGraphLaunch(g.exec, s.c()))
}

// Close destroys the graph; a launch in flight must have ended.
func (g *Graph) Close() error {
	if err := g.use(); err != nil {
		return err
	}
	if err := check("cuGraphExecDestroy", C.cuGraphExecDestroy(g.exec)); err != nil {
		return err
	}
	g.exec = nil
	g.d.made(Handles, -1)
	return nil
}
