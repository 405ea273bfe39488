package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

func identityCases() []Case {
	return []Case{
		random("rank 4", graph.Identity{}, []int{0}, dims(2, 3, 4, 5)),
		random("rank 1", graph.Identity{}, []int{0}, dims(7)),
	}
}
