package transfer

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
	"github.com/gotl-gpu/gotl-gpu/transfer/demo"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// demoSizes are the pictures of the demo: few to learn from, enough to judge.
var demoSizes = demo.Sizes{Train: 10, Val: 60, Side: demo.Side}

// DemoResult compares transfer with training from scratch.
type DemoResult struct {
	Folder            string
	Transfer, Scratch *report.Summary
}

// Demo runs the main job on pictures drawn by the program itself: once from the
// embedded pretrained network, once from random weights. dir receives pictures,
// network and both runs; it must not exist or be empty.
func Demo(ctx context.Context, dir, device string, open Opener, sink Sink) (*DemoResult, error) {
	pictures, net := filepath.Join(dir, "pictures"), filepath.Join(dir, "pretrained.onnx")
	if _, err := existing(dir, false); err != nil {
		return nil, err
	}
	if err := demo.WriteFolder(pictures, demo.Target, demoSizes, 1); err != nil {
		return nil, err
	}
	if err := atomicfile.WriteBytes(net, demo.Pretrained); err != nil {
		return nil, err
	}
	r := &DemoResult{Folder: dir}
	for _, run := range []struct {
		scheme, epochs string
		to             **report.Summary
	}{{"features", "30", &r.Transfer}, {"scratch", "30", &r.Scratch}} {
		s, o, _, err := ParseSettings(Sources{Flags: demoFlags("data", pictures, "model", net, "output-dir", filepath.Join(dir, run.scheme),
			"scheme", run.scheme, "epochs", run.epochs, "batch", "16", "device", device)})
		if err != nil {
			return nil, err
		}
		if *run.to, err = Finetune(ctx, s, o, open, sink); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func demoFlags(pairs ...string) []Given {
	var g []Given
	for i := 0; i < len(pairs); i += 2 {
		g = append(g, Given{Key: pairs[i], Value: pairs[i+1], Where: "demo"})
	}
	return g
}

// Text is the demo's outcome and the next thing to try, for people.
func (r *DemoResult) Text() string {
	var b strings.Builder
	n := r.Transfer.Counts.Train
	fmt.Fprintf(&b, "%d training pictures of %s\n", n, strings.Join(r.Transfer.Classes, ", "))
	line := func(what string, s *report.Summary) {
		fmt.Fprintf(&b, "  %-34s balanced accuracy %.3f in %.1f s\n", what, float64(s.Val.Balanced), float64(s.Seconds.Total))
	}
	line("pretrained features, new classifier", r.Transfer)
	line("same network from scratch", r.Scratch)
	fmt.Fprintf(&b, "everything is in %s\n", r.Folder)
	b.WriteString("next, with your own pictures (one folder per class) and a pretrained network:\n")
	b.WriteString("  gotl-gpu finetune PICTURES --model NET.onnx\n")
	return b.String()
}

// MakeDemoNet trains the network that the program embeds, on demo.Source, and writes
// it to file. work receives pictures and run.
func MakeDemoNet(ctx context.Context, file, work string, open Opener, sink Sink) error {
	pictures, blank := filepath.Join(work, "shapes"), filepath.Join(work, "blank.onnx")
	if err := os.MkdirAll(work, 0o755); err != nil {
		return dirError(work, err)
	}
	if err := demo.WriteFolder(pictures, demo.Source, demo.Sizes{Train: 1000, Val: 60, Side: demo.Side}, 42); err != nil {
		return err
	}
	g, err := demo.Architecture(len(demo.Source.Classes()))
	if err != nil {
		return err
	}
	pre, err := dataset.Preset("unit", resize.Squash)
	if err != nil {
		return err
	}
	pre.Resize.Size, pre.Crop, pre.Source = 0, [2]int{demo.Side, demo.Side}, "gotl-gpu demo"
	pre.Mean, pre.Std = [3]float64{.5, .5, .5}, [3]float64{.25, .25, .25}
	meta := onnx.Meta{Props: map[string]string{"gotl.preprocess": pre.JSON()}}
	if err := atomicfile.WriteFile(blank, func(w io.Writer) error { return onnx.Write(w, g, meta) }); err != nil {
		return err
	}
	out := filepath.Join(work, "run")
	s, o, _, err := ParseSettings(Sources{Flags: demoFlags("data", pictures, "model", blank, "output-dir", out, "scheme", "scratch",
		"epochs", "8", "batch", "32", "lr", "6e-3", "device", "cpu")})
	if err != nil {
		return err
	}
	if _, err := Finetune(ctx, s, o, open, sink); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(out, modelFile))
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(file, b)
}
