package main

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/cuda/driver"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// cudaStatus says why CUDA cannot be used, nil if a driver and a GPU are there. The
// driver layer is part of every binary built where the CUDA headers were.
var cudaStatus = driver.Status

// openCUDA says why a GPU cannot be used: what the driver says, else that this version
// has no back end for it.
func openCUDA(name string) error {
	if err := cudaStatus(); err != nil {
		return err
	}
	return fault.New(fault.ErrDevice, "no GPU back end in this version", "--device "+name,
		"driver and GPU are there, but gotl-gpu "+transfer.Version+" computes on the CPU", "--device cpu")
}

// describeGPU is doctor's line about the driver.
func describeGPU() (string, error) {
	d, err := driver.DriverInfo()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("CUDA %s, %d devices, %s; this version computes on the CPU", d.Version, d.Devices, d.Path), nil
}
