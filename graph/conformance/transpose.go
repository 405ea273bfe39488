package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func transposeCases() []Case {
	cs := []Case{{Name: "by hand", Op: graph.Transpose{Perm: []int{1, 0}}, In: []*graph.Tensor{ramp(2, 3)},
		Want: []*graph.Tensor{f32(dims(3, 2), 1, 4, 2, 5, 3, 6)}}}
	for _, perm := range [][]int{{0, 1}, {1, 0}, {0, 2, 1}, {2, 0, 1}, {0, 2, 3, 1}, {0, 3, 1, 2}, {1, 0, 2, 3}, {3, 2, 1, 0},
		{0, 2, 1, 3, 4}} { // the last one shuffles channels
		cs = append(cs, random(fmt.Sprint(perm), graph.Transpose{Perm: perm}, []int{0}, dims(2, 3, 17, 5, 4)[:len(perm)]))
	}
	return cs
}
