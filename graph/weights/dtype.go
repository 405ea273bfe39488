package weights

import (
	"encoding/binary"
	"math"
)

// DType is an element type in a file, by its safetensors name.
type DType string

// The element types that are read.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U64  DType = "U64"
	U32  DType = "U32"
	U16  DType = "U16"
	U8   DType = "U8"
	Bool DType = "BOOL"
)

var le = binary.LittleEndian

// codecs give an element's bytes and its value as float32 (rounded to nearest even).
var codecs = map[DType]struct {
	size int
	get  func([]byte) float32
}{
	F64:  {8, func(b []byte) float32 { return float32(math.Float64frombits(le.Uint64(b))) }},
	F32:  {4, func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }},
	F16:  {2, func(b []byte) float32 { return half(le.Uint16(b)) }},
	BF16: {2, func(b []byte) float32 { return math.Float32frombits(uint32(le.Uint16(b)) << 16) }},
	I64:  {8, func(b []byte) float32 { return float32(int64(le.Uint64(b))) }},
	I32:  {4, func(b []byte) float32 { return float32(int32(le.Uint32(b))) }},
	I16:  {2, func(b []byte) float32 { return float32(int16(le.Uint16(b))) }},
	I8:   {1, func(b []byte) float32 { return float32(int8(b[0])) }},
	U64:  {8, func(b []byte) float32 { return float32(le.Uint64(b)) }},
	U32:  {4, func(b []byte) float32 { return float32(le.Uint32(b)) }},
	U16:  {2, func(b []byte) float32 { return float32(le.Uint16(b)) }},
	U8:   {1, func(b []byte) float32 { return float32(b[0]) }},
	Bool: {1, func(b []byte) float32 { return float32(min(b[0], 1)) }},
}

// Size returns the bytes of one element, 0 for a type that is not read.
func (d DType) Size() int { return codecs[d].size }

// IsFloat reports whether d is a floating-point type.
func (d DType) IsFloat() bool { return d == F64 || d == F32 || d == F16 || d == BF16 }

// half converts IEEE 754 binary16.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exp {
	case 31: // infinity, NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	case 0: // zero, subnormal: frac·2⁻²⁴ is exact
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// Decode converts len(dst) elements that stand one behind the other in b.
func (d DType) Decode(dst []float32, b []byte) {
	if d == F32 {
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
		return
	}
	c := codecs[d]
	for i := range dst {
		dst[i] = c.get(b[i*c.size:])
	}
}
