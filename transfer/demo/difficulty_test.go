package demo

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

func stream(t *Task, class, index int) philox.Stream {
	return philox.New(42, 0, uint32(index), "demo/"+t.Name+"/"+t.classes[class].name)
}

// nearest classifies val pictures by the nearest of the few training pictures in
// the given features and returns the accuracy.
func nearest(task *Task, train, val int, features func(pix []byte) []int) float64 {
	type sample struct {
		x []int
		y int
	}
	var seen []sample
	for c := range task.classes {
		for i := range train {
			seen = append(seen, sample{features(Render(task, c, i, 42, 24).Pix), c})
		}
	}
	hits, n := 0, 0
	for c := range task.classes {
		for i := range val {
			x := features(Render(task, c, valFrom+i, 42, 24).Pix)
			best, label := 1<<62, 0
			for _, s := range seen {
				d := 0
				for k := range x {
					d += (x[k] - s.x[k]) * (x[k] - s.x[k])
				}
				if d < best {
					best, label = d, s.y
				}
			}
			n++
			if label == c {
				hits++
			}
		}
	}
	return float64(hits) / float64(n)
}

// Ten pictures a class say next to nothing to a classifier of raw pixels, and
// mean colour says nothing: chance is ¼, three standard errors of 200 are .09.
// Whatever beats this has learned the form.
func TestNoShortcut(t *testing.T) {
	raw := nearest(Target, 10, 50, func(pix []byte) []int {
		out := make([]int, len(pix))
		for i, p := range pix {
			out[i] = int(p)
		}
		return out
	})
	mean := nearest(Target, 10, 50, func(pix []byte) []int {
		out := make([]int, 4)
		for i, p := range pix {
			out[i%4] += int(p)
		}
		return out
	})
	t.Logf("nearest neighbour: raw pixels %.3f, mean colour %.3f", raw, mean)
	require.Less(t, raw, .45)
	require.Less(t, mean, .36)
}
