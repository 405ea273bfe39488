package pickle

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

const opStop = '.'

// opcodes are the ones that are understood; all others are refused.
var opcodes [256]func(*Decoder) error

func init() {
	for code, f := range map[byte]func(*Decoder) error{
		0x80: proto, 0x95: frame, '(': mark,
		'N': constant(nil), 0x88: constant(true), 0x89: constant(false),
		'K': integer(1), 'M': integer(2), 'J': integer(4), 0x8a: long, 'G': float,
		'X': text(4), 0x8c: text(1), 0x8d: text(8), 'U': text(1), 'T': text(4),
		'B': raw(4), 'C': raw(1), 0x8e: raw(8),
		'}': func(d *Decoder) error { return d.container(&Dict{node: node{depth: 1}}) },
		']': func(d *Decoder) error { return d.container(&List{node: node{depth: 1}}) },
		')': func(d *Decoder) error { return d.container(&Tuple{depth: 1}) },
		't': tuple, 0x85: tupleOf(1), 0x86: tupleOf(2), 0x87: tupleOf(3),
		'a': appendOne, 'e': appendMany, 's': setOne, 'u': setMany,
		'q': put(1), 'r': put(4), 0x94: memoize, 'h': get(1), 'j': get(4),
		'c': global, 'R': reduce, 'b': build, 'Q': persistent,
	} {
		opcodes[code] = f
	}
}

func proto(d *Decoder) error {
	v, err := d.byte()
	if err == nil && (v < 2 || v > 5) {
		err = fmt.Errorf("%w: pickle protocol %d", fault.ErrUnsupported, v)
	}
	return err
}

// frame only promises how many bytes follow.
func frame(d *Decoder) error {
	_, err := d.uint(8)
	return err
}

func mark(d *Decoder) error {
	if len(d.marks) == MaxDepth {
		return limit("open marks", MaxDepth+1, MaxDepth)
	}
	d.marks = append(d.marks, len(d.stack))
	return nil
}

func constant(v any) func(*Decoder) error { return func(d *Decoder) error { return d.push(v) } }

// integer reads n bytes: unsigned, but signed for 4.
func integer(n int) func(*Decoder) error {
	return func(d *Decoder) error {
		x, err := d.uint(n)
		if err != nil {
			return err
		}
		if n == 4 {
			return d.push(int64(int32(x)))
		}
		return d.push(int64(x))
	}
}

// long reads a two's complement integer behind one byte of length.
func long(d *Decoder) error {
	n, err := d.byte()
	if err != nil {
		return err
	}
	s, err := d.text(uint64(n))
	if err != nil {
		return err
	}
	b := []byte(s)
	slices.Reverse(b)
	x := new(big.Int).SetBytes(b)
	if n > 0 && b[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), 8*uint(n)))
	}
	if x.IsInt64() {
		return d.push(x.Int64())
	}
	return d.push(x)
}

func float(d *Decoder) error {
	var x uint64
	for range 8 {
		b, err := d.byte()
		if err != nil {
			return err
		}
		x = x<<8 | uint64(b)
	}
	return d.push(math.Float64frombits(x))
}

// text reads a string behind width bytes of length. Python 2 wrote some of them as
// signed: a negative one is far beyond every file.
func text(width int) func(*Decoder) error {
	return func(d *Decoder) error {
		n, err := d.uint(width)
		if err != nil {
			return err
		}
		s, err := d.text(n)
		if err != nil {
			return err
		}
		return d.push(s)
	}
}

func raw(width int) func(*Decoder) error {
	return func(d *Decoder) error {
		n, err := d.uint(width)
		if err != nil {
			return err
		}
		s, err := d.text(n)
		if err != nil {
			return err
		}
		return d.push(Bytes(s))
	}
}

func tuple(d *Decoder) error {
	v, err := d.popMark()
	if err != nil {
		return err
	}
	return d.pushTuple(v)
}

func tupleOf(n int) func(*Decoder) error {
	return func(d *Decoder) error {
		at := len(d.stack) - n
		if at < d.floor() {
			return malformed("stack is empty at byte %d", d.at)
		}
		v := d.stack[at:]
		d.stack = d.stack[:at]
		return d.pushTuple(v)
	}
}

func (d *Decoder) pushTuple(v []any) error {
	t, err := newTuple(slices.Clone(v))
	if err != nil {
		return err
	}
	return d.container(t)
}

// container pushes a new container.
func (d *Decoder) container(v any) error {
	if d.containers++; d.containers > MaxContainers {
		return limit("containers", d.containers, MaxContainers)
	}
	return d.push(v)
}

func appendOne(d *Decoder) error {
	v, err := d.pop()
	if err != nil {
		return err
	}
	return d.extend([]any{v})
}

func appendMany(d *Decoder) error {
	v, err := d.popMark()
	if err != nil {
		return err
	}
	return d.extend(v)
}

func (d *Decoder) extend(v []any) error {
	x, err := d.top()
	if err != nil {
		return err
	}
	l, ok := x.(*List)
	if !ok {
		return malformed("something is appended to what is no list, at byte %d", d.at)
	}
	return l.add(v...)
}

func setOne(d *Decoder) error {
	v, err := d.pop()
	if err != nil {
		return err
	}
	k, err := d.pop()
	if err != nil {
		return err
	}
	return d.set([]any{k, v})
}

func setMany(d *Decoder) error {
	v, err := d.popMark()
	if err != nil {
		return err
	}
	return d.set(v)
}

func (d *Decoder) set(v []any) error {
	x, err := d.top()
	if err != nil {
		return err
	}
	m, ok := x.(*Dict)
	if !ok {
		return malformed("an entry is set in what is no dict, at byte %d", d.at)
	}
	return m.add(v)
}

func put(width int) func(*Decoder) error {
	return func(d *Decoder) error {
		i, err := d.uint(width)
		if err != nil {
			return err
		}
		return d.remember(int(i))
	}
}

func memoize(d *Decoder) error { return d.remember(len(d.memo)) }

func (d *Decoder) remember(i int) error {
	v, err := d.top()
	if err != nil {
		return err
	}
	if i >= MaxObjects {
		return limit("memo entries", i+1, MaxObjects)
	}
	if i >= len(d.memo) {
		d.memo = slices.Grow(d.memo, i+1-len(d.memo))[:i+1]
	}
	d.memo[i] = v
	return nil
}

func get(width int) func(*Decoder) error {
	return func(d *Decoder) error {
		i, err := d.uint(width)
		if err != nil {
			return err
		}
		if i >= uint64(len(d.memo)) || d.memo[i] == nil {
			return malformed("memo entry %d is not there, at byte %d", i, d.at)
		}
		return d.push(d.memo[i])
	}
}
