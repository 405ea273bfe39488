package graph

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Names of the inputs and outputs that BuildTrain adds.
const (
	TargetName   = "train/target"    // input [N K]: see SoftmaxCrossEntropy
	InvName      = "train/inv"       // input [1]
	RngName      = "train/rng"       // input [2+N] i64, only with active dropout
	EMADecayName = "train/ema_decay" // input [1], only with EMA
	LossName     = "train/loss"      // output [1]
	NormName     = "train/grad_norm" // output [1], before clipping
	EMAPrefix    = "ema/"            // state: average of the parameter of that name
	OptPrefix    = "opt/"            // state: opt/m/NAME, opt/v/NAME
)

// HyperName is the input with the changing settings of parameter group i: the
// hyper vector of the optimiser's operator (SGD [2], Adam [5]).
func HyperName(i int) string { return fmt.Sprintf("train/hyper.%d", i) }

// ParamGroup lists constants of the network that train with one rate and decay.
type ParamGroup struct {
	Params []string
	Decay  float32
}

// Optimiser chooses the update rule. Exactly one of the kinds is set.
type Optimiser struct {
	Kind     string // "sgd", "adamw", "adam"
	Nesterov bool
	Eps      float32 // adam, adamw
}

// TrainSpec says what a training program trains and how.
type TrainSpec struct {
	Logits     *Value                // [N K], a value of the network
	Groups     []ParamGroup          // every trained constant stands in exactly one
	BatchStats func(bn *Node) bool   // which live BatchNorm nodes use batch statistics; nil: none
	Dropout    func(drop *Node) bool // which live Dropout nodes are active; nil: all
	Optimiser  Optimiser
	Clip       float32 // largest global gradient norm; 0: not clipped
	EMA        bool
}

// BuildTrain makes the program of one training step of net at its batch size:
// frozen prefix in inference form, live part, loss, gradients, optimiser.
//
// A node is live if it has a trained parameter or a live input. All that is not
// live is folded and fused; live BatchNorm keeps running statistics unless
// BatchStats accepts it, and then the statistics are state under their own names.
// BatchNorm with running statistics behind a live convolution trains in the
// convolution's weights (FoldNorm).
func BuildTrain(net *Graph, s TrainSpec) (*Program, error) {
	if s.Logits == nil || s.Logits.Shape.Rank() != 2 {
		return nil, fmt.Errorf("%w: logits %v, want [N K]", fault.ErrShape, s.Logits)
	}
	t := &trainer{spec: s, train: map[string]bool{}}
	for _, g := range s.Groups {
		for _, p := range g.Params {
			if v := net.Value(p); v == nil || v.Kind != Const || t.train[p] {
				return nil, fmt.Errorf("%w: trained parameter %q is not a constant of the network or stands twice", fault.ErrModel, p)
			}
			t.train[p] = true
		}
	}
	g, err := Prune(net, s.Logits)
	if err != nil {
		return nil, err
	}
	if g, err = t.inferencePrefix(g); err != nil {
		return nil, err
	}
	if err := t.trainingForm(g); err != nil {
		return nil, err
	}
	return t.finish()
}

type trainer struct {
	spec    TrainSpec
	train   map[string]bool
	copy    *Copier
	p       *Program
	rng     *Value
	bnStats []Update
	folds   map[*Node]*Node // live convolution -> the BatchNorm that alone reads it
}

// Live returns the nodes of g that have a trained parameter or a live input.
func Live(g *Graph, trained func(name string) bool) map[*Node]bool {
	live := map[*Node]bool{}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			if v != nil && (v.Kind == Const && trained(v.Name) || live[v.From]) {
				live[n] = true
				break
			}
		}
	}
	return live
}

// inferencePrefix folds and fuses everything that is not live.
func (t *trainer) inferencePrefix(g *Graph) (*Graph, error) {
	trained := func(name string) bool { return t.train[name] }
	live := Live(g, trained)
	g, err := FoldBatchNorm(g, func(n *Node) bool { return !live[n] || t.constant(n) })
	if err != nil {
		return nil, err
	}
	live = Live(g, trained)
	return FuseInference(g, func(n *Node) bool { return !live[n] })
}

// constant reports whether a live node has nothing trained and nothing moving.
func (t *trainer) constant(n *Node) bool {
	for _, v := range n.In {
		if v != nil && v.Kind == Const && t.train[v.Name] {
			return false
		}
	}
	return !t.batchStats(n, true)
}

// trainingForm copies g with trained constants as state, BatchNorm and Dropout in
// training form where they are live.
func (t *trainer) trainingForm(g *Graph) error {
	live := Live(g, func(name string) bool { return t.train[name] })
	stat := t.statistics(g, live)
	c := NewCopier()
	for _, v := range g.Inputs {
		c.Map[v] = c.Dst.AddInput(v.Name, v.Type, v.Batched)
	}
	for _, v := range g.Consts {
		if t.train[v.Name] || stat[v] {
			c.Map[v] = c.Dst.AddState(v.Name, v.Data)
		} else {
			c.Map[v] = c.Dst.AddConst(v.Name, v.Data)
		}
	}
	t.copy, t.p = c, &Program{Graph: c.Dst}
	t.folds = t.foldable(g, live)
	for _, n := range g.Nodes {
		if err := t.node(n, live[n]); err != nil {
			return err
		}
	}
	_, err := c.Finish(g)
	return err
}

// statistics returns the running means and variances that batch statistics move.
func (t *trainer) statistics(g *Graph, live map[*Node]bool) map[*Value]bool {
	stat := map[*Value]bool{}
	for _, n := range g.Nodes {
		if t.batchStats(n, live[n]) {
			stat[n.In[3]], stat[n.In[4]] = true, true
		}
	}
	return stat
}

func (t *trainer) batchStats(n *Node, live bool) bool {
	_, ok := n.Op.(BatchNorm)
	return ok && live && t.spec.BatchStats != nil && t.spec.BatchStats(n)
}

func (t *trainer) node(n *Node, live bool) error {
	if d, ok := n.Op.(Dropout); ok && live && d.P > 0 && (t.spec.Dropout == nil || t.spec.Dropout(n)) {
		return t.copy.Replace(n, DropoutTrain{P: d.P, Tag: philox.Hash(n.Name)}, t.copy.Map[n.In[0]], t.rngFor(n.In[0]))
	}
	if t.batchStats(n, live) {
		return t.batchNorm(n)
	}
	if bn := t.folds[n]; bn != nil {
		return t.foldNorm(n, bn)
	}
	if t.copy.Map[n.Out[0]] != nil {
		return nil // a BatchNorm written by its convolution
	}
	return t.copy.Node(n)
}

func (t *trainer) rngFor(x *Value) *Value {
	if t.rng == nil {
		t.rng = t.copy.Dst.AddInput(RngName, Type{Int64, Shape{2 + x.Shape[0]}}, false)
	}
	return t.rng
}

// batchNorm emits the training form of n and the update of its statistics.
func (t *trainer) batchNorm(n *Node) error {
	bn, in, c := n.Op.(BatchNorm), t.copy.In(n), t.copy
	out, err := c.Dst.AddNamed(n.Name, []string{n.Out[0].Name, n.Name + "/batch_mean", n.Name + "/batch_var"},
		BatchNormTrain{Eps: bn.Eps}, in[0], in[1], in[2])
	if err != nil {
		return err
	}
	c.Map[n.Out[0]] = out[0]
	count := in[0].Shape.Len() / in[0].Shape[1]
	if count < 2 {
		return fmt.Errorf("%v: %w: batch statistics of %v: one value a channel has no variance", n, fault.ErrModel, in[0].Shape)
	}
	for i, scale := range []float32{1, float32(float64(count) / float64(count-1))} {
		v, err := c.Dst.Add1(n.Name+"/running", Blend{Keep: bn.Keep, Scale: scale}, in[3+i], out[1+i])
		if err != nil {
			return err
		}
		t.bnStats = append(t.bnStats, Update{in[3+i], v})
	}
	return nil
}

// finish adds loss, gradients, clipping, optimiser and averages.
func (t *trainer) finish() (*Program, error) {
	g := t.p.Graph
	logits := g.Outputs[0]
	target := g.AddInput(TargetName, logits.Type, false)
	inv := g.AddInput(InvName, Type{Float32, Shape{1}}, false)
	loss, err := g.Add1(LossName, SoftmaxCrossEntropy{}, logits, target, inv)
	if err != nil {
		return nil, err
	}
	grads, err := Gradients(g, loss, t.params())
	if err != nil {
		return nil, err
	}
	g.Outputs = []*Value{loss}
	t.p.Updates = t.bnStats
	if err := t.optimise(grads); err != nil {
		return nil, err
	}
	if err := t.fuse(); err != nil {
		return nil, err
	}
	return t.p, t.p.Check()
}

func (t *trainer) params() []*Value {
	var ps []*Value
	for _, group := range t.spec.Groups {
		for _, name := range group.Params {
			ps = append(ps, t.p.Value(name))
		}
	}
	return ps
}
