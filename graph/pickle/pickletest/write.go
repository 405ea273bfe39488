// Package pickletest writes pickles for tests: protocol 2, as Python writes data.
package pickletest

import (
	"encoding/binary"
	"math"
)

// Global names a class or function: "collections OrderedDict".
type Global string

// Call is a REDUCE of Fn with Args and, if not nil, a BUILD with State.
type Call struct {
	Fn    Global
	Args  Tuple
	State any
}

// Tuple is a Python tuple; a []any is a list, []Entry a dict.
type Tuple []any

// Entry is one entry of a dict.
type Entry struct{ Key, Value any }

// Persistent is a persistent id.
type Persistent Tuple

// Str is Python 2's str.
type Str string

// Raw is inserted as it is.
type Raw []byte

// Items is a dict built on the value of From, as of an OrderedDict.
type Items struct {
	From    any
	Entries []Entry
}

var le = binary.LittleEndian

// Dump is the pickle of v: nil, bool, int, float64, string and the types above.
func Dump(v any) []byte { return append(value([]byte{0x80, 2}, v), '.') }

func value(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, 'N')
	case bool:
		if x {
			return append(b, 0x88)
		}
		return append(b, 0x89)
	case int:
		return integer(b, x)
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'G'), math.Float64bits(x))
	case string:
		return append(le.AppendUint32(append(b, 'X'), uint32(len(x))), x...)
	case Str:
		return append(le.AppendUint32(append(b, 'T'), uint32(len(x))), x...)
	case Raw:
		return append(b, x...)
	case Tuple:
		return append(values(append(b, '('), x), 't')
	case []any:
		return append(values(append(b, ']', '('), x), 'e')
	case []Entry:
		return entries(append(b, '}'), x)
	case Items:
		return entries(value(b, x.From), x.Entries)
	case Global:
		return global(b, x)
	case Persistent:
		return append(value(b, Tuple(x)), 'Q')
	case Call:
		b = append(value(global(b, x.Fn), x.Args), 'R')
		if x.State != nil {
			b = append(value(b, x.State), 'b')
		}
		return b
	}
	panic("pickletest: a value that cannot be written")
}

func integer(b []byte, x int) []byte {
	switch {
	case x >= 0 && x < 256:
		return append(b, 'K', byte(x))
	case x == int(int32(x)):
		return le.AppendUint32(append(b, 'J'), uint32(x))
	}
	return le.AppendUint64(append(b, 0x8a, 8), uint64(x))
}

func values(b []byte, vs []any) []byte {
	for _, v := range vs {
		b = value(b, v)
	}
	return b
}

func entries(b []byte, es []Entry) []byte {
	b = append(b, '(')
	for _, e := range es {
		b = value(value(b, e.Key), e.Value)
	}
	return append(b, 'u')
}

// global turns "module name" into the two lines of the opcode.
func global(b []byte, g Global) []byte {
	b = append(b, 'c')
	for _, c := range []byte(g) {
		if c == ' ' {
			c = '\n'
		}
		b = append(b, c)
	}
	return append(b, '\n')
}
