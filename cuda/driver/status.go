//go:build cuda

package driver

import (
	"fmt"

	"gorgonia.org/cu"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver/cushim"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Built says whether this binary has the CUDA driver layer.
const Built = true

// MinVersion is the oldest CUDA version a driver may have, as cuDriverGetVersion
// counts: 12.0 brought cuGraphExecUpdate_v2. Kernels may need a newer one; then
// loading the module says so.
const MinVersion = 12000

// Status returns nil if CUDA can be used, else a fault.ErrDevice that says why not
// and what to do. It loads libcuda at the first call, and may be called from any
// goroutine. A failure lasts as long as the process.
func Status() error {
	s := cushim.Status()
	if s.Path == "" {
		return fault.New(fault.ErrDevice, "the CUDA driver (libcuda.so.1) cannot be loaded", "--device cuda", s.Why,
			"install the NVIDIA driver, or set "+EnvPath+" to the folder of libcuda.so.1; or use --device cpu")
	}
	if s.Code != 0 {
		return initFault(s.Code, s.Path)
	}
	if v := cu.Version(); v < MinVersion {
		return tooOld(v, s.Path)
	}
	n, err := cu.NumDevices()
	if err != nil {
		return wrap("cuDeviceGetCount", err)
	}
	if n == 0 {
		return initFault(codeNoDevice, s.Path)
	}
	return nil
}

func tooOld(v int, path string) error {
	if v < 0 {
		return fault.New(fault.ErrDevice, "the CUDA driver does not tell its version", path, "cuDriverGetVersion failed", "reinstall the NVIDIA driver; or use --device cpu")
	}
	return fault.New(fault.ErrDevice, "the CUDA driver is too old", path,
		fmt.Sprintf("it is for CUDA %s, want %s or newer", version(v), version(MinVersion)), "update the NVIDIA driver; or use --device cpu")
}

// version turns 12040 into 12.4.
func version(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// initFault explains what cuInit returned.
func initFault(code int, path string) error {
	why, do := fmt.Sprintf("cuInit returned %v", newError("cuInit", code)), "run nvidia-smi to see what the driver says"
	switch code {
	case codeNoDevice:
		return fault.New(fault.ErrDevice, "no CUDA device", path, "the driver is there but sees no GPU",
			"check nvidia-smi, CUDA_VISIBLE_DEVICES and, in a container, that the GPU is passed in; or use --device cpu")
	case codeStubLibrary:
		do = "this libcuda is the toolkit's stub: take its folder out of LD_LIBRARY_PATH and " + EnvPath
	case codeDriverMismatch:
		do = "libcuda and the kernel module are of different versions: reboot, or reinstall the NVIDIA driver"
	case codeNotReady:
		do = "start the fabric manager (systemctl start nvidia-fabricmanager)"
	case codeCompat:
		do = "this GPU does not support the forward-compatible libcuda: take the compat folder out of LD_LIBRARY_PATH"
	}
	return fault.New(fault.ErrDevice, "the CUDA driver cannot start", path, why, do+"; or use --device cpu")
}

// DriverInfo describes the loaded driver. Errors: those of [Status].
func DriverInfo() (Driver, error) {
	if err := Status(); err != nil {
		return Driver{Path: cushim.Status().Path}, err
	}
	n, err := cu.NumDevices()
	return Driver{Path: cushim.Status().Path, Version: version(cu.Version()), Devices: n}, wrap("cuDeviceGetCount", err)
}
