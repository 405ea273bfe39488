//go:build cuda

package driver

/*
#include <cuda.h>
*/
import "C"

import (
	"fmt"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Stream is a queue of work on the device that does not wait for the legacy stream.
type Stream struct {
	s cu.Stream
	d *Device
}

// NewStream makes a stream.
func (d *Device) NewStream() (*Stream, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	s, err := cu.MakeStream(cu.NonBlocking)
	if err != nil {
		return nil, wrap("cuStreamCreate", err)
	}
	d.made(Handles, 1)
	return &Stream{s: s, d: d}, nil
}

// c reads the handle out of cu's one-pointer struct; a test checks the size.
func (s *Stream) c() C.CUstream { return *(*C.CUstream)(unsafe.Pointer(&s.s)) }

func (s *Stream) use() error {
	if err := s.d.use(); err != nil {
		return err
	}
	if s.s == cu.NoStream {
		return fmt.Errorf("%w: stream: %w", fault.ErrInternal, ErrClosed)
	}
	return nil
}

// Synchronize waits until all that was queued is done. Errors of queued work
// appear here.
func (s *Stream) Synchronize() error {
	if err := s.use(); err != nil {
		return err
	}
	return wrap("cuStreamSynchronize", s.s.Synchronize())
}

// Close destroys the stream; queued work still ends. It does not use cu's Destroy,
// which forgets the handle even where the call fails.
func (s *Stream) Close() error {
	if err := s.use(); err != nil {
		return err
	}
	if err := check("cuStreamDestroy", C.cuStreamDestroy(s.c())); err != nil {
		return err
	}
	s.s = cu.NoStream
	s.d.made(Handles, -1)
	return nil
}

// Upload queues a copy of all of src to dst, at byte offset at. src must not
// change before the stream has come here.
func (s *Stream) Upload(dst *Buffer, at int64, src *HostBuffer) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := dst.check(at, int64(len(src.Data))); err != nil {
		return err
	}
	p := unsafe.Pointer(unsafe.SliceData(src.Data))
	return wrap("cuMemcpyHtoDAsync", cu.MemcpyHtoDAsync(cu.DevicePtr(dst.Ptr)+cu.DevicePtr(at), p, int64(len(src.Data)), s.s))
}

// Download queues a copy from src, at byte offset at, that fills dst.
func (s *Stream) Download(dst *HostBuffer, src *Buffer, at int64) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := src.check(at, int64(len(dst.Data))); err != nil {
		return err
	}
	p := unsafe.Pointer(unsafe.SliceData(dst.Data))
	return wrap("cuMemcpyDtoHAsync", cu.MemcpyDtoHAsync(p, cu.DevicePtr(src.Ptr)+cu.DevicePtr(at), int64(len(dst.Data)), s.s))
}

// Copy queues a copy of n bytes between device buffers, which must not overlap.
func (s *Stream) Copy(dst *Buffer, to int64, src *Buffer, from, n int64) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := dst.check(to, n); err != nil {
		return err
	}
	if err := src.check(from, n); err != nil {
		return err
	}
	return check("cuMemcpyDtoDAsync", C.cuMemcpyDtoDAsync(C.CUdeviceptr(int64(dst.Ptr)+to), C.CUdeviceptr(int64(src.Ptr)+from), C.size_t(n), s.c()))
}

// Fill queues setting n bytes of dst, at offset at, to v.
func (s *Stream) Fill(dst *Buffer, at, n int64, v byte) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := dst.check(at, n); err != nil {
		return err
	}
	return wrap("cuMemsetD8Async", cu.MemsetD8Async(cu.DevicePtr(dst.Ptr)+cu.DevicePtr(at), v, n, s.s))
}
