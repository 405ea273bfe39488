package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

const modelFile = "model.onnx"

// export writes model.onnx, opens it again and compares it with the trained
// network, picture by picture. Error: fault.ErrParity if they differ.
func (j *job) export(ctx context.Context, val *evaluation, proof *frozenProof) (*report.Parity, error) {
	defer j.timed("export", time.Now())
	g, err := j.exportGraph()
	if err != nil {
		return nil, err
	}
	path := j.dir.file(modelFile)
	meta := onnx.Meta{Props: j.props(val)}
	if err := atomicfile.WriteFile(path, func(w io.Writer) error { return onnx.Write(w, g, meta) }); err != nil {
		return nil, err
	}
	m, err := onnx.Read(path, onnx.Options{Batch: min(j.set.Batch, judgeRows)})
	if err != nil {
		return nil, fmt.Errorf("%w: the written model cannot be read: %w", fault.ErrParity, err)
	}
	if err := proof.check(m.Graph, j.set.FoldBN); err != nil {
		return nil, err
	}
	again, err := graph.Prune(m.Graph, m.Graph.Value(logitsName))
	if err != nil {
		return nil, err
	}
	e, err := j.judgeOn(ctx, again, j.valAt)
	if err != nil {
		return nil, err
	}
	return j.parity(val, e)
}

// exportGraph is the classifier with logits and probabilities, the best weights in
// it and the standardisation folded into its first layer.
func (j *job) exportGraph() (*graph.Graph, error) {
	g, err := j.exportNet()
	if err != nil {
		return nil, err
	}
	if j.set.FoldBN {
		if g, err = graph.FoldBatchNorm(g, nil); err != nil {
			return nil, err
		}
	}
	prob, err := g.AddNamed(probName, nil, graph.Softmax{Axis: 1}, g.Outputs[0])
	if err != nil {
		return nil, err
	}
	g.Outputs = append(g.Outputs, prob[0])
	return g, nil
}

// exportNet is the classifier up to its logits.
func (j *job) exportNet() (*graph.Graph, error) {
	if j.mapped != nil {
		return graph.Prune(j.mapped, j.mapped.Outputs...)
	}
	g, err := withHead(j.body, j.head.with(j.best).folded())
	if err != nil {
		return nil, err
	}
	return withWeights(g, j.bodyWeights())
}

// bodyWeights are the best weights without the classifier's.
func (j *job) bodyWeights() weights {
	inHead, w := keepAll(j.head.params()), weights{}
	for name, t := range j.best {
		if !inHead(name) {
			w[name] = t
		}
	}
	return w
}

// parity compares logits and labels; equal runs give an equal parity.json.
func (j *job) parity(a, b *evaluation) (*report.Parity, error) {
	k := len(j.data.Classes)
	var worst, top float64
	for i := range a.logits {
		worst = max(worst, math.Abs(float64(a.logits[i])-float64(b.logits[i])))
		top = max(top, math.Abs(float64(a.logits[i])))
	}
	p := &report.Parity{Images: a.N, MaxAbs: report.Number(worst)}
	bad := 0
	for i := range a.N {
		if a.Predicted[i] == b.Predicted[i] {
			p.LabelsEqual++
		} else if margin(a.logits[i*k:(i+1)*k]) > 1e-4 {
			bad++
		}
	}
	file, err := json.MarshalIndent(map[string]any{"images": p.Images, "labels_equal": p.LabelsEqual, "max_abs_dlogit": p.MaxAbs,
		"max_abs_logit": report.Number(top), "bar": 1e-4 * max(1, top), "ort": "not checked"}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := atomicfile.WriteBytes(j.dir.file("parity.json"), append(file, '\n')); err != nil {
		return nil, err
	}
	if bad > 0 || !(worst <= 1e-4*max(1, top)) {
		return p, fault.New(fault.ErrParity, "model.onnx gives other numbers than the trained network", j.dir.file(modelFile),
			fmt.Sprintf("%d of %d labels equal, largest difference of a logit %.2e, allowed %.2e", p.LabelsEqual, p.Images, worst, 1e-4*max(1, top)),
			"please report this; the weights are in "+lastCheckpoint)
	}
	return p, nil
}

// margin is the distance between the two largest logits of a row.
func margin(row []float32) float64 {
	a, b := math.Inf(-1), math.Inf(-1)
	for _, x := range row {
		switch v := float64(x); {
		case v > a:
			a, b = v, a
		case v > b:
			b = v
		}
	}
	return a - b
}

// props are the metadata of model.onnx. They hold no path, user or time: equal runs
// give equal bytes.
func (j *job) props(val *evaluation) map[string]string {
	m := map[string]string{}
	for k, v := range j.net.meta {
		m[k] = v
	}
	classes, _ := json.Marshal(j.data.Classes)
	figures, _ := json.Marshal(map[string]report.Number{"accuracy": report.Number(val.Accuracy),
		"balanced_accuracy": report.Number(val.Balanced), "auc": report.Number(val.AUC)})
	m["gotl.version"], m["gotl.classes"], m["gotl.preprocess"] = Version, string(classes), j.pre.JSON()
	m["gotl.base_sha256"], m["gotl.data_sha256"], m["gotl.metrics"] = j.net.sha256, j.dataSum, string(figures)
	m["gotl.run_sha256"] = j.runHash
	m["gotl.temperature"] = strconv.FormatFloat(j.calibration(val).Temperature, 'g', 6, 64)
	m["Image.BitmapPixelFormat"] = "Rgb8"
	return m
}
