package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/anatomy"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
)

// freezeMACs is the size of the networks that the freeze specifications are tried on.
const freezeMACs = 60e6

// TestFreezeProof trains every small network of the test material with twenty freeze
// specifications: what they name is byte-equal in the exported model, what they do not
// name has moved, and no frozen part is computed backward.
func TestFreezeProof(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(assets(t, "models"), "*", "*.onnx"))
	require.NoError(t, err)
	dir, tried := t.TempDir(), 0
	data := tinyData(t, filepath.Join(dir, "data"))
	for _, file := range files {
		s := tinySettings(t, data, file, "")
		s.Preset, s.Scheme, s.Epochs, s.FrozenEpochs, s.Cache, s.LRMult, s.Aug = "", "finetune", 1, 0, "none", 1, "none"
		n, err := openNetwork(&s, s.Batch)
		require.NoError(t, err)
		cuts := anatomy.Cuts(n.graph, n.graph.Value(n.features))
		if cuts[len(cuts)-1].MACs > freezeMACs {
			continue
		}
		tried++
		specs := freezeSpecs(n, anatomy.Blocks(cuts))
		require.Len(t, specs, 20)
		if testing.Short() {
			specs = specs[3:5]
		}
		for i, spec := range specs {
			t.Run(filepath.Base(filepath.Dir(file))+"/"+spec, func(t *testing.T) {
				run := s
				run.OutputDir = filepath.Join(dir, fmt.Sprint(tried, "-", i))
				if only, ok := strings.CutPrefix(spec, "only "); ok {
					run.TrainOnly = only
				} else {
					run.Freeze = spec
				}
				freezeCase(t, n, run, anatomy.Blocks(cuts))
				require.NoError(t, os.RemoveAll(run.OutputDir))
			})
		}
	}
	require.GreaterOrEqual(t, tried, 4)
}

// freezeSpecs makes twenty specifications from the names of a network.
func freezeSpecs(n *network, blocks []anatomy.Cut) []string {
	var layers []string
	for _, x := range n.graph.Nodes {
		if len(anatomy.Weights(x)) > 0 && upOf(n.graph.Value(n.features))[x] {
			layers = append(layers, x.Name)
		}
	}
	at := func(f float64) string { return layers[int(f*float64(len(layers)-1))] }
	block := func(f float64) int { return max(1, int(f*float64(len(blocks)-1))) }
	exact := func(name string) string { return "re:^" + regexp.QuoteMeta(name) + "$" }
	return []string{"0", "auto", "1", "2", strconv.Itoa(block(.25)), strconv.Itoa(block(.5)), strconv.Itoa(block(.75)), strconv.Itoa(len(blocks) - 1),
		at(0), at(.3), at(.6), at(0) + "," + at(.9), exact(at(.5)), exact(at(.1)) + "," + at(.7),
		"cut:" + at(.4), "cut:" + blocks[block(.8)].Value.Name, "1," + at(1),
		"only " + at(1), "only " + at(.5) + "," + exact(at(.9)), "only cut:" + at(.3)}
}

// upOf is v's node and all it depends on.
func upOf(v *graph.Value) map[*graph.Node]bool {
	up := map[*graph.Node]bool{}
	var walk func(*graph.Value)
	walk = func(v *graph.Value) {
		if v == nil || v.From == nil || up[v.From] {
			return
		}
		up[v.From] = true
		for _, x := range v.From.In {
			walk(x)
		}
	}
	walk(v)
	return up
}

// named is what a specification names, worked out anew.
func named(n *network, specs string, blocks []anatomy.Cut) map[*graph.Node]bool {
	out := map[*graph.Node]bool{}
	for spec := range strings.SplitSeq(specs, ",") {
		if k, err := strconv.Atoi(spec); err == nil {
			if k > 0 {
				for x := range upOf(blocks[k-1].Value) {
					out[x] = true
				}
			}
			continue
		}
		kind, arg, _ := strings.Cut(spec, ":")
		for _, x := range n.graph.Nodes {
			switch {
			case kind == "re":
				out[x] = out[x] || regexp.MustCompile(arg).MatchString(x.Name)
			case kind == "cut" && (x.Name == arg || x.Out[0].Name == arg):
				for y := range upOf(x.Out[0]) {
					out[y] = true
				}
			case spec == x.Name:
				out[x] = true
			}
		}
	}
	return out
}

func freezeCase(t *testing.T, n *network, s Settings, blocks []anatomy.Cut) {
	frozen := named(n, s.Freeze, blocks)
	if s.TrainOnly != "" {
		only := named(n, s.TrainOnly, blocks)
		frozen = map[*graph.Node]bool{}
		for _, x := range n.graph.Nodes {
			frozen[x] = !only[x]
		}
	}
	trainToTheEnd(t, s)
	m, err := onnx.Read(filepath.Join(s.OutputDir, modelFile), onnx.Options{Batch: 1})
	require.NoError(t, err)
	body := upOf(n.graph.Value(n.features))
	same, moved := 0, 0
	for _, p := range parameters(n.graph) {
		if !body[p.node] {
			continue
		}
		was, is := n.graph.Value(p.name), m.Graph.Value(p.name)
		require.NotNil(t, is, p.name)
		equal := slices.Equal(floatsOf(t, was), floatsOf(t, is))
		if frozen[p.node] {
			require.True(t, equal, "frozen %s of %s moved", p.name, p.node.Name)
			same++
		} else {
			require.False(t, equal, "trained %s of %s did not move", p.name, p.node.Name)
			moved++
		}
	}
	require.Positive(t, moved)
	notBackward(t, n, s, frozen)
	t.Logf("%d frozen, %d trained", same, moved)
}

// trainToTheEnd is Finetune with the last epoch's weights, be they better or not.
func trainToTheEnd(t *testing.T, s Settings) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	j := &job{set: s, origins: Origins{}, sink: func(Event) {}, began: time.Now(), seconds: map[string]time.Duration{}, lastWins: true}
	defer j.close()
	require.NoError(t, j.prepare(t.Context(), openTest(t)))
	require.NoError(t, j.openDir())
	j.openPool()
	require.NoError(t, j.train(t.Context()))
	_, err := j.finish(t.Context())
	require.NoError(t, err)
}

func floatsOf(t *testing.T, v *graph.Value) []float32 {
	out := make([]float32, v.Shape.Len())
	require.NoError(t, v.Data.Fill(out, 0))
	return out
}

// notBackward: the training program has no gradient of a node without anything trained
// before it.
func notBackward(t *testing.T, n *network, s Settings, frozen map[*graph.Node]bool) {
	body, err := body(n.graph, n.features)
	require.NoError(t, err)
	net, err := withHead(body, newHead(headSpec{}, body.Outputs[0].Shape[1], 2, 1))
	require.NoError(t, err)
	isFrozen := map[string]bool{}
	for x, f := range frozen {
		isFrozen[x.Name] = f
	}
	live := map[string]bool{}
	var train []string
	for _, p := range parameters(net) {
		if !isFrozen[p.node.Name] {
			train = append(train, p.name)
			live[p.node.Name] = true
		}
	}
	prog, err := graph.BuildTrain(net, graph.TrainSpec{Logits: net.Outputs[0], Optimiser: graph.Optimiser{Kind: "sgd"}, Groups: []graph.ParamGroup{{Params: train}}})
	require.NoError(t, err)
	below := map[string]bool{} // conv nodes that no trained node precedes, nor are trained
	for _, x := range net.Nodes {
		trained := live[x.Name]
		for y := range upOf(x.Out[0]) {
			trained = trained || live[y.Name]
		}
		if _, ok := x.Op.(graph.Conv); ok && !trained {
			below[x.In[1].Name] = true
		}
	}
	for _, x := range prog.Nodes {
		switch x.Op.(type) {
		case graph.ConvGradInput, graph.ConvGradWeight:
			for _, v := range x.In {
				if v != nil {
					require.False(t, below[v.Name], "%s works backward on frozen %s", x.Name, v.Name)
				}
			}
		}
	}
}
