// Package transfer turns a pretrained network and labelled pictures into a
// trained, verified classifier.
//
//	Settings ──► Finetune ──► run directory (weights, model.onnx, metrics, report)
//	                │
//	   network: import, find the classifier, replace it, decide what is frozen
//	   phase A: frozen features computed once, the new head trained on them
//	   phase B: everything that is not frozen trained end to end (scheme finetune)
//	   export:  best weights written as ONNX, opened again, compared picture by picture
//
// Policy lives here: schemes, recipes, freezing, caching, stopping. Numbers are
// computed by a graph.Backend; pictures come from transfer/dataset. The training
// goroutine locks its OS thread, owns the backend and calls it directly.
package transfer
