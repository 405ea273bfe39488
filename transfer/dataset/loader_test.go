package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// moving is a view that changes with sample and view number.
type moving struct{ evalView }

func (moving) Fixed() bool { return false }
func (v moving) Apply(dst []byte, src picture.RGB, sample, view uint32, t *resize.Scratch) {
	v.evalView.Apply(dst, src, sample, view, t)
	k := byte(philox.New(1, view, sample, "test").Block(0)[0])
	for i := range dst {
		dst[i] += k
	}
}

func small() evalView {
	return evalView{resize.Spec{Rule: resize.ONNX, Size: 12, Filter: resize.Bilinear, Antialias: true, CropH: 10, CropW: 9}}
}

func all(s *Set) []int {
	at := make([]int, len(s.Samples))
	for i := range at {
		at[i] = i
	}
	return at
}

// record is everything a caller sees of an epoch.
func record(t testing.TB, l *Loader, epoch uint32) string {
	e, err := l.Epoch(t.Context(), epoch)
	require.NoError(t, err)
	defer e.Close()
	var b bytes.Buffer
	for {
		x, err := e.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		require.NoError(t, err)
		fmt.Fprintln(&b, x.N, x.Real, x.Index, x.Label, x.Weight)
		b.Write(x.Pixels)
	}
}

// digest keeps failure messages short.
func digest(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

func loader(t testing.TB, s *Set, o LoaderOptions) *Loader {
	if o.Indices == nil {
		o.Indices = all(s)
	}
	l, err := NewLoader(s, o)
	require.NoError(t, err)
	return l
}

// Workers, prefetch, cache and repetition change nothing; epoch and seed do.
func TestBatchesAreAFunction(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 19))})
	for _, v := range []View{small(), moving{small()}} {
		var want string
		for _, o := range []LoaderOptions{
			{Workers: 1}, {Workers: 2}, {Workers: 7, Prefetch: 5}, {Workers: 3, Prefetch: 1},
			{Cache: NewCache(1 << 30)}, {Cache: NewCache(5000)}, {Cache: OpenCache(CacheOptions{Memory: 1 << 30, Side: 16})},
			{Cache: OpenCache(CacheOptions{Memory: 5000, Side: 100})}, {Cache: OpenCache(CacheOptions{Dir: t.TempDir(), Side: 16})},
			{Decode: DecodeAuto}, {Decode: DecodeExact},
		} {
			o.View, o.Batch, o.Shuffle, o.Seed = v, 8, true, 3
			l := loader(t, s, o)
			got := record(t, l, 2)
			if want == "" {
				want = got
			}
			require.Equal(t, digest(want), digest(got), "%+v", o)
			require.Equal(t, digest(want), digest(record(t, l, 2)), "again, %+v", o)
			require.NotEqual(t, digest(want), digest(record(t, l, 3)))
		}
		require.NotEqual(t, digest(want), digest(record(t, loader(t, s, LoaderOptions{View: v, Batch: 8, Shuffle: true, Seed: 4}), 2)))
	}
	require.Zero(t, jpeg.Live())
}

// After the first epoch nothing is read: the files may go.
func TestCacheSparesTheFiles(t *testing.T) {
	for _, v := range []View{small(), moving{small()}} {
		root := tree(t, twoClasses(t, 5))
		s := scan(t, Options{Path: root})
		c := OpenCache(CacheOptions{Memory: 1 << 20, Side: 16})
		l := loader(t, s, LoaderOptions{View: v, Batch: 4, Shuffle: true, Cache: c})
		first, second := record(t, l, 0), record(t, l, 1)
		require.NoError(t, os.RemoveAll(root))
		require.Equal(t, digest(first), digest(record(t, l, 0)))
		require.Equal(t, digest(second), digest(record(t, l, 1)))
		require.LessOrEqual(t, c.Bytes(), int64(1<<20))
		require.Positive(t, c.Bytes())
	}
}

func TestCacheBudget(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 5))})
	c := NewCache(3 * 10 * 9 * 4) // four views
	record(t, loader(t, s, LoaderOptions{View: small(), Batch: 4, Cache: c}), 0)
	require.Equal(t, int64(3*10*9*4), c.Bytes())
}

func TestShortLastBatch(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 5))})
	l := loader(t, s, LoaderOptions{View: small(), Batch: 4})
	require.Equal(t, 3, l.Batches())
	for range 2 { // the ring's buffers are reused: padding must be clean
		e, err := l.Epoch(t.Context(), 0)
		require.NoError(t, err)
		var last *Batch
		for range 3 {
			last, err = e.Next(t.Context())
			require.NoError(t, err)
		}
		require.Equal(t, 4, last.N)
		require.Equal(t, 2, last.Real)
		require.Equal(t, []int{8, 9, -1, -1}, last.Index)
		require.Equal(t, []float32{1, 1, 0, 0}, last.Weight)
		require.Equal(t, make([]byte, 2*270), last.Pixels[2*270:])
		_, err = e.Next(t.Context())
		require.ErrorIs(t, err, io.EOF)
		_, err = e.Next(t.Context())
		require.ErrorIs(t, err, io.EOF)
		e.Close()
	}
	l = loader(t, s, LoaderOptions{View: small(), Batch: 4, DropLast: true})
	require.Equal(t, 2, l.Batches())
	require.Len(t, record(t, l, 0), len(record(t, loader(t, s, LoaderOptions{View: small(), Batch: 4, Indices: all(s)[:8]}), 0)))
}

// SCHEMES §7, written a second time.
func TestOrder(t *testing.T) {
	at := []int{5, 3, 9, 100, 4, 7}
	got := Order(at, 42, 3)
	require.ElementsMatch(t, at, got)
	last := uint64(0)
	for _, i := range got {
		w := philox.Words(42, [4]uint32{0, uint32(i), 3, philox.Hash("order")})
		rank := uint64(w[0])<<32 + uint64(w[1])
		require.Greater(t, rank, last)
		last = rank
	}
	reversed := slices.Clone(at)
	slices.Reverse(reversed)
	require.Equal(t, got, Order(reversed, 42, 3), "the list's own order does not matter")
	require.NotEqual(t, got, Order(at, 42, 4))
}

func TestCachedViews(t *testing.T) {
	f := CachedViews(1, 4)
	seen := map[uint32]int{}
	for i := range 400 {
		require.Equal(t, (f(0, i)+1)%4, f(1, i))
		require.Equal(t, f(0, i), f(4, i))
		seen[f(0, i)]++
	}
	for _, n := range seen {
		require.InDelta(t, 100, n, 40)
	}
}

// A picture that vanishes or is damaged after the scan: weight 0, zeros, listed.
func TestVanishedPicture(t *testing.T) {
	root := tree(t, twoClasses(t, 30))
	s := scan(t, Options{Path: root})
	require.NoError(t, os.Remove(s.file(3)))
	b, err := os.ReadFile(s.file(5))
	require.NoError(t, err)
	put(t, root, s.Samples[5].Path, b[:len(b)/2])
	l := loader(t, s, LoaderOptions{View: small(), Batch: 60})
	for range 2 {
		e, err := l.Epoch(t.Context(), 0)
		require.NoError(t, err)
		x, err := e.Next(t.Context())
		require.NoError(t, err)
		for i, w := range x.Weight {
			want := float32(1)
			if i == 3 || i == 5 {
				want = 0
				require.Equal(t, make([]byte, 270), x.Pixels[i*270:(i+1)*270])
			}
			require.Equal(t, want, w, "%d", i)
		}
		e.Close()
	}
	skipped := l.Skipped()
	require.Len(t, skipped, 2)
	require.Equal(t, s.Samples[3].Path, skipped[0].Path)
	require.Contains(t, skipped[0].Reason, "no such file")
	require.NotContains(t, skipped[0].Reason, root, "reasons hold no absolute paths")
}

func TestTooManyVanished(t *testing.T) {
	root := tree(t, twoClasses(t, 10))
	s := scan(t, Options{Path: root})
	require.NoError(t, os.RemoveAll(root+"/dog"))
	l := loader(t, s, LoaderOptions{View: small(), Batch: 5})
	e, err := l.Epoch(t.Context(), 0)
	require.NoError(t, err)
	defer e.Close()
	for err == nil {
		_, err = e.Next(t.Context())
	}
	require.ErrorIs(t, err, fault.ErrCorrupt)
}

// Stopping anywhere leaves no goroutine (TestMain) and the Loader usable.
func TestStopAnywhere(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 20))})
	l := loader(t, s, LoaderOptions{View: small(), Batch: 3, Shuffle: true, Workers: 4})
	want := record(t, l, 1)
	for n := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		e, err := l.Epoch(ctx, 1)
		require.NoError(t, err)
		_, err = l.Epoch(ctx, 2)
		require.ErrorIs(t, err, fault.ErrInternal, "one epoch at a time")
		for range n {
			_, err := e.Next(ctx)
			require.NoError(t, err)
		}
		if n%2 == 0 {
			cancel()
			_, err := e.Next(ctx)
			require.ErrorIs(t, err, context.Canceled)
		}
		e.Close()
		e.Close()
		cancel()
		require.Equal(t, digest(want), digest(record(t, l, 1)))
	}
}

// Back-pressure: without a consumer no more than the ring is decoded.
func TestBackPressure(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 30))})
	c := NewCache(1 << 30)
	l := loader(t, s, LoaderOptions{View: small(), Batch: 4, Prefetch: 2, Cache: c})
	e, err := l.Epoch(t.Context(), 0)
	require.NoError(t, err)
	defer e.Close()
	const ring = 4 * 4 * 270 // bytes of views in four batches of four
	require.Eventually(t, func() bool { return c.Bytes() == ring }, 20*time.Second, time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, int64(ring), c.Bytes())
	_, err = e.Next(t.Context())
	require.NoError(t, err)
	require.Positive(t, e.Wait())
}

func TestLoaderUsage(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 1))})
	for _, o := range []LoaderOptions{{}, {Indices: []int{0}, View: small()}, {Indices: []int{9}, View: small(), Batch: 1}, {Indices: []int{-1}, View: small(), Batch: 1}} {
		_, err := NewLoader(s, o)
		require.ErrorIs(t, err, fault.ErrUsage)
	}
}

func TestManySteps(t *testing.T) {
	s := scan(t, Options{Path: tree(t, twoClasses(t, 8))})
	l := loader(t, s, LoaderOptions{View: moving{small()}, Batch: 4, Shuffle: true, Cache: NewCache(1 << 30)})
	record(t, l, 0)
	for e := range uint32(50) {
		record(t, l, e)
	}
	require.Zero(t, jpeg.Live())
}
