package onnx

import (
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Options are the choices of one import. The zero value reads a network as it is
// written, at its own batch size (1 where that is free).
type Options struct {
	Batch    int                      // rows of the graph; 0: the file's, else 1
	ImgSize  [2]int                   // height and width to use instead of the file's; 0: the file's
	FreeSize [2]int                   // height and width where the file leaves them free; 0: 224
	Exact    bool                     // shapes exactly as declared: no batch, training forms kept (node tests)
	Const    map[string]*graph.Tensor // inputs to treat as constants
	Eval     graph.Evaluator          // folds what the reader has no rule for; nil: stays in the graph
}

// Model is an imported network.
type Model struct {
	Graph       *graph.Graph
	Path        string // as given to Read
	SHA256      string // of the file, hexadecimal
	IR          int64
	Opset       int64 // of the default operator set
	Producer    string
	Meta        map[string]string // metadata_props
	Inputs      []Port            // as declared, without initializers
	Outputs     []Port
	FixedBatch  int // the batch the file was exported for; 0: free
	Nodes       int // in the file
	LazyBytes   int64
	FoldedBytes int64
	Report      Report
}

// Port is an input or output as the file declares it.
type Port struct {
	Name  string
	DType graph.DType
	Dims  []Dim
}

// Dim is an extent: Size, or a free one (Size -1) with the name the file gives it.
type Dim struct {
	Size int
	Free string
}

// String prints "input f32[N 3 224 224]".
func (p Port) String() string {
	s := make([]string, len(p.Dims))
	for i, d := range p.Dims {
		switch {
		case d.Size >= 0:
			s[i] = fmt.Sprint(d.Size)
		case d.Free != "":
			s[i] = d.Free
		default:
			s[i] = "?"
		}
	}
	return fmt.Sprintf("%s %v[%s]", fault.Clean(p.Name), p.DType, fault.Clean(strings.Join(s, " ")))
}

// Report tells what the reader did. Every rewrite is listed.
type Report struct {
	Ops      map[string]int // operators of the file
	Folded   int            // nodes computed at import
	Dropped  int            // nodes without effect: Identity, unused branches
	Rewrites []Rewrite
	Norms    anatomy.Norms
}

// Rewrite is one kind of change to the graph.
type Rewrite struct {
	What  string // "scale and shift folded into BatchNormalization"
	Count int
	Nodes []string // the first five
}

// note records a rewrite of node name.
func (r *Report) note(what, name string) {
	for i := range r.Rewrites {
		if w := &r.Rewrites[i]; w.What == what {
			w.Count++
			if len(w.Nodes) < 5 {
				w.Nodes = append(w.Nodes, name)
			}
			return
		}
	}
	r.Rewrites = append(r.Rewrites, Rewrite{what, 1, []string{name}})
}

// Image returns the network's picture input [N C H W], or an error that names
// what is there instead: the network must have one batched input of rank 4 with
// 1 or 3 channels.
func (m *Model) Image() (*graph.Value, error) {
	in := m.Graph.Inputs
	if len(in) != 1 {
		return nil, fmt.Errorf("%w: %d inputs, want one picture input", fault.ErrModel, len(in))
	}
	v := in[0]
	if v.Shape.Rank() != 4 || !v.Batched || v.DType != graph.Float32 {
		return nil, fmt.Errorf("%w: input %v, want f32[N C H W]", fault.ErrModel, v)
	}
	if c := v.Shape[1]; c != 1 && c != 3 {
		return nil, fmt.Errorf("%w: input %v has %d channels, want 1 or 3", fault.ErrModel, v, c)
	}
	return v, nil
}
