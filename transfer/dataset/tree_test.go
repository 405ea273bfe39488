package dataset

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// jpegOf draws a small picture that differs with k.
func jpegOf(t testing.TB, w, h, k int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{byte(x*7 + k), byte(y*5 + 3*k), byte(x*y + k>>8), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	return b.Bytes()
}

func pngOf(t testing.TB, w, h, k int) []byte {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i + k)
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.Bytes()
}

// tree makes files below a fresh folder.
func tree(t testing.TB, files map[string][]byte) string {
	root := t.TempDir()
	for name, data := range files {
		put(t, root, name, data)
	}
	return root
}

func put(t testing.TB, root, name string, data []byte) {
	p := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
	require.NoError(t, os.WriteFile(p, data, 0o644))
}

// twoClasses makes n distinct pictures of cat and of dog, 20 by 16 pixels.
func twoClasses(t testing.TB, n int) map[string][]byte {
	files := map[string][]byte{}
	for i := range n {
		files["cat/"+name(i)] = jpegOf(t, 20, 16, 2*i)
		files["dog/"+name(i)] = jpegOf(t, 20, 16, 2*i+1)
	}
	return files
}

func name(i int) string {
	return string([]byte{'p', byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)}) + ".jpg"
}

func scan(t testing.TB, o Options) *Set {
	s, err := Scan(context.Background(), o)
	require.NoError(t, err)
	return s
}

func scanError(t testing.TB, o Options) error {
	_, err := Scan(context.Background(), o)
	require.Error(t, err)
	return err
}

func paths(s *Set, split Split) (out []string) {
	for _, i := range s.Indices(split) {
		out = append(out, s.Samples[i].Path)
	}
	return out
}
