package transfer

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// PlanInfo is the compiled inference form of a network on one device.
type PlanInfo struct {
	Device string           `json:"device"`
	Batch  int              `json:"batch"`
	Bytes  int64            `json:"bytes"`
	Arena  int64            `json:"arena_bytes"`
	Const  int64            `json:"const_bytes"`
	Steps  []graph.PlanStep `json:"steps"`
}

// plan compiles the inference form.
func (r *Inspection) plan(g *graph.Graph, device string, open Opener) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b, err := open(device)
	if err != nil {
		return err
	}
	defer b.Close()
	p, err := graph.BuildInfer(g, nil, g.Outputs...)
	if err != nil {
		return err
	}
	x, err := b.Compile(p, graph.CompileOptions{})
	if err != nil {
		return err
	}
	defer x.Close()
	q := x.Plan()
	r.Plan = &PlanInfo{Device: b.Name(), Batch: rowsOf(g), Bytes: q.Bytes(), Arena: q.Arena, Const: q.Const, Steps: q.Steps}
	return nil
}

// Guess is one class of --sanity.
type Guess struct {
	Class string  `json:"class"`
	Prob  float64 `json:"prob"`
}

// sanity runs one picture and keeps the five most probable classes.
func (r *Inspection) sanity(ctx context.Context, s InspectSettings, open Opener) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, _, err := openClassifier(s.Model, s.Classes, s.Preset, "auto", "apply", 1)
	if err != nil {
		return err
	}
	in, err := c.pixels(s.Sanity)
	if err != nil {
		return err
	}
	b, err := open(s.Device)
	if err != nil {
		return err
	}
	defer b.Close()
	p, err := graph.BuildInfer(c.graph, nil, c.graph.Outputs...)
	if err != nil {
		return err
	}
	out, err := runOnce(ctx, b, p, map[string]*graph.Tensor{c.graph.Inputs[0].Name: in})
	if err != nil {
		return err
	}
	probs := c.probabilities(out[0].F32)
	order := make([]int, len(probs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(probs[j], probs[i]) })
	for _, i := range order[:min(5, len(order))] {
		r.Top = append(r.Top, Guess{c.classes[i], float64(probs[i])})
	}
	return nil
}

// pixels reads one picture as the network's input.
func (c *classifier) pixels(file string) (*graph.Tensor, error) {
	bad := func(err error) error {
		return fault.New(fault.ErrCorrupt, "picture not read", file, err.Error(), "give a JPEG, PNG, WebP or GIF file")
	}
	fi, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, bad(fmt.Errorf("%s", reasonOf(err)))
	case !fi.Mode().IsRegular() || fi.Size() > picture.MaxBytes:
		return nil, bad(fmt.Errorf("not a regular file of at most %d MiB", picture.MaxBytes>>20))
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, bad(err)
	}
	rgb, err := picture.Decode(raw, nil, picture.Options{})
	if err != nil {
		return nil, bad(err)
	}
	view := c.pre.View()
	h, w := view.Size()
	px := make([]byte, 3*h*w)
	view.Apply(px, rgb, 0, 0, &resize.Scratch{})
	x := graph.NewTensor(graph.Float32, 1, 3, h, w)
	c.pre.Normalizer().NCHW(x.F32, px, 1, h, w)
	if want := c.graph.Inputs[0].Shape; !want.Equal(x.Shape) {
		return nil, fault.New(fault.ErrModel, "picture does not fit the network", file, fmt.Sprintf("%v, the input is %v", x.Shape, want), "--preset says how to prepare it")
	}
	return x, nil
}
