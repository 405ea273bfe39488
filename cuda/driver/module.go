//go:build cuda

package driver

/*
#include <cuda.h>

// gotl_launch passes n values of at most 8 bytes each; the low bytes are the value.
static CUresult gotl_launch(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned block, unsigned shared,
                            CUstream s, unsigned long long *values, int n) {
	void *args[32];
	for (int i = 0; i < n; i++)
		args[i] = &values[i];
	return cuLaunchKernel(f, gx, gy, gz, block, 1, 1, shared, s, args, 0);
}
*/
import "C"

import (
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Module is a loaded fatbin, cubin or PTX text.
type Module struct {
	m cu.Module
	d *Device
}

// Kernel is a function of a module, valid until its module is closed.
type Kernel struct {
	Name string

	f cu.Function
	m *Module
}

// Load loads a module. image is copied.
func (d *Device) Load(image []byte) (*Module, error) {
	if err := d.use(); err != nil {
		return nil, err
	}
	m, err := cu.LoadData(string(image)) // copied with a zero behind it: PTX is a C string
	if err != nil {
		return nil, wrap("cuModuleLoadData", err)
	}
	d.made(Handles, 1)
	return &Module{m: m, d: d}, nil
}

func (m *Module) use() error {
	if err := m.d.use(); err != nil {
		return err
	}
	if m.m == (cu.Module{}) {
		return fmt.Errorf("%w: module: %w", fault.ErrInternal, ErrClosed)
	}
	return nil
}

// Kernel finds a function by its C name.
func (m *Module) Kernel(name string) (*Kernel, error) {
	if err := m.use(); err != nil {
		return nil, err
	}
	f, err := m.m.Function(name)
	if err != nil {
		return nil, fmt.Errorf("kernel %s: %w", name, wrap("cuModuleGetFunction", err))
	}
	return &Kernel{Name: name, f: f, m: m}, nil
}

// Close unloads the module.
func (m *Module) Close() error {
	if err := m.use(); err != nil {
		return err
	}
	if err := m.m.Unload(); err != nil {
		return wrap("cuModuleUnload", err)
	}
	m.m = cu.Module{}
	m.d.made(Handles, -1)
	return nil
}

// maxArgs is the size of the argument block in gotl_launch.
const maxArgs = 32

// Grid is the shape of a launch: blocks in three directions, threads of one block.
type Grid struct{ X, Y, Z, Block int }

// Launch queues the kernel. Arguments are [Ptr], float32, int32, uint32, int64 or
// uint64, in the order and of the size of the kernel's parameters: neither the
// driver nor Go can check them.
func (s *Stream) Launch(k *Kernel, g Grid, shared int, args ...any) error {
	if err := s.use(); err != nil {
		return err
	}
	if err := k.m.use(); err != nil {
		return err
	}
	if g.X < 1 || g.Y < 1 || g.Z < 1 || g.Block < 1 || g.Block > 1024 || len(args) > maxArgs {
		return fmt.Errorf("kernel %s: %w: grid %v, %d arguments", k.Name, fault.ErrInternal, g, len(args))
	}
	var values [maxArgs]C.ulonglong
	for i, a := range args {
		v, err := word(a)
		if err != nil {
			return fmt.Errorf("kernel %s: argument %d: %w", k.Name, i, err)
		}
		values[i] = C.ulonglong(v)
	}
	return check("cuLaunchKernel", C.gotl_launch(*(*C.CUfunction)(unsafe.Pointer(&k.f)), C.uint(g.X), C.uint(g.Y), C.uint(g.Z),
		C.uint(g.Block), C.uint(shared), s.c(), &values[0], C.int(len(args))))
}

// word returns the bytes of a, low end first.
func word(a any) (uint64, error) {
	switch v := a.(type) {
	case Ptr:
		return uint64(v), nil
	case float32:
		return uint64(math.Float32bits(v)), nil
	case int32:
		return uint64(uint32(v)), nil
	case uint32:
		return uint64(v), nil
	case int64:
		return uint64(v), nil
	case uint64:
		return v, nil
	}
	return 0, fmt.Errorf("%w: type %T", fault.ErrInternal, a)
}
