package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// frozenProof holds the SHA-256 of every constant of the source network that had
// to stay as it was: frozen parameters, norms' statistics, all other constants.
type frozenProof struct {
	tensors int
	sum     map[string][32]byte
}

// frozenProof hashes the frozen constants of the source body and compares them
// with those of the trained network.
func (j *job) frozenProof(trained *graph.Graph) (*frozenProof, error) {
	p := &frozenProof{sum: map[string][32]byte{}}
	for _, v := range j.body.Consts {
		if j.best[v.Name] != nil {
			continue
		}
		h, err := hashData(v.Data)
		if err != nil {
			return nil, err
		}
		p.sum[v.Name] = h
		p.tensors++
	}
	return p, p.check(trained, false)
}

// check compares the constants of g with the proof. Constants that g lacks (folded
// away on request, or by the reader) cannot be compared; with folded that is
// expected, otherwise it is an error.
func (p *frozenProof) check(g *graph.Graph, folded bool) error {
	for name, want := range p.sum {
		v := g.Value(name)
		if v == nil || v.Kind != graph.Const {
			if folded {
				continue
			}
			return fmt.Errorf("%w: %q is missing", fault.ErrFrozenChanged, name)
		}
		got, err := hashData(v.Data)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%w: %q", fault.ErrFrozenChanged, name)
		}
	}
	return nil
}

// hashData is the SHA-256 of a constant's elements, computed in blocks.
func hashData(d graph.Data) (sum [32]byte, err error) {
	h := sha256.New()
	n := d.Type().Shape.Len()
	t, isTensor := d.(*graph.Tensor)
	if isTensor && t.F32 == nil {
		for i := range n {
			_ = binary.Write(h, binary.LittleEndian, t.At(i))
		}
		return [32]byte(h.Sum(nil)), nil
	}
	block, raw := make([]float32, min(n, 1<<16)), make([]byte, 4*min(n, 1<<16))
	for at := 0; at < n; at += len(block) {
		b := block[:min(len(block), n-at)]
		if err := d.Fill(b, at); err != nil {
			return sum, err
		}
		for i, x := range b {
			binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(x))
		}
		h.Write(raw[:4*len(b)])
	}
	return [32]byte(h.Sum(nil)), nil
}
