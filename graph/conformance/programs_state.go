package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

// optimisers makes three steps from w = 0.5 -1 2 with the gradients below, by
// torch.optim of PyTorch 2.15: SGD and SGD(nesterov) with lr 0.1, momentum 0.9,
// weight_decay 0.01; Adam and AdamW with lr 0.01, weight_decay 0.1.
func optimisers() (*graph.Program, []Feed, error) {
	n := newNet()
	g, one := n.input("g", 3), n.p.AddConst("one", fill(1, 1))
	sgd, adam := n.input("sgd", 2), n.input("adam", 5)
	for _, o := range []struct {
		name    string
		op      graph.Op
		hyper   *graph.Value
		moments []string
	}{
		{"sgd", graph.SGD{Decay: 0.01}, sgd, []string{"/m"}},
		{"nesterov", graph.SGD{Nesterov: true, Decay: 0.01}, sgd, []string{"/m"}},
		{"adam", graph.Adam{Decay: 0.1, Eps: 1e-8}, adam, []string{"/m", "/v"}},
		{"adamw", graph.Adam{Decoupled: true, Decay: 0.1, Eps: 1e-8}, adam, []string{"/m", "/v"}},
	} {
		state := []*graph.Value{n.p.AddState(o.name+"/w", f32(dims(3), 0.5, -1, 2))}
		in := []*graph.Value{o.hyper, one, state[0], g}
		for _, m := range o.moments {
			s := n.p.AddState(o.name+m, fill(0, 3))
			state, in = append(state, s), append(in, s)
		}
		for i, v := range n.add(o.name+"/step", o.op, in...) {
			n.update(state[i], v)
		}
	}
	var fs []Feed
	for i, g := range [][]float32{{0.1, 0.2, -0.3}, {-0.4, 0.05, 0.6}, {0.25, -0.5, 0.125}} {
		fs = append(fs, Feed{"g": f32(dims(3), g...), "sgd": sgdHyper(0), "adam": adamHyper(i + 1)})
	}
	return n.p, fs, n.err
}

var optimisersWant = Feed{
	"sgd/w":      f32(dims(3), 0.5210954, -1.0080138, 1.9435357),
	"sgd/m":      f32(dims(3), -0.015348881, -0.32067186, 0.47636372),
	"nesterov/w": f32(dims(3), 0.52245092, -0.97907108, 1.9006577),
	"nesterov/m": f32(dims(3), -0.015163213, -0.32101512, 0.47625858),
	"adam/w":     f32(dims(3), 0.49282783, -1.0066731, 1.9963576),
	"adam/m":     f32(dims(3), 0.010502116, -0.056615863, 0.096524455),
	"adam/v":     f32(dims(3), 0.00023518584, 0.00037409036, 0.00075678859),
	"adamw/w":    f32(dims(3), 0.4944953, -1.0118195, 1.996376),
	"adamw/m":    f32(dims(3), -0.0029000002, -0.029299999, 0.042199999),
	"adamw/v":    f32(dims(3), 0.00023232005, 0.00029241756, 0.00046508512),
}

// swap exchanges two states, keeps the last input and adds the states as they
// were before the step: after three steps a and b have changed places.
func swap() (*graph.Program, []Feed, error) {
	n := newNet()
	x := n.input("x", 2)
	a, b := n.p.AddState("a", f32(dims(2), 1, 2)), n.p.AddState("b", f32(dims(2), 3, 4))
	last := n.p.AddState("last", fill(0, 2))
	n.update(a, n.add1("", graph.Identity{}, b))
	n.update(b, a)
	n.update(last, x)
	n.p.Outputs = []*graph.Value{n.add1("sum", graph.Binary{Fn: graph.Add}, a, b)}
	return n.p, []Feed{{"x": fill(7, 2)}, {"x": fill(8, 2)}, {"x": fill(9, 2)}}, n.err
}
