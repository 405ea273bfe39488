package main

import (
	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// openCPU opens oneDNN. It is loaded here, not when the program starts.
func openCPU() (graph.Backend, error) { return ref.New(), nil }

// engines are the back ends that inspect tells about, without opening them.
func engines() []transfer.Engine {
	return []transfer.Engine{{Name: "ref", Supports: ref.New().Caps().Supports}}
}

// library describes oneDNN for doctor.
func library() (transfer.Library, error) {
	i, err := dnnl.LibraryInfo()
	return transfer.Library{Name: "oneDNN", Path: i.Path, Version: i.Version, Minimum: "3.0", ISA: i.ISA,
		Threads: i.Threads, Runtime: i.Runtime}, err
}
