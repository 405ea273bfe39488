package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

var npyHeader = regexp.MustCompile(`'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9, ]*)\)`)

// ReadNpy reads a NumPy file of little-endian float32 in C order.
func ReadNpy(file string) (*graph.Tensor, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" || b[6] != 1 {
		return nil, fmt.Errorf("%s: not a NumPy file of version 1", file)
	}
	body := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if body > len(b) {
		return nil, fmt.Errorf("%s: truncated", file)
	}
	m := npyHeader.FindStringSubmatch(string(b[10:body]))
	if m == nil {
		return nil, fmt.Errorf("%s: header %q, want float32 in C order", file, b[10:body])
	}
	var shape []int
	for _, f := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		shape = append(shape, n)
	}
	t := graph.NewTensor(graph.Float32, shape...)
	if len(b)-body != 4*t.Len() {
		return nil, fmt.Errorf("%s: %d bytes for %v", file, len(b)-body, t.Shape)
	}
	for i := range t.F32 {
		t.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[body+4*i:]))
	}
	return t, nil
}
