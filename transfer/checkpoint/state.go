package checkpoint

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
)

// State is what a run needs to go on exactly where it stopped.
type State struct {
	Meta    Meta
	Tensors []Tensor // order is kept; names are unique
}

// Meta is the state that is not a tensor. Random draws are functions of Seed,
// Epoch and sample, so there is no generator to store.
type Meta struct {
	Program    string            `json:"program"` // version that wrote it
	Phase      string            `json:"phase"`   // "head", "tune"
	Epoch      int               `json:"epoch"`   // of the phase, from 0
	Batch      int               `json:"batch"`   // batches done in this epoch
	Step       int64             `json:"step"`    // optimiser steps done in the run
	Seed       uint64            `json:"seed"`
	MicroBatch int               `json:"micro_batch"` // pictures; fixed on resume
	Stop       metrics.EarlyStop `json:"stop"`        // best epoch and patience
	// Hashes are hex SHA-256 of what must not change: "data", "config", "model".
	Hashes map[string]string `json:"hashes,omitempty"`
	// Engines are device, library versions, threads and chosen algorithms.
	Engines map[string]string `json:"engines,omitempty"`
	// Logs are the lengths in bytes that append files are cut back to.
	Logs map[string]int64 `json:"logs,omitempty"`
	// Text and Numbers hold the rest; numbers must be finite.
	Text    map[string]string  `json:"text,omitempty"`
	Numbers map[string]float64 `json:"numbers,omitempty"`
}

// Lazy gives the data of a tensor that is saved. It is called twice, with the same
// result, which is not used any more when the next tensor's is asked for.
type Lazy func() ([]float32, error)

// Tensor is a named array. Data is []float32, []int64, []byte or, to save only, Lazy,
// row-major, and has as many elements as Shape says; a nil Shape is a scalar.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// Find returns the tensor of that name, nil if there is none.
func (s *State) Find(name string) *Tensor {
	for i := range s.Tensors {
		if s.Tensors[i].Name == name {
			return &s.Tensors[i]
		}
	}
	return nil
}

// Float32 returns the data of a float32 tensor with n elements.
// Error: fault.ErrCheckpoint if it is missing or differs.
func (s *State) Float32(name string, n int) ([]float32, error) {
	t := s.Find(name)
	if t == nil {
		return nil, mismatch(name, "the checkpoint lacks it")
	}
	v, ok := t.Data.([]float32)
	if !ok || len(v) != n {
		return nil, mismatch(name, fmt.Sprintf("the checkpoint has %v %v, the network wants %d float32", t.dtype(), t.Shape, n))
	}
	return v, nil
}

func mismatch(name, why string) error {
	return fault.New(fault.ErrCheckpoint, "the checkpoint belongs to another network", fmt.Sprintf("tensor %q", name), why,
		"resume with the model and settings of the run")
}
