package transfer

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// CheckSettings are the choices of a check.
type CheckSettings struct {
	Model     string  `flag:"model" short:"m" alias:"weights" help:"network: .onnx file or run directory"`
	Device    string  `flag:"device" def:"auto" help:"auto, cpu, ref"`
	Batch     string  `flag:"batch" short:"b" def:"1,3,8" help:"batch sizes to run"`
	Input     string  `flag:"input" help:".npy file with rows of the input; default: a fixed formula"`
	Expect    string  `flag:"expect" help:".npy file with the output of the first rows"`
	RTol      float64 `flag:"rtol" def:"3e-4" help:"largest difference over the largest value"`
	Train     bool    `flag:"train" def:"false" help:"one SGD step on synthetic labels: compare all gradients"`
	Reference string  `flag:"reference" def:"yes" help:"yes, or no to skip the slow Go reference"`
	ImgSize   int     `flag:"imgsz" def:"0" alias:"img-size,input-size" help:"input side in pixels; 0: from the model"`
}

// Comparison is one line of a check.
type Comparison struct {
	Kind   string        `json:"kind"` // reference, rows, expect, finite, loss, gradients
	Batch  int           `json:"batch"`
	Name   string        `json:"name"` // of the output, or of the worst gradient
	Shape  string        `json:"shape"`
	MaxAbs report.Number `json:"max_abs"` // largest difference
	Scale  report.Number `json:"scale"`   // largest value
	Bar    float64       `json:"bar"`     // of MaxAbs/Scale
	OK     bool          `json:"ok"`
	Note   string        `json:"note,omitempty"`
}

// String prints the comparison as one line.
func (c Comparison) String() string {
	verdict := "ok"
	if !c.OK {
		verdict = "FAIL"
	}
	s := fmt.Sprintf("%-4s  batch %-3d %-9s %s %s", verdict, c.Batch, c.Kind, c.Name, c.Shape)
	if c.Kind != "finite" {
		s += fmt.Sprintf("  max|Δ| %.2e of %.3g = %.1e, bar %.0e", float64(c.MaxAbs), float64(c.Scale), float64(c.MaxAbs)/float64(c.Scale), c.Bar)
	}
	if c.Note != "" {
		s += "  " + c.Note
	}
	return fault.Clean(s)
}

// Check imports a network, runs it at each batch size on the device and on the Go
// reference and tells each comparison to emit. Errors: those of the import;
// fault.ErrParity if a comparison failed, after all were made. The calling
// goroutine owns the device until it returns.
func Check(ctx context.Context, s CheckSettings, open Opener, emit func(Comparison)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := &checker{s: s, emit: emit}
	batches, err := c.prepare()
	if err != nil {
		return err
	}
	if c.dev, err = open(s.Device); err != nil {
		return err
	}
	defer c.dev.Close()
	for _, n := range batches {
		if err := c.batch(ctx, n); err != nil {
			return err
		}
	}
	if s.Train {
		if err := c.train(ctx, trainBatch(batches)); err != nil {
			return err
		}
	}
	if c.failed > 0 {
		return fault.New(fault.ErrParity, "numbers differ", s.Model, fmt.Sprintf("%d of %d comparisons failed", c.failed, c.made),
			"gotl-gpu doctor tests the machine; report the network and this output")
	}
	return nil
}

type checker struct {
	s            CheckSettings
	path         string
	dev          graph.Backend
	useRef       bool
	input        *graph.Tensor // rows given, or nil
	expect       *graph.Tensor
	emit         func(Comparison)
	made, failed int
}

func (c *checker) prepare() (batches []int, err error) {
	if batches, err = parseBatches(c.s.Batch); err != nil {
		return nil, err
	}
	if c.path, err = modelPath(c.s.Model); err != nil {
		return nil, err
	}
	switch c.s.Reference {
	case "yes", "true", "True":
		c.useRef = true
	case "no", "false", "False":
	default:
		return nil, fault.New(fault.ErrUsage, "reference: wants yes or no", "--reference "+c.s.Reference, "the reference is used or not", "--reference no")
	}
	if !(c.s.RTol > 0) {
		return nil, fault.New(fault.ErrUsage, "rtol: wants a number above 0", fmt.Sprintf("--rtol %g", c.s.RTol), "every difference is above it", "--rtol 3e-4")
	}
	for _, f := range []struct {
		file string
		to   **graph.Tensor
	}{{c.s.Input, &c.input}, {c.s.Expect, &c.expect}} {
		if f.file != "" {
			if *f.to, err = readNPY(f.file); err != nil {
				return nil, err
			}
		}
	}
	return batches, nil
}

func parseBatches(s string) ([]int, error) {
	var out []int
	for _, p := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil || n < 1 || n > 1<<12 {
			return nil, fault.New(fault.ErrUsage, "batch sizes not understood", "--batch "+s, "want numbers from 1 to 4096", "--batch 1,3,8")
		}
		out = append(out, n)
	}
	return out, nil
}

// trainBatch is the smallest size with more than one row, where rows can mix.
func trainBatch(batches []int) int {
	best := 0
	for _, n := range batches {
		if n > 1 && (best == 0 || n < best) {
			best = n
		}
	}
	return max(best, 1)
}

// read imports the network for n rows.
func (c *checker) read(n int) (*graph.Graph, error) {
	m, err := onnx.Read(c.path, onnx.Options{Batch: n, ImgSize: [2]int{c.s.ImgSize, c.s.ImgSize},
		FreeSize: freeSize(c.path, &Settings{Resize: "auto", EXIF: "apply"}), Eval: ref.Evaluator{}})
	if err != nil {
		return nil, err
	}
	return m.Graph, nil
}

// tell judges and emits one comparison of a and b.
func (c *checker) tell(kind string, batch int, v *graph.Value, abs, scale, bar float64, note string) {
	x := Comparison{Kind: kind, Batch: batch, Name: v.Name, Shape: v.Type.String(), MaxAbs: report.Number(abs),
		Scale: report.Number(scale), Bar: bar, OK: abs/scale <= bar, Note: note}
	c.count(x)
}

func (c *checker) count(x Comparison) {
	c.made++
	if !x.OK {
		c.failed++
	}
	c.emit(x)
}

// notFinite returns the number of elements of t that are NaN or infinite.
func notFinite(t *graph.Tensor) int {
	n := 0
	for i := range t.Len() {
		if x := t.At(i); math.IsNaN(x) || math.IsInf(x, 0) {
			n++
		}
	}
	return n
}
