package main

import (
	"fmt"
	"regexp"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

var cudaName = regexp.MustCompile(`^cuda(:[0-9]+)?$`)

// openDevice opens the device a user named. A device that is named and cannot be
// had is an error: there is no silent step down to another.
func openDevice(name string) (graph.Backend, error) {
	switch {
	case name == "auto" || name == "cpu":
		return openCPU()
	case name == "ref":
		return ref.New(), nil
	case cudaName.MatchString(name):
		return nil, openCUDA(name)
	}
	return nil, fault.New(fault.ErrUsage, fmt.Sprintf("unknown device %q", name), "--device "+name, "there is: auto, cpu, ref", "--device auto")
}
