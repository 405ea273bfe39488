package anatomy

import "github.com/gotl-gpu/gotl-gpu/graph"

// NormClass says what became of a network's normalisation layers.
type NormClass string

// The classes. They decide the learning rates of fine-tuning.
const (
	BN     NormClass = "bn"     // BatchNorm nodes are there
	Folded NormClass = "folded" // none, but a residual addition or depthwise convolution: folded at export
	Plain  NormClass = "plain"  // a network without norms, as VGG or SqueezeNet
)

// Norms counts what the class is decided by.
type Norms struct {
	Class     NormClass
	Conv      int
	BatchNorm int
	Residual  int // additions of two computed images
	Depthwise int // convolutions with as many groups as channels
}

// CountNorms classifies g. The bias of a convolution proves nothing.
func CountNorms(g *graph.Graph) Norms {
	n := Norms{Class: Plain}
	for _, node := range g.Nodes {
		switch op := node.Op.(type) {
		case graph.BatchNorm, graph.BatchNormTrain:
			n.BatchNorm++
		case graph.Conv:
			n.conv(op, node)
		case graph.FusedConv:
			n.conv(op.Conv, node)
		case graph.Binary:
			if op.Fn == graph.Add && image(node.In[0]) && image(node.In[1]) {
				n.Residual++
			}
		}
	}
	switch {
	case n.BatchNorm > 0:
		n.Class = BN
	case n.Residual+n.Depthwise > 0:
		n.Class = Folded
	}
	return n
}

func (n *Norms) conv(op graph.Conv, node *graph.Node) {
	n.Conv++
	if op.Groups > 1 && op.Groups == node.In[0].Shape[1] {
		n.Depthwise++
	}
}

// image reports whether v is a computed [N C spatial...].
func image(v *graph.Value) bool { return v.Kind == graph.Computed && v.Shape.Rank() >= 3 }

// Advice is what a user should know about folded norms; empty for other classes.
func (n Norms) Advice() string {
	if n.Class != Folded {
		return ""
	}
	return foldedAdvice
}

const foldedAdvice = `BN was folded into the weights at export. Direct use and frozen
features are unaffected; fine-tuning uses the low-LR recipe; from-scratch training re-inserts BN.
To keep BN load .safetensors/.pth, or re-export and check with ` + "`gotl-gpu inspect`" + `:
torch.onnx.export(m.eval(), x, "m.onnx", dynamo=False, opset_version=17,
 training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)`
