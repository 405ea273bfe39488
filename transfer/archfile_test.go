package transfer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	weightfile "github.com/gotl-gpu/gotl-gpu/graph/weights"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// A run on a built-in architecture and a file of its weights; the file alone names the
// architecture that fits, another architecture and a missing file are refused.
func TestArchFile(t *testing.T) {
	dir := t.TempDir()
	g, err := zoo.Build("cifar_resnet20", zoo.Options{Seed: 5})
	require.NoError(t, err)
	var named []weightfile.Named
	for _, v := range g.Consts {
		named = append(named, weightfile.Named{Name: v.Name, Data: v.Data})
	}
	file := filepath.Join(dir, "w.safetensors")
	require.NoError(t, weightfile.WriteSafetensors(file, named, nil))
	data := tinyData(t, filepath.Join(dir, "data"))
	run := func(name, model string) error {
		s := tinySettings(t, data, model, filepath.Join(dir, name))
		s.Scheme, s.CacheDir = "features", filepath.Join(dir, "cache")
		return finetune(t, t.Context(), s, nil)
	}
	require.NoError(t, run("a", "cifar_resnet20+"+file))
	n, err := openNetwork(&Settings{Model: filepath.Join(dir, "a"), EXIF: "apply", Resize: "auto"}, 1)
	require.NoError(t, err, "what was written is a network again")
	require.Equal(t, "cifar_resnet20", n.meta["gotl.architecture"])

	err = run("b", file)
	require.ErrorIs(t, err, fault.ErrUsage)
	require.Contains(t, fault.Format(err), "--model cifar_resnet20+"+file)
	require.ErrorIs(t, run("c", "cifar_resnet32+"+file), fault.ErrModel)
	require.ErrorIs(t, run("d", "resnet_20+"+file), fault.ErrUsage)
	require.Error(t, run("e", "cifar_resnet20+"+filepath.Join(dir, "none.pth")))

	plus := filepath.Join(dir, "a+b.onnx")
	require.NoError(t, os.Rename(tinyNet(t, dir), plus))
	require.NoError(t, run("f", plus), "a path that exists is a path")
}
