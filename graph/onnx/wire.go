package onnx

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// blob is the data of one tensor, a piece of the file's bytes. field is the
// TensorProto field it came from: raw_data, float_data or double_data.
type blob struct {
	data  []byte
	field protowire.Number
}

// Fields of TensorProto that hold little-endian numbers.
const (
	fieldFloatData  protowire.Number = 4
	fieldRawData    protowire.Number = 9
	fieldDoubleData protowire.Number = 10
)

// scanner walks the wire format before anything is unmarshalled. It checks
// nesting, counts, names and the memory the messages would take, and replaces
// tensor data by an index into blobs, so that unmarshalling does not copy them.
type scanner struct {
	blobs []blob
	nodes int
	ints  int
	heap  int64 // estimate of the unmarshalled size
	limit int64
}

// decode checks data and unmarshals them into m. The tensors' raw_data are 4-byte
// indices into the blobs.
func decode(data []byte, m proto.Message) ([]blob, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", fault.ErrLimit, len(data), MaxFile)
	}
	s := &scanner{limit: 64<<20 + 2*int64(len(data))}
	slim, _, err := s.message(m.ProtoReflect().Descriptor(), data, 1)
	if err != nil {
		return nil, err
	}
	o := proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: MaxNesting + 1}
	if err := o.Unmarshal(slim, m); err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrMalformed, err)
	}
	return s.blobs, nil
}

// message checks one message and returns it without tensor data and unknown
// fields, and whether that differs from in.
func (s *scanner) message(md protoreflect.MessageDescriptor, in []byte, depth int) ([]byte, bool, error) {
	if err := s.enter(md, depth); err != nil {
		return nil, false, err
	}
	var out []byte // what replaces in[:copied]
	held, copied := 0, 0
	for at := 0; at < len(in); {
		num, wt, n := protowire.ConsumeTag(in[at:])
		if n < 0 {
			return nil, false, malformed(md, protowire.ParseError(n))
		}
		size := protowire.ConsumeFieldValue(num, wt, in[at+n:])
		if size < 0 || wt == protowire.StartGroupType || wt == protowire.EndGroupType {
			return nil, false, malformed(md, protowire.ParseError(min(size, -1)))
		}
		value := in[at+n : at+n+size]
		repl, keep, err := s.field(md, num, wt, value, depth, &held)
		if err != nil {
			return nil, false, err
		}
		if repl != nil || !keep {
			out = append(out, in[copied:at]...)
			out = append(out, repl...)
			copied = at + n + size
		}
		at += n + size
	}
	if copied == 0 {
		return in, false, nil
	}
	return append(out, in[copied:]...), true, nil
}

func malformed(md protoreflect.MessageDescriptor, err error) error {
	return fmt.Errorf("%w: %s: %w", fault.ErrMalformed, md.Name(), err)
}

// enter counts a message against the limits.
func (s *scanner) enter(md protoreflect.MessageDescriptor, depth int) error {
	if depth > MaxNesting {
		return fmt.Errorf("%w: messages nested deeper than %d", fault.ErrLimit, MaxNesting)
	}
	if md.Name() == "NodeProto" {
		if s.nodes++; s.nodes > MaxNodes {
			return fmt.Errorf("%w: more than %d nodes", fault.ErrLimit, MaxNodes)
		}
	}
	return s.charge(320)
}

func (s *scanner) charge(bytes int) error {
	if s.heap += int64(bytes); s.heap > s.limit {
		return fmt.Errorf("%w: messages would take more than %d MB of memory", fault.ErrLimit, s.limit>>20)
	}
	return nil
}

// field checks one field. It returns what replaces it (nil: nothing) and whether
// an unreplaced field is kept. held counts the data fields of a tensor.
func (s *scanner) field(md protoreflect.MessageDescriptor, num protowire.Number, wt protowire.Type, value []byte, depth int, held *int) ([]byte, bool, error) {
	fd := md.Fields().ByNumber(num)
	if fd == nil {
		return nil, false, nil
	}
	packed := wt == protowire.BytesType && fd.IsList() && wireType(fd) != protowire.BytesType
	if wt != wireType(fd) && !packed {
		return nil, false, malformed(md, fmt.Errorf("field %s has wire type %d", fd.Name(), wt))
	}
	if wt != protowire.BytesType {
		return nil, true, s.ints1(fd, 1)
	}
	body, _ := protowire.ConsumeBytes(value)
	if md.Name() == "TensorProto" && (num == fieldRawData || packed && (num == fieldFloatData || num == fieldDoubleData)) {
		if *held++; *held > 1 {
			return nil, false, malformed(md, fmt.Errorf("data given more than once"))
		}
		return s.setAside(body, num), true, nil
	}
	switch {
	case packed:
		return nil, true, s.ints1(fd, countScalars(fd, body))
	case fd.Kind() == protoreflect.MessageKind:
		slim, changed, err := s.message(fd.Message(), body, depth+1)
		if err != nil || !changed {
			return nil, true, err
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), slim), true, nil
	case fd.Kind() == protoreflect.StringKind && !freeText(fd):
		if err := checkName(string(fd.Name()), string(body)); err != nil {
			return nil, false, err
		}
	}
	return nil, true, s.charge(32 + len(body))
}

// setAside files a tensor's bytes and returns the raw_data field that refers to them.
func (s *scanner) setAside(body []byte, num protowire.Number) []byte {
	ref := binary.LittleEndian.AppendUint32(nil, uint32(len(s.blobs)))
	s.blobs = append(s.blobs, blob{body, num})
	return protowire.AppendBytes(protowire.AppendTag(nil, fieldRawData, protowire.BytesType), ref)
}

// ints1 counts n scalars of a repeated field.
func (s *scanner) ints1(fd protoreflect.FieldDescriptor, n int) error {
	if !fd.IsList() {
		return nil
	}
	if wireType(fd) == protowire.VarintType {
		if s.ints += n; s.ints > maxIntData {
			return fmt.Errorf("%w: more than %d integers outside raw_data", fault.ErrLimit, maxIntData)
		}
	}
	return s.charge(16 * n)
}

// countScalars returns how many scalars a packed field holds.
func countScalars(fd protoreflect.FieldDescriptor, body []byte) int {
	n := 0
	switch wireType(fd) {
	case protowire.Fixed32Type:
		return len(body) / 4
	case protowire.Fixed64Type:
		return len(body) / 8
	default:
	}
	for _, b := range body {
		if b < 0x80 {
			n++
		}
	}
	return n
}

// freeText reports whether a string field is prose or data rather than a name.
func freeText(fd protoreflect.FieldDescriptor) bool {
	return fd.Name() == "doc_string" || fd.Name() == "value"
}

func wireType(fd protoreflect.FieldDescriptor) protowire.Type {
	switch fd.Kind() {
	case protoreflect.FloatKind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.Fixed32Type
	case protoreflect.DoubleKind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	default:
		return protowire.VarintType
	}
}
