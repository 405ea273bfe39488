package driver

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Purpose is what a piece of memory is for.
type Purpose uint8

// The purposes. All are counted in bytes but Handles.
const (
	Weights     Purpose = iota // constants and compute copies of weights
	State                      // master weights, optimiser state, statistics
	Activations                // values between steps, gradients
	Workspace                  // scratch of library calls
	Cache                      // features, cut activations
	Pinned                     // host memory the device copies from and to
	Handles                    // contexts, streams, events, graphs, modules: a count
	purposes
)

var purposeNames = [purposes]string{"weights", "state", "activations", "workspace", "cache", "pinned", "handles"}

func (p Purpose) String() string { return purposeNames[p] }

var live [purposes]atomic.Int64

// Usage holds a counter per Purpose.
type Usage [purposes]int64

// Live returns what exists now, over all devices. It may be called from any goroutine.
func Live() Usage {
	var u Usage
	for i := range u {
		u[i] = live[i].Load()
	}
	return u
}

// DeviceBytes returns the device memory in use.
func (u Usage) DeviceBytes() int64 {
	var n int64
	for p := range Pinned {
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
