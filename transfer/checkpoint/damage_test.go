package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// small is a checkpoint of about 1 KiB, as bytes, with the span of each section.
func small(t testing.TB) []byte {
	s := &State{
		Meta: Meta{Program: "0.1.0", Phase: "head", Step: 5, Hashes: map[string]string{"data": "d"}},
		Tensors: []Tensor{
			{"w", []int{5}, []float32{1, 2, 3, 4, 5}},
			{"m", []int{20}, make([]float32, 20)},
			{"n", []int{1}, []int64{9}},
		},
	}
	head, err := seal(s)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, write(&b, head, s))
	return b.Bytes()
}

func readBytes(b []byte) (*State, error) { return read(bytes.NewReader(b), int64(len(b))) }

// Every bit of the file is flipped once; the section must be named right.
func TestEveryFlippedBit(t *testing.T) {
	good := small(t)
	_, err := readBytes(good)
	require.NoError(t, err)
	h := int(binary.LittleEndian.Uint32(good[12:]))
	data := int(padded(int64(prefix + h + sealLen)))
	require.Len(t, good, data+64+128+64)
	section := func(i int) string { // of byte i
		d := i - data
		switch {
		case i < 8:
			return "magic"
		case i < 12:
			return "version"
		case i < prefix+h+sealLen:
			return "header"
		case i < data:
			return "padding of the header"
		case d < 20:
			return `tensor "w"`
		case d < 64:
			return `padding of tensor "w"`
		case d < 64+80:
			return `tensor "m"`
		case d < 64+128:
			return `padding of tensor "m"`
		case d < 64+128+8:
			return `tensor "n"`
		}
		return `padding of tensor "n"`
	}
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			_, err := readBytes(bad)
			var b *badSection
			require.ErrorAs(t, err, &b, "byte %d bit %d", i, bit)
			require.Equal(t, section(i), b.section, "byte %d bit %d", i, bit)
		}
	}
}

func TestEveryLength(t *testing.T) {
	good := small(t)
	for n := range good {
		_, err := readBytes(good[:n])
		require.Error(t, err, "%d bytes", n)
	}
	_, err := readBytes(append(bytes.Clone(good), make([]byte, 64)...))
	require.ErrorContains(t, err, "length")
}

func TestMessages(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "last.ckpt")
	good := small(t)
	flip := func(i int, x byte) []byte { b := bytes.Clone(good); b[i] = x; return b }
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{flip(8, 2), "error: usage: the checkpoint is of a newer gotl-gpu\n  where  PATH: version\n  why    format 2, this version reads up to 1\n  do     use the gotl-gpu that wrote it, or a newer one\n"},
		{[]byte(strings.Repeat("PK\x03\x04", 50)), "error: usage: this is not a gotl-gpu checkpoint\n  where  PATH: magic\n"},
		{nil, "error: usage: the checkpoint is damaged\n  where  PATH: length\n  why    0 bytes are too few for a checkpoint\n"},
		{flip(len(good)-64, 1), "error: usage: the checkpoint is damaged\n  where  PATH: tensor \"n\"\n  why    its SHA-256 differs from the stored one\n"},
	} {
		require.NoError(t, os.WriteFile(path, c.b, 0o600))
		_, err := Load(path)
		require.ErrorIs(t, err, fault.ErrCheckpoint)
		require.Contains(t, strings.ReplaceAll(fault.Format(err), path, "PATH"), c.want)
	}
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo.ckpt")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	for _, p := range []string{fifo, dir, filepath.Join(dir, "missing.ckpt"), "/dev/zero"} {
		done := make(chan error, 1)
		go func() { _, err := Load(p); done <- err }()
		select {
		case err := <-done:
			require.ErrorIs(t, err, fault.ErrCheckpoint, p)
		case <-time.After(10 * time.Second):
			t.Fatalf("Load(%s) hangs", p)
		}
	}
}

// hostile headers carry a right seal and lie about the rest.
func TestHostileHeaders(t *testing.T) {
	zero := strings.Repeat("0", 64)
	tensor := func(name, typ, shape string) string {
		return fmt.Sprintf(`{"meta":{},"tensors":[{"name":%q,"type":%q,"shape":%s,"sha256":%q}]}`, name, typ, shape, zero)
	}
	many := strings.Repeat(`{},`, 1_300_000)
	for name, j := range map[string]string{
		"not JSON":          `x`,
		"two values":        `{} {}`,
		"trailing space":    `{} `,
		"unknown key":       `{"evil":1}`,
		"unknown meta key":  `{"meta":{"evil":1}}`,
		"unknown entry key": `{"tensors":[{"offset":1}]}`,
		"list is null":      `{"tensors":null}`,
		"list is a number":  `{"tensors":3}`,
		"wrong kind":        `{"meta":{"step":"x"}}`,
		"huge claim":        tensor("a", "f32", "[1099511627776]"),
		"overflow":          tensor("a", "f32", "[4294967296,4294967296,4294967296]"),
		"overflow to 0":     tensor("a", "f32", "[9223372036854775807,2,0]"),
		"negative":          tensor("a", "f32", "[-1]"),
		"rank":              tensor("a", "f32", "[1,1,1,1,1,1,1,1,1]"),
		"type":              tensor("a", "f64", "[1]"),
		"no name":           tensor("", "f32", "[1]"),
		"long name":         tensor(strings.Repeat("n", maxName+1), "f32", "[1]"),
		"million entries":   `{"tensors":[` + many[:len(many)-1] + `]}`,
		"deep":              `{"meta":` + strings.Repeat("[", 1<<20),
		"sum of other data": tensor("a", "u8", "[64]"),
	} {
		t.Run(name, func(t *testing.T) {
			b := append(assemble([]byte(j)), make([]byte, 64)...)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readBytes(b)
			runtime.ReadMemStats(&after)
			var bad *badSection
			require.ErrorAs(t, err, &bad)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(48<<20))
		})
	}
	b := assemble([]byte(`{}`))
	binary.LittleEndian.PutUint32(b[12:], 1<<31)
	_, err := readBytes(b)
	require.ErrorContains(t, err, "2147483648 bytes claimed")
}

// FuzzRead feeds headers with a right seal and any data: no panic, a section
// named in every error, and what is accepted is written back and read alike.
func FuzzRead(f *testing.F) {
	good := small(f)
	h := int(binary.LittleEndian.Uint32(good[12:]))
	f.Add(good[prefix:prefix+h], good[padded(int64(prefix+h+sealLen)):], true)
	f.Add([]byte(`{"meta":{},"tensors":[]}`), []byte{}, true)
	f.Add(good, []byte{}, false)
	f.Fuzz(func(t *testing.T, a, b []byte, sealed bool) {
		if sealed {
			a = append(assemble(a), b...)
		}
		s, err := readBytes(a)
		if err != nil {
			var bad *badSection
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.section)
			return
		}
		head, err := seal(s)
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, write(&out, head, s))
		again, err := readBytes(out.Bytes())
		require.NoError(t, err)
		require.Equal(t, s.Meta, again.Meta)
		require.Len(t, again.Tensors, len(s.Tensors))
	})
}
