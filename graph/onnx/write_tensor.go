package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// weightHead is the field GraphProto.initializer of v up to the data themselves.
func weightHead(v *graph.Value) ([]byte, error) {
	code, err := dtypeCode(v.DType)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", v, err)
	}
	t := &pb.TensorProto{Name: proto.String(v.Name), DataType: &code}
	for _, d := range v.Shape {
		t.Dims = append(t.Dims, int64(d))
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrInternal, err)
	}
	b = protowire.AppendTag(b, fieldRawData, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(v.Bytes()))
	head := protowire.AppendTag(nil, 5, protowire.BytesType) // GraphProto.initializer
	head = protowire.AppendVarint(head, uint64(len(b)+v.Bytes()))
	return append(head, b...), nil
}

// writeData writes v's content, little-endian, in pieces.
func writeData(w io.Writer, v *graph.Value) error {
	if t, ok := v.Data.(*graph.Tensor); ok && t.F32 == nil {
		_, err := w.Write(integers(t))
		return err
	}
	const piece = 1 << 16
	f, b := make([]float32, min(piece, v.Shape.Len())), make([]byte, 0, 4*piece)
	for at := 0; at < v.Shape.Len(); at += piece {
		part := f[:min(piece, v.Shape.Len()-at)]
		if err := v.Data.Fill(part, at); err != nil {
			return fmt.Errorf("%v: %w", v, err)
		}
		b = b[:0]
		for _, x := range part {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// integers encodes a tensor that is not Float32.
func integers(t *graph.Tensor) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, t.Len()*t.DType.Size())
	for _, x := range t.F64 {
		b = le.AppendUint64(b, math.Float64bits(x))
	}
	for _, x := range t.I64 {
		switch t.DType.Size() {
		case 8:
			b = le.AppendUint64(b, uint64(x))
		case 4:
			b = le.AppendUint32(b, uint32(x))
		default:
			b = append(b, byte(x))
		}
	}
	return append(b, t.U8...)
}
