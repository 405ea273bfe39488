package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// dtypes maps the element types that are read. Others are refused by name.
var dtypes = map[pb.TensorProto_DataType]graph.DType{
	pb.TensorProto_FLOAT:  graph.Float32,
	pb.TensorProto_DOUBLE: graph.Float64,
	pb.TensorProto_INT64:  graph.Int64,
	pb.TensorProto_INT32:  graph.Int32,
	pb.TensorProto_INT8:   graph.Int8,
	pb.TensorProto_UINT8:  graph.Uint8,
	pb.TensorProto_BOOL:   graph.Bool,
}

func dtypeOf(code int32) (graph.DType, error) {
	t := pb.TensorProto_DataType(code)
	if d, ok := dtypes[t]; ok {
		return d, nil
	}
	if _, known := pb.TensorProto_DataType_name[code]; !known || code == 0 {
		return 0, fmt.Errorf("%w: element type %d", fault.ErrMalformed, code)
	}
	return 0, fmt.Errorf("%w: element type %v", fault.ErrUnsupported, t)
}

// shapeOf converts dims, checked against overflow.
func shapeOf(dims []int64, d graph.DType) (graph.Shape, int, error) {
	if len(dims) > graph.MaxRank {
		return nil, 0, fmt.Errorf("%w: rank %d, at most %d", fault.ErrLimit, len(dims), graph.MaxRank)
	}
	s := make(graph.Shape, len(dims))
	for i, k := range dims {
		s[i] = int(k)
	}
	n, err := s.CheckedLen(d)
	return s, n, err
}

// ParseTensor reads a serialised TensorProto (a .pb file) and its name.
func ParseTensor(data []byte) (*graph.Tensor, string, error) {
	p := &pb.TensorProto{}
	blobs, err := decode(data, p)
	if err != nil {
		return nil, "", err
	}
	t, err := (&source{blobs: blobs}).tensor(p)
	return t, p.GetName(), err
}

// tensor converts p. Its dims are checked against the data that are present
// before anything is allocated.
func (src *source) tensor(p *pb.TensorProto) (*graph.Tensor, error) {
	t, err := src.decodeTensor(p)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", p.GetName(), err)
	}
	return t, nil
}

func (src *source) decodeTensor(p *pb.TensorProto) (*graph.Tensor, error) {
	if p == nil {
		return nil, fmt.Errorf("%w: no tensor", fault.ErrMalformed)
	}
	if p.Segment != nil {
		return nil, fmt.Errorf("%w: segmented tensor", fault.ErrUnsupported)
	}
	d, err := dtypeOf(p.GetDataType())
	if err != nil {
		return nil, err
	}
	shape, n, err := shapeOf(p.GetDims(), d)
	if err != nil {
		return nil, err
	}
	if p.GetDataLocation() == pb.TensorProto_EXTERNAL {
		return src.external(p, d, shape, n)
	}
	if p.RawData != nil {
		return src.raw(p, d, shape, n)
	}
	return typed(p, d, shape, n)
}

// raw reads the bytes that the scanner set aside.
func (src *source) raw(p *pb.TensorProto, d graph.DType, shape graph.Shape, n int) (*graph.Tensor, error) {
	if len(p.RawData) != 4 {
		return nil, fmt.Errorf("%w: raw data of %d bytes were not scanned", fault.ErrInternal, len(p.RawData))
	}
	at := binary.LittleEndian.Uint32(p.RawData)
	if int(at) >= len(src.blobs) {
		return nil, fmt.Errorf("%w: tensor data %d of %d", fault.ErrInternal, at, len(src.blobs))
	}
	b := src.blobs[at]
	if b.field == fieldFloatData && d != graph.Float32 || b.field == fieldDoubleData && d != graph.Float64 {
		return nil, fmt.Errorf("%w: element type %v with data in field %d", fault.ErrMalformed, d, b.field)
	}
	if len(p.FloatData)+len(p.Int32Data)+len(p.Int64Data)+len(p.DoubleData)+len(p.Uint64Data)+len(p.StringData) > 0 {
		return nil, fmt.Errorf("%w: data given more than once", fault.ErrMalformed)
	}
	if len(b.data) != n*d.Size() {
		return nil, fmt.Errorf("%w: dims %v of %v need %d bytes, the file holds %d", fault.ErrShape, shape, d, n*d.Size(), len(b.data))
	}
	return fromBytes(b.data, d, shape)
}

// typed reads the typed fields, as old files have them.
func typed(p *pb.TensorProto, d graph.DType, shape graph.Shape, n int) (*graph.Tensor, error) {
	have := map[graph.DType]int{graph.Float32: len(p.FloatData), graph.Float64: len(p.DoubleData), graph.Int64: len(p.Int64Data)}
	got, ok := have[d]
	if !ok {
		got = len(p.Int32Data)
	}
	if got != n {
		return nil, fmt.Errorf("%w: dims %v need %d elements, the file holds %d", fault.ErrShape, shape, n, got)
	}
	t := graph.NewTensor(d, shape...)
	switch d {
	case graph.Float32:
		copy(t.F32, p.FloatData)
	case graph.Float64:
		copy(t.F64, p.DoubleData)
	case graph.Int64:
		copy(t.I64, p.Int64Data)
	default:
		for i, v := range p.Int32Data {
			setInt(t, i, wrapInt(d, int64(v)))
		}
	}
	return t, nil
}

// fromBytes decodes little-endian elements. len(b) fits shape.
func fromBytes(b []byte, d graph.DType, shape graph.Shape) (*graph.Tensor, error) {
	t := graph.NewTensor(d, shape...)
	le := binary.LittleEndian
	switch d {
	case graph.Float32:
		for i := range t.F32 {
			t.F32[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case graph.Float64:
		for i := range t.F64 {
			t.F64[i] = math.Float64frombits(le.Uint64(b[8*i:]))
		}
	case graph.Int64:
		for i := range t.I64 {
			t.I64[i] = int64(le.Uint64(b[8*i:]))
		}
	case graph.Int32:
		for i := range t.I64 {
			t.I64[i] = int64(int32(le.Uint32(b[4*i:])))
		}
	default:
		for i, v := range b[:t.Len()] {
			if d == graph.Int8 {
				t.I64[i] = int64(int8(v))
			} else {
				t.U8[i] = uint8(wrapInt(d, int64(v)))
			}
		}
	}
	return t, nil
}

// wrapInt reduces v to the range of an integer type as conversion does; for Bool
// any non-zero is 1.
func wrapInt(d graph.DType, v int64) int64 {
	switch d {
	case graph.Int32:
		return int64(int32(v))
	case graph.Int8:
		return int64(int8(v))
	case graph.Uint8:
		return int64(uint8(v))
	case graph.Bool:
		if v != 0 {
			return 1
		}
	default:
	}
	return v
}

func setInt(t *graph.Tensor, i int, v int64) {
	if t.I64 != nil {
		t.I64[i] = v
		return
	}
	t.U8[i] = uint8(v)
}
