package zoo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Names of the input and output of every architecture.
const (
	InputName  = "input"
	LogitsName = "logits"
)

// Arch describes one architecture.
type Arch struct {
	Name       string
	Size       int    // side of its input in pixels
	LastStage  string // scope in which the last stage begins: it and all behind it
	Classes    int    // of the published weights; 0: 1000
	Preprocess Preprocess
	// Classifier is the scope of the last linear layer or convolution.
	Classifier string
	rename     func(key string) string // older names of published files; nil: none
	unused     []string                // prefixes of what only training needs
	build      func(b *builder, x *graph.Value) *graph.Value
}

// Options are the choices of Build. The zero value is a batch of 1 at the
// architecture's own size with its own classes and drawn weights.
type Options struct {
	Batch   int
	Size    int // side of the input in pixels; 0: Arch.Size
	Classes int // 0: Arch.Classes
	Seed    uint64
	Source  Source // of the weights; nil: Random(Seed)
}

// archs are all architectures, in the order of Names.
var archs = prepared(slices.Concat(resnets(), []Arch{mobileNetV2()}, efficientNetLites(), vggs(), []Arch{alexNet()}, squeezeNets(),
	denseNets(), mnasNets(), []Arch{googLeNet(), inceptionV3()}, shuffleNets(), mobileNetV3s(), efficientNets(), regNets(),
	timmResnets(), timmMobiles(), cifarResnets()))

// Names lists the architectures.
func Names() []string {
	var names []string
	for _, a := range archs {
		names = append(names, a.Name)
	}
	return names
}

// Lookup returns the architecture of that name. timm's networks are timm/NAME.
func Lookup(name string) (Arch, bool) {
	for _, a := range archs {
		if a.Name == name {
			return a, true
		}
	}
	return Arch{}, false
}

// alike lists up to eight architectures whose names begin most like name.
func alike(name string) []string {
	names := Names()
	for n := len(name); n > 2; n-- {
		var same []string
		for _, s := range names {
			if strings.HasPrefix(strings.TrimPrefix(s, "timm/"), name[:n]) {
				same = append(same, s)
			}
		}
		if len(same) > 0 {
			return same[:min(8, len(same))]
		}
	}
	return names[:8]
}

// Build makes the graph of the named architecture. Errors: fault.ErrUsage for an
// unknown name, fault.ErrShape for a size it cannot have, those of the Source.
func Build(name string, o Options) (*graph.Graph, error) {
	a, ok := Lookup(name)
	if !ok {
		return nil, fmt.Errorf("%w: no architecture %q; there are %d, %s among them", fault.ErrUsage, name, len(archs), strings.Join(alike(name), ", "))
	}
	o = o.defaults(a)
	b := &builder{g: graph.New(), classes: o.Classes, source: o.Source}
	x := b.g.AddInput(InputName, graph.Type{DType: graph.Float32, Shape: graph.Shape{o.Batch, 3, o.Size, o.Size}}, true)
	y := a.build(b, x)
	if b.err != nil {
		return nil, fmt.Errorf("%s: %w", name, b.err)
	}
	b.g.Outputs = []*graph.Value{y}
	return b.g, nil
}

func (o Options) defaults(a Arch) Options {
	if o.Batch == 0 {
		o.Batch = 1
	}
	if o.Size == 0 {
		o.Size = a.Size
	}
	if o.Classes == 0 {
		o.Classes = cmp.Or(a.Classes, 1000)
	}
	if o.Source == nil {
		o.Source = Random(o.Seed)
	}
	return o
}
