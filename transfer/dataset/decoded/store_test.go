package decoded

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// record is what sample i holds in these tests.
func record(i, n int) []byte {
	b := make([]byte, n)
	x := uint32(i)*2654435761 + 1
	for k := range b {
		x = x*1664525 + 1013904223
		b[k] = byte(x >> 24)
	}
	return b
}

func sizes(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 100 + 977*i%5000
	}
	return s
}

func total(s []int) (n int64) {
	for _, v := range s {
		n += int64(v)
	}
	return n
}

func onDisk(dir string, n int) Options {
	s := sizes(n)
	return Options{Key: Key{1, byte(n)}, Sizes: s, Need: total(s), RAM: NewBudget(0), Dir: dir, Disk: 1 << 30}
}

func open(t testing.TB, o Options) *Store {
	s, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fill(s *Store) {
	for i, n := range s.size {
		s.Put(i, record(i, n))
	}
}

func requireAll(t testing.TB, s *Store) {
	for i, n := range s.size {
		got, ok := s.Get(i)
		require.True(t, ok, "%d", i)
		require.Equal(t, record(i, n), got, "%d", i)
	}
}

func TestMemory(t *testing.T) {
	z := sizes(40)
	ram := NewBudget(total(z))
	s, err := Open(Options{Sizes: z, Need: total(z), RAM: ram, Dir: t.TempDir(), Disk: 1 << 30})
	require.NoError(t, err)
	require.Equal(t, "ram", s.Where())
	_, ok := s.Get(3)
	require.False(t, ok)
	fill(s)
	requireAll(t, s)
	require.Zero(t, ram.Left())
	require.Equal(t, total(z), s.Kept())
	s.Put(3, record(99, z[3])) // first come, first kept
	requireAll(t, s)
	s.Drop(3)
	_, ok = s.Get(3)
	require.False(t, ok)
	require.NoError(t, s.Close())
	require.Equal(t, total(z), ram.Left())
	s.Put(1, record(1, z[1]))
	_, ok = s.Get(1)
	require.False(t, ok, "closed")
}

// Without a folder, memory holds what fits.
func TestBudgetIsKept(t *testing.T) {
	ram := NewBudget(1000)
	s := open(t, Options{Sizes: []int{400, 400, 400, 150}, Need: 1350, RAM: ram})
	fill(s)
	for i, want := range []bool{true, true, false, true} {
		_, ok := s.Get(i)
		require.Equal(t, want, ok, "%d", i)
	}
	require.Equal(t, int64(50), ram.Left())
	s.Put(2, make([]byte, 10)) // of another size
	_, ok := s.Get(2)
	require.False(t, ok)
}

func TestFileIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	o := onDisk(dir, 60)
	s, err := Open(o)
	require.NoError(t, err)
	require.Equal(t, "disk", s.Where())
	fill(s)
	requireAll(t, s)
	require.NoError(t, s.Close())
	st, err := os.Stat(path(o))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())

	o.RAM = NewBudget(1 << 30) // would fit, but the file is there
	s = open(t, o)
	require.Equal(t, 60, s.Found())
	requireAll(t, s)
	o.Key[5]++
	other := open(t, o)
	require.Zero(t, other.Found(), "another key")
}

// A damaged record is a miss and is written anew; others stay.
func TestDamagedRecords(t *testing.T) {
	o := onDisk(t.TempDir(), 30)
	s := open(t, o)
	fill(s)
	require.NoError(t, s.Close())
	b, err := os.ReadFile(path(o))
	require.NoError(t, err)
	l := newLayout(o.Sizes)
	b[l.off[7]+50] ^= 1        // a byte of record 7
	b[headerBytes+8*9+5] ^= 1  // CRC of 9
	b[headerBytes+8*11] ^= 255 // mark of 11
	clear(b[l.off[13] : l.off[13]+int64(o.Sizes[13])])
	require.NoError(t, os.WriteFile(path(o), b, 0o600))

	s = open(t, o)
	for i := range o.Sizes {
		_, ok := s.Get(i)
		require.Equal(t, i != 7 && i != 9 && i != 11 && i != 13, ok, "%d", i)
	}
	fill(s)
	requireAll(t, s)
	require.NoError(t, s.Close())
	s = open(t, o)
	requireAll(t, s)
}

// Any byte of the header changed, or another length: the file is made anew.
func TestDamagedHeader(t *testing.T) {
	o := onDisk(t.TempDir(), 5)
	s := open(t, o)
	fill(s)
	require.NoError(t, s.Close())
	good, err := os.ReadFile(path(o))
	require.NoError(t, err)
	for i := range 70 {
		b := bytes.Clone(good)
		b[i] ^= 4
		bad := b
		if i == 69 {
			bad = good[:len(good)-1]
		}
		require.NoError(t, os.WriteFile(path(o), bad, 0o600))
		s := open(t, o)
		require.Zero(t, s.Found(), "byte %d", i) // padding behind the 60 bytes is compared too
		require.NoError(t, s.Close())
	}
}

// A file cut short under the map is a miss, not a crash.
func TestFileShrinksUnderTheMap(t *testing.T) {
	o := onDisk(t.TempDir(), 50)
	s := open(t, o)
	fill(s)
	require.NoError(t, s.Close())
	s = open(t, o)
	require.NoError(t, os.Truncate(path(o), 8192))
	n := 0
	for i := range o.Sizes {
		if _, ok := s.Get(i); ok {
			n++
		}
	}
	require.Less(t, n, 10)
}

func TestInUse(t *testing.T) {
	o := onDisk(t.TempDir(), 5)
	s := open(t, o)
	fill(s)
	other, err := Open(o)
	require.ErrorIs(t, err, errBusy)
	require.Equal(t, "ram", other.Where())
	require.NoError(t, other.Close())
	requireAll(t, s)
}

// The longest unused go first; what is in use stays; too much is refused.
func TestRoom(t *testing.T) {
	dir := t.TempDir()
	o := func(k byte) Options {
		return Options{Key: Key{k}, Sizes: []int{1 << 20}, Need: 1 << 20, RAM: NewBudget(0), Dir: dir, Disk: 4 << 20}
	}
	there := func(k byte) bool { return exists(o(k)) }
	for k := range byte(3) {
		s := open(t, o(k))
		fill(s)
		require.NoError(t, s.Close())
		when := time.Now().Add(time.Duration(k)*time.Hour - 100*time.Hour)
		require.NoError(t, os.Chtimes(path(o(k)), when, when))
	}
	used := open(t, o(0)) // the oldest, now used
	fill(open(t, o(3)))
	require.Equal(t, []bool{true, false, true, true}, []bool{there(0), there(1), there(2), there(3)})
	requireAll(t, used)
	big := o(9)
	big.Sizes, big.Need = []int{5 << 20}, 5<<20
	s, err := Open(big)
	require.ErrorIs(t, err, errRoom)
	require.Equal(t, "ram", s.Where())
	require.NoError(t, s.Close())
}

// A disk that refuses ends the writing; what was kept stays right.
func TestWriteFails(t *testing.T) {
	o := onDisk(t.TempDir(), 20)
	s := open(t, o)
	for i := range 10 {
		s.Put(i, record(i, o.Sizes[i]))
	}
	f, err := os.Open(path(o)) // cannot be written
	require.NoError(t, err)
	old := s.f
	s.f = f
	fill(s)
	require.Error(t, s.Err())
	s.f = old
	f.Close()
	for i := range 20 {
		_, ok := s.Get(i)
		require.Equal(t, i < 10, ok)
	}
	require.Error(t, s.Close())
}

func TestUnwritableFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	s, err := Open(onDisk(dir, 5))
	require.Error(t, err)
	require.Equal(t, "ram", s.Where())
	require.NoError(t, s.Close())
}

func TestManyGoroutines(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		o := onDisk(dir, 200)
		o.RAM = NewBudget(0)
		if dir == "" {
			o.RAM = NewBudget(o.Need)
		}
		s := open(t, o)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for k := range 200 {
					i := (k*7 + g*31) % 200
					b, ok := s.Get(i)
					if ok && !bytes.Equal(b, record(i, o.Sizes[i])) {
						t.Error("wrong bytes")
					}
					if !ok {
						s.Put(i, record(i, o.Sizes[i]))
					}
				}
			})
		}
		wg.Wait()
		requireAll(t, s)
	}
}

// A writer killed at any moment loses nothing that was whole, and leaves
// nothing wrong: the next one finishes.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv("GOTL_TEST_KILL"); dir != "" {
		s, err := Open(onDisk(dir, 2000))
		require.NoError(t, err)
		fmt.Println("writing")
		for i, n := range s.size {
			if _, ok := s.Get(i); !ok {
				s.Put(i, record(i, n))
			}
			fmt.Println(i)
		}
		return
	}
	dir, last := t.TempDir(), -1
	for k := range 4 {
		c := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		c.Env = append(os.Environ(), "GOTL_TEST_KILL="+dir)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		buf := make([]byte, 1)
		var seen strings.Builder
		for strings.Count(seen.String(), "\n") < 1+300*(k+1) {
			_, err := out.Read(buf)
			require.NoError(t, err)
			seen.Write(buf)
		}
		require.NoError(t, c.Process.Kill())
		require.Error(t, c.Wait())
		s := open(t, onDisk(dir, 2000))
		n := 0
		for i, size := range s.size {
			if b, ok := s.Get(i); ok {
				require.Equal(t, record(i, size), b)
				n++
			}
		}
		require.GreaterOrEqual(t, n, 300*(k+1))
		require.Greater(t, n, last)
		last = n
		require.NoError(t, s.Close())
	}
	s := open(t, onDisk(dir, 2000))
	fill(s)
	requireAll(t, s)
}

func TestFreeMemory(t *testing.T) {
	require.Equal(t, int64(2048<<10), available("MemTotal:  9 kB\nMemAvailable:   2048 kB\n"))
	require.Equal(t, int64(7), field("anon 3\ninactive_file 7\n", "inactive_file"))
	require.Zero(t, field("anon 3\n", "inactive_file"))
	require.Positive(t, FreeMemory())
}
