package conformance

import "github.com/gotl-gpu/gotl-gpu/graph"

func plainNet() (*graph.Program, []Feed, error) {
	n := newNet()
	x := n.input("x", 4, 3, 9, 9)
	y := n.act(n.batchNorm("bn1", n.conv("conv1", x, 16, 1, graph.Window2D(3, 1, 1), false)), graph.Relu)
	y = n.add1("pool", graph.Pool{Window: graph.Window2D(3, 2, 1)}, y)
	y = n.act(n.conv("conv2", y, 5, 1, graph.Window2D(3, 2, 0), true), graph.LeakyRelu, 0.1, 0)
	y = n.linear("fc", n.add1("flat", graph.Flatten{Axis: 1}, y), 3)
	n.train(y, graph.SGD{Nesterov: true, Decay: 1e-3}, 2, 1)
	return n.p, feeds(3, dims(4, 3, 9, 9), dims(4, 3), sgdHyper), n.err
}

func residualNet() (*graph.Program, []Feed, error) {
	n := newNet()
	x := n.input("x", 3, 3, 8, 8)
	y := n.act(n.batchNorm("bn0", n.conv("stem", x, 16, 1, graph.Window2D(3, 2, 1), false)), graph.Relu)
	z := n.act(n.batchNorm("bn1", n.conv("conv1", y, 16, 1, graph.Window2D(3, 1, 1), false)), graph.Relu)
	z = n.batchNorm("bn2", n.conv("conv2", z, 16, 1, graph.Window2D(3, 1, 1), false))
	y = n.act(n.add1("sum", graph.Binary{Fn: graph.Add}, z, y), graph.Relu)
	fresh := n.train(n.linear("fc", n.pooled(y), 4), graph.Adam{Decoupled: true, Decay: 0.01, Eps: 1e-5}, 5, 2)
	if n.err != nil {
		return nil, nil, n.err
	}
	in := []*graph.Value{n.p.AddConst("decay", fill(0.9, 1))}
	for _, p := range n.params {
		in = append(in, n.p.AddState("ema/"+p.Name, p.Data))
	}
	for i, v := range n.add("ema", graph.EMA{}, append(in, fresh...)...) {
		n.update(in[1+i], v)
	}
	return n.p, feeds(3, dims(3, 3, 8, 8), dims(3, 4), adamHyper), n.err
}

func mobileNet() (*graph.Program, []Feed, error) {
	n := newNet()
	x := n.input("x", 2, 3, 7, 7)
	y := n.act(n.conv("expand", x, 17, 1, graph.Window2D(1, 1, 0), true), graph.Clip, 0, 6)
	y = n.act(n.conv("depthwise", y, 17, 17, graph.Window2D(3, 2, 1), true), graph.HardSwish)
	s := n.act(n.conv("squeeze", n.add1("gap", graph.GlobalAveragePool{}, y), 4, 1, graph.Window2D(1, 1, 0), true), graph.Relu)
	s = n.act(n.conv("excite", s, 17, 1, graph.Window2D(1, 1, 0), true), graph.HardSigmoid, 1./6, 0.5)
	y = n.add1("scale", graph.Binary{Fn: graph.Mul}, y, s)
	pool := graph.Pool{Fn: graph.AveragePool, Window: graph.Window2D(2, 2, 0), Ceil: true}
	y = n.add1("cat", graph.Concat{Axis: 1}, y, n.add1("branch", pool, x))
	rng := n.p.AddInput("rng", graph.Type{DType: graph.Int64, Shape: graph.Shape{4}}, false)
	y = n.add1("drop", graph.DropoutTrain{P: 0.3, Tag: 5}, n.pooled(y), rng)
	n.train(n.linear("fc", y, 3), graph.SGD{Decay: 1e-3}, 2, 1)
	fs := feeds(3, dims(2, 3, 7, 7), dims(2, 3), sgdHyper)
	for i, f := range fs {
		f["rng"] = i64(dims(4), 42, int64(i), 10, 11)
	}
	return n.p, fs, n.err
}

// frozenNet has constants in front and trains the last two layers.
func frozenNet() (*graph.Program, []Feed, error) {
	n := newNet()
	y := n.input("x", 2, 3, 8, 8)
	for i, k := range []int{16, 24, 24} {
		l := convCase{x: y.Shape, k: k, groups: 1, w: graph.Window2D(3, 1+i%2, 1)}
		name := "frozen" + string(rune('0'+i))
		in := []*graph.Value{y, n.p.AddConst(name+".w", times(Normal(name, l.shapes()[1]...), 0.1)), n.p.AddConst(name+".b", Normal(name+"b", k))}
		if i == 2 {
			in = append(in, y)
		}
		if y = n.add1(name, graph.FusedConv{Conv: l.op(), Act: graph.Act{Fn: graph.Relu}}, in...); n.err != nil {
			return nil, nil, n.err
		}
	}
	y = n.act(n.conv("live", y, 8, 1, graph.Window2D(3, 1, 1), true), graph.Relu)
	n.train(n.linear("fc", n.pooled(y), 3), graph.SGD{}, 2, 1)
	return n.p, feeds(3, dims(2, 3, 8, 8), dims(2, 3), sgdHyper), n.err
}

// sharedNet applies one convolution twice: its gradient is a sum.
func sharedNet() (*graph.Program, []Feed, error) {
	n := newNet()
	y := n.act(n.conv("stem", n.input("x", 2, 3, 5, 5), 4, 1, graph.Window2D(1, 1, 0), true), graph.Tanh)
	w := n.weight("shared", 4, 4, 3, 3)
	for range 2 {
		y = n.act(n.add1("conv", graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}, y, w), graph.Sigmoid)
	}
	n.train(n.linear("fc", n.pooled(y), 2), graph.Adam{Decay: 0.01, Eps: 1e-5}, 5, 2)
	return n.p, feeds(3, dims(2, 3, 5, 5), dims(2, 2), adamHyper), n.err
}
