package pickle_test

import (
	"bytes"
	"math"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
	p "github.com/gotl-gpu/gotl-gpu/graph/pickle/pickletest"
)

var options = pickle.Options{Globals: map[string]any{
	"collections.OrderedDict": pickle.OrderedDict,
	"torch.FloatStorage":      "a mark",
}}

func decode(b []byte) (any, error) {
	o := options
	o.Size = int64(len(b))
	return pickle.NewDecoder(bytes.NewReader(b), o).Decode()
}

// Expected values are Python's: what pickle.loads gives for the same bytes.
func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       any
	}{
		{"None", "\x80\x02N.", nil},
		{"True", "\x80\x02\x88.", true},
		{"255", "\x80\x02K\xff.", int64(255)},
		{"65535", "\x80\x02M\xff\xff.", int64(65535)},
		{"-1", "\x80\x02J\xff\xff\xff\xff.", int64(-1)},
		{"long 0", "\x80\x02\x8a\x00.", int64(0)},
		{"long -1", "\x80\x02\x8a\x01\xff.", int64(-1)},
		{"long -256", "\x80\x02\x8a\x02\x00\xff.", int64(-256)},
		{"long 2^63-1", "\x80\x02\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", int64(math.MaxInt64)},
		{"long 2^63", "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", new(big.Int).Lsh(big.NewInt(1), 63)},
		{"1.5", "\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5},
		{"unicode", "\x80\x02X\x02\x00\x00\x00\xc3\xa9.", "é"},
		{"str", "\x80\x02U\x01\xff.", "\xff"},
		{"bytes", "\x80\x03C\x02ab.", pickle.Bytes("ab")},
		{"mark of the whitelist", "\x80\x02ctorch\nFloatStorage\n.", "a mark"},
		{"frame and memo of protocol 4", "\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00\x8c\x02ab\x94.", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := decode([]byte(c.data))
			require.NoError(t, err)
			require.Equal(t, c.want, v)
		})
	}
}

func TestContainers(t *testing.T) {
	v, err := decode(p.Dump(p.Items{From: p.Call{Fn: "collections OrderedDict", Args: p.Tuple{[]any{p.Tuple{"a", 1}}}, State: nil},
		Entries: []p.Entry{{Key: "b", Value: p.Tuple{1, []any{2.5, nil}}}, {Key: "a", Value: 3}}}))
	require.NoError(t, err)
	d := v.(*pickle.Dict)
	require.True(t, d.Ordered)
	require.Len(t, d.Items, 3)
	a, ok := d.Get("a")
	require.True(t, ok)
	require.Equal(t, int64(3), a, "the last one counts")
	b, _ := d.Get("b")
	require.Equal(t, []any{2.5, nil}, b.(*pickle.Tuple).Items[1].(*pickle.List).Items)
}

func TestSeveralPickles(t *testing.T) {
	data := append(p.Dump(1), p.Dump("two")...)
	d := pickle.NewDecoder(bytes.NewReader(append(data, 9, 9, 9)), options)
	v, err := d.Decode()
	require.NoError(t, err)
	require.Equal(t, int64(1), v)
	v, err = d.Decode()
	require.NoError(t, err)
	require.Equal(t, "two", v)
	require.Equal(t, int64(len(data)), d.Offset())
}

// nested is a list in a list ..., n deep, without marks.
func nested(n int) []byte {
	b := append([]byte{0x80, 2}, bytes.Repeat([]byte{']'}, n)...)
	return append(append(b, bytes.Repeat([]byte{'a'}, n-1)...), '.')
}

// marked has n open marks before they are used.
func marked(n int) []byte {
	b := append([]byte{0x80, 2}, bytes.Repeat([]byte{'('}, n)...)
	return append(append(b, bytes.Repeat([]byte{'t'}, n)...), '.')
}

// many is a list of n-1 numbers: n objects.
func many(n int) []byte {
	b := append([]byte{0x80, 2, ']', '('}, bytes.Repeat([]byte{'K', 1}, n-1)...)
	return append(b, 'e', '.')
}

// tuples is a list of n-1 empty tuples: n containers.
func tuples(n int) []byte {
	b := append([]byte{0x80, 2, ']', '('}, bytes.Repeat([]byte{')'}, n-1)...)
	return append(b, 'e', '.')
}

func TestLimits(t *testing.T) {
	for name, at := range map[string]struct {
		make  func(int) []byte
		limit int
	}{"nesting": {nested, pickle.MaxDepth}, "marks": {marked, pickle.MaxDepth}, "objects": {many, pickle.MaxObjects}, "containers": {tuples, pickle.MaxContainers}} {
		_, err := decode(at.make(at.limit))
		require.NoError(t, err, name)
		_, err = decode(at.make(at.limit + 1))
		require.ErrorIs(t, err, fault.ErrLimit, name)
	}
}

// hostile pickles are refused, at little cost. The first ones are what exploits do.
var hostile = []struct {
	name string
	data []byte
	want error
}{
	{"os.system", p.Dump(p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}), fault.ErrUnsupported},
	{"posix.system", p.Dump(p.Call{Fn: "posix system", Args: p.Tuple{"touch pwned"}}), fault.ErrUnsupported},
	{"builtins.eval", p.Dump(p.Call{Fn: "builtins eval", Args: p.Tuple{"1"}}), fault.ErrUnsupported},
	{"subprocess.Popen", p.Dump(p.Call{Fn: "subprocess Popen", Args: p.Tuple{"sh"}}), fault.ErrUnsupported},
	{"a longer name of the whitelist", p.Dump(p.Global("collections OrderedDict.fromkeys")), fault.ErrUnsupported},
	{"a dotted module", p.Dump(p.Global("collections.OrderedDict ")), fault.ErrUnsupported},
	{"calls a mark", p.Dump(p.Call{Fn: "torch FloatStorage"}), fault.ErrUnsupported},
	{"calls a string", []byte("\x80\x02U\x02os)R."), fault.ErrUnsupported},
	{"NEWOBJ", []byte("\x80\x02ccollections\nOrderedDict\n)\x81."), fault.ErrUnsupported},
	{"INST", []byte("\x80\x02(ios\nsystem\n."), fault.ErrUnsupported},
	{"OBJ", []byte("\x80\x02(ccollections\nOrderedDict\no."), fault.ErrUnsupported},
	{"STACK_GLOBAL", []byte("\x80\x04\x8c\x02os\x8c\x06system\x93."), fault.ErrUnsupported},
	{"EXT1", []byte("\x80\x02\x82\x01."), fault.ErrUnsupported},
	{"protocol 0", []byte("I1\n."), fault.ErrUnsupported},
	{"protocol 6", []byte("\x80\x06N."), fault.ErrUnsupported},
	{"persistent id", p.Dump(p.Persistent{"storage"}), fault.ErrUnsupported},
	{"state of a plain dict", []byte("\x80\x02}}b."), fault.ErrUnsupported},
	{"empty", nil, fault.ErrMalformed},
	{"text", []byte("this is no pickle"), fault.ErrMalformed},
	{"no stop", []byte("\x80\x02N"), fault.ErrMalformed},
	{"nothing on the stack", []byte("\x80\x02."), fault.ErrMalformed},
	{"two on the stack", []byte("\x80\x02NN."), fault.ErrMalformed},
	{"open mark", []byte("\x80\x02N(."), fault.ErrMalformed},
	{"tuple without mark", []byte("\x80\x02Nt."), fault.ErrMalformed},
	{"tuple across a mark", []byte("\x80\x02N(\x85."), fault.ErrMalformed},
	{"append to a tuple", []byte("\x80\x02)Na."), fault.ErrMalformed},
	{"append across a mark", []byte("\x80\x02](Na."), fault.ErrMalformed},
	{"set in a list", []byte("\x80\x02]NNs."), fault.ErrMalformed},
	{"odd dict", []byte("\x80\x02}(Nu."), fault.ErrMalformed},
	{"list as a key", []byte("\x80\x02}]Ns."), fault.ErrMalformed},
	{"a list in itself", []byte("\x80\x02]q\x00h\x00a."), fault.ErrMalformed},
	{"a list in itself, through a tuple", []byte("\x80\x02]q\x00h\x00\x85a."), fault.ErrMalformed},
	{"a dict in itself", []byte("\x80\x02}q\x00Nh\x00s."), fault.ErrMalformed},
	{"memo that is not there", []byte("\x80\x02h\x07."), fault.ErrMalformed},
	{"memo at 2^32-1", []byte("\x80\x02Nr\xff\xff\xff\xff."), fault.ErrLimit},
	{"string of 4 GB", []byte("\x80\x02X\xff\xff\xff\xffabc"), fault.ErrMalformed},
	{"string of 2^63", []byte("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc"), fault.ErrMalformed},
	{"bytes of 4 GB", []byte("\x80\x03B\xff\xff\xff\xffabc"), fault.ErrMalformed},
	{"long that is cut", []byte("\x80\x02\x8a\xff\x01"), fault.ErrMalformed},
	{"a name without end", append([]byte("\x80\x02c"), bytes.Repeat([]byte("a"), 1<<20)...), fault.ErrLimit},
	{"nested 10,000 deep", nested(10_000), fault.ErrLimit},
	{"10,000 marks", marked(10_000), fault.ErrLimit},
	{"tuples nested 100,000 deep", append(append([]byte("\x80\x02)"), bytes.Repeat([]byte{0x85}, 100_000)...), '.'), fault.ErrLimit},
	{"two million numbers", many(2_000_000), fault.ErrLimit},
	{"two million dicts", append([]byte("\x80\x02"), bytes.Repeat([]byte("}"), 2_000_000)...), fault.ErrLimit},
	{"memo put without end", append([]byte("\x80\x02N"), bytes.Repeat([]byte("q\x00"), 5_000_000)...), fault.ErrLimit},
	{"laughs", laughs(), fault.ErrLimit},
}

// laughs doubles a tuple again and again.
func laughs() []byte {
	b := []byte("\x80\x02)q\x00")
	for range 1000 {
		b = append(b, "h\x00h\x00\x86q\x00"...)
	}
	return append(b, '.')
}

func TestHostile(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := decode(h.data)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, h.want)
			require.Equal(t, fault.Model, fault.ClassOf(err))
			require.Less(t, took, slack*time.Second)
			require.Less(t, after.Sys-before.Sys, uint64(64<<20+2*len(h.data)), "memory taken from the system")
			require.Less(t, len(err.Error()), 4<<10)
		})
	}
}

func TestRefusedGlobalIsNamed(t *testing.T) {
	_, err := decode(hostile[0].data)
	require.ErrorContains(t, err, `pickle global "os.system" refused, nothing executed`)
}

func FuzzDecode(f *testing.F) {
	for _, h := range hostile {
		if len(h.data) < 1<<10 {
			f.Add(h.data)
		}
	}
	f.Add(p.Dump([]p.Entry{{Key: "a", Value: p.Tuple{1, 2.5, []any{nil, true, "x", p.Str("y")}}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decode(data)
		if err != nil {
			require.Equal(t, fault.Model, fault.ClassOf(err))
			return
		}
		require.LessOrEqual(t, depth(v, map[any]int{}), pickle.MaxDepth)
	})
}

// depth is how deep v is nested; known holds what was measured already.
func depth(v any, known map[any]int) int {
	var items []any
	switch x := v.(type) {
	case *pickle.Dict:
		for _, e := range x.Items {
			items = append(items, e.Key, e.Value)
		}
	case *pickle.List, *pickle.Tuple:
		items = pickle.Items(v)
	default:
		return 0
	}
	if d, ok := known[v]; ok {
		return d
	}
	d := 0
	for _, x := range items {
		d = max(d, depth(x, known))
	}
	known[v] = d + 1
	return d + 1
}

func TestErrorsHaveNoControlCharacters(t *testing.T) {
	_, err := decode(p.Dump(p.Global("o\x1b[31ms system")))
	require.ErrorIs(t, err, fault.ErrUnsupported)
	require.False(t, strings.ContainsRune(err.Error(), '\x1b'))
}
