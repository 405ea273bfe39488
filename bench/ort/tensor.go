package ort

/*
#include <stdlib.h>
#include <string.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// dtypeOf maps ONNXTensorElementDataType.
var dtypeOf = map[int]graph.DType{1: graph.Float32, 2: graph.Uint8, 3: graph.Int8, 6: graph.Int32, 7: graph.Int64, 9: graph.Bool, 11: graph.Float64}

// call is one run: everything it holds is C memory until free.
type call struct {
	names  []*C.char
	values []unsafe.Pointer
	blocks []unsafe.Pointer
}

func (c *call) free() {
	for _, v := range c.values {
		C.ort_free(v)
	}
	for _, b := range c.blocks {
		C.free(b)
	}
}

func (c *call) alloc(n int) unsafe.Pointer {
	p := C.malloc(C.size_t(max(n, 1)))
	c.blocks = append(c.blocks, p)
	return p
}

func (c *call) name(s string) *C.char {
	p := C.CString(s)
	c.blocks = append(c.blocks, unsafe.Pointer(p))
	return p
}

// input copies t into C memory and wraps it.
func (c *call) input(name string, t *graph.Tensor) error {
	typ := 0
	for k, d := range dtypeOf {
		if d == t.DType {
			typ = k
		}
	}
	if typ == 0 {
		return fmt.Errorf("ort: input %q: element type %v", name, t.DType)
	}
	n := t.Len()
	data := c.alloc(n * t.DType.Size())
	store(data, t, n)
	dims := unsafe.Slice((*C.int64_t)(c.alloc(8*len(t.Shape))), len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = C.int64_t(d)
	}
	var v unsafe.Pointer
	msg := C.ort_tensor(data, C.size_t(n*t.DType.Size()), unsafe.SliceData(dims), C.size_t(len(dims)), C.int(typ), &v)
	if err := fail("input "+name, msg); err != nil {
		return err
	}
	c.values = append(c.values, v)
	c.names = append(c.names, c.name(name))
	return nil
}

// run asks for all outputs and copies them out.
func (c *call) run(s *Session) (map[string]*graph.Tensor, error) {
	n, m := len(c.names), len(s.outputs)
	word := int(unsafe.Sizeof(uintptr(0)))
	in := unsafe.Slice((**C.char)(c.alloc(n*word)), n)
	values := unsafe.Slice((*unsafe.Pointer)(c.alloc(n*word)), n)
	out := unsafe.Slice((**C.char)(c.alloc(m*word)), m)
	results := unsafe.Slice((*unsafe.Pointer)(c.alloc(m*word)), m)
	copy(in, c.names)
	copy(values, c.values)
	for i, o := range s.outputs {
		out[i], results[i] = c.name(o.Name), nil
	}
	msg := C.ort_run(s.h, unsafe.SliceData(in), unsafe.SliceData(values), C.size_t(n), unsafe.SliceData(out), unsafe.SliceData(results), C.size_t(m))
	c.values = append(c.values, results...)
	if err := fail("run", msg); err != nil {
		return nil, err
	}
	r := map[string]*graph.Tensor{}
	for i, o := range s.outputs {
		t, err := content(o.Name, results[i])
		if err != nil {
			return nil, err
		}
		r[o.Name] = t
	}
	return r, nil
}

func content(name string, v unsafe.Pointer) (*graph.Tensor, error) {
	var typ C.int
	var dims [maxRank]C.int64_t
	rank := C.size_t(maxRank)
	var data unsafe.Pointer
	if err := fail("output "+name, C.ort_content(v, &typ, &dims[0], &rank, &data)); err != nil {
		return nil, err
	}
	d, ok := dtypeOf[int(typ)]
	if !ok {
		return nil, fmt.Errorf("ort: output %q: element type %d", name, typ)
	}
	t := graph.NewTensor(d, shape(dims[:rank])...)
	fetch(t, data, t.Len())
	return t, nil
}

// store writes t's n elements as the library lays them out.
func store(p unsafe.Pointer, t *graph.Tensor, n int) {
	switch t.DType {
	case graph.Float32:
		copy(unsafe.Slice((*float32)(p), n), t.F32)
	case graph.Float64:
		copy(unsafe.Slice((*float64)(p), n), t.F64)
	case graph.Int64:
		copy(unsafe.Slice((*int64)(p), n), t.I64)
	case graph.Int32:
		narrow(unsafe.Slice((*int32)(p), n), t.I64)
	case graph.Int8:
		narrow(unsafe.Slice((*int8)(p), n), t.I64)
	default:
		copy(unsafe.Slice((*uint8)(p), n), t.U8)
	}
}

// fetch is the inverse of store.
func fetch(t *graph.Tensor, p unsafe.Pointer, n int) {
	switch t.DType {
	case graph.Float32:
		copy(t.F32, unsafe.Slice((*float32)(p), n))
	case graph.Float64:
		copy(t.F64, unsafe.Slice((*float64)(p), n))
	case graph.Int64:
		copy(t.I64, unsafe.Slice((*int64)(p), n))
	case graph.Int32:
		widen(t.I64, unsafe.Slice((*int32)(p), n))
	case graph.Int8:
		widen(t.I64, unsafe.Slice((*int8)(p), n))
	default:
		copy(t.U8, unsafe.Slice((*uint8)(p), n))
	}
}

func narrow[T int8 | int32](dst []T, src []int64) {
	for i, v := range src {
		dst[i] = T(v)
	}
}

func widen[T int8 | int32](dst []int64, src []T) {
	for i, v := range src {
		dst[i] = int64(v)
	}
}
