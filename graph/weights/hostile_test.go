package weights_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	p "github.com/gotl-gpu/gotl-gpu/graph/pickle/pickletest"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
	wt "github.com/gotl-gpu/gotl-gpu/graph/weights/weightstest"
)

type hostile struct {
	name string
	data []byte
	want error
}

// one is the header of a tensor "x" with these fields.
func one(fields string) []byte { return withHeader(`{"x":{`+fields+`}}`, "abcdefgh") }

const good = `"dtype":"F32","shape":[2],"data_offsets":[0,8]`

var hostileSafetensors = []hostile{
	{"empty", nil, fault.ErrMalformed},
	{"seven bytes", []byte("1234567"), fault.ErrMalformed},
	{"text", []byte("this is no file of weights at all"), fault.ErrMalformed},
	{"header of 2^64-1 bytes", append(bytes.Repeat([]byte{0xff}, 8), "{}"...), fault.ErrMalformed},
	{"header beyond the file", append(binary.LittleEndian.AppendUint64(nil, 100), "{}"...), fault.ErrMalformed},
	{"header of 0 bytes", withHeader("", ""), fault.ErrMalformed},
	{"no tensors", withHeader("{}", ""), fault.ErrModel},
	{"null", withHeader("null", ""), fault.ErrMalformed},
	{"array", withHeader("[]", ""), fault.ErrMalformed},
	{"leading space", withHeader(` {"x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"text behind", withHeader(`{"x":{`+good+`}}x`, "abcdefgh"), fault.ErrMalformed},
	{"header cut off", withHeader(`{"x":{`+good, "abcdefgh"), fault.ErrMalformed},
	{"not UTF-8", withHeader("{\"\xff\":{"+good+"}}", "abcdefgh"), fault.ErrMalformed},
	{"half a surrogate", withHeader(`{"\ud800":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"bad escape", withHeader(`{"\x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"newline in a name", withHeader("{\"a\nb\":{"+good+"}}", "abcdefgh"), fault.ErrMalformed},
	{"comma at the end", withHeader(`{"x":{`+good+`},}`, "abcdefgh"), fault.ErrMalformed},
	{"comment", withHeader(`{/**/"x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"name twice", withHeader(`{"x":{`+good+`},"x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"name twice, escaped", withHeader(`{"x":{`+good+`},"\u0078":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"name of 1,025 bytes", withHeader(`{"`+strings.Repeat("n", 1025)+`":{`+good+`}}`, "abcdefgh"), fault.ErrLimit},
	{"metadata twice", withHeader(`{"__metadata__":{},"__metadata__":{},"x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"metadata of numbers", withHeader(`{"__metadata__":{"a":1},"x":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"tensor null", withHeader(`{"x":null}`, ""), fault.ErrMalformed},
	{"field twice", one(good + `,"shape":[2]`), fault.ErrMalformed},
	{"unknown field", one(good + `,"strides":[1]`), fault.ErrMalformed},
	{"no dtype", one(`"shape":[2],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"no shape", one(`"dtype":"F32","data_offsets":[0,8]`), fault.ErrMalformed},
	{"no offsets", one(`"dtype":"F32","shape":[2]`), fault.ErrMalformed},
	{"dtype F8", one(`"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]`), fault.ErrUnsupported},
	{"dtype in small letters", one(`"dtype":"f32","shape":[2],"data_offsets":[0,8]`), fault.ErrUnsupported},
	{"dtype 1", one(`"dtype":1,"shape":[2],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape -1", one(`"dtype":"F32","shape":[-1],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape 2.0", one(`"dtype":"F32","shape":[2.0],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape 2e0", one(`"dtype":"F32","shape":[2e0],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape 02", one(`"dtype":"F32","shape":[02],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape null", one(`"dtype":"F32","shape":null,"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape too small", one(`"dtype":"F32","shape":[1],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"shape 0 by 2^64-1", one(`"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]`), fault.ErrMalformed},
	{"shape that overflows", one(`"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]`), fault.ErrLimit},
	{"shape that overflows to 2", one(`"dtype":"F32","shape":[2,9223372036854775809],"data_offsets":[0,8]`), fault.ErrMalformed},
	{"rank 9", one(`"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]`), fault.ErrLimit},
	{"rank 100,001", one(`"dtype":"F32","shape":[` + strings.Repeat("1,", 100_000) + `2],"data_offsets":[0,8]`), fault.ErrLimit},
	{"offsets of one number", one(`"dtype":"F32","shape":[2],"data_offsets":[8]`), fault.ErrMalformed},
	{"offsets of three", one(`"dtype":"F32","shape":[2],"data_offsets":[0,8,8]`), fault.ErrLimit},
	{"offsets backwards", one(`"dtype":"F32","shape":[2],"data_offsets":[8,0]`), fault.ErrMalformed},
	{"offset -8", one(`"dtype":"F32","shape":[2],"data_offsets":[-8,0]`), fault.ErrMalformed},
	{"beyond the file", one(`"dtype":"F32","shape":[4],"data_offsets":[0,16]`), fault.ErrMalformed},
	{"hole before", one(`"dtype":"F32","shape":[1],"data_offsets":[4,8]`), fault.ErrMalformed},
	{"hole behind", one(`"dtype":"F32","shape":[1],"data_offsets":[0,4]`), fault.ErrMalformed},
	{"overlap", withHeader(`{"x":{`+good+`},"y":{`+good+`}}`, "abcdefgh"), fault.ErrMalformed},
	{"partial overlap", withHeader(`{"x":{`+good+`},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, "abcdefghijkl"), fault.ErrMalformed},
	{"bytes behind", withHeader(`{"x":{`+good+`}}`, "abcdefghi"), fault.ErrMalformed},
	{"nested 10,000 deep", withHeader(strings.Repeat(`{"a":`, 10_000), ""), fault.ErrMalformed},
	{"100,001 tensors", withHeader(crowd(weights.MaxTensors+1), ""), fault.ErrLimit},
	{"100 MB and one byte of header", withHeader("{"+strings.Repeat(" ", weights.MaxHeader), ""), fault.ErrLimit},
	{"90 MB of spaces", withHeader("{"+strings.Repeat(" ", 90_000_000), ""), fault.ErrMalformed},
	{"90 MB of metadata", withHeader(`{"__metadata__":{"a":"`+strings.Repeat("x", 90_000_000)+`"}`, ""), fault.ErrMalformed},
}

// crowd is a header of n tensors without elements.
func crowd(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%c"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, "{,"[min(i, 1)], i)
	}
	return b.String() + "}"
}

func pkl(object any) []byte { return state(object) }

// stored has these entries, all under "m/".
func stored(entries ...wt.Entry) []byte {
	for i := range entries {
		entries[i].Name = "m/" + entries[i].Name
	}
	return wt.Store(entries)
}

func tensor(offset int, size, stride p.Tuple) any {
	return dict("w", wt.Rebuild(six(), offset, size, stride))
}

var fine = tensor(0, p.Tuple{6}, p.Tuple{1})

var hostileZip = []hostile{
	{"only a signature", []byte("PK\x03\x04"), fault.ErrMalformed},
	{"no entries", append([]byte("PK\x03\x04"), wt.Store(nil)...), fault.ErrMalformed},
	{"cut by one byte", pkl(fine)[:len(pkl(fine))-1], fault.ErrMalformed},
	{"cut in the middle", pkl(fine)[:len(pkl(fine))/2], fault.ErrMalformed},
	{"no pickle", stored(wt.Entry{Name: "data/0", Data: make([]byte, 24)}), fault.ErrMalformed},
	{"two pickles", wt.Store([]wt.Entry{{Name: "a/data.pkl"}, {Name: "b/data.pkl"}}), fault.ErrMalformed},
	{"an entry twice", wt.Store([]wt.Entry{{Name: "a/data.pkl"}, {Name: "a/data.pkl"}}), fault.ErrMalformed},
	{"TorchScript", stored(wt.Entry{Name: "data.pkl", Data: p.Dump(fine)}, wt.Entry{Name: "constants.pkl"}), fault.ErrUnsupported},
	{"deflated", deflated(), fault.ErrUnsupported},
	{"encrypted", patched("PK\x01\x02", 8, 1), fault.ErrUnsupported},
	{"big-endian", stored(wt.Entry{Name: "data.pkl", Data: p.Dump(fine)}, wt.Entry{Name: "byteorder", Data: []byte("big")}), fault.ErrUnsupported},
	{"entry that ends behind the directory", patched("PK\x01\x02", 20, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0), fault.ErrMalformed},
	{"entry of 4 GB", patched("PK\x01\x02", 20, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff), fault.ErrMalformed},
	{"other size packed", patched("PK\x01\x02", 20, 1), fault.ErrMalformed},
	{"entry begins nowhere", patched("PK\x01\x02", 42, 0xff, 0xff), fault.ErrMalformed},
	{"other name in its own header", patched("PK\x03\x04", 30, 'n'), fault.ErrMalformed},
	{"no header of its own", patched("PK\x03\x04", 26, 0xff, 0xff), fault.ErrMalformed},
	{"directory begins nowhere", patched("PK\x05\x06", 16, 0xff, 0xff, 0xff, 0), fault.ErrMalformed},
	{"directory of 64 bits without one", patched("PK\x05\x06", 16, 0xff, 0xff, 0xff, 0xff), fault.ErrMalformed},
	{"65,534 entries that are not there", patched("PK\x05\x06", 8, 0xfe, 0xff, 0xfe, 0xff), fault.ErrMalformed},
	{"100,001 entries", crowdedZip(weights.MaxTensors + 1), fault.ErrLimit},
	{"storage missing", stored(wt.Entry{Name: "data.pkl", Data: p.Dump(fine)}), fault.ErrMalformed},
	{"storage too small", stored(wt.Entry{Name: "data.pkl", Data: p.Dump(fine)}, wt.Entry{Name: "data/0", Data: make([]byte, 23)}), fault.ErrMalformed},
	{"storage too large", stored(wt.Entry{Name: "data.pkl", Data: p.Dump(fine)}, wt.Entry{Name: "data/0", Data: make([]byte, 25)}), fault.ErrMalformed},
	{"storage outside", pkl(dict("w", wt.Tensor("../../../../etc/passwd", graph.Shape{1}, false))), fault.ErrMalformed},
	{"storage by an absolute path", pkl(dict("w", wt.Tensor("/etc/passwd", graph.Shape{1}, false))), fault.ErrMalformed},
	{"one storage of two types", pkl([]p.Entry{{Key: "a", Value: wt.Tensor("0", graph.Shape{6}, false)}, {Key: "b", Value: wt.Rebuild(wt.Storage("IntStorage", "0", 6, false), 0, p.Tuple{6}, p.Tuple{1})}}), fault.ErrMalformed},
	{"one name twice", pkl([]p.Entry{{Key: "a", Value: wt.Tensor("0", graph.Shape{6}, false)}, {Key: "a", Value: wt.Tensor("0", graph.Shape{6}, false)}}), fault.ErrMalformed},
	{"size beyond the storage", pkl(tensor(0, p.Tuple{7}, p.Tuple{1})), fault.ErrMalformed},
	{"offset beyond the storage", pkl(tensor(6, p.Tuple{1}, p.Tuple{1})), fault.ErrMalformed},
	{"stride beyond the storage", pkl(tensor(0, p.Tuple{2}, p.Tuple{6})), fault.ErrMalformed},
	{"strides that overflow", pkl(tensor(0, p.Tuple{1 << 30, 1 << 10}, p.Tuple{1 << 40, 1 << 40})), fault.ErrMalformed},
	{"scalar beyond the storage", pkl(tensor(6, p.Tuple{}, p.Tuple{})), fault.ErrMalformed},
	{"offset -1", pkl(tensor(-1, p.Tuple{2}, p.Tuple{1})), fault.ErrMalformed},
	{"size -1", pkl(tensor(0, p.Tuple{-1}, p.Tuple{1})), fault.ErrMalformed},
	{"stride -1", pkl(tensor(5, p.Tuple{2}, p.Tuple{-1})), fault.ErrMalformed},
	{"size of 2^62", pkl(tensor(0, p.Tuple{1 << 62}, p.Tuple{0})), fault.ErrMalformed},
	{"size that overflows, stride 0", pkl(tensor(0, p.Tuple{1 << 40, 1 << 40}, p.Tuple{0, 0})), fault.ErrLimit},
	{"more strides than sizes", pkl(tensor(0, p.Tuple{2}, p.Tuple{1, 1})), fault.ErrMalformed},
	{"rank 9", pkl(tensor(0, p.Tuple{1, 1, 1, 1, 1, 1, 1, 1, 1}, p.Tuple{1, 1, 1, 1, 1, 1, 1, 1, 1})), fault.ErrLimit},
	{"size of text", pkl(tensor(0, p.Tuple{"6"}, p.Tuple{1})), fault.ErrMalformed},
	{"tensor without arguments", pkl(dict("w", p.Call{Fn: "torch._utils _rebuild_tensor_v2"})), fault.ErrMalformed},
	{"tensor on no storage", pkl(dict("w", wt.Rebuild("0", 0, p.Tuple{1}, p.Tuple{1}))), fault.ErrMalformed},
	{"parameter of a parameter's name", pkl(dict("w", p.Call{Fn: "torch._utils _rebuild_parameter", Args: p.Tuple{"w", true, nil}})), fault.ErrMalformed},
	{"storage of -1", pkl(dict("w", wt.Rebuild(wt.Storage("FloatStorage", "0", -1, false), 0, p.Tuple{1}, p.Tuple{1}))), fault.ErrMalformed},
	{"storage of 2^62", pkl(dict("w", wt.Rebuild(wt.Storage("FloatStorage", "0", 1<<62, false), 0, p.Tuple{1}, p.Tuple{1}))), fault.ErrMalformed},
	{"persistent id of another kind", pkl(dict("w", p.Persistent{"module", 1, 2, 3, 4})), fault.ErrMalformed},
	{"name that is not UTF-8", pkl(dict("\xff", wt.Tensor("0", graph.Shape{6}, false))), fault.ErrMalformed},
	{"name of 1,025 bytes", pkl(dict(strings.Repeat("n", 1025), wt.Tensor("0", graph.Shape{6}, false))), fault.ErrLimit},
	{"key that is a number", pkl([]p.Entry{{Key: 1, Value: wt.Tensor("0", graph.Shape{6}, false)}}), fault.ErrUnsupported},
	{"a list", pkl([]any{wt.Tensor("0", graph.Shape{6}, false)}), fault.ErrUnsupported},
	{"a tensor", pkl(wt.Tensor("0", graph.Shape{6}, false)), fault.ErrUnsupported},
	{"no tensors", pkl(dict("epoch", 3)), fault.ErrUnsupported},
	{"an empty dict", pkl([]p.Entry{}), fault.ErrUnsupported},
	{"os.system", pkl(p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}), fault.ErrUnsupported},
	{"builtins.exec in a tensor", pkl(dict("w", wt.Rebuild(p.Call{Fn: "builtins exec", Args: p.Tuple{"1"}}, 0, p.Tuple{1}, p.Tuple{1}))), fault.ErrUnsupported},
	{"a whole module", pkl(p.Global("torchvision.models.resnet ResNet")), fault.ErrUnsupported},
	{"torch.load itself", pkl(p.Call{Fn: "torch load", Args: p.Tuple{"other.pth"}}), fault.ErrUnsupported},
	{"100,001 tensors", pkl(crowdedDict(weights.MaxTensors + 1)), fault.ErrLimit},
}

func deflated() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("m/data.pkl")
	if err == nil {
		_, err = w.Write(bytes.Repeat(p.Dump(fine), 1000))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// patched changes bytes behind the first signature of a good file.
func patched(signature string, at int, to ...byte) []byte {
	b := pkl(fine)
	copy(b[bytes.Index(b, []byte(signature))+at:], to)
	return b
}

// crowdedZip is a directory of n entries with short names.
func crowdedZip(n int) []byte {
	entries := []wt.Entry{{Name: "m/data.pkl", Data: p.Dump(fine)}}
	for i := range n - 1 {
		entries = append(entries, wt.Entry{Name: fmt.Sprint(i)})
	}
	return wt.Store(entries)
}

func crowdedDict(n int) []p.Entry {
	// one tensor, remembered, under many names
	es := []p.Entry{{Key: "0", Value: p.Items{From: p.Raw("}"), Entries: nil}}}
	first := p.Dump(wt.Tensor("0", graph.Shape{6}, false))
	es[0].Value = p.Raw(append(first[2:len(first)-1], "q\x07"...))
	for i := 1; i < n; i++ {
		es = append(es, p.Entry{Key: fmt.Sprint(i), Value: p.Raw("h\x07")})
	}
	return es
}

// legacy is a legacy file of one storage with the given object, keys and data.
func legacy(object any, keys []any, data string) []byte {
	return append(wt.LegacyHead(object, keys), data...)
}

var oneLegacy = dict("w", wt.Tensor("0", graph.Shape{1}, true))

const one8 = "\x01\x00\x00\x00\x00\x00\x00\x00"

var hostileLegacy = []hostile{
	{"only the magic", legacy(nil, nil, "")[:15], fault.ErrMalformed},
	{"other version", bytes.Replace(legacy(oneLegacy, []any{"0"}, one8+"abcd"), p.Dump(1001), p.Dump(1002), 1), fault.ErrUnsupported},
	{"big-endian", bytes.Replace(legacy(oneLegacy, []any{"0"}, one8+"abcd"), []byte("little_endian\x88"), []byte("little_endian\x89"), 1), fault.ErrUnsupported},
	{"no data", legacy(oneLegacy, []any{"0"}, ""), fault.ErrMalformed},
	{"data cut off", legacy(oneLegacy, []any{"0"}, one8+"abc"), fault.ErrMalformed},
	{"bytes behind", legacy(oneLegacy, []any{"0"}, one8+"abcde"), fault.ErrMalformed},
	{"other length", legacy(oneLegacy, []any{"0"}, "\x02\x00\x00\x00\x00\x00\x00\x00abcdefgh"), fault.ErrMalformed},
	{"length -1", legacy(oneLegacy, []any{"0"}, strings.Repeat("\xff", 8)+"abcd"), fault.ErrMalformed},
	{"storage without a key", legacy(oneLegacy, []any{}, ""), fault.ErrMalformed},
	{"key twice", legacy(oneLegacy, []any{"0", "0"}, one8+"abcd"+one8+"abcd"), fault.ErrMalformed},
	{"key that is not used", legacy(oneLegacy, []any{"0", "1"}, one8+"abcd"+one8+"abcd"), fault.ErrMalformed},
	{"keys are no list", append(bytes.TrimSuffix(legacy(oneLegacy, nil, ""), p.Dump([]any(nil))), p.Dump("0")...), fault.ErrMalformed},
	{"view beyond the storage", legacy(dict("w", wt.Rebuild(append(wt.Storage("FloatStorage", "0", 1, false), p.Tuple{"v", 1, 1}), 0, p.Tuple{1}, p.Tuple{1})), []any{"0"}, one8+"abcd"), fault.ErrMalformed},
	{"os.system", legacy(p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}, []any{}, ""), fault.ErrUnsupported},
	{"os.system among the keys", legacy(oneLegacy, []any{p.Call{Fn: "os system", Args: p.Tuple{"touch pwned"}}}, ""), fault.ErrUnsupported},
	{"a whole module", legacy(dict("w", p.Persistent{"module", p.Global("collections OrderedDict"), "f.py", "source"}), []any{}, ""), fault.ErrMalformed},
}

// Every hostile file gives a typed error of the class "model" that names the file,
// within a second and 64 MB + 2·file of memory.
func TestHostile(t *testing.T) {
	dir := t.TempDir()
	for i, list := range [][]hostile{hostileSafetensors, hostileZip, hostileLegacy} {
		kind := []string{"safetensors", "zip", "legacy"}[i]
		for _, h := range list {
			t.Run(kind+"/"+h.name, func(t *testing.T) {
				path := filepath.Join(dir, "weights")
				require.NoError(t, os.WriteFile(path, h.data, 0o600))
				runtime.GC()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err := weights.Open(path)
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				require.ErrorIs(t, err, h.want)
				require.Equal(t, fault.Model, fault.ClassOf(err))
				require.Contains(t, fault.Format(err), path)
				require.Less(t, took, slack*time.Second)
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20+2*len(h.data)), "bytes allocated in all")
				require.Less(t, len(fault.Format(err)), 4<<10, "a message a person can read")
			})
		}
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing was executed")
}

// At the limits files are read.
func TestAtTheLimits(t *testing.T) {
	for name, b := range map[string][]byte{
		"100,000 tensors":      withHeader(crowd(weights.MaxTensors), ""),
		"100,000 in a pickle":  pkl(crowdedDict(weights.MaxTensors)),
		"100,000 entries":      crowdedZipWithStorage(),
		"name of 1,024 bytes":  withHeader(`{"`+strings.Repeat("n", weights.MaxName)+`":{`+good+`}}`, "abcdefgh"),
		"rank 8":               one(`"dtype":"F32","shape":[1,1,1,1,1,1,1,2],"data_offsets":[0,8]`),
		"header of 100 MB":     withHeader(`{"x":{`+good+`}}`+strings.Repeat(" ", weights.MaxHeader-len(good)-8), "abcdefgh"),
		"a view of the legacy": legacy(dict("w", wt.Rebuild(append(wt.Storage("FloatStorage", "0", 1, false), p.Tuple{"v", 0, 1}), 0, p.Tuple{1}, p.Tuple{1})), []any{"0"}, one8+"abcd"),
	} {
		_, err := read(b)
		require.NoError(t, err, name)
	}
}

func crowdedZipWithStorage() []byte {
	entries := []wt.Entry{{Name: "m/data.pkl", Data: p.Dump(fine)}, {Name: "m/data/0", Data: make([]byte, 24)}}
	for i := range weights.MaxTensors - 2 {
		entries = append(entries, wt.Entry{Name: fmt.Sprint(i)})
	}
	return wt.Store(entries)
}

// Every cut of a file is refused, and every changed bit is refused or read without harm.
func TestCutsAndFlips(t *testing.T) {
	for name, b := range map[string][]byte{"safetensors": safetensors(t, some()[:4], nil), "zip": wt.Zip(some()[:3]), "legacy": wt.Legacy(some()[:3])} {
		for n := range b {
			_, err := read(b[:n])
			require.Error(t, err, "%s cut to %d bytes", name, n)
		}
		for i := range 8 * len(b) {
			b[i/8] ^= 1 << (i % 8)
			harmless(t, b)
			b[i/8] ^= 1 << (i % 8)
		}
	}
}

// harmless reads all tensors of a file that is perhaps none.
func harmless(t *testing.T, b []byte) {
	s, err := read(b)
	if err != nil {
		require.Equal(t, fault.Model, fault.ClassOf(err), "%v", err)
		return
	}
	for _, x := range s.Tensors() {
		if x.Shape.Len() > 1<<20 { // stride 0 stands for as many as it likes
			continue
		}
		_, err := x.Load()
		require.NoError(t, err)
	}
}

func fuzz(f *testing.F, seeds [][]hostile, files ...[]byte) {
	for _, list := range seeds {
		for _, h := range list {
			if len(h.data) < 4<<10 {
				f.Add(h.data)
			}
		}
	}
	for _, b := range files {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { harmless(t, b) })
}

func FuzzSafetensors(f *testing.F) {
	fuzz(f, [][]hostile{hostileSafetensors}, safetensors(f, some()[:4], map[string]string{"a": "b"}))
}

func FuzzZip(f *testing.F) { fuzz(f, [][]hostile{hostileZip}, wt.Zip(some()[:2]), pkl(fine)) }

func FuzzLegacy(f *testing.F) {
	fuzz(f, [][]hostile{hostileLegacy}, wt.Legacy(some()[:2]), legacy(oneLegacy, []any{"0"}, one8+"abcd"))
}

// A file that shrinks after it was opened gives an error, not a crash.
func TestFileThatShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, weights.WriteSafetensors(path, some(), nil))
	s, err := weights.Open(path)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, os.Truncate(path, 100))
	_, err = s.Tensors()[0].Load()
	require.ErrorIs(t, err, fault.ErrMalformed)
	require.ErrorIs(t, err, io.EOF)
}

func TestNaNStaysNaN(t *testing.T) {
	s, err := read(withHeader(`{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, "\x01\x7e\x01\xfe"))
	require.NoError(t, err)
	x, err := s.Get("x").Load()
	require.NoError(t, err)
	for _, v := range x.F32 {
		require.True(t, math.IsNaN(float64(v)))
	}
}
