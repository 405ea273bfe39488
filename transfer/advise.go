package transfer

import (
	"context"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// AdviseSettings are the choices of an advice. Model may name several networks, joined
// by commas.
type AdviseSettings struct {
	Settings
	Deep bool `flag:"deep" def:"false" help:"train short runs of finetune and scratch too, instead of judging by rule whether they are worth it"`
}

// Advice is advise.json. Equal inputs give equal bytes but for the times.
type Advice struct {
	Version string         `json:"version"`
	Device  string         `json:"device"`
	Data    string         `json:"data_sha256"`
	Split   string         `json:"split_sha256"`
	Classes []string       `json:"classes"`
	Counts  report.Counts  `json:"counts"`
	Best    int            `json:"best_model"` // index into Models
	Models  []*ModelAdvice `json:"models"`
	RunDir  string         `json:"-"`
}

// ModelAdvice is what was measured of one network, and what follows from it. All
// accuracies but Validation are out of fold, on training pictures.
type ModelAdvice struct {
	Model      string                   `json:"model"`
	SHA256     string                   `json:"model_sha256"`
	Pictures   int                      `json:"pictures"` // that were looked at
	Groups     int                      `json:"groups"`
	Majority   float64                  `json:"majority"`
	RawPixels  Judged                   `json:"raw_pixels"` // linear probe of 32x32 pixels
	Depths     []DepthAdvice            `json:"depths"`
	Curve      []CurvePoint             `json:"learning_curve"`
	Scores     Scores                   `json:"scores"`
	Candidates []*Candidate             `json:"candidates"`
	Scheme     string                   `json:"scheme"`
	HeadNode   string                   `json:"head_node,omitempty"` // cut of "earlier features"
	LR         float64                  `json:"lr"`
	Validation report.Number            `json:"validation_accuracy"` // of the recommended scheme, if it was measured without training a body
	Reasons    []string                 `json:"reasons"`
	Times      map[string]report.Number `json:"times"` // seconds; what differs between two runs
}

// Judged is an accuracy with its 95 % interval, by bootstrap over groups.
type Judged struct {
	Accuracy float64    `json:"accuracy"`
	CI95     [2]float64 `json:"ci95"`
}

// DepthAdvice is one place in the network.
type DepthAdvice struct {
	Name  string        `json:"name"`
	Share float64       `json:"share"` // of the multiply-adds up to it
	Dim   int           `json:"dim"`
	KNN   Judged        `json:"knn"`
	Probe Judged        `json:"probe"`
	LogME report.Number `json:"logme"`
}

// CurvePoint is the head's probe with a share of the training groups.
type CurvePoint struct {
	Share float64 `json:"share"`
	Judged
}

// Scores rank sources, not schemes (SCHEMES §4); a network without classes has no
// LEEP and NCE.
type Scores struct {
	LogME report.Number `json:"logme"`
	H     report.Number `json:"h"`
	LEEP  report.Number `json:"leep"`
	NCE   report.Number `json:"nce"`
}

// Candidate is a way to use the network, the cheapest first in a list of them.
type Candidate struct {
	Scheme   string     `json:"scheme"`
	How      string     `json:"how"` // map, or depth
	Measured bool       `json:"measured"`
	Accuracy Judged     `json:"judged"`
	ToBest   [2]float64 `json:"to_best_ci95"` // paired, this less the best
	Trails   float64    `json:"trails"`       // points of accuracy behind the best, in 0…1
	Memory   int64      `json:"planned_bytes"`
	node     string
	right    []float64 // by row
}

// Advise measures on the training pictures which scheme suits them and the network,
// without training a body unless s.Deep (SCHEMES §4). It leaves advise.json in a folder
// of its own. Errors: as Finetune.
func Advise(ctx context.Context, s AdviseSettings, o Origins, open Opener, sink Sink) (*Advice, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	if o["project"] == "default" {
		s.Project = "runs/advise"
	}
	out := &Advice{Version: Version}
	var dir *rundir
	for _, model := range strings.Split(s.Model, ",") {
		one := s.Settings
		one.Model = model
		m, err := adviseOn(ctx, one, s.Deep, o, open, sink, out)
		if err != nil {
			return nil, err
		}
		out.Models = append(out.Models, m)
		if m.bestMeasured() > out.Models[out.Best].bestMeasured() {
			out.Best = len(out.Models) - 1
		}
	}
	dir, err := newRundir(&s.Settings)
	if err != nil {
		return nil, err
	}
	defer dir.close()
	out.RunDir = dir.path
	return out, out.write(dir)
}

// adviseOn opens one network with the pictures and measures it.
func adviseOn(ctx context.Context, s Settings, deep bool, o Origins, open Opener, sink Sink, out *Advice) (*ModelAdvice, error) {
	if s.Model == "" {
		return nil, fault.New(fault.ErrUsage, "no network given", "--model", "a name between commas is empty", "--model A.onnx,B.onnx")
	}
	s.Scheme = "features"
	j := &job{set: s, origins: o, sink: sink, began: time.Now(), seconds: map[string]time.Duration{}}
	defer j.close()
	if err := j.prepare(ctx, open); err != nil {
		return nil, err
	}
	out.Device, out.Data, out.Split, out.Classes = j.backend.Name(), j.dataSum, j.rowsSum, j.data.Classes
	out.Counts = report.Counts{Train: len(j.trainAt), Val: len(j.valAt), Skipped: len(j.data.Skipped)}
	return j.advise(ctx, adviceOptions{deep: deep, costs: true})
}

// bestMeasured is the accuracy of the best candidate.
func (m *ModelAdvice) bestMeasured() float64 {
	best := 0.0
	for _, c := range m.Candidates {
		if c.Measured {
			best = max(best, c.Accuracy.Accuracy)
		}
	}
	return best
}
