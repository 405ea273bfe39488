//go:build cuda

package driver

/*
#include <cuda.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Device is an open GPU, bound to the OS thread that opened it.
type Device struct {
	Info DeviceInfo

	id     cu.Device
	thread int
	open   int // objects made and not closed
	closed bool
}

// DeviceInfo describes a GPU.
type DeviceInfo struct {
	Ordinal      int
	Name         string
	Memory       int64 // bytes
	Major, Minor int   // compute capability
}

// Open opens GPU number ordinal, counted from 0, and locks the calling goroutine to
// its OS thread until Close. Errors: those of [Status]; fault.ErrDevice if there is
// no such GPU; an *Error.
func Open(ordinal int) (*Device, error) {
	if err := Status(); err != nil {
		return nil, err
	}
	n, err := cu.NumDevices()
	if err != nil {
		return nil, wrap("cuDeviceGetCount", err)
	}
	if ordinal < 0 || ordinal >= n {
		return nil, fault.New(fault.ErrDevice, "no such GPU", fmt.Sprintf("--device cuda:%d", ordinal),
			fmt.Sprintf("there are %d, numbered from 0", n), "--device cuda:0, or --device cpu")
	}
	d := &Device{}
	if d.id, err = cu.GetDevice(ordinal); err != nil {
		return nil, wrap("cuDeviceGet", err)
	}
	if d.Info, err = describe(d.id, ordinal); err != nil {
		return nil, err
	}
	if err := d.enterContext(); err != nil {
		return nil, err
	}
	return d, nil
}

func describe(id cu.Device, ordinal int) (DeviceInfo, error) {
	i := DeviceInfo{Ordinal: ordinal}
	var err error
	if i.Name, err = id.Name(); err != nil {
		return i, wrap("cuDeviceGetName", err)
	}
	if i.Memory, err = id.TotalMem(); err != nil {
		return i, wrap("cuDeviceTotalMem", err)
	}
	if i.Major, err = id.Attribute(cu.ComputeCapabilityMajor); err != nil {
		return i, wrap("cuDeviceGetAttribute", err)
	}
	i.Minor, err = id.Attribute(cu.ComputeCapabilityMinor)
	return i, wrap("cuDeviceGetAttribute", err)
}

// enterContext makes the primary context current on this thread, for good.
func (d *Device) enterContext() error {
	runtime.LockOSThread()
	ctx, err := d.id.RetainPrimaryCtx()
	if err != nil {
		d.closed = true
		runtime.UnlockOSThread()
		return wrap("cuDevicePrimaryCtxRetain", err)
	}
	count(Handles, 1)
	d.thread = syscall.Gettid()
	if err := cu.SetCurrentContext(ctx); err != nil {
		return errors.Join(wrap("cuCtxSetCurrent", err), d.abandon())
	}
	return nil
}

// abandon gives the context back after a failed Open.
func (d *Device) abandon() error {
	err := d.Close()
	if err != nil && !d.closed {
		err = d.Close() // a second try; what fails twice is reported
	}
	return err
}

// use checks the thread rule.
func (d *Device) use() error {
	switch {
	case d.closed:
		return fmt.Errorf("cuda:%d: %w: %w", d.Info.Ordinal, fault.ErrInternal, ErrClosed)
	case syscall.Gettid() != d.thread:
		return fmt.Errorf("cuda:%d: %w: %w", d.Info.Ordinal, fault.ErrInternal, ErrThread)
	}
	return nil
}

// made counts n objects of the device (-1: one is gone).
func (d *Device) made(p Purpose, n int64) {
	count(p, n)
	if n > 0 {
		d.open++
	} else {
		d.open--
	}
}

// Synchronize waits for everything queued on the device.
func (d *Device) Synchronize() error {
	if err := d.use(); err != nil {
		return err
	}
	return check("cuCtxSynchronize", C.cuCtxSynchronize())
}

// Memory returns free and total bytes of the GPU, other processes counted.
func (d *Device) Memory() (free, total int64, err error) {
	if err := d.use(); err != nil {
		return 0, 0, err
	}
	free, total, err = cu.MemInfo()
	return free, total, wrap("cuMemGetInfo", err)
}

// Close gives the context back and unlocks the thread. It refuses while something
// made from the device is open.
func (d *Device) Close() error {
	if err := d.use(); err != nil {
		return err
	}
	if d.open != 0 {
		return fmt.Errorf("cuda:%d: %w: %d objects are still open", d.Info.Ordinal, fault.ErrInternal, d.open)
	}
	if err := d.id.ReleasePrimaryCtx(); err != nil {
		return wrap("cuDevicePrimaryCtxRelease", err)
	}
	d.closed = true
	count(Handles, -1)
	runtime.UnlockOSThread()
	return nil
}
