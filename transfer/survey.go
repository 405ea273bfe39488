package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
)

// surveyDepths is the largest number of depths that are looked at.
const surveyDepths = 6

// survey is what one pass over pictures tells about a network: pooled tensors at some
// depths, and what the network itself answers.
type survey struct {
	at      []int // samples that could be read, in the order of rows
	labels  []int
	depths  []depth   // the last is what a classifier reads
	theta   []float64 // [n sources] probabilities; nil: the network has no classifier
	sources int
	picture time.Duration // in the engine, of one picture
}

// depth is one place in a network.
type depth struct {
	name  string
	share float64   // of the multiply-adds up to it
	dim   int       // channels
	rows  []float64 // [n dim], averaged over space
}

// surveyed is the graph of a survey and what its outputs are.
type surveyed struct {
	graph   *graph.Graph
	names   []string
	depths  []depth
	sources int // of the last output; 0: there is none
}

// surveyGraph prunes the network to its features and at most five block ends before
// them, evenly spaced in multiply-adds, each averaged over space, and its logits.
func surveyGraph(n *network) (*surveyed, error) {
	cuts := anatomy.Cuts(n.graph, n.graph.Value(n.features))
	return surveyAt(n, cuts, spaced(anatomy.Blocks(cuts), surveyDepths))
}

// surveyAt surveys chosen cuts.
func surveyAt(n *network, cuts, chosen []anatomy.Cut) (*surveyed, error) {
	s := &surveyed{}
	var values []*graph.Value
	for _, c := range chosen {
		values = append(values, c.Value)
		s.depths = append(s.depths, depth{name: c.Value.Name, share: float64(c.MACs) / float64(max(1, cuts[len(cuts)-1].MACs)), dim: c.Value.Shape[1]})
	}
	if n.head.Logits != nil {
		values, s.sources = append(values, n.head.Logits), n.head.Classes
	}
	g, err := graph.Prune(n.graph, values...)
	if err != nil {
		return nil, err
	}
	s.graph = g
	for i, v := range g.Outputs {
		name := fmt.Sprintf("gotl_survey/%d", i)
		if v, err = rowsAt(g, name, v); err != nil {
			return nil, err
		}
		g.Outputs[i], s.names = v, append(s.names, name)
	}
	return s, nil
}

// rowsAt averages v over space and makes it a matrix.
func rowsAt(g *graph.Graph, name string, v *graph.Value) (*graph.Value, error) {
	var err error
	if v.Shape.Rank() > 2 {
		if v, err = g.Add1(name+"/pool", graph.GlobalAveragePool{}, v); err != nil {
			return nil, err
		}
	}
	return g.Add1(name+"/rows", graph.Flatten{Axis: 1}, v)
}

// spaced chooses at most n cuts, evenly spaced in multiply-adds; the last is always
// one of them.
func spaced(cuts []anatomy.Cut, n int) []anatomy.Cut {
	if len(cuts) <= n {
		return cuts
	}
	all := float64(cuts[len(cuts)-1].MACs)
	var out []anatomy.Cut
	next := 0
	for k := 1; k <= n; k++ {
		best := next
		for i := next; i <= len(cuts)-1-(n-k); i++ {
			if math.Abs(float64(cuts[i].MACs)-all*float64(k)/float64(n)) < math.Abs(float64(cuts[best].MACs)-all*float64(k)/float64(n)) {
				best = i
			}
		}
		if k == n {
			best = len(cuts) - 1
		}
		out, next = append(out, cuts[best]), best+1
	}
	return out
}

// survey runs the network once over the evaluation view of samples.
func (j *job) survey(ctx context.Context, at []int) (*survey, error) {
	defer j.timed("prefix_pass", time.Now())
	g, err := surveyGraph(j.net)
	if err != nil {
		return nil, err
	}
	return j.surveyOf(ctx, g, at)
}

func (j *job) surveyOf(ctx context.Context, g *surveyed, at []int) (*survey, error) {
	p := &prefix{cut: newCut(g.graph, g.names...), backend: j.backend, planned: j.planned}
	defer p.close()
	feed, err := j.pixels(g.graph, at, fixedView(j.pre.View()), false)
	if err != nil {
		return nil, err
	}
	s := &survey{depths: slices.Clone(g.depths), sources: g.sources}
	if err := j.surveyPass(ctx, s, p, feed, len(at)); err != nil {
		return nil, err
	}
	s.labels = labelsOf(j.data, s.at)
	if p.pictures > 0 {
		s.picture = p.spent / time.Duration(p.pictures)
	}
	return s, nil
}

func (j *job) surveyPass(ctx context.Context, s *survey, p *prefix, feed *pixelFeed, all int) error {
	st, err := feed.start(ctx, 0, 0)
	if err != nil {
		return err
	}
	defer st.close()
	t0 := time.Now()
	for {
		b, err := st.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = p.step(ctx, b)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		s.keep(p, b)
		j.sink(Progress{Phase: "survey", Done: len(s.at), Total: all, ImgPerSec: rateOf(len(s.at), time.Since(t0))})
	}
}

// keep takes the rows of a batch whose pictures could be read.
func (s *survey) keep(p *prefix, b *fed) {
	for r, i := range b.real {
		if i < 0 || b.weight[r] == 0 {
			continue
		}
		s.at = append(s.at, i)
		for d := range s.depths {
			s.depths[d].rows = append(s.depths[d].rows, doubles(p.y[d].F32, r, s.depths[d].dim)...)
		}
		if s.sources > 0 {
			s.theta = append(s.theta, softmax(doubles(p.y[len(s.depths)].F32, r, s.sources))...)
		}
	}
}
