package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// moved is moving without a reduction: a random view of any picture.
func moved() View { return moving{small()} }

func cached(t testing.TB, o CacheOptions) *Cache {
	c := OpenCache(o)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// epochs is what three epochs of shuffled batches hold.
func epochs(t testing.TB, s *Set, v View, c *Cache) string {
	l := loader(t, s, LoaderOptions{View: v, Batch: 4, Shuffle: true, Seed: 3, Cache: c})
	return digest(record(t, l, 0) + record(t, l, 1) + record(t, l, 2))
}

// Pictures of 20x16 reduced to a short side of 12: kept in memory, in a file, in
// part or not at all, the batches are the same; unreduced ones differ.
func TestReducedPicturesAreARule(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 9))})
	dir := t.TempDir()
	want := epochs(t, s, moved(), cached(t, CacheOptions{Side: 12}))
	for _, o := range []CacheOptions{
		{Side: 12, Memory: 1 << 20}, {Side: 12, Memory: 3000}, {Side: 12, Dir: dir}, {Side: 12, Dir: dir},
		{Side: 12, Dir: filepath.Join(dir, "new"), Disk: 10}, // no room
	} {
		c := OpenCache(o)
		require.Equal(t, want, epochs(t, s, moved(), c), "%+v", o)
		require.NoError(t, c.Close())
	}
	require.NotEqual(t, want, epochs(t, s, moved(), nil))
	require.NotEqual(t, want, epochs(t, s, moved(), cached(t, CacheOptions{Side: 13})))
	require.NotEqual(t, want, epochs(t, s, moved(), cached(t, CacheOptions{Side: 12, Filter: resize.Bicubic})))
	for _, o := range []CacheOptions{{Side: 16}, {Side: WholePictures, Memory: 1 << 20}, {Side: WholePictures}, {Side: WholePictures, Dir: dir}} {
		require.Equal(t, epochs(t, s, moved(), nil), epochs(t, s, moved(), cached(t, o)), "small pictures stay as they are: %+v", o)
	}
}

// What a run left serves the next one, which needs no pictures; evaluation from
// it is byte-exact.
func TestFilesServeTheNextRun(t *testing.T) {
	for _, v := range []View{small(), moved()} {
		root, dir := tree(t, twoClasses(t, 7)), t.TempDir()
		s := scan(t, Options{Path: root})
		want := epochs(t, s, v, OpenCache(CacheOptions{Side: 16}))
		require.Equal(t, want, epochs(t, s, v, nil))
		c := OpenCache(CacheOptions{Side: 16, Dir: dir})
		require.Equal(t, want, epochs(t, s, v, c))
		state, notes := c.State()
		require.Empty(t, notes)
		require.Len(t, state, 1)
		require.Equal(t, CacheState{state[0].What, "disk", 14, 0, state[0].Bytes}, state[0])
		require.Positive(t, state[0].Bytes)
		require.NoError(t, c.Close())
		require.NoError(t, os.RemoveAll(root))
		c = cached(t, CacheOptions{Side: 16, Dir: dir})
		require.Equal(t, want, epochs(t, s, v, c))
		state, _ = c.State()
		require.Equal(t, 14, state[0].Found)
		require.Zero(t, c.Bytes())
	}
}

// Each change of what pixels depend on is another key.
func TestKeys(t *testing.T) {
	root, dir := tree(t, twoClasses(t, 3)), t.TempDir()
	s := scan(t, Options{Path: root})
	found := func(s *Set, o LoaderOptions, side int) int {
		c := OpenCache(CacheOptions{Side: side, Dir: dir})
		o.Batch, o.Cache = 2, c
		record(t, loader(t, s, o), 0)
		state, _ := c.State()
		require.Len(t, state, 1)
		require.NoError(t, c.Close())
		return state[0].Found
	}
	for _, v := range []View{small(), moved()} {
		require.Zero(t, found(s, LoaderOptions{View: v}, 12))
		require.Equal(t, 6, found(s, LoaderOptions{View: v}, 12))
		require.Zero(t, found(s, LoaderOptions{View: v, IgnoreEXIF: true}, 12))
	}
	require.Zero(t, found(s, LoaderOptions{View: moved()}, 11))
	other := small()
	other.spec.Size++
	require.Zero(t, found(s, LoaderOptions{View: other}, 12))
	put(t, root, s.Samples[2].Path, jpegOf(t, 20, 16, 77))
	changed := scan(t, Options{Path: root})
	require.Zero(t, found(changed, LoaderOptions{View: moved()}, 12))
	require.Equal(t, 6, found(s, LoaderOptions{View: moved()}, 12), "the old data's cache is still there")
}

// A picture changed after the scan is used as it is now, but never written under
// the key of what it was.
func TestChangedPictureIsNotKept(t *testing.T) {
	root, dir := tree(t, twoClasses(t, 3)), t.TempDir()
	s := scan(t, Options{Path: root})
	put(t, root, s.Samples[2].Path, jpegOf(t, 20, 16, 77))
	for range 2 {
		c := OpenCache(CacheOptions{Side: 12, Dir: dir})
		l := loader(t, s, LoaderOptions{View: moved(), Batch: 6, Cache: c})
		record(t, l, 0)
		require.NoError(t, c.Close())
	}
	c := cached(t, CacheOptions{Side: 12, Dir: dir})
	l := loader(t, s, LoaderOptions{View: moved(), Batch: 6, Cache: c})
	record(t, l, 0)
	require.Equal(t, int64(5), l.Stats().Cached)
	require.Equal(t, int64(1), l.Stats().Decoded)
}

// Closing under an open epoch is put off: no worker reads what is gone.
func TestCloseWhileInUse(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 9))})
	c := OpenCache(CacheOptions{Side: 12, Memory: 1 << 20})
	l := loader(t, s, LoaderOptions{View: moved(), Batch: 4, Cache: c})
	want := record(t, l, 0)
	e, err := l.Epoch(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	e.Close()
	require.Equal(t, digest(want), digest(record(t, l, 0)))
	require.Positive(t, l.Stats().Cached)
	require.NoError(t, c.Close())
	require.Equal(t, digest(want), digest(record(t, l, 0)), "closed: decoded again")
}

// Any damaged byte of the file changes no batch.
func TestDamagedCacheFile(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 4))})
	dir := t.TempDir()
	c := OpenCache(CacheOptions{Side: 12, Dir: dir})
	want := epochs(t, s, moved(), c)
	require.NoError(t, c.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	good, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for i := 0; i < len(good); i += 1 + len(good)/40 {
		b := append([]byte(nil), good...)
		b[i] ^= 16
		require.NoError(t, os.WriteFile(files[0], b, 0o600))
		c := OpenCache(CacheOptions{Side: 12, Dir: dir})
		require.Equal(t, want, epochs(t, s, moved(), c), "byte %d", i)
		require.NoError(t, c.Close())
	}
}

func TestStats(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 5))})
	l := loader(t, s, LoaderOptions{View: moved(), Batch: 4, Cache: cached(t, CacheOptions{Side: 12, Memory: 1 << 20})})
	require.Zero(t, l.Stats())
	record(t, l, 0)
	a := l.Stats()
	require.Equal(t, int64(10), a.Decoded)
	require.Zero(t, a.Cached)
	require.Positive(t, a.Decode)
	require.Positive(t, a.View)
	require.Positive(t, a.Wait)
	record(t, l, 1)
	b := l.Stats()
	require.Equal(t, int64(10), b.Decoded)
	require.Equal(t, int64(10), b.Cached)
	require.Equal(t, a.Decode, b.Decode)
	require.Equal(t, Stats{Decode: 2 * b.Decode, View: 2 * b.View, Wait: 2 * b.Wait, Decoded: 20, Cached: 20}, b.Add(b))
}
