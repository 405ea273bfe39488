package dnnl

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Purpose is what a piece of C memory is for.
type Purpose uint8

// The purposes. All are counted in bytes but Handles, which are objects of the library.
const (
	Weights     Purpose = iota // constants in the device's layout
	State                      // trained weights, optimiser state, statistics
	Activations                // values between steps, gradients, workspaces
	Scratchpad                 // shared by all steps
	StepList                   // compiled programs
	Handles                    // engines, descriptors, primitives, memories: a count
	purposes
)

var purposeNames = [purposes]string{"weights", "state", "activations", "scratchpad", "steps", "handles"}

func (p Purpose) String() string { return purposeNames[p] }

var live [purposes]atomic.Int64

// count adds n to p's counter. A negative counter is a bug: something was freed twice.
func count(p Purpose, n int64) {
	if now := live[p].Add(n); now < 0 && invariants {
		panic(fmt.Sprintf("dnnl: %v: live count %d", p, now))
	}
}

// Usage holds a counter per Purpose.
type Usage [purposes]int64

// Live returns what exists now, over all engines. It may be called from any goroutine.
func Live() Usage {
	var u Usage
	for i := range u {
		u[i] = live[i].Load()
	}
	return u
}

// Bytes returns the C memory in use.
func (u Usage) Bytes() int64 {
	var n int64
	for p := range Handles {
		n += u[p]
	}
	return n
}

func (u Usage) String() string {
	var b strings.Builder
	for i, n := range u {
		fmt.Fprintf(&b, "%v %d ", Purpose(i), n)
	}
	return strings.TrimSpace(b.String())
}
