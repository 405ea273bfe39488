package transfer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// classifier is a finished network: pictures in, scores of named classes out.
type classifier struct {
	graph   *graph.Graph // its only output is [N K]
	probs   bool         // the output is probabilities, not logits
	classes []string
	pre     dataset.Preprocess

	temperature float64 // that its confidences are told at; 1: none is stored
}

// openClassifier reads a run or an .onnx file. classes overrides the names that
// the file carries; a network without names gets "0", "1", ….
func openClassifier(model, classes, preset, rule, exif string, batch int) (*classifier, []string, error) {
	path, err := modelPath(model)
	if err != nil {
		return nil, nil, err
	}
	s := &Settings{Model: model, Preset: preset, Resize: rule, EXIF: exif}
	m, err := onnx.Read(path, onnx.Options{Batch: batch, FreeSize: freeSize(path, s), Eval: ref.Evaluator{}})
	if err != nil {
		return nil, nil, err
	}
	in, err := m.Image()
	if err != nil {
		return nil, nil, fault.New(fault.ErrModel, "not an image network", path, err.Error(), "gotl-gpu inspect "+path)
	}
	c := &classifier{temperature: temperature(m.Meta)}
	var assumed bool
	if c.pre, assumed, err = preprocessing(s, path, m.Meta, in.Shape); err != nil {
		return nil, nil, err
	}
	var notes []string
	if assumed {
		notes = append(notes, "preprocessing is ASSUMED: "+describe(c.pre))
	}
	if err := c.chooseOutput(m.Graph, path); err != nil {
		return nil, nil, err
	}
	c.classes, err = classNames(classes, m.Meta, path, c.graph.Outputs[0].Shape[1])
	return c, notes, err
}

// chooseOutput takes the logits if the network gives them, else its first matrix.
func (c *classifier) chooseOutput(g *graph.Graph, path string) error {
	var out *graph.Value
	for _, v := range g.Outputs {
		if v.Shape.Rank() == 2 && (out == nil || fromSoftmax(out) && !fromSoftmax(v)) {
			out = v
		}
	}
	if out == nil {
		return fault.New(fault.ErrNoHead, "the network gives no class scores", path, fmt.Sprintf("no output is [N K]; first output %v", g.Outputs[0]),
			"fine-tune it first: gotl-gpu finetune FOLDER --model "+path)
	}
	c.probs = fromSoftmax(out)
	var err error
	c.graph, err = graph.Prune(g, out)
	return err
}

func fromSoftmax(v *graph.Value) bool {
	if v.From == nil {
		return false
	}
	_, ok := v.From.Op.(graph.Softmax)
	return ok
}

// temperature is the one stored in a model, 1 if there is none.
func temperature(meta map[string]string) float64 {
	if t, err := strconv.ParseFloat(meta["gotl.temperature"], 64); err == nil && t > 0 && !math.IsInf(t, 0) {
		return t
	}
	return 1
}

// classNames finds the k names: given ones, the file's own, classes.txt or
// labels.txt beside it, else numbers.
func classNames(given string, meta map[string]string, path string, k int) ([]string, error) {
	names, err := classList(given)
	if err != nil {
		return nil, err
	}
	source := "--classes"
	if names == nil && meta["gotl.classes"] != "" {
		source = "metadata gotl.classes"
		if err := json.Unmarshal([]byte(meta["gotl.classes"]), &names); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", fault.ErrMalformed, source, err)
		}
	}
	for _, file := range []string{"classes.txt", "labels.txt"} {
		if names != nil {
			break
		}
		if b, err := os.ReadFile(filepath.Join(filepath.Dir(path), file)); err == nil {
			names, source = strings.Split(strings.TrimRight(string(b), "\r\n"), "\n"), file
		}
	}
	if names == nil {
		for i := range k {
			names = append(names, fmt.Sprint(i))
		}
	}
	if len(names) != k {
		return nil, fault.New(fault.ErrModel, "class names do not fit the network", source, fmt.Sprintf("%d names, %d outputs", len(names), k),
			"give the right list with --classes FILE")
	}
	return names, nil
}

// probabilities turns rows of outputs into probabilities.
func (c *classifier) probabilities(rows []float32) []float32 {
	if c.probs {
		return rows
	}
	return softmaxRows(rows, len(c.classes))
}
