//go:build !cuda

package driver

import "github.com/gotl-gpu/gotl-gpu/graph/fault"

// Built says whether this binary has the CUDA driver layer.
const Built = false

// Status says why CUDA cannot be used: always, in this build.
func Status() error {
	return fault.New(fault.ErrDevice, "this build has no CUDA", "", "it was compiled without the tag cuda",
		"run make deps build in the source folder, on x86-64 Linux; or use --device cpu")
}

// DriverInfo describes the loaded driver: there is none, as Status says.
func DriverInfo() (Driver, error) { return Driver{}, Status() }
