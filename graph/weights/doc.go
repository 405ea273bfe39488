// Package weights reads and writes files of named tensors: safetensors and the
// state dicts of PyTorch (.pth, .pt, .bin), in the zip and in the older container.
//
//	s, err := weights.Open("resnet18.pth")
//	defer s.Close()
//	for _, t := range s.Tensors() { … }
//
//	file ─► directory (header, data.pkl) ─► Set: name ─► Tensor ─► Fill: bytes ─► float32
//
// A Set knows names, shapes and places; a Tensor reads its bytes when it is asked
// for them and gives float32, whatever the file holds. Order is that of the file,
// but names are sorted in safetensors, whose order means nothing.
//
// Nothing of a pickle is executed (package pickle). Sizes are checked against the
// file before anything is allocated. No other file is opened. A Set is not changed
// after Open; its tensors may be read from several goroutines.
package weights
