package augment

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	decoder "github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// drawn is a picture with detail at several scales, like a photograph's; k tells
// pictures apart.
func drawn(w, h, k int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	n := noise(w*h, uint32(k))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)*500/float64(w), float64(y)*375/float64(h)
			v := 120 + 60*math.Sin(fx*float64(k+3)/70)*math.Cos(fy/17) + 25*math.Sin(fx*fy/900) + float64(n[y*w+x])/12
			m.Set(x, y, color.RGBA{byte(v), byte(v * .8), byte(255 - v), 255})
		}
	}
	return m
}

// quality returns the JPEG quality at which m has about size bytes.
func quality(b testing.TB, m image.Image, size int) int {
	lo, hi := 1, 100
	for lo < hi {
		q := (lo + hi) / 2
		if len(encode(b, m, q)) < size {
			lo = q + 1
		} else {
			hi = q
		}
	}
	return lo
}

func encode(b testing.TB, m image.Image, q int) []byte {
	var w bytes.Buffer
	require.NoError(b, jpeg.Encode(&w, m, &jpeg.Options{Quality: q}))
	return w.Bytes()
}

// used is the processor time of this process in seconds: on a shared machine it
// says more than the wall clock.
func used(b *testing.B) float64 {
	var r syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

// photos is a data set of 32 pictures of w by h pixels and about size bytes.
func photos(b *testing.B, w, h, size int) *dataset.Set {
	root := b.TempDir()
	q := quality(b, drawn(w, h, 0), size)
	for i := range 32 {
		p := filepath.Join(root, []string{"cat", "dog"}[i%2], string(rune('A'+i))+".jpg")
		require.NoError(b, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(b, os.WriteFile(p, encode(b, drawn(w, h, i), q), 0o644))
	}
	s, err := dataset.Scan(b.Context(), dataset.Options{Path: root})
	require.NoError(b, err)
	require.NoError(b, s.Split(dataset.SplitOptions{Val: .01}))
	return s
}

// pass runs epochs of one worker and reports pictures a second of processor time.
func pass(b *testing.B, s *dataset.Set, aug string, o dataset.LoaderOptions) {
	pre, err := dataset.Preset("torchvision", "")
	require.NoError(b, err)
	o.View, err = New(aug, Settings{Pre: pre, Classes: s.Classes, Seed: 1})
	require.NoError(b, err)
	o.Indices, o.Batch, o.Shuffle, o.Workers = s.Indices(dataset.Train), 8, true, 1
	l, err := dataset.NewLoader(s, o)
	require.NoError(b, err)
	n := uint32(0)
	epoch := func() {
		e, err := l.Epoch(b.Context(), n)
		require.NoError(b, err)
		defer e.Close()
		for err == nil {
			_, err = e.Next(b.Context())
		}
		require.ErrorIs(b, err, io.EOF)
		n++
	}
	epoch() // fills the cache
	cpu := used(b)
	for b.Loop() {
		epoch()
	}
	rows := float64(n-1) * float64(len(o.Indices))
	b.ReportMetric(rows/(used(b)-cpu), "img/cpu-s")
	b.ReportMetric(rows/b.Elapsed().Seconds(), "img/s")
}

// File to 224: the evaluation view and the training view of 500x375 pictures, and
// of 12-megapixel ones decoded whole and scaled.
func BenchmarkFileToSlot(b *testing.B) {
	for _, size := range []int{26e3, 46e3, 79e3} {
		s := photos(b, 500, 375, size)
		for _, aug := range []string{"none", "basic"} {
			b.Run(fmt.Sprintf("%dkB/%s", s.Samples[0].Size/1000, aug), func(b *testing.B) { pass(b, s, aug, dataset.LoaderOptions{}) })
		}
	}
	s := photos(b, 2000, 1500, 600e3)
	for _, mode := range []string{dataset.DecodeExact, dataset.DecodeScaled} {
		b.Run("3MP/"+mode, func(b *testing.B) { pass(b, s, "basic", dataset.LoaderOptions{Decode: mode}) })
	}
	b.Log(decoder.Decoder())
}

// From the decoded cache to 224.
func BenchmarkDecodedToSlot(b *testing.B) {
	s := photos(b, 500, 375, 46e3)
	for _, aug := range []string{"none", "basic"} {
		b.Run(aug, func(b *testing.B) {
			c := dataset.OpenCache(dataset.CacheOptions{Memory: 1 << 30, Side: 256})
			pass(b, s, aug, dataset.LoaderOptions{Cache: c})
			require.NoError(b, errors.Join(c.Close()))
		})
	}
}

// The stages of a training view on one 500x375 picture.
func BenchmarkStages(b *testing.B) {
	src := picture.RGB{W: 500, H: 375, Pix: noise(500*375*3, 9)}
	dst := make([]byte, 3*224*224)
	p, err := dataset.Preset("torchvision", "")
	require.NoError(b, err)
	v := basic(Settings{Pre: p, Classes: []string{"cat"}, Seed: 1}).(*view)
	var s resize.Scratch
	run := func(name string, f func(i uint32)) {
		b.Run(name, func(b *testing.B) {
			i, cpu := uint32(0), used(b)
			b.ReportAllocs()
			for b.Loop() {
				f(i)
				i++
			}
			b.ReportMetric((used(b)-cpu)*1e6/float64(b.N), "cpu-us/op")
		})
	}
	draw := func(i uint32) Draw { return Draw{1, 0, i} }
	run("basic", func(i uint32) { v.Apply(dst, src, i, 0, &s) })
	run("crop", func(i uint32) { v.crop.Apply(dst, src, v.Box(src.W, src.H, i, 0), false, &s) })
	run("mirror", func(i uint32) { Mirror{1}.Apply(dst, 224, 224, draw(i)) })
	run("jitter", func(i uint32) { Jitter{.2, .2, .2}.Apply(dst, 224, 224, draw(i)) })
	run("evaluation", func(i uint32) { p.View().Apply(dst, src, i, 0, &s) })
	norm, out := p.Normalizer(), make([]float32, len(dst))
	run("normalise", func(uint32) { norm.NCHW(out, dst, 1, 224, 224) })
}
