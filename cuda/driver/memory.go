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

// Ptr is an address on the device; arithmetic is in bytes.
type Ptr uint64

// Buffer is device memory, aligned to 256 bytes.
type Buffer struct {
	Ptr   Ptr
	Bytes int64

	d       *Device
	purpose Purpose
}

// Alloc takes n > 0 bytes of device memory; they hold anything. Errors:
// fault.ErrMemory if the device has no room.
func (d *Device) Alloc(p Purpose, n int64) (*Buffer, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	if n <= 0 || p >= Pinned {
		return nil, fmt.Errorf("%w: %d bytes of device memory for %v", fault.ErrInternal, n, p)
	}
	at, err := cu.MemAlloc(n)
	if err != nil {
		return nil, fmt.Errorf("%d bytes for %v: %w", n, p, wrap("cuMemAlloc", err))
	}
	d.made(p, n)
	return &Buffer{Ptr: Ptr(at), Bytes: n, d: d, purpose: p}, nil
}

// Close frees the memory. Work in flight that uses it must have ended.
func (b *Buffer) Close() error {
	if err := b.d.use(); err != nil {
		return err
	}
	if b.Ptr == 0 {
		return fmt.Errorf("%w: device memory: %w", fault.ErrInternal, ErrClosed)
	}
	if err := cu.MemFree(cu.DevicePtr(b.Ptr)); err != nil {
		return wrap("cuMemFree", err)
	}
	b.Ptr = 0
	b.d.made(b.purpose, -b.Bytes)
	return nil
}

// check refuses what does not lie within b.
func (b *Buffer) check(at, n int64) error {
	if b.Ptr == 0 {
		return fmt.Errorf("%w: device memory: %w", fault.ErrInternal, ErrClosed)
	}
	if at < 0 || n < 0 || at > b.Bytes || n > b.Bytes-at {
		return fmt.Errorf("%w: %d bytes at %d of a buffer of %d", fault.ErrInternal, n, at, b.Bytes)
	}
	return nil
}

// HostBuffer is pinned host memory: asynchronous copies may keep its address, which
// Go memory forbids.
type HostBuffer struct {
	Data []byte // the whole of it; not to be used after Close

	d *Device
}

// AllocHost takes n > 0 bytes of pinned host memory; they hold anything.
func (d *Device) AllocHost(n int64) (*HostBuffer, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	if n <= 0 {
		return nil, fmt.Errorf("%w: %d bytes of pinned memory", fault.ErrInternal, n)
	}
	var p unsafe.Pointer
	if err := check("cuMemHostAlloc", C.cuMemHostAlloc(&p, C.size_t(n), 0)); err != nil {
		return nil, fmt.Errorf("%d bytes of pinned memory: %w", n, err)
	}
	d.made(Pinned, n)
	return &HostBuffer{Data: unsafe.Slice((*byte)(p), n), d: d}, nil
}

// Close frees the memory. Copies in flight must have ended.
func (h *HostBuffer) Close() error {
	if err := h.d.use(); err != nil {
		return err
	}
	if h.Data == nil {
		return fmt.Errorf("%w: pinned memory: %w", fault.ErrInternal, ErrClosed)
	}
	if err := check("cuMemFreeHost", C.cuMemFreeHost(unsafe.Pointer(unsafe.SliceData(h.Data)))); err != nil {
		return err
	}
	h.d.made(Pinned, -int64(len(h.Data)))
	h.Data = nil
	return nil
}
