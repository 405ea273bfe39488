// Package standin builds and steers a libcuda.so.1 of our own, for tests on
// machines without a GPU. src/ holds it: host memory for device memory, streams
// that run at once, kernels compiled for the host. It can fail the Nth call.
//
// It proves logic; nothing about real hardware follows from it.
package standin
