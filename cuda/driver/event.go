//go:build cuda

package driver

/*
#include <cuda.h>
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Event is a mark in a stream that another stream or the host can wait for.
type Event struct {
	e cu.Event
	d *Device
}

// NewEvent makes an event that records the time.
func (d *Device) NewEvent() (*Event, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	e, err := cu.MakeEvent(cu.DefaultEvent)
	if err != nil {
		return nil, wrap("cuEventCreate", err)
	}
	d.made(Handles, 1)
	return &Event{e: e, d: d}, nil
}

func (e *Event) use() error {
	if err := e.d.use(); err != nil {
		return err
	}
	if e.e == (cu.Event{}) {
		return fmt.Errorf("%w: event: %w", fault.ErrInternal, ErrClosed)
	}
	return nil
}

// Record puts the mark behind what is queued on s now.
func (s *Stream) Record(e *Event) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := e.use(); err != nil {
		return err
	}
	return wrap("cuEventRecord", e.e.Record(s.s))
}

// Wait holds back what is queued on s later until e's mark is reached.
func (s *Stream) Wait(e *Event) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := e.use(); err != nil {
		return err
	}
	return wrap("cuStreamWaitEvent", s.s.Wait(e.e, 0))
}

// Synchronize waits until the mark is reached.
func (e *Event) Synchronize() error {
	if err := e.use(); err != nil {
		return err
	}
	return wrap("cuEventSynchronize", e.e.Synchronize())
}

// Since returns the time the device took from start to e; both must be reached.
func (e *Event) Since(start *Event) (time.Duration, error) {
	if err := e.use(); err != nil {
		return 0, err
	}
	if err := start.use(); err != nil {
		return 0, err
	}
	ms, err := start.e.Elapsed(e.e)
	return time.Duration(ms * float64(time.Millisecond)), wrap("cuEventElapsedTime", err)
}

// Close destroys the event. It does not use cu's DestroyEvent, which forgets the
// handle even where the call fails.
func (e *Event) Close() error {
	if err := e.use(); err != nil {
		return err
	}
	if err := check("cuEventDestroy", C.cuEventDestroy(*(*C.CUevent)(unsafe.Pointer(&e.e)))); err != nil {
		return err
	}
	e.e = cu.Event{}
	e.d.made(Handles, -1)
	return nil
}
