// Package driver is the CUDA driver for the rest of gotl-gpu: device, memory,
// streams, events, captured graphs, modules and launches, with typed errors and
// live counters.
//
//	driver ──► gorgonia.org/cu ──► cushim (slots) ──dlsym──► libcuda.so.1
//	   └────── calls cu lacks ───────┘
//
// Nothing links libcuda: [Status] says why there is no CUDA where that is so.
//
// The build tag cuda turns the package on; the Makefile sets it where the CUDA
// headers are (make deps fetches them). Without it [Status] and [Open] answer that
// this build has no CUDA, and the types with device state do not exist.
//
// [Open] locks the calling goroutine to its OS thread and makes the device's
// primary context current there. Everything made from a Device is used on that
// thread only and closed by its maker, once, before the Device. A Close that
// fails keeps the object open, and may be called again.
package driver
