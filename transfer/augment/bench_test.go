package augment

import (
	"bytes"
	"errors"
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
)

// photo is 500x375 with detail at several scales; the JPEG has about 46 kB.
func photo(b testing.TB, k int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 500, 375))
	n := noise(500*375, uint32(k))
	for y := range 375 {
		for x := range 500 {
			v := 128 + 60*math.Sin(float64(x*(k+3))/70)*math.Cos(float64(y)/50) + 30*math.Sin(float64(x*y)/900) + float64(n[y*500+x])/12
			m.Set(x, y, color.RGBA{byte(v), byte(v * .8), byte(255 - v), 255})
		}
	}
	var w bytes.Buffer
	require.NoError(b, jpeg.Encode(&w, m, &jpeg.Options{Quality: 80}))
	return w.Bytes()
}

// used is the processor time of this process in seconds: on a shared machine it
// says more than the wall clock.
func used(b *testing.B) float64 {
	var r syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

// One worker, file to training view of 224; reported as img/s.
func BenchmarkFileToSlot(b *testing.B) {
	root := b.TempDir()
	for i := range 32 {
		p := filepath.Join(root, []string{"cat", "dog"}[i%2], string(rune('A'+i))+".jpg")
		require.NoError(b, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(b, os.WriteFile(p, photo(b, i), 0o644))
	}
	s, err := dataset.Scan(b.Context(), dataset.Options{Path: root})
	require.NoError(b, err)
	require.NoError(b, s.Split(dataset.SplitOptions{}))
	pre, err := dataset.Preset("torchvision", "")
	require.NoError(b, err)
	for _, name := range []string{"none", "basic"} {
		b.Run(name, func(b *testing.B) {
			v, err := New(name, Settings{Pre: pre, Classes: s.Classes, Seed: 1})
			require.NoError(b, err)
			l, err := dataset.NewLoader(s, dataset.LoaderOptions{Indices: s.Indices(dataset.Train), View: v, Batch: 8, Shuffle: true, Workers: 1})
			require.NoError(b, err)
			n := uint32(0)
			cpu := used(b)
			for b.Loop() {
				e, err := l.Epoch(b.Context(), n)
				require.NoError(b, err)
				for err == nil {
					_, err = e.Next(b.Context())
				}
				require.True(b, errors.Is(err, io.EOF))
				e.Close()
				n++
			}
			b.ReportMetric(float64(n)*float64(len(s.Samples))/b.Elapsed().Seconds(), "img/s")
			b.ReportMetric((used(b)-cpu)*1000/float64(n)/float64(len(s.Samples)), "cpu-ms/img")
			b.ReportMetric(float64(s.Samples[0].Size)/1000, "kB")
		})
	}
	b.Log(decoder.Decoder())
}
