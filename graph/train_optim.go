package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// optimise adds the gradient norm, clipping and one optimiser node a group.
func (t *trainer) optimise(grads map[*Value]*Value) error {
	g := t.p.Graph
	var all []*Value
	for _, p := range t.params() {
		all = append(all, grads[p])
	}
	norm, err := g.Add1(NormName, GlobalNorm{}, all...)
	if err != nil {
		return err
	}
	g.Outputs = append(g.Outputs, norm)
	clip := g.AddConst("train/no_clip", Scalar(1))
	if t.spec.Clip > 0 {
		if clip, err = g.Add1("train/clip", ClipFactor{t.spec.Clip}, norm); err != nil {
			return err
		}
	}
	for i, group := range t.spec.Groups {
		if err := t.group(i, group, clip, grads); err != nil {
			return err
		}
	}
	if t.spec.EMA {
		return t.averages()
	}
	return nil
}

// group adds the optimiser node of one parameter group and its updates.
func (t *trainer) group(i int, group ParamGroup, clip *Value, grads map[*Value]*Value) error {
	op, hyper, slots, err := t.spec.Optimiser.op(group.Decay)
	if err != nil {
		return err
	}
	if len(group.Params) == 0 {
		return nil
	}
	g := t.p.Graph
	in := []*Value{g.AddInput(HyperName(i), Type{Float32, Shape{hyper}}, false), clip}
	var state, gs []*Value
	for _, name := range group.Params {
		w := g.Value(name)
		state, gs = append(state, w), append(gs, grads[w])
	}
	in = append(append(in, state...), gs...)
	for _, slot := range slots {
		for _, name := range group.Params {
			m := g.AddState(OptPrefix+slot+"/"+name, Zeros{Type{Float32, g.Value(name).Shape}})
			state, in = append(state, m), append(in, m)
		}
	}
	out, err := g.Add(fmt.Sprintf("train/step.%d", i), op, in...)
	if err != nil {
		return err
	}
	for k, v := range out {
		t.p.Updates = append(t.p.Updates, Update{state[k], v})
	}
	return nil
}

// op returns the operator for one decay, the length of its hyper vector and the
// names of its state tensors.
func (o Optimiser) op(decay float32) (Op, int, []string, error) {
	switch o.Kind {
	case "sgd":
		return SGD{Nesterov: o.Nesterov, Decay: decay}, 2, []string{"m"}, nil
	case "adamw", "adam":
		return Adam{Decoupled: o.Kind == "adamw", Decay: decay, Eps: o.Eps}, 5, []string{"m", "v"}, nil
	}
	return nil, 0, nil, fmt.Errorf("%w: optimiser %q; known: sgd, adamw, adam", fault.ErrUsage, o.Kind)
}

// averages adds the exponential moving average of every trained parameter, taken
// after the optimiser's step.
func (t *trainer) averages() error {
	g := t.p.Graph
	fresh := map[*Value]*Value{}
	for _, u := range t.p.Updates {
		fresh[u.State] = u.New
	}
	in := []*Value{g.AddInput(EMADecayName, Type{Float32, Shape{1}}, false)}
	var avg, now []*Value
	for _, p := range t.params() {
		avg = append(avg, g.AddState(EMAPrefix+p.Name, p.Data))
		now = append(now, fresh[p])
	}
	out, err := g.Add("train/ema", EMA{}, append(append(in, avg...), now...)...)
	if err != nil {
		return err
	}
	for k, v := range out {
		t.p.Updates = append(t.p.Updates, Update{avg[k], v})
	}
	return nil
}
