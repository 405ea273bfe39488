package transfer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
)

// The recipe "gotl": two one-cycle phases (fastai's q and div, see the sources in
// package optim).
var (
	headCycle = optim.NewOneCycle(.25, 25)
	tuneCycle = optim.NewOneCycle(.3, 5)
)

// newRule returns the optimiser of a phase of the given steps with base rate lr.
func newRule(s *Settings, lr float64, cycle optim.OneCycle, epochs, stepsPerEpoch int) (rule, error) {
	sched, err := optim.ParseSchedule(s.Sched, cycle, stepsPerEpoch)
	if err != nil {
		return rule{}, err
	}
	if n := s.WarmupEpochs * stepsPerEpoch; n > 0 {
		sched = optim.Warmup{Steps: n, Then: sched}
	}
	r := rule{kind: s.Opt, nesterov: s.Nesterov, momentum: s.Momentum, beta1: .9, beta2: s.Beta2, eps: s.Eps, lr: lr,
		sched: sched, total: epochs * stepsPerEpoch}
	_, err = weightDecay(s)
	return r, err
}

// weightDecay is --wd, or the optimiser's usual one.
func weightDecay(s *Settings) (float64, error) {
	usual := map[string]float64{"adamw": 1e-2, "adam": 0, "sgd": 1e-4}
	wd, ok := usual[s.Opt]
	if !ok {
		return 0, fault.New(fault.ErrUsage, "unknown optimiser", "--opt "+s.Opt, "known: adamw, adam, sgd", "--opt adamw")
	}
	if s.WD >= 0 {
		wd = s.WD
	}
	return wd, nil
}

// newTarget returns class weights and smoothing of the loss.
func newTarget(s *Settings, set *dataset.Set) (targetRule, error) {
	t := targetRule{smoothing: s.LabelSmoothing}
	if s.LabelSmoothing < 0 || s.LabelSmoothing >= 1 {
		return t, fault.New(fault.ErrUsage, "label smoothing out of range", fmt.Sprintf("--label-smoothing %v", s.LabelSmoothing), "want 0 to below 1", "")
	}
	counts := set.Counts(dataset.Train)
	switch s.ClassWeights {
	case "none":
	case "auto", "":
		if s.Sampler == "balanced" { // balanced already
			break
		}
		t.classWeights = optim.AutoClassWeights(counts)
	case "balanced":
		n := 0
		for _, c := range counts {
			n += c
		}
		for _, c := range counts {
			t.classWeights = append(t.classWeights, float32(float64(n)/float64(len(counts)*c)))
		}
	default:
		return t, fault.New(fault.ErrUsage, "unknown class weights", "--class-weights "+s.ClassWeights, "known: auto, none, balanced", "")
	}
	return t, nil
}

// newEMA reads --ema: off, on or a decay.
func newEMA(s string) (optim.EMADecay, error) {
	switch strings.ToLower(s) {
	case "off", "", "false", "no":
		return nil, nil
	case "on", "true", "yes":
		return optim.EMARamp, nil
	}
	if name, rest, _ := strings.Cut(strings.ToLower(s), ":"); name == "exp" {
		d, tau, ok := twoNumbers(rest)
		if !ok || d <= 0 || d >= 1 || tau <= 0 {
			return nil, fault.New(fault.ErrUsage, "average not understood", "--ema "+s, "want exp:DECAY:STEPS", "--ema exp:0.9999:2000")
		}
		return optim.EMAExponential(d, tau), nil
	}
	d, err := strconv.ParseFloat(s, 64)
	if err != nil || d <= 0 || d >= 1 {
		return nil, fault.New(fault.ErrUsage, "average not understood", "--ema "+s, "want off, on or a decay between 0 and 1", "")
	}
	return optim.EMAConstant(d), nil
}

// twoNumbers reads "A:B".
func twoNumbers(s string) (a, b float64, ok bool) {
	x, y, _ := strings.Cut(s, ":")
	a, errA := strconv.ParseFloat(x, 64)
	b, errB := strconv.ParseFloat(y, 64)
	return a, b, errA == nil && errB == nil
}

// parseSave reads --save-every: epochs, or "500steps".
func parseSave(s string) (saveRule, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "steps"))
	if err != nil || n < 1 {
		return saveRule{}, fault.New(fault.ErrUsage, "checkpoint interval not understood", "--save-every "+s, "want a number of epochs, or 500steps", "")
	}
	if strings.HasSuffix(s, "steps") {
		return saveRule{epochs: 1, steps: n}, nil
	}
	return saveRule{epochs: n}, nil
}

// grouped sorts the trained parameters of a phase into optimiser groups. depth
// gives each parameter's block, head being that of the classifier. The classifier
// has rate 1; the body goes geometrically from 1/√mult at its last block to 1/mult
// at its deepest (fastai's 1e-3, 1e-4, 1e-5 for mult 100). With --layer-decay every
// block has that factor of the one above it.
//
// A single geometric line from the classifier down, without the step to the body,
// gave the last blocks nearly the classifier's rate: on 194 pictures the loss of
// EfficientNet-Lite0 rose from 0.01 to 10 within four steps.
func grouped(s *Settings, net *graph.Graph, trained []parameter, depth func(parameter) int, head int, mult float64) ([]optim.Group, error) {
	wd, err := weightDecay(s)
	if err != nil {
		return nil, err
	}
	var top, body []optim.Param
	for _, p := range trained {
		_, norm := p.node.Op.(graph.BatchNorm)
		q := optim.Param{Name: p.name, NDim: net.Value(p.name).Shape.Rank(), Norm: norm, Block: depth(p)}
		if q.Block == head {
			top = append(top, q)
		} else {
			body = append(body, q)
		}
	}
	if s.LayerDecay > 0 || mult == 1 {
		return optim.Groups(append(top, body...), optim.Policy{WeightDecay: wd, DecayAll: s.DecayAll, LayerDecay: s.LayerDecay})
	}
	step := math.Sqrt(mult)
	groups, err := optim.Groups(top, optim.Policy{WeightDecay: wd, DecayAll: s.DecayAll})
	if err != nil {
		return nil, err
	}
	below, err := optim.Groups(body, optim.Policy{WeightDecay: wd, DecayAll: s.DecayAll, LRMult: step})
	for _, g := range below {
		g.LRMult /= step
		g.Name = strings.Replace(g.Name, "head", "last block", 1)
		groups = append(groups, g)
	}
	return groups, err
}

func toParamGroups(groups []optim.Group) []graph.ParamGroup {
	var out []graph.ParamGroup
	for _, g := range groups {
		out = append(out, graph.ParamGroup{Params: g.Tensors, Decay: float32(g.WeightDecay)})
	}
	return out
}
