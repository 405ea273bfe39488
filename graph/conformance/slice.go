package conformance

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// sliceRows are slices of 1..6, worked as Python does [start:end:step].
var sliceRows = []struct {
	start, end, step int
	want             []float32
}{
	{0, 3, 1, []float32{1, 2, 3}},
	{1, 6, 2, []float32{2, 4, 6}},
	{-3, math.MaxInt64, 1, []float32{4, 5, 6}},
	{0, -1, 3, []float32{1, 4}},
	{-1, math.MinInt64, -1, []float32{6, 5, 4, 3, 2, 1}},
	{4, 0, -2, []float32{5, 3}},
	{100, -100, -4, []float32{6, 2}},
}

func sliceCases() []Case {
	var cs []Case
	for _, r := range sliceRows {
		op := graph.Slice{Axes: []int{0}, Start: []int{r.start}, End: []int{r.end}, Step: []int{r.step}}
		cs = append(cs, Case{Name: fmt.Sprintf("%d:%d:%d", r.start, r.end, r.step), Op: op, In: []*graph.Tensor{ramp(6)},
			Want: []*graph.Tensor{f32(dims(len(r.want)), r.want...)}, Wrt: []int{0}})
	}
	for _, s := range []graph.Slice{
		{Axes: []int{1}, Start: []int{1}, End: []int{3}, Step: []int{1}},
		{Axes: []int{1}, Start: []int{0}, End: []int{16}, Step: []int{1}},
		{Axes: []int{2, 3}, Start: []int{1, 1}, End: []int{4, 5}, Step: []int{2, 2}}, // as Focus of YOLO
		{Axes: []int{-1}, Start: []int{-1}, End: []int{math.MinInt64}, Step: []int{-1}},
		{Axes: []int{0, 3}, Start: []int{1, 4}, End: []int{2, 1}, Step: []int{1, -2}},
		{Axes: []int{3, 1, 0}, Start: []int{0, 2, 0}, End: []int{1, 3, 1}, Step: []int{1, 1, 1}},
	} {
		cs = append(cs, random(fmt.Sprintf("%v", s), s, []int{0}, dims(2, 17, 4, 5)))
	}
	back := graph.SliceGrad{Slice: graph.Slice{Axes: []int{0}, Start: []int{-1}, End: []int{0}, Step: []int{-2}}, X: graph.Shape{6}}
	return append(cs, Case{Name: "by hand", Op: back, In: []*graph.Tensor{ramp(3)}, // takes 5, 3, 1
		Want: []*graph.Tensor{f32(dims(6), 0, 3, 0, 2, 0, 1)}, Wrt: []int{0}})
}
