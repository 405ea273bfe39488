// Package cushim lets gorgonia.org/cu be linked without libcuda.
//
// cu links about 160 functions of the driver and calls cuInit before main. This
// package defines those functions; each forwards to libcuda.so.1, which is opened
// with dlopen at the first call. stub/libcuda.a, an empty archive, satisfies cu's
// -lcuda. So one binary starts on machines with and without the driver.
//
// It is compiled under the build tag cuda only, which the Makefile sets where the
// CUDA headers are: cgo cannot look for a header by itself.
package cushim
