package conformance

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

func reshapeCases() []Case {
	var cs []Case
	for _, r := range []struct{ x, to []int }{
		{dims(2, 3, 4, 5), dims(0, -1)}, {dims(2, 3, 4, 5), dims(2, 60)}, {dims(2, 6, 4, 5), dims(0, 2, 3, 4, 5)},
		{dims(2, 17, 1, 1), dims(0, 17)}, {dims(6), dims(2, 3)}, {dims(1), dims()}, {dims(2, 3), dims(3, 2)}, {dims(2, 12), dims(-1, 3, 2, 2)},
	} {
		cs = append(cs, random(fmt.Sprint(graph.Shape(r.x), " to ", graph.Shape(r.to)), graph.Reshape{Shape: r.to}, []int{0}, r.x))
	}
	for _, axis := range []int{0, 1, 2, 4, -1, -3} {
		cs = append(cs, random(fmt.Sprint("axis ", axis), graph.Flatten{Axis: axis}, []int{0}, dims(2, 3, 4, 5)))
	}
	for i := range cs { // elements keep their order: the want is the input under another shape
		x := cs[i].In[0]
		types, err := cs[i].Op.Infer([]*graph.Value{{Type: x.Type()}})
		if err == nil {
			cs[i].Want = []*graph.Tensor{f32(types[0].Shape, x.F32...)}
		}
	}
	return cs
}
