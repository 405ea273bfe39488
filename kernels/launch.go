//go:build cuda

package kernels

import (
	"errors"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// ErrLength means that the sizes of a kernel's arguments do not fit each other.
var ErrLength = errors.New("sizes do not fit")

// block is the number of threads of a block; kernels that reduce count on it.
const block = 256

// maxBlocks is the most blocks a grid may have in its first direction.
const maxBlocks = 1<<31 - 1

// names are the kernels of this package.
var names = []string{"cast_f32_bf16", "cast_bf16_f32", "sgd_f32", "adam_f32",
	"softmax_ce_rows_f32", "softmax_ce_sum_f32", "softmax_ce_grad_f32"}

// Set holds the kernels, loaded on one device. Close it before the device.
type Set struct {
	m *driver.Module
	k map[string]*driver.Kernel
}

// Load loads image, a fatbin of this package's sources, on d. Errors: the driver's,
// among them a GPU or driver too old for the image.
func Load(d *driver.Device, image []byte) (*Set, error) {
	m, err := d.Load(image)
	if err != nil {
		return nil, err
	}
	s := &Set{m: m, k: map[string]*driver.Kernel{}}
	for _, n := range names {
		if s.k[n], err = m.Kernel(n); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	return s, nil
}

// Close unloads the kernels.
func (s *Set) Close() error { return s.m.Close() }

// each queues a kernel with one thread an element; n = 0 is nothing.
func (s *Set) each(st *driver.Stream, name string, n int64, args ...any) error {
	if n == 0 {
		return nil
	}
	blocks := (n + block - 1) / block
	if blocks > maxBlocks {
		return fmt.Errorf("%s: %w: %d elements", name, fault.ErrInternal, n)
	}
	return st.Launch(s.k[name], driver.Grid{X: int(blocks), Y: 1, Z: 1, Block: block}, 0, args...)
}

// rows queues a kernel with one block a row.
func (s *Set) rows(st *driver.Stream, name string, rows int, args ...any) error {
	return st.Launch(s.k[name], driver.Grid{X: rows, Y: 1, Z: 1, Block: block}, 0, args...)
}

// want checks that each buffer holds at least the bytes it must.
func want(name string, sizes ...size) error {
	for i, s := range sizes {
		if s.b.Bytes < s.bytes {
			return fmt.Errorf("%s: %w: %w: argument %d has %d bytes, want %d", name, fault.ErrInternal, ErrLength, i, s.b.Bytes, s.bytes)
		}
	}
	return nil
}

type size struct {
	b     *driver.Buffer
	bytes int64
}
