package main

import "github.com/gotl-gpu/gotl-gpu/cuda/driver"

// cudaStatus says why CUDA cannot be used, nil if a driver and a GPU are there. The
// driver layer is part of every binary built where the CUDA headers were.
var cudaStatus = driver.Status
