// Package bare holds a C program that runs a net's step as bare oneDNN primitives, one
// after another: what the engine may not lose against. It is built by one line, from the
// same library as ours:
//
//	gcc -O2 -std=gnu11 -fopenmp -Wall -I.deps/onednn/include bench/bare/*.c .deps/onednn/lib/libdnnl.so.3 \
//	    -Wl,-rpath,'$ORIGIN/../.deps/onednn/lib' -lm -o bin/bench-bare
//
// It speaks the protocol of package bench/protocol, and {"cmd":"profile"}: milliseconds a
// step by kind of primitive (conv_fwd, conv_bwd_data, conv_bwd_weights, bn_fwd, …), with
// "layers":1 every primitive and its implementation.
//
//	main, protocol, json, memory   the program
//	net, net_resnet, net_mobile    nets as tables of layers (--net NAME prints one)
//	build, conv, pool, full        layers as primitives; infer: BatchNorm folded; train
//	plan, arena, fill, run         primitives over one arena, first values, the loop
//	check                          the gradient against the loss
//
// What a step holds: convolutions with layouts left to the library; BatchNorm with fused
// ReLU, other activations and adds as primitives of their own, in place; the reorders that
// the layouts ask for, those of weights and their gradients too; softmax and loss in C.
// Not in it: the optimiser, dropout, the update of running statistics. Memory is planned
// once (buffers that live at different times share bytes) and touched before the first
// round.
package bare
