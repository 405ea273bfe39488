package cache

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const childEnv = "GOTL_CACHE_CHILD"

// TestMain turns the test binary into the process that TestKilledWriter kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		childWrites(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	records = 40
	floats  = 9
)

// numbers is what record i must hold: a function of its index.
func numbers(i int) []float32 {
	x := make([]float32, floats)
	for k := range x {
		x[k] = float32(i*100+k) / 7
	}
	return x
}

func tag(i int) Key { return key().Record([32]byte{byte(i)}, uint64(i)) }
func key() Key      { return NewKey("test", "one") }

type warnings struct{ text []string }

func (w *warnings) add(s string) { w.text = append(w.text, s) }

func pool(t testing.TB, dir string, ram int64) (*Pool, *warnings) {
	w := &warnings{}
	p := New(Options{Dir: dir, RAM: ram, Warn: w.add})
	t.Cleanup(p.Close)
	return p, w
}

func spec() Spec { return Spec{Records: records, Floats: floats, Used: records, Keep: true} }

// fill puts every record that is missing and returns how many were.
func fill(s *Store) (missing int) {
	for i := range records {
		if !s.Has(i, tag(i)) {
			missing++
			s.Put(i, tag(i), numbers(i), false)
		}
	}
	s.Flush()
	return missing
}

// readAll requires that each record is right, or missing, and counts the latter.
func readAll(t testing.TB, s *Store) (missing int) {
	dst := make([]float32, floats)
	for i := range records {
		if s.Get(i, tag(i), dst) {
			require.Equal(t, numbers(i), dst, "record %d", i)
		} else {
			missing++
		}
	}
	return missing
}

// written makes a complete file in a new folder.
func written(t testing.TB) (dir, path string) {
	dir = filepath.Join(t.TempDir(), "cache")
	p := New(Options{Dir: dir, RAM: 1 << 20})
	s := p.Open(key(), RAM, spec())
	require.Equal(t, records, fill(s))
	s.Close()
	p.Close()
	return dir, filepath.Join(dir, key().String()+doneEnd)
}

func TestLevels(t *testing.T) {
	for _, c := range []struct {
		name string
		ram  int64
		disk bool
		want Level
	}{{"memory", 4 * records * floats, true, RAM}, {"memory only", 1 << 20, false, RAM}, {"too large", 4*records*floats - 1, true, Disk}, {"nowhere", 10, false, None}} {
		t.Run(c.name, func(t *testing.T) {
			dir := ""
			if c.disk {
				dir = t.TempDir()
			}
			p, _ := pool(t, dir, c.ram)
			l := p.Choose(spec().bytes())
			require.Equal(t, c.want, l)
			s := p.Open(key(), l, spec())
			defer s.Close()
			require.Equal(t, c.want, s.Level())
			require.Equal(t, records, fill(s))
			want := 0
			if c.want == None {
				want = records
			}
			require.Equal(t, want, readAll(t, s))
			require.False(t, s.Has(3, tag(4)), "another picture's tag")
		})
	}
}

// Memory is reserved while a store is open and given back.
func TestMemoryBudget(t *testing.T) {
	p, _ := pool(t, "", spec().bytes())
	s := p.Open(key(), p.Choose(spec().bytes()), spec())
	require.Equal(t, None, p.Choose(spec().bytes()))
	s.Close()
	s.Flush()
	require.Equal(t, RAM, p.Choose(spec().bytes()))
}

// A later run finds the records, in memory or on disk; another key finds none.
func TestSecondRun(t *testing.T) {
	dir, path := written(t)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	for _, ram := range []int64{1 << 20, 0} {
		p := New(Options{Dir: dir, RAM: ram})
		require.True(t, p.Known(key()))
		s := p.Open(key(), p.Choose(spec().bytes()), spec())
		require.Zero(t, readAll(t, s))
		s.Close()
		require.False(t, p.Known(NewKey("test", "two")))
		p.Close()
	}
}

// Records that must not outlive the run are held and not found later.
func TestPassing(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		p := New(Options{Dir: dir, RAM: 1 << 20})
		s := p.Open(key(), RAM, spec())
		require.False(t, s.Has(1, tag(1)))
		s.Put(1, tag(1), numbers(1), true)
		require.Equal(t, records-1, readAll(t, s))
		s.Close()
		p.Close()
	}
	require.Empty(t, list(t, dir), "a file without a record is not left")
}

func list(t testing.TB, dir string) []string {
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// Whatever byte of the file is damaged, a record is right or missing; afterwards
// the file is whole again.
func TestEveryDamagedByte(t *testing.T) {
	dir, path := written(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	lost := 0
	for at := 0; at < len(whole); at += 1 + at/60*12 { // the header's bytes, then a sample
		b := append([]byte(nil), whole...)
		b[at] ^= 0x40
		require.NoError(t, os.WriteFile(path, b, 0o600))
		w := &warnings{}
		p := New(Options{Dir: dir, RAM: 1 << 20, Warn: w.add})
		s := p.Open(key(), RAM, spec())
		n := readAll(t, s)
		lost += n
		if n > 0 && at >= len(whole)-4*records*floats {
			require.Len(t, w.text, 1, "a damaged record is told")
		}
		require.Equal(t, n, fill(s), "at %d", at)
		s.Close()
		p.Close()
		again, err := os.ReadFile(path)
		require.NoError(t, err)
		if n > 0 {
			require.Equal(t, whole, again, "repaired after damage at %d", at)
		}
	}
	require.Positive(t, lost)
}

func TestEveryLength(t *testing.T) {
	dir, path := written(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for n := 0; n < len(whole); n += 397 {
		require.NoError(t, os.WriteFile(path, whole[:n], 0o600))
		p := New(Options{Dir: dir, RAM: 1 << 20})
		s := p.Open(key(), RAM, spec())
		require.Equal(t, readAll(t, s), fill(s), "cut at %d", n)
		require.Zero(t, readAll(t, s))
		s.Close()
		p.Close()
	}
}

// Two openings of one key share the records; the last Close ends them.
func TestShared(t *testing.T) {
	p, _ := pool(t, t.TempDir(), 1<<20)
	a, b := p.Open(key(), RAM, spec()), p.Open(key(), RAM, spec())
	fill(a)
	require.Zero(t, fill(b))
	a.Close()
	b.Flush()
	require.Zero(t, readAll(t, b))
	b.Close()
}

// A run in a hurry leaves a .part whose records the next run finds.
func TestHurry(t *testing.T) {
	dir := t.TempDir()
	p := New(Options{Dir: dir})
	s := p.Open(key(), Disk, spec())
	fill(s)
	p.Hurry()
	s.Put(0, tag(1), numbers(1), false) // not written any more
	s.Close()
	p.Close()
	require.Equal(t, []string{key().String() + partEnd}, list(t, dir))
	q, _ := pool(t, dir, 0)
	u := q.Open(key(), Disk, spec())
	require.Zero(t, readAll(t, u))
	u.Close()
}

// A file that another run writes is left alone; the records are held in memory.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	a, _ := pool(t, dir, 1<<20)
	s := a.Open(key(), RAM, spec())
	fill(s)
	b, _ := pool(t, dir, 1<<20)
	u := b.Open(key(), RAM, spec())
	require.Contains(t, u.Note(), "in use")
	require.Equal(t, RAM, u.Level())
	require.Equal(t, records, fill(u))
	require.Zero(t, readAll(t, u))
	c, _ := pool(t, dir, 0)
	v := c.Open(key(), Disk, spec())
	require.Equal(t, None, v.Level())
	for _, x := range []*Store{s, u, v} {
		x.Close()
	}
}

// The folder stays within its limit; the file used last stays.
func TestLeastRecentlyUsed(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	for k := range 5 {
		p := New(Options{Dir: dir, RAM: 1 << 20})
		one := NewKey("lru", fmt.Sprint(k))
		s := p.Open(one, RAM, spec())
		fill(s)
		s.Close()
		p.Close()
		then := now.Add(time.Duration(k-10) * time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(dir, one.String()+doneEnd), then, then))
	}
	files, err := openFolder(dir, 1<<30)
	require.NoError(t, err)
	size := files.list()[0].size
	p := New(Options{Dir: dir, RAM: 1 << 20, DiskLimit: 2*size + spec().bytes()})
	s := p.Open(NewKey("lru", "new"), RAM, spec())
	fill(s)
	s.Close()
	p.Close()
	for k := range 5 {
		require.Equal(t, k >= 3, p.Known(NewKey("lru", fmt.Sprint(k))), "file %d", k)
	}
	tight := New(Options{Dir: dir, DiskLimit: 10})
	defer tight.Close()
	require.Equal(t, Disk, tight.Choose(10))
	require.Equal(t, None, tight.Choose(11))
}

// No two lists of parts make one key; each thing a record depends on changes its tag.
func TestKeys(t *testing.T) {
	seen := map[Key]bool{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"b", "a"}, {"a", "b", ""}} {
		k := NewKey(parts...)
		require.False(t, seen[k], "%q", parts)
		seen[k] = true
	}
	k := NewKey("x")
	for _, r := range []Key{k.Record([32]byte{1}, 0), k.Record([32]byte{2}, 0), k.Record([32]byte{1}, 1), NewKey("y").Record([32]byte{1}, 0)} {
		require.False(t, seen[r])
		seen[r] = true
	}
}

// A folder that cannot be made is told and costs nothing else.
func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	p, w := pool(t, filepath.Join(file, "cache"), 1<<20)
	require.Len(t, w.text, 1)
	s := p.Open(key(), RAM, spec())
	fill(s)
	require.Zero(t, readAll(t, s))
	s.Close()
}

// A disk that fails costs the file, not the records in memory.
func TestFailingDisk(t *testing.T) {
	dir := t.TempDir()
	p, w := pool(t, dir, 1<<20)
	s := p.Open(key(), RAM, spec())
	require.NoError(t, s.file.f.Close())
	fill(s)
	require.Zero(t, readAll(t, s))
	require.Len(t, w.text, 1)
	s.Close()
	require.Empty(t, list(t, dir))
}

func childWrites(dir string) {
	p := New(Options{Dir: dir})
	s := p.Open(key(), Disk, Spec{Records: records, Floats: floats, Used: records})
	fmt.Println("go")
	for round := 0; ; round++ {
		for i := range records {
			s.Put(i, tag(i), numbers(i), false)
			s.Flush()
		}
	}
}

// A writer killed at any instant leaves records that are right or missing, and the
// next run takes the file over.
func TestKilledWriter(t *testing.T) {
	kept := 0
	for k := range 12 {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "go", strings.TrimSpace(line))
		time.Sleep(time.Duration(k*k) * 30 * time.Microsecond)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		require.Equal(t, []string{key().String() + partEnd}, list(t, dir))
		p := New(Options{Dir: dir})
		s := p.Open(key(), Disk, spec())
		missing := readAll(t, s)
		kept += records - missing
		require.Equal(t, missing, fill(s))
		require.Zero(t, readAll(t, s))
		s.Close()
		p.Close()
		require.Equal(t, []string{key().String() + doneEnd}, list(t, dir))
	}
	require.Positive(t, kept, "no kill came late enough to keep a record")
}
