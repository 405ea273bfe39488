package transfer

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/direct"
)

// direct is scheme 1: the network's own classes are mapped to those of the data, and
// nothing is trained.
func (j *job) direct(ctx context.Context) error {
	src, err := j.source()
	if err != nil {
		return err
	}
	m, why, err := j.classMap(ctx, src)
	if err != nil {
		return err
	}
	if j.mapped, err = mappedNet(src, m); err != nil {
		return err
	}
	j.best, j.at = weights{}, &position{Phase: "direct"}
	if j.judged, err = j.judgeOn(ctx, j.mapped, j.valAt); err != nil {
		return err
	}
	j.at.Stop.Offer(0, j.judged.Score(j.metric), j.judged.LogLoss)
	mass, err := j.mappedMass(ctx, src, m)
	if err != nil {
		return err
	}
	notes := []string{fmt.Sprintf("direct use, map by %s%s", m.From, why), mass}
	if k := len(m.Target); k == 2 && j.judged.Accuracy < .5 {
		notes = append(notes, fmt.Sprintf("below one half: with both labels exchanged it would be %.3f", 1-j.judged.Accuracy))
	}
	j.sink(Planned{Scheme: j.scheme, Head: fmt.Sprintf("%d classes mapped to %d", m.Sources, len(m.Target)), TotalParams: countParams(src),
		FrozenTensor: len(src.Consts), PlannedBytes: j.plannedB, Notes: notes})
	return nil
}

// source is the network up to its own logits [N sources].
func (j *job) source() (*graph.Graph, error) {
	v := j.net.head.Logits
	if v == nil {
		return nil, fault.New(fault.ErrNoHead, "the network has no classes of its own", j.net.path, "it ends in features, direct use needs a classifier",
			"--scheme features")
	}
	g, err := graph.Prune(j.net.graph, v)
	if err != nil {
		return nil, err
	}
	if g, err = apart(g); err != nil {
		return nil, err
	}
	g.Outputs[0], err = asMatrix(g, g.Outputs[0])
	return g, err
}

// apart copies g; values called as the outputs of an exported model get other names.
func apart(g *graph.Graph) (*graph.Graph, error) {
	c := graph.NewCopier()
	c.Leaves(g)
	for _, n := range g.Nodes {
		names := make([]string, len(n.Out))
		for i, v := range n.Out {
			if names[i] = v.Name; v.Name == logitsName || v.Name == probName {
				names[i] = "source/" + v.Name
			}
		}
		out, err := c.Dst.AddNamed(n.Name, names, n.Op, c.In(n)...)
		if err != nil {
			return nil, err
		}
		for i, v := range n.Out {
			c.Map[v] = out[i]
		}
	}
	return c.Finish(g)
}

// classMap makes the map that --map asks for, and tells why if it chose.
func (j *job) classMap(ctx context.Context, src *graph.Graph) (m *direct.Map, why string, err error) {
	k := src.Outputs[0].Shape[1]
	names, err := classNames("", j.net.meta, j.net.path, k)
	if err != nil {
		return nil, "", err
	}
	switch j.set.Map {
	case "name":
		m, err = direct.ByName(j.data.Classes, names)
		return m, "", err
	case "auto":
		if m, err = direct.ByName(j.data.Classes, names); err == nil {
			return m, "", nil
		}
		m, err = j.learnedMap(ctx, src)
		return m, " (names do not fit)", err
	case "learned":
		m, err = j.learnedMap(ctx, src)
		return m, "", err
	}
	f, err := os.Open(j.set.Map)
	if err != nil {
		return nil, "", fault.New(fault.ErrUsage, "map not readable", j.set.Map, errText(err), "--map auto, name, learned or a file of source,target[,weight]")
	}
	defer f.Close()
	m, err = direct.FromFile(f, j.set.Map, j.data.Classes, names, k)
	return m, " " + j.set.Map, err
}

// learnedMap estimates the map on the training pictures.
func (j *job) learnedMap(ctx context.Context, src *graph.Graph) (*direct.Map, error) {
	theta, at, err := j.sourceProbs(ctx, src, j.trainAt)
	if err != nil {
		return nil, err
	}
	return direct.Learn(theta, labelsOf(j.data, at), j.data.Classes, src.Outputs[0].Shape[1])
}

// sourceProbs are the network's own probabilities [n sources] of the samples of at that
// could be read, in the evaluation view.
func (j *job) sourceProbs(ctx context.Context, src *graph.Graph, at []int) (theta []float64, read []int, err error) {
	defer j.timed("prefix_pass", time.Now())
	src = judged(src)
	feed, err := j.pixels(src, at, fixedView(j.pre.View()), false)
	if err != nil {
		return nil, nil, err
	}
	x, err := newExtractor(j.backend, src, j.sink)
	if err != nil {
		return nil, nil, err
	}
	defer x.exec.Close()
	j.planned(x.exec)
	x.name, x.all = "source", len(at)
	f, err := x.run(ctx, feed, 0, at)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range at {
		if !f.bad[i] {
			theta, read = append(theta, softmax(doubles(f.row(i), 0, f.dim))...), append(read, i)
		}
	}
	return theta, read, nil
}

// mappedMass tells how much of the network's probability the map uses on the validation
// pictures.
func (j *job) mappedMass(ctx context.Context, src *graph.Graph, m *direct.Map) (string, error) {
	theta, at, err := j.sourceProbs(ctx, src, j.valAt)
	if err != nil {
		return "", err
	}
	mean, score := 0.0, make([]float64, len(m.Target))
	for i := range at {
		mean += m.Apply(score, theta[i*m.Sources:(i+1)*m.Sources]) / float64(len(at))
	}
	return fmt.Sprintf("mean mapped probability %.3f", mean), nil
}

// floor is added to every score: its logarithm stays finite, and a picture without any
// mapped probability is answered by all classes alike.
const floor = 1e-30

// mappedNet puts a map on the network: logits = ln(M·softmax(source) + floor), so that
// their softmax is the renormalised score.
func mappedNet(src *graph.Graph, m *direct.Map) (*graph.Graph, error) {
	g, err := graph.Prune(src, src.Outputs...)
	if err != nil {
		return nil, err
	}
	w, b := graph.NewTensor(graph.Float32, len(m.Target), m.Sources), graph.NewTensor(graph.Float32, len(m.Target))
	for i, v := range m.W {
		w.F32[i] = float32(v)
	}
	for i := range b.F32 {
		b.F32[i] = floor
	}
	p, err := g.Add1(headScope+"source", graph.Softmax{Axis: 1}, g.Outputs[0])
	if err != nil {
		return nil, err
	}
	s, err := g.Add1(headScope+"map", graph.Linear, p, g.AddConst(headScope+"map.weight", w), g.AddConst(headScope+"map.floor", b))
	if err != nil {
		return nil, err
	}
	out, err := g.AddNamed(headScope+"log", []string{logitsName}, graph.Act{Fn: graph.Log}, s)
	if err != nil {
		return nil, err
	}
	g.Outputs = out
	return g, nil
}

// doubles is row r of x.
func doubles(x []float32, r, dim int) []float64 {
	out := make([]float64, dim)
	for k, v := range x[r*dim : (r+1)*dim] {
		out[k] = float64(v)
	}
	return out
}

// softmax replaces logits by probabilities.
func softmax(x []float64) []float64 {
	top, sum := math.Inf(-1), 0.0
	for _, v := range x {
		top = max(top, v)
	}
	for k, v := range x {
		x[k] = math.Exp(v - top)
		sum += x[k]
	}
	for k := range x {
		x[k] /= sum
	}
	return x
}
