// Package kernels holds the CUDA kernels that cuDNN and cublasLt lack, one file
// each: its formula stands on top of the .cu file, its Go front beside it. The
// kernels run on the stand-in driver too, compiled for the host.
package kernels
