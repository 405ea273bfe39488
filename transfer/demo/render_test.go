package demo

import (
	"crypto/sha256"
	"fmt"
	"image"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func hashOf(m *image.RGBA) string { return fmt.Sprintf("%x", sha256.Sum256(m.Pix))[:16] }

// The committed demo network was trained on these pictures: a change here is a
// change of the source task. Values: first drawn by this package, looked at by eye.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		task               *Task
		class, index, side int
		seed               uint64
		want               string
	}{
		{Source, 0, 0, Side, 42, "96cd2c3b7af1bf29"}, {Source, 4, 7, Side, 42, "8e21aec635aca3b4"}, {Source, 9, 1 << 24, 32, 1, "cbd3e89fc54d599e"},
		{Target, 0, 0, Side, 42, "da5a55347b206ab6"}, {Target, 1, 3, Side, 42, "4a7ec4468c1b8e66"}, {Target, 3, 1<<24 + 5, 64, 1 << 40, "3c6601aab97ab553"},
	} {
		require.Equal(t, c.want, hashOf(Render(c.task, c.class, c.index, c.seed, c.side)), "%s %d %d", c.task.Name, c.class, c.index)
	}
}

// A picture depends on each of its arguments and on nothing else.
func TestRenderIsAFunction(t *testing.T) {
	want := hashOf(Render(Source, 3, 5, 42, 32))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := hashOf(Render(Source, 3, 5, 42, 32)); got != want {
				t.Errorf("drawn at the same time: %s, want %s", got, want)
			}
		})
	}
	wg.Wait()
	for _, other := range []*image.RGBA{Render(Source, 4, 5, 42, 32), Render(Source, 3, 6, 42, 32),
		Render(Source, 3, 5, 43, 32), Render(Target, 3, 5, 42, 32)} {
		require.NotEqual(t, want, hashOf(other))
	}
}

func TestClasses(t *testing.T) {
	require.Len(t, Source.Classes(), 12)
	require.Len(t, Target.Classes(), 4)
	for _, task := range []*Task{Source, Target} {
		require.True(t, slices.IsSorted(task.Classes()), "an image folder sorts its classes")
	}
	for _, c := range Target.Classes() {
		require.NotContains(t, Source.Classes(), c, "the target task must be another one")
	}
}

// Every object shows: it covers 4 to 70 % of the picture, and its colour is
// apart from the background on most of it.
func TestObjectIsVisible(t *testing.T) {
	for _, task := range []*Task{Source, Target} {
		for c := range task.classes {
			for index := range 40 {
				s := task.compose(&dice{s: stream(task, c, index)}, task.classes[c].parts)
				area, apart := 0, 0
				for y := 32; y < full; y += 64 {
					for x := 32; x < full; x += 64 {
						if col, ok := s.layers[0].at(x, y); ok {
							area++
							if col.distance(s.back(x, y)) >= 60 {
								apart++
							}
						}
					}
				}
				require.True(t, area > 4096*4/100 && area < 4096*70/100, "%s %d: %d of 4096", task.Classes()[c], index, area)
				require.Greater(t, 2*apart, area, "%s %d", task.Classes()[c], index)
			}
		}
	}
}

// Every pixel is opaque at every side, the smallest too.
func TestOpaque(t *testing.T) {
	for _, side := range []int{1, 8, 33} {
		m := Render(Target, 2, 9, 7, side)
		require.Equal(t, image.Rect(0, 0, side, side), m.Bounds())
		require.True(t, m.Opaque())
	}
}
