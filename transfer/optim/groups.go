package optim

import (
	"fmt"
	"math"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Param is what the grouping has to know of a trained tensor.
type Param struct {
	Name  string
	NDim  int
	Norm  bool // scale or shift of a normalisation
	Block int  // order of depth: lower is nearer the input, the head is the highest
}

// Decays tells whether weight decay may touch p: no bias, no norm.
func (p Param) Decays() bool { return p.NDim > 1 && !p.Norm }

// Group is a set of tensors with common settings.
type Group struct {
	Name        string // "head", "block 3", with " no decay" appended
	LRMult      float64
	WeightDecay float64
	Tensors     []string
}

// Policy says how tensors are grouped.
type Policy struct {
	WeightDecay float64
	DecayAll    bool    // biases and norms too (recipe torchvision)
	LRMult      float64 // rate of the head over that of the deepest block; 0 is 1
	LayerDecay  float64 // rate factor from a block to the next deeper one; 0: off, else LRMult is not used
}

// Groups sorts tensors into groups, head first, the deepest block last; within
// a block those with decay first. Blocks are spaced evenly however they are
// numbered. Errors: fault.ErrUsage for settings, fault.ErrInternal for a name given twice.
func Groups(params []Param, p Policy) ([]Group, error) {
	if err := p.check(params); err != nil {
		return nil, err
	}
	blocks := blocksOf(params)
	var out []Group
	for depth, b := range blocks {
		mult := p.mult(depth, len(blocks))
		name := fmt.Sprintf("block %d", b)
		if depth == 0 {
			name = "head"
		}
		with := Group{Name: name, LRMult: mult, WeightDecay: p.WeightDecay}
		without := Group{Name: name + " no decay", LRMult: mult}
		for _, q := range params {
			switch {
			case q.Block != b:
			case p.DecayAll || p.WeightDecay == 0 || q.Decays():
				with.Tensors = append(with.Tensors, q.Name)
			default:
				without.Tensors = append(without.Tensors, q.Name)
			}
		}
		for _, g := range []Group{with, without} {
			if len(g.Tensors) > 0 {
				out = append(out, g)
			}
		}
	}
	return out, nil
}

// mult is the rate factor of the block that lies depth blocks under the head.
func (p Policy) mult(depth, blocks int) float64 {
	switch {
	case p.LayerDecay != 0:
		return math.Pow(p.LayerDecay, float64(depth))
	case p.LRMult == 0 || blocks == 1:
		return 1
	}
	return math.Pow(p.LRMult, -float64(depth)/float64(blocks-1))
}

func (p Policy) check(params []Param) error {
	positive := func(x float64) bool { return x >= 0 && !math.IsInf(x, 0) } // false for NaN
	if !positive(p.WeightDecay) || !positive(p.LRMult) || !positive(p.LayerDecay) || p.LayerDecay > 1 {
		return fault.New(fault.ErrUsage, "rate settings", "--wd, --lr-mult, --layer-decay",
			fmt.Sprintf("got %g, %g, %g; want ≥ 0, > 0, 0 to 1", p.WeightDecay, p.LRMult, p.LayerDecay), "")
	}
	seen := make(map[string]bool, len(params))
	for _, q := range params {
		if seen[q.Name] {
			return fmt.Errorf("%w: parameter %q is grouped twice", fault.ErrInternal, q.Name)
		}
		seen[q.Name] = true
	}
	return nil
}

// blocksOf lists the distinct blocks, the head's first.
func blocksOf(params []Param) []int {
	var out []int
	for _, q := range params {
		if !slices.Contains(out, q.Block) {
			out = append(out, q.Block)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}
