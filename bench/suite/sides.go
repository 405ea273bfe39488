package suite

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/onnx"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

// Ours is our own side.
func Ours(worker string) Side {
	return Side{Name: "gotl-gpu", Argv: []string{worker}, Task: func(task string) string { return task }}
}

// Peers are the sides of the engine suite beside ours: PyTorch in both layouts for
// training, ONNX Runtime for inference, the bare primitives for what is not cached.
func Peers(python, scripts, bare string) []Side {
	torch := func(layout string) Side {
		return Side{Name: "pytorch-" + layout, Kind: Frameworks, Task: uncached,
			Argv: []string{python, filepath.Join(scripts, "torch_worker.py"), "--layout", layout}}
	}
	sides := []Side{torch("nchw"), torch("channels_last"),
		{Name: "onnxruntime", Kind: Frameworks, Argv: []string{python, filepath.Join(scripts, "ort_worker.py")}, Task: only("infer")}}
	if bare != "" {
		sides = append(sides, Side{Name: "bare-onednn", Kind: BareDNNL, Argv: []string{bare}, Task: only("full", "affine", "last", "head", "infer")})
	}
	return sides
}

// uncached is PyTorch's task for ours: it has no caches, and ONNX Runtime infers.
func uncached(task string) string {
	if task == string(throughput.Infer) {
		return ""
	}
	return strings.TrimPrefix(task, "cached-")
}

func only(tasks ...string) func(string) string {
	return func(task string) string {
		for _, t := range tasks {
			if t == task {
				return task
			}
		}
		return ""
	}
}

// Exporter writes networks of the zoo as ONNX files into dir, each once.
func Exporter(dir string) func(net string) (string, error) {
	return func(net string) (string, error) {
		file := filepath.Join(dir, net+".onnx")
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		g, err := zoo.Build(net, zoo.Options{Seed: 1})
		if err != nil {
			return "", err
		}
		f, err := os.Create(file)
		if err != nil {
			return "", err
		}
		if err := onnx.Write(f, g, onnx.Meta{Name: net}); err != nil {
			f.Close()
			return "", err
		}
		return file, f.Close()
	}
}
