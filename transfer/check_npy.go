package transfer

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Limits of a .npy file.
const (
	maxNPY       = 1 << 30 // bytes
	maxNPYHeader = 1 << 16
)

// readNPY reads a NumPy array of float32, float64 or int64 in C order, little
// endian. float64 becomes float32. Error: fault.ErrUsage naming the file.
// Source: NumPy Enhancement Proposal 1.
func readNPY(file string) (*graph.Tensor, error) {
	t, err := openNPY(file)
	if err != nil {
		return nil, fault.New(fault.ErrUsage, "array not read", file, err.Error(), "write it with numpy.save, float32 in C order")
	}
	return t, nil
}

func openNPY(file string) (*graph.Tensor, error) {
	fi, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s", reasonOf(err))
	case !fi.Mode().IsRegular():
		return nil, fmt.Errorf("not a regular file")
	case fi.Size() > maxNPY:
		return nil, fmt.Errorf("%d bytes, at most %d", fi.Size(), maxNPY)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseNPY(b)
}

func parseNPY(b []byte) (*graph.Tensor, error) {
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" {
		return nil, fmt.Errorf("not a .npy file")
	}
	head, at := int(binary.LittleEndian.Uint16(b[8:])), 10
	switch b[6] {
	case 1:
	case 2, 3:
		if len(b) < 12 {
			return nil, io.ErrUnexpectedEOF
		}
		head, at = int(binary.LittleEndian.Uint32(b[8:])), 12
	default:
		return nil, fmt.Errorf("format version %d", b[6])
	}
	if head > maxNPYHeader || at+head > len(b) {
		return nil, fmt.Errorf("header of %d bytes", head)
	}
	dtype, shape, err := npyHeader(string(b[at : at+head]))
	if err != nil {
		return nil, err
	}
	return npyData(b[at+head:], dtype, shape)
}

var (
	npyDescr = regexp.MustCompile(`'descr'\s*:\s*'([^']*)'`)
	npyOrder = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape = regexp.MustCompile(`'shape'\s*:\s*\(([0-9, L]*)\)`)
)

func npyHeader(h string) (dtype string, shape graph.Shape, err error) {
	d, o, s := npyDescr.FindStringSubmatch(h), npyOrder.FindStringSubmatch(h), npyShape.FindStringSubmatch(h)
	if d == nil || o == nil || s == nil {
		return "", nil, fmt.Errorf("header %.80q", h)
	}
	for _, f := range strings.Split(s[1], ",") {
		if f = strings.TrimSuffix(strings.TrimSpace(f), "L"); f == "" {
			continue
		}
		n, err := strconv.Atoi(f)
		if err != nil {
			return "", nil, fmt.Errorf("shape (%.80s)", s[1])
		}
		shape = append(shape, n)
	}
	if o[1] == "True" && len(shape) > 1 {
		return "", nil, fmt.Errorf("array in Fortran order")
	}
	_, err = shape.CheckedLen(graph.Float64)
	return d[1], shape, err
}

func npyData(b []byte, dtype string, shape graph.Shape) (*graph.Tensor, error) {
	size := map[string]int{"<f4": 4, "<f8": 8, "<i8": 8}[dtype]
	n := shape.Len()
	switch {
	case size == 0:
		return nil, fmt.Errorf("element type %.20q, want <f4, <f8 or <i8", dtype)
	case len(b) != n*size:
		return nil, fmt.Errorf("%d bytes of data, shape %v needs %d", len(b), shape, n*size)
	}
	t := graph.NewTensor(graph.Float32, shape...)
	if dtype == "<i8" {
		t = graph.NewTensor(graph.Int64, shape...)
	}
	for i := range n {
		switch dtype {
		case "<f4":
			t.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		case "<f8":
			t.F32[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		case "<i8":
			t.I64[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return t, nil
}
