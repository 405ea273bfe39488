package pickle

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Options say what a pickle may contain.
type Options struct {
	// Globals maps "module.name" to a Func, or to any other value that stands for
	// the class. Everything else is refused.
	Globals map[string]any
	// Persistent resolves a persistent id (BINPERSID); nil: refused.
	Persistent func(id any) (any, error)
	// Size is how many bytes the reader can give; a longer claim is refused before
	// anything is allocated. 0: not known, strings then grow as they are read.
	Size int64
}

// Decoder reads pickles one after the other from a stream.
type Decoder struct {
	r          *bufio.Reader
	o          Options
	at         int64 // bytes read
	objects    int
	containers int
	opcodes    int
	stack      []any
	marks      []int
	memo       []any
}

// NewDecoder returns a decoder of r.
func NewDecoder(r io.Reader, o Options) *Decoder {
	d := &Decoder{r: bufio.NewReaderSize(r, 1<<16), o: o}
	if o.Size > 0 { // a value takes a byte or more: what is not used costs no memory
		d.stack = make([]any, 0, min(o.Size, MaxObjects))
	}
	return d
}

// Offset is the number of bytes that the pickles read so far had.
func (d *Decoder) Offset() int64 { return d.at }

// Decode reads one pickle. Limits hold for all pickles of the stream together.
// Errors: fault.ErrMalformed, fault.ErrLimit, fault.ErrUnsupported for an opcode or
// global that is not allowed, those of the functions in Options.
func (d *Decoder) Decode() (any, error) {
	d.stack, d.marks, d.memo = d.stack[:0], d.marks[:0], nil
	for {
		code, err := d.byte()
		if err != nil {
			return nil, err
		}
		if d.opcodes++; d.opcodes > maxOpcodes {
			return nil, limit("opcodes", d.opcodes, maxOpcodes)
		}
		if code == opStop {
			return d.finish()
		}
		op := opcodes[code]
		if op == nil {
			return nil, fmt.Errorf("%w: pickle opcode %#02x at byte %d", fault.ErrUnsupported, code, d.at-1)
		}
		if err := op(d); err != nil {
			return nil, err
		}
	}
}

func (d *Decoder) finish() (any, error) {
	if len(d.stack) != 1 || len(d.marks) != 0 {
		return nil, malformed("ends with %d values and %d open marks", len(d.stack), len(d.marks))
	}
	v := d.stack[0]
	clear(d.stack)
	d.memo = nil
	return v, nil
}

func (d *Decoder) push(v any) error {
	if d.objects++; d.objects > MaxObjects {
		return limit("objects", d.objects, MaxObjects)
	}
	d.stack = append(d.stack, v)
	return nil
}

// pop takes the topmost value above the last mark.
func (d *Decoder) pop() (any, error) {
	n := len(d.stack) - 1
	if n < d.floor() {
		return nil, malformed("stack is empty at byte %d", d.at)
	}
	v := d.stack[n]
	d.stack[n] = nil
	d.stack = d.stack[:n]
	return v, nil
}

// top is the topmost value, which stays.
func (d *Decoder) top() (any, error) {
	n := len(d.stack) - 1
	if n < d.floor() {
		return nil, malformed("stack is empty at byte %d", d.at)
	}
	return d.stack[n], nil
}

func (d *Decoder) floor() int {
	if n := len(d.marks); n > 0 {
		return d.marks[n-1]
	}
	return 0
}

// popMark takes the values above the last mark and the mark. The result is valid
// until the next push.
func (d *Decoder) popMark() ([]any, error) {
	n := len(d.marks) - 1
	if n < 0 {
		return nil, malformed("no mark at byte %d", d.at)
	}
	at := d.marks[n]
	v := d.stack[at:]
	d.marks, d.stack = d.marks[:n], d.stack[:at]
	return v, nil
}

func (d *Decoder) byte() (byte, error) {
	b, err := d.r.ReadByte()
	if err != nil {
		return 0, d.broken(err)
	}
	d.at++
	return b, nil
}

// uint reads n bytes, little-endian.
func (d *Decoder) uint(n int) (uint64, error) {
	var x uint64
	for i := range n {
		b, err := d.byte()
		if err != nil {
			return 0, err
		}
		x |= uint64(b) << (8 * i)
	}
	return x, nil
}

// text reads n bytes as a string.
func (d *Decoder) text(n uint64) (string, error) {
	if n > 1<<40 || d.o.Size > 0 && int64(n) > d.o.Size-d.at {
		return "", malformed("a string of %d bytes at byte %d, the file ends before", n, d.at)
	}
	var b strings.Builder
	if d.o.Size > 0 || n < 1<<16 {
		b.Grow(int(n))
	}
	k, err := io.CopyN(&b, d.r, int64(n))
	d.at += k
	if err != nil {
		return "", d.broken(err)
	}
	return b.String(), nil
}

// line reads up to a newline.
func (d *Decoder) line() (string, error) {
	var b []byte
	for {
		c, err := d.byte()
		switch {
		case err != nil:
			return "", err
		case c == '\n':
			return string(b), nil
		case len(b) == maxGlobal:
			return "", limit("bytes in a name", maxGlobal+1, maxGlobal)
		}
		b = append(b, c)
	}
}

func (d *Decoder) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the file ends at byte %d, within a value", d.at)
	}
	return fmt.Errorf("%w: pickle: %w", fault.ErrMalformed, err)
}
