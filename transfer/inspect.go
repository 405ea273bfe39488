package transfer

import (
	"context"
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// InspectSettings are the choices of an inspection.
type InspectSettings struct {
	Model    string `flag:"model" short:"m" alias:"weights" help:"network: .onnx file or run directory"`
	Ops      bool   `flag:"ops" def:"false" help:"list every operator with its support"`
	Cuts     bool   `flag:"cuts" def:"false" help:"list every cut, not only block ends"`
	Plan     bool   `flag:"plan" def:"false" help:"compile for the device and list the steps"`
	Sanity   string `flag:"sanity" help:"a picture: run the network and print the five most probable classes"`
	HeadNode string `flag:"head-node" help:"node to take as the classifier or as the features"`
	Classes  string `flag:"classes" help:"a,b,… or a file with one class a line, for a model that does not name its own"`
	Preset   string `flag:"preset" help:"preprocessing: a preset name or a record file"`
	ImgSize  int    `flag:"imgsz" def:"0" alias:"img-size,input-size" help:"input side in pixels; 0: from the model"`
	Batch    int    `flag:"batch" short:"b" def:"1" help:"rows of --plan"`
	Device   string `flag:"device" def:"auto" help:"auto, cpu, ref: for --plan and --sanity"`
}

// Engine names a back end and tells which operators it has, without opening it.
type Engine struct {
	Name     string
	Supports func(graph.Op) bool
}

// InspectOptions are what an inspection needs from outside.
type InspectOptions struct {
	Engines []Engine
	Open    Opener // for --plan and --sanity only
}

// Inspection is what a network file holds.
type Inspection struct {
	File          string            `json:"file"`
	SHA256        string            `json:"sha256"`
	IR            int64             `json:"ir"`
	Opset         int64             `json:"opset"`
	Producer      string            `json:"producer"`
	Inputs        []string          `json:"inputs"`
	Outputs       []string          `json:"outputs"`
	FixedBatch    int               `json:"fixed_batch"` // 0: free
	Nodes         int               `json:"nodes"`       // in the file
	Params        int64             `json:"params"`
	MACs          int64             `json:"macs"` // per picture
	FileOps       map[string]int    `json:"file_ops"`
	Ops           []OpSupport       `json:"ops"` // after import
	Engines       []string          `json:"engines"`
	Norms         string            `json:"norms"`
	NormNote      string            `json:"norm_note,omitempty"`
	Head          *HeadInfo         `json:"head"`
	Cuts          []CutInfo         `json:"cuts"`
	Preprocessing string            `json:"preprocessing"`
	Assumed       bool              `json:"preprocessing_assumed"`
	Rewrites      []string          `json:"rewrites"`
	Meta          map[string]string `json:"meta"`
	Plan          *PlanInfo         `json:"plan,omitempty"`
	Top           []Guess           `json:"top,omitempty"`
}

// HeadInfo describes the classifier, or where one can be put.
type HeadInfo struct {
	Classifier string `json:"classifier"` // node; "": the network ends in features
	Features   string `json:"features"`   // value that a new classifier reads
	Width      int    `json:"width"`
	Classes    int    `json:"classes"`
	Note       string `json:"note,omitempty"`
}

// CutInfo is a place where the network can be split; costs are those below it.
type CutInfo struct {
	Node   string `json:"node"`
	Shape  string `json:"shape"`
	Block  int    `json:"block"` // number of the block that ends here, 0: none
	Params int64  `json:"params"`
	MACs   int64  `json:"macs"`
	Bytes  int64  `json:"cache_bytes"` // a picture, float32
}

// Inspect reads the network of s.Model and describes it. Only --sanity runs it and
// only --plan compiles it. Errors: those of the import.
func Inspect(ctx context.Context, s InspectSettings, o InspectOptions) (*Inspection, error) {
	path, err := modelPath(s.Model)
	if err != nil {
		return nil, err
	}
	set := &Settings{Model: s.Model, Preset: s.Preset, ImgSize: s.ImgSize, Resize: "auto", EXIF: "apply"}
	m, err := onnx.Read(path, onnx.Options{Batch: max(1, s.Batch), ImgSize: [2]int{s.ImgSize, s.ImgSize}, FreeSize: freeSize(path, set), Eval: ref.Evaluator{}})
	if err != nil {
		return nil, err
	}
	r := describeModel(m)
	r.support(m.Graph, o.Engines)
	r.parts(m, s.HeadNode)
	if in, err := m.Image(); err == nil {
		pre, assumed, err := preprocessing(set, path, m.Meta, in.Shape)
		if err != nil {
			return nil, err
		}
		r.Preprocessing, r.Assumed = describe(pre), assumed
	} else {
		r.Preprocessing = "none: " + err.Error()
	}
	if s.Plan {
		if err := r.plan(m.Graph, s.Device, o.Open); err != nil {
			return nil, err
		}
	}
	if s.Sanity != "" {
		return r, r.sanity(ctx, s, o.Open)
	}
	return r, nil
}

func describeModel(m *onnx.Model) *Inspection {
	r := &Inspection{File: m.Path, SHA256: m.SHA256, IR: m.IR, Opset: m.Opset, Producer: m.Producer, FixedBatch: m.FixedBatch,
		Nodes: m.Nodes, Params: anatomy.Params(m.Graph.Nodes), FileOps: m.Report.Ops, Meta: m.Meta,
		Norms: string(m.Report.Norms.Class), Rewrites: []string{}, Cuts: []CutInfo{}}
	for _, p := range m.Inputs {
		r.Inputs = append(r.Inputs, p.String())
	}
	for _, p := range m.Outputs {
		r.Outputs = append(r.Outputs, p.String())
	}
	r.MACs = anatomy.TotalMACs(m.Graph) / int64(rowsOf(m.Graph))
	n := m.Report.Norms
	if advice := n.Advice(); advice != "" {
		r.NormNote = fmt.Sprintf("%d Conv, %d BatchNormalization: %s", n.Conv, n.BatchNorm, advice)
	}
	for _, w := range m.Report.Rewrites {
		r.Rewrites = append(r.Rewrites, fmt.Sprintf("%s (%d)", w.What, w.Count))
	}
	return r
}

// rowsOf is the batch size of g.
func rowsOf(g *graph.Graph) int {
	for _, v := range g.Inputs {
		if v.Batched {
			return v.Shape[0]
		}
	}
	return 1
}

// parts finds head and cuts. A network without a place for a head has neither.
func (r *Inspection) parts(m *onnx.Model, node string) {
	h, err := anatomy.FindHead(m.Graph, node)
	if err != nil {
		r.Head = &HeadInfo{Note: err.Error()}
		return
	}
	r.Head = &HeadInfo{Features: h.Features.Name, Width: h.Width(), Classes: h.Classes}
	if h.Classifier != nil {
		r.Head.Classifier = h.Classifier.String()
	}
	for _, c := range anatomy.Cuts(m.Graph, h.Features) {
		if c.Node == nil {
			continue
		}
		r.Cuts = append(r.Cuts, CutInfo{Node: c.Node.Name, Shape: c.Value.Shape.String(), Block: c.Block,
			Params: c.Params, MACs: c.MACs, Bytes: c.Bytes})
	}
	r.Cuts = slices.Clip(r.Cuts)
}
