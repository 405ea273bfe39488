package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMain lets the test binary stand in for gotl-gpu in a process of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("GOTL_TEST_AS") {
	case "product":
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, product()))
	case "fake":
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, fakeVerbs()))
	case "maps":
		code := run(os.Args[1:], os.Stdin, os.Stderr, os.Stderr, product())
		maps, _ := os.ReadFile("/proc/self/maps")
		os.Stdout.Write(maps)
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// fakeVerbs are verbs without numbers: finetune tells a short story, or with
// --name wait goes on until it is told to stop.
func fakeVerbs() verbs {
	return verbs{open: openDevice, finetune: fakeFinetune, eval: fakeEval, predict: fakePredict}
}

func fakeFinetune(ctx context.Context, s transfer.Settings, _ transfer.Origins, _ transfer.Opener, sink transfer.Sink) (*report.Summary, error) {
	switch s.Name {
	case "panic":
		panic("planted")
	case "wait":
		return nil, wait(ctx, sink)
	case "fail":
		return nil, fault.New(fault.ErrUnknownClass, "val has a class that train lacks", "faces/val/fe\x1bmal (12 files)",
			"train: female, male   val: femal, male", "rename the folder, or --classes female,male")
	}
	for _, e := range story {
		sink(e)
	}
	return nil, nil
}

// wait sends its progress until the context ends and tells of checkpoint requests.
func wait(ctx context.Context, sink transfer.Sink) error {
	sink(transfer.Warning{Text: "ready"})
	for {
		select {
		case <-transfer.CheckpointRequests(ctx):
			sink(transfer.Warning{Text: "checkpoint"})
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
			sink(transfer.EpochDone{Phase: "A", Epoch: 1, Epochs: 1})
		}
	}
}

var story = []transfer.Event{
	transfer.Started{Version: "0.1.0", Device: "onednn", Detail: "oneDNN 3.2.0 AVX2 2 threads", Seed: 42, RunDir: "runs/finetune/faces-1"},
	transfer.ModelRead{File: "net.onnx", Opset: 17, Params: 11_700_000, Classes: 1000, Head: `Gemm "fc"`, NormClass: "folded",
		Preproc: "onnx 256 bilinear; torchvision", Assumed: true, Notes: []string{"53 Conv, 0 BatchNormalization:\nsecond line"}},
	transfer.DataRead{Path: "fa\x1bces", Format: "imagefolder", Classes: []string{"female", "male"}, Train: 1600, Val: 400, Skipped: 2},
	transfer.Planned{Scheme: "finetune", Head: "Linear 512→2", TotalParams: 11_700_000, Trained: 4_200_000, FrozenTensor: 40, PlannedBytes: 2_254_857_830},
	transfer.Progress{Phase: "features", Done: 800, Total: 1600, ImgPerSec: 3120},
	transfer.EpochDone{Phase: "A", Epoch: 1, Epochs: 30, TrainLoss: .231, ValLoss: .1874, Accuracy: .943, Balanced: .9431, AUC: .986,
		LR: 4e-5, ImgPerSec: 3120, DataWait: .03, Seconds: .61, Best: true},
	transfer.EpochDone{Phase: "B", Epoch: 1, Epochs: 10, TrainLoss: .2, ValLoss: .19, Accuracy: .9, Balanced: .9, AUC: report.Unknown(),
		LR: 1e-5, ImgPerSec: 90, DataWait: .5, Seconds: 12.34},
	transfer.Warning{Text: "a picture was skipped"},
	transfer.Finished{Summary: map[string]int{"exit": 0}, Text: "best epoch 1  bal_acc 0.943\nfrozen  40/40 tensors unchanged\n"},
}

func fakeEval(_ context.Context, s transfer.EvalSettings, _ transfer.Opener, _ transfer.Sink) (*transfer.EvalResult, error) {
	// 3 of 4 right: worked by hand
	m, err := metrics.Evaluate([]float32{.9, .1, .8, .2, .4, .6, .7, .3}, []int{0, 0, 1, 1}, 2)
	return &transfer.EvalResult{Classes: []string{"cat", "d\x1bog"}, Metrics: m, Skipped: 1, Notes: []string{"model " + s.Model}}, err
}

func fakePredict(_ context.Context, s transfer.PredictSettings, _ transfer.Opener, emit func(transfer.Prediction) error) error {
	classes := []string{"cat", "dog"}
	for _, p := range s.Paths {
		x := transfer.Prediction{Path: p, Classes: classes, Pred: 1, Probs: []float32{.25, .75}}
		if strings.HasPrefix(p, "bad") {
			x = transfer.Prediction{Path: p, Classes: classes, Err: errors.New("cut short")}
		}
		if err := emit(x); err != nil {
			return err
		}
	}
	return nil
}

// result is what a command line left behind.
type result struct {
	code     int
	out, err string
}

// do runs a command line in this process.
func do(t *testing.T, v verbs, stdin string, args ...string) result {
	t.Helper()
	now = func() time.Time { return time.Unix(1800000000, 0) }
	t.Cleanup(func() { now = time.Now })
	var out, errOut bytes.Buffer
	code := run(args, strings.NewReader(stdin), &out, &errOut, v)
	return result{code, out.String(), errOut.String()}
}

// golden compares r with testdata/NAME.golden: exit code, stdout, stderr.
func golden(t *testing.T, name string, r result) {
	t.Helper()
	got := fmt.Sprintf("exit %d\n--- stdout\n%s--- stderr\n%s", r.code, r.out, r.err)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// process runs a command line of the product in a process of its own.
func process(t *testing.T, env []string, args ...string) result {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(exe, args...)
	c.Env = append(append(os.Environ(), "GOTL_TEST_AS=product"), env...)
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	return result{exitCode(c.Run()), out.String(), errOut.String()}
}
