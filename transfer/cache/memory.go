package cache

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory are the records held in RAM: anonymous pages outside the Go heap, so that
// gigabytes of them neither delay the collector nor are scanned. Pages are taken
// when they are written.
type memory struct {
	raw    []byte
	floats int
}

func newMemory(records, floats int) (*memory, error) {
	raw, err := unix.Mmap(-1, 0, max(4*records*floats, 1), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	return &memory{raw, floats}, nil
}

// record is record i, sharing memory.
func (m *memory) record(i int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(&m.raw[4*i*m.floats])), m.floats)
}

func (m *memory) close() error { return unix.Munmap(m.raw) }

// bytesOf views x as bytes, in the machine's order.
func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}
