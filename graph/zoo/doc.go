// Package zoo builds well-known image classifiers as graphs. Norms are kept
// (graph.BatchNorm), constants carry the names of the framework the network was
// published in, so that its state dicts fit name by name:
//
//	g, err := zoo.Build("resnet18", zoo.Options{Batch: 32})
//	g.Value("layer1.0.conv1.weight")    [64 64 3 3], as in torchvision
//
//	s, err := weights.Open("resnet18.pth")
//	g, notes, err := zoo.Load("resnet18", s, zoo.Options{Batch: 32})
//
// A graph has one input, "input" [N 3 S S] f32, and one output, "logits" [N K].
// Constants stand in state-dict order. Nodes are named after their modules; a
// module that is called twice has "_1" behind its second node.
//
//	NAME               names of torchvision's parameters
//	timm/NAME          names of timm's
//	efficientnet_lite  names of the PyPI package efficientnet-lite-pytorch
//
// One file per family. Two names may have the same parameters and differ in padding
// and eps (timm/efficientnet_b0, timm/tf_efficientnet_b0): weights cannot tell them
// apart. Weights come from a file (Load) or a Source; without one they are drawn
// (Random). Stochastic depth is left out: it changes training only.
package zoo
