package main

import (
	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// openCPU opens oneDNN. It is loaded here, not when the program starts.
func openCPU() (graph.Backend, error) { return dnnl.New() }

// engines are the back ends that inspect tells about. One that cannot be opened is
// left out; doctor says why.
func engines() []transfer.Engine {
	var all []transfer.Engine
	for _, open := range []func() (graph.Backend, error){dnnl.New, func() (graph.Backend, error) { return ref.New(), nil }} {
		if b, err := open(); err == nil {
			all = append(all, transfer.Engine{Name: b.Name(), Supports: b.Caps().Supports})
			_ = b.Close()
		}
	}
	return all
}

// library describes oneDNN for doctor.
func library() (transfer.Library, error) {
	i, err := dnnl.LibraryInfo()
	return transfer.Library{Name: "oneDNN", Path: i.Path, Version: i.Version, Minimum: "3.0", ISA: i.ISA,
		Threads: i.Threads, Runtime: i.Runtime}, err
}
