package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// network is a pretrained network ready to be cut: what was read, where its
// features are and how it wants its pictures.
type network struct {
	graph    *graph.Graph // at the run's batch size
	features string       // value that the new classifier is put on
	head     *anatomy.Head
	norms    anatomy.NormClass
	path     string
	sha256   string
	opset    int
	meta     map[string]string
	pre      dataset.Preprocess
	assumed  bool
	notes    []string
}

// openNetwork reads s.Model for a batch size.
func openNetwork(s *Settings, batch int) (*network, error) {
	if arch, file, ok := archFile(s.Model); ok {
		return openArch(s, arch, file, batch)
	}
	if isWeights(s.Model) && exists(s.Model) {
		return nil, weightsAlone(s.Model)
	}
	path, err := modelPath(s.Model)
	if err != nil {
		return nil, err
	}
	m, err := onnx.Read(path, onnx.Options{Batch: batch, ImgSize: [2]int{s.ImgSize, s.ImgSize}, FreeSize: freeSize(path, s), Eval: ref.Evaluator{}})
	if err != nil {
		return nil, err
	}
	in, err := m.Image()
	if err != nil {
		return nil, fault.New(fault.ErrModel, "not an image network", path, err.Error(), "gotl-gpu inspect "+path)
	}
	if in.Shape[1] != 3 {
		return nil, fault.New(fault.ErrUnsupported, "network for grey pictures", path, fmt.Sprintf("input %v has one channel", in),
			"use a network with three input channels")
	}
	h, err := anatomy.FindHead(m.Graph, s.HeadNode)
	if err != nil {
		return nil, fault.New(err, "no place for a classifier", path, err.Error(), "gotl-gpu inspect "+path+" --cuts lists the nodes; choose one with --head-node")
	}
	n := &network{graph: m.Graph, features: h.Features.Name, head: h, norms: m.Report.Norms.Class, path: path, sha256: m.SHA256,
		opset: int(m.Opset), meta: m.Meta}
	for _, r := range m.Report.Rewrites {
		n.notes = append(n.notes, fmt.Sprintf("%s (%d)", r.What, r.Count))
	}
	n.pre, n.assumed, err = preprocessing(s, path, m.Meta, in.Shape)
	return n, err
}

// modelPath finds the .onnx file of --model: a file, or a run's model.onnx.
func modelPath(model string) (string, error) {
	if model == "" {
		return "", fault.New(fault.ErrUsage, "no network given", "", "", "add --model NET.onnx")
	}
	st, err := os.Stat(model)
	if err != nil {
		return "", fault.New(fault.ErrModel, "network not found", model, errText(err), "give the path of an .onnx file or of a run directory")
	}
	if !st.IsDir() {
		return model, nil
	}
	file := filepath.Join(model, modelFile)
	if !exists(file) {
		return "", fault.New(fault.ErrModel, "no network in this folder", model, "there is no "+modelFile, "give the path of an .onnx file or of a run directory")
	}
	return file, nil
}

// freeSize is the input size for networks that leave it free: the crop that the
// preprocessing beside them names, else 224.
func freeSize(path string, s *Settings) [2]int {
	if p, _, err := preprocessing(s, path, nil, nil); err == nil && p.Crop[0] > 0 {
		return p.Crop
	}
	return [2]int{224, 224}
}

// preprocessing finds how the network wants its pictures; the first source wins:
// --preset, our own record, a file beside the model, torchvision's (assumed).
func preprocessing(s *Settings, path string, meta map[string]string, input graph.Shape) (p dataset.Preprocess, assumed bool, err error) {
	rule := resize.Rule(s.Resize)
	if s.Resize == "auto" {
		rule = ""
	}
	sidecar := dataset.FindSidecar(path)
	switch {
	case s.Preset != "":
		p, err = dataset.LoadPreset(s.Preset, rule)
	case meta["gotl.preprocess"] != "":
		p, err = dataset.ParsePreprocess([]byte(meta["gotl.preprocess"]))
		if rule != "" {
			p.Resize.Rule = rule
		}
	case sidecar != "":
		p, err = dataset.LoadPreset(sidecar, rule)
	default:
		assumed = true
		p, err = dataset.Preset("torchvision", rule)
		p.Source = "ASSUMED torchvision"
	}
	if err != nil {
		return p, assumed, err
	}
	p.Exif = s.EXIF
	if len(input) == 4 {
		p = p.ForInput(input[2], input[3])
	}
	return p, assumed, p.Check()
}

// hasNorms reports whether normalisation steadies the network.
func (n *network) hasNorms() bool { return n.norms == anatomy.BN }

// event describes the network.
func (n *network) event() ModelRead {
	notes := append([]string(nil), n.notes...)
	if note := n.normNote(); note != "" {
		notes = append(notes, note)
	}
	return ModelRead{File: n.path, Opset: n.opset, Params: countParams(n.graph), Classes: n.head.Classes, Head: headLine(n.head),
		NormClass: string(n.norms), Preproc: describe(n.pre), Assumed: n.assumed, Notes: notes}
}

func (n *network) normNote() string {
	switch n.norms {
	case anatomy.Folded:
		return "BatchNormalization was folded into the weights at export; see gotl-gpu inspect"
	case anatomy.Plain:
		return "network without norms"
	default:
		return ""
	}
}

// describe prints preprocessing on one line.
func describe(p dataset.Preprocess) string {
	return fmt.Sprintf("%s %d %s, crop %dx%d, %s, (x*%.4g - %.4g)/%.4g; %s", p.Resize.Rule, p.Resize.Size, p.Resize.Filter, p.Crop[0], p.Crop[1],
		strings.ToUpper(p.Channels), p.Scale, p.Mean, p.Std, p.Source)
}

// headLine describes the classifier found.
func headLine(h *anatomy.Head) string {
	if h.Classifier == nil {
		return fmt.Sprintf("none; features %v", h.Features)
	}
	return fmt.Sprintf("%s on %v, %d classes", h.Classifier, h.Features, h.Classes)
}

// blocksIn returns the blocks of the network as they stand in net, a graph with the
// same value names: the nodes on the way to each block's end that no earlier block has.
func (n *network) blocksIn(net *graph.Graph) []block {
	var out []block
	seen := map[*graph.Node]bool{}
	for _, c := range anatomy.Blocks(anatomy.Cuts(n.graph, n.graph.Value(n.features))) {
		v := net.Value(c.Value.Name)
		if v == nil {
			continue
		}
		up := upstream(v.From)
		b := block{name: c.Value.Name}
		for _, node := range net.Nodes {
			if up[node] && !seen[node] {
				seen[node] = true
				b.nodes = append(b.nodes, node)
			}
		}
		out = append(out, b)
	}
	return out
}
