// Package philox draws random numbers by counter: a draw is a function of
// (seed, epoch, sample, operation) and of nothing else, so a resumed run, a run
// with other workers and a run on other ranks draw the same numbers.
//
// Generator: Philox4x32-10 (Salmon et al., SC 2011, doi 10.1145/2063384.2063405).
// key = seed (low, high word); counter = (block, sample, epoch, FNV-1a32(op)).
package philox

import "math"

// Stream is the source of the draws of one operation on one sample in one epoch.
// It is a value without state: Block(i) can be asked in any order.
type Stream struct {
	seed              uint64
	sample, epoch, op uint32
}

// New returns the stream of the operation named op.
func New(seed uint64, epoch, sample uint32, op string) Stream {
	return Stream{seed: seed, sample: sample, epoch: epoch, op: Hash(op)}
}

// Block returns the four 32-bit words of block i.
func (s Stream) Block(i uint32) [4]uint32 {
	return Words(s.seed, [4]uint32{i, s.sample, s.epoch, s.op})
}

// Float returns draw i in [0, 1) with 24 bits.
func (s Stream) Float(i uint32) float32 { return Unit(s.Block(i / 4)[i%4]) }

// Normal returns draw i of a standard normal distribution (Box-Muller, float64).
func (s Stream) Normal(i uint32) float64 {
	w := s.Block(i / 2)
	a, b := w[i%2*2], w[i%2*2+1]
	u := (float64(a) + 1) / (1 << 32) // (0, 1]: the logarithm is finite
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*float64(b)/(1<<32))
}

// Unit maps a word to [0, 1): (w>>8)·2⁻²⁴.
func Unit(w uint32) float32 { return float32(w>>8) * (1.0 / (1 << 24)) }

// Hash is FNV-1a 32 of an operation's name.
func Hash(op string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(op); i++ {
		h = (h ^ uint32(op[i])) * 16777619
	}
	return h
}

// Words runs the ten rounds on one counter.
func Words(seed uint64, c [4]uint32) [4]uint32 {
	const m0, m1, w0, w1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85
	k0, k1 := uint32(seed), uint32(seed>>32)
	for range 10 {
		p0, p1 := uint64(m0)*uint64(c[0]), uint64(m1)*uint64(c[2])
		c = [4]uint32{uint32(p1>>32) ^ c[1] ^ k0, uint32(p1), uint32(p0>>32) ^ c[3] ^ k1, uint32(p0)}
		k0, k1 = k0+w0, k1+w1
	}
	return c
}
