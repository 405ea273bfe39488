// Package neon reads networks that Intel Nervana's neon saved (.prm, .p, also
// gzipped): one pickle of layers with their parameters. neon 1.2 to 2.6 are read.
//
//	m, err := neon.Read("net.prm", neon.Options{Batch: 8})
//	m.Graph    input [N C H W] f32; parameters are "LAYER.W", "LAYER.gamma", …
//
// The graph computes what neon computes at inference: neon lays out (C,H,W,N), the
// graph [N C H W], and features of a linear layer come in the order C, H, W in both.
// Dropout multiplies by its keep probability, as neon does unless its backend was in
// compat_mode "caffe".
//
// Nothing in the file is executed (package pickle); optimiser state is skipped.
// Source: github.com/NervanaSystems/neon, neon/layers and neon/models/model.py.
package neon
