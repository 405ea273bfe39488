package weights

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// header parses the JSON of a safetensors file, and only what may stand in it: keys
// twice, numbers that are no integers, null, unknown fields are refused, so that no
// two readers see different tensors. encoding/json takes all of these.
type header struct {
	text    []byte
	at      int
	data    int64 // byte of the file at which the data begin
	size    int64 // bytes of data
	tensors []*placed
	meta    map[string]string
}

func (h *header) parse() error {
	seen := map[string]bool{}
	err := h.object(func(key string) error {
		if seen[key] {
			return malformed("the header has %q twice", key)
		}
		seen[key] = true
		if key == "__metadata__" {
			return h.metadata()
		}
		if err := checkName(key); err != nil {
			return err
		}
		if len(h.tensors) == MaxTensors {
			return limit("tensors", MaxTensors+1, MaxTensors)
		}
		p := &placed{Tensor: Tensor{Name: key}}
		if err := h.tensor(p); err != nil {
			return err
		}
		if err := p.check(h.data); err != nil {
			return err
		}
		h.tensors = append(h.tensors, p)
		return nil
	})
	if err != nil {
		return err
	}
	if h.space(); h.at != len(h.text) {
		return h.bad("text behind the header")
	}
	return nil
}

func (h *header) tensor(p *placed) error {
	var dtype, shape, offsets bool
	err := h.object(func(key string) error {
		var err error
		switch {
		case key == "dtype" && !dtype:
			dtype = true
			var s string
			s, err = h.str()
			p.Stored = DType(s)
		case key == "shape" && !shape:
			shape = true
			p.Shape = graph.Shape{}
			err = h.numbers(func(n int64) { p.Shape = append(p.Shape, int(n)) }, graph.MaxRank)
		case key == "data_offsets" && !offsets:
			offsets = true
			var at []int64
			if err = h.numbers(func(n int64) { at = append(at, n) }, 2); err == nil && len(at) != 2 {
				err = h.bad("data_offsets are two numbers")
			}
			if err == nil {
				p.begin, p.end = at[0], at[1]
			}
		default:
			err = h.bad("field " + strconv.Quote(key))
		}
		return err
	})
	if err == nil && (!dtype || !shape || !offsets) {
		err = malformed("tensor %q lacks its dtype, shape or data_offsets", p.Name)
	}
	return err
}

func (h *header) metadata() error {
	h.meta = map[string]string{}
	return h.object(func(key string) error {
		if _, ok := h.meta[key]; ok {
			return malformed("the metadata have %q twice", key)
		}
		if len(h.meta) == MaxTensors {
			return limit("metadata", MaxTensors+1, MaxTensors)
		}
		v, err := h.str()
		h.meta[key] = v
		return err
	})
}

// object calls f at the value of every key.
func (h *header) object(f func(key string) error) error {
	if !h.next('{') {
		return h.bad("an object is missing")
	}
	if h.next('}') {
		return nil
	}
	for {
		key, err := h.str()
		if err != nil {
			return err
		}
		if !h.next(':') {
			return h.bad("a colon is missing")
		}
		if err := f(key); err != nil {
			return err
		}
		if h.next('}') {
			return nil
		}
		if !h.next(',') {
			return h.bad("a comma is missing")
		}
	}
}

// numbers calls f for every element of an array of integers in [0, MaxSize].
func (h *header) numbers(f func(int64), most int) error {
	if !h.next('[') {
		return h.bad("an array is missing")
	}
	if h.next(']') {
		return nil
	}
	for i := 0; ; i++ {
		if i == most {
			return limit("numbers in an array of the header", most+1, most)
		}
		n, err := h.number()
		if err != nil {
			return err
		}
		f(n)
		if h.next(']') {
			return nil
		}
		if !h.next(',') {
			return h.bad("a comma is missing")
		}
	}
}

func (h *header) number() (int64, error) {
	h.space()
	from := h.at
	for h.at < len(h.text) && h.text[h.at] >= '0' && h.text[h.at] <= '9' && h.at-from < 20 {
		h.at++
	}
	s := string(h.text[from:h.at])
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > MaxSize || len(s) > 1 && s[0] == '0' {
		return 0, h.bad("a number that is no size")
	}
	return n, nil
}

// str reads a string.
func (h *header) str() (string, error) {
	if !h.next('"') {
		return "", h.bad("a string is missing")
	}
	for i := h.at; i < len(h.text); i++ {
		switch c := h.text[i]; {
		case c == '"':
			s := string(h.text[h.at:i])
			h.at = i + 1
			return s, nil
		case c == '\\':
			return h.escaped(i)
		case c < 0x20:
			return "", h.bad("a control character in a string")
		}
	}
	return "", h.bad("a string without end")
}

// escaped goes on with a string whose first backslash is at i.
func (h *header) escaped(i int) (string, error) {
	b := append([]byte(nil), h.text[h.at:i]...)
	for h.at = i; h.at < len(h.text); {
		c := h.text[h.at]
		h.at++
		switch {
		case c == '"':
			return string(b), nil
		case c < 0x20:
			return "", h.bad("a control character in a string")
		case c != '\\':
			b = append(b, c)
			continue
		}
		r, ok := h.escape()
		if !ok {
			return "", h.bad("an escape that is none")
		}
		b = utf8.AppendRune(b, r)
	}
	return "", h.bad("a string without end")
}

// escape reads what follows a backslash; half a surrogate pair is refused.
func (h *header) escape() (rune, bool) {
	if h.at >= len(h.text) {
		return 0, false
	}
	c := h.text[h.at]
	h.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
	default:
		return 0, false
	}
	r, ok := h.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if h.at+2 > len(h.text) || string(h.text[h.at:h.at+2]) != `\u` {
		return 0, false
	}
	h.at += 2
	low, ok := h.hex()
	r = utf16.DecodeRune(r, low)
	return r, ok && r != utf8.RuneError
}

func (h *header) hex() (rune, bool) {
	if h.at+4 > len(h.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(h.text[h.at:h.at+4]), 16, 16)
	h.at += 4
	return rune(n), err == nil
}

// next skips space and takes c if it comes next.
func (h *header) next(c byte) bool {
	h.space()
	if h.at < len(h.text) && h.text[h.at] == c {
		h.at++
		return true
	}
	return false
}

func (h *header) space() {
	for h.at < len(h.text) {
		switch h.text[h.at] {
		case ' ', '\t', '\n', '\r':
			h.at++
		default:
			return
		}
	}
}

func (h *header) bad(why string) error {
	return malformed("safetensors header, byte %d: %s", h.at, why)
}
