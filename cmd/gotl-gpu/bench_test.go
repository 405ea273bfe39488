package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// fakeBench tells rows without measuring.
func fakeBench(_ context.Context, s throughput.Settings, _ func(string) (graph.Backend, error), emit func(throughput.Result)) error {
	emit(throughput.Result{Net: "resnet18", Task: throughput.Full, Batch: map[string]int{"auto": 32, "64": 64}[s.Batch], Best: 15.06, Median: 14.94, Steps: 3,
		Planned: 812_345_678, Peak: 1_012_345_678, Faults: .3333, Calls: 1, Device: "CPU, oneDNN 3.2.0, AVX2, 2 threads"})
	emit(throughput.Result{Net: "resnet18", Task: throughput.CachedHead, Batch: 32, Best: 123456.7, Median: 120000, Steps: 4000,
		Planned: 4_000_000, Peak: 90_000_000, Calls: 1, Device: "CPU, oneDNN 3.2.0, AVX2, 2 threads"})
	emit(throughput.Result{Net: "my\x1bnet.onnx", Task: throughput.Last, Batch: 8, Note: "a single block: no last stage"})
	return nil
}

func TestBenchTable(t *testing.T) {
	v := fakeVerbs()
	v.bench = fakeBench
	golden(t, "bench", do(t, v, "", "bench"))
	golden(t, "bench_json", do(t, v, "", "bench", "--json", "batch=64"))
	golden(t, "bench_two_models", do(t, v, "", "bench", "a.onnx", "b.onnx"))
}

func TestBenchHelpNamesEverySetting(t *testing.T) {
	v := fakeVerbs()
	v.bench = fakeBench
	r := do(t, v, "", "bench", "--help")
	require.Zero(t, r.code)
	for _, f := range transfer.Fields(throughput.Settings{}) {
		require.Contains(t, r.out, "--"+f.Name+" ")
		require.Contains(t, r.out, f.Help)
	}
	for _, task := range throughput.Tasks() {
		require.Contains(t, r.out, "\n"+string(task)+" ")
	}
}

// TestBenchProcess times a built-in network in a process of its own.
func TestBenchProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("a network at full size")
	}
	r := process(t, nil, "bench", "--model", "mobilenet_v2", "--batch", "2", "--tasks", "cached-head,infer", "--seconds", "0.01", "--threads", "1")
	require.Zero(t, r.code, r.err)
	require.Regexp(t, `^device    CPU, oneDNN .*, 1 threads, f32\nnetwork   mobilenet_v2\ntask .*\ncached-head  +2 .*\ninfer  +1 .*\ninfer  +16 .*\n$`, r.out)
	r = process(t, nil, "bench", "--model", "nowhere.onnx")
	require.Equal(t, 4, r.code)
	r = process(t, nil, "bench", "--tasks", "everything")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "cached-last")
}
