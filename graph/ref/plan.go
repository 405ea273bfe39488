package ref

import "github.com/gotl-gpu/gotl-gpu/graph"

// lastUse returns, for each node, the computed values that no later node and no
// result needs: they are dropped behind it.
func lastUse(p *graph.Program) [][]*graph.Value {
	keep := map[*graph.Value]bool{}
	for _, v := range p.Results() {
		keep[v] = true
	}
	drop := make([][]*graph.Value, len(p.Nodes))
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := p.Nodes[i]
		for _, vs := range [][]*graph.Value{n.Out, n.In} {
			for _, v := range vs {
				if v != nil && v.Kind == graph.Computed && !keep[v] {
					keep[v] = true
					drop[i] = append(drop[i], v)
				}
			}
		}
	}
	return drop
}

// newPlan counts bytes as they are held: 8 an element. Arena is the inputs and
// the largest sum of computed values alive at once, State counts new contents.
func newPlan(p *graph.Program, drop [][]*graph.Value) graph.Plan {
	var plan graph.Plan
	for _, v := range p.Consts {
		plan.Const += size(v)
	}
	for _, v := range p.States {
		plan.State += size(v)
	}
	var now, peak int64
	for i, n := range p.Nodes {
		var bytes int64
		for _, v := range n.Out {
			bytes += size(v)
		}
		plan.Steps = append(plan.Steps, graph.PlanStep{Node: n.Name, Op: n.Op.Kind(), Layout: "row-major", Bytes: bytes})
		now += bytes
		peak = max(peak, now)
		for _, v := range drop[i] {
			now -= size(v)
		}
	}
	plan.Arena = peak
	for _, v := range p.Inputs {
		plan.Arena += size(v)
	}
	return plan
}

func size(v *graph.Value) int64 { return int64(v.Shape.Len()) * elemBytes }
