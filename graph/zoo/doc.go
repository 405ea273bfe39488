// Package zoo builds well-known image classifiers as graphs. Norms are kept
// (graph.BatchNorm), constants carry the names of the framework the network was
// published in, so that its state dicts fit name by name:
//
//	g, err := zoo.Build("resnet18", zoo.Options{Batch: 32})
//	g.Value("layer1.0.conv1.weight")    [64 64 3 3], as in torchvision
//
// A graph has one input, "input" [N 3 S S] f32, and one output, "logits" [N K].
// Constants stand in state-dict order. Nodes are named after their modules; a
// module that is called twice has "_1" behind its second node.
//
//	resnet.go          resnet18 to resnet152        torchvision's names
//	mobilenet_v2.go    mobilenet_v2                 torchvision's names
//	efficientnet.go    efficientnet_lite0 to lite4  names of the PyPI package efficientnet-lite-pytorch
//
// Weights come from a Source; without one they are drawn (Random).
package zoo
