// Package peers holds what gotl-gpu is compared with: PyTorch and ONNX Runtime.
//
//	install.sh        brings both, pinned in requirements.txt, into .deps/peers (several GB)
//	torch_worker.py   steps of the engine's table, --layout nchw|channels_last
//	ort_worker.py     inference of an ONNX file
//	job_head.py       whole jobs as a careful PyTorch user writes them: start of the
//	job_finetune.py   process to files on disk (state dict, ONNX, predictions); the last
//	job_sqz_head.py   line is {"accuracy":…,"balanced_accuracy":…,"seconds":…,"peak_rss":…}
//
// The workers speak the protocol of package bench/protocol. Beside its keys they answer
// prepare with base_rss (memory before the net was made: the framework itself) and a
// round with value (the loss, or one output). Nets: resnet18 (and 34, 50, 101, 152),
// mobilenet_v2, efficientnet_lite0, random weights, 224x224, 1000 classes.
package peers
