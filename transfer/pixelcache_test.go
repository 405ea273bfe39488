package transfer

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
)

// Auto: from three passes over the training pictures on. --cache has no say.
func TestPictureSide(t *testing.T) {
	const whole = dataset.WholePictures
	for _, c := range []struct {
		decode, scheme       string
		epochs, frozen, view int
		size, want           int
	}{
		{"auto", "finetune", 10, 30, 4, 224, 256}, {"auto", "finetune", 10, 30, 4, 320, 320},
		{"auto", "features", 30, 0, 4, 224, 256}, {"auto", "features", 30, 0, 2, 224, 0}, {"auto", "features", 2, 0, 4, 224, 0},
		{"auto", "features", 30, 0, 0, 224, 256}, {"auto", "finetune", 2, 30, 1, 224, 0}, {"auto", "scratch", 3, 0, 4, 224, 256},
		{"exact", "finetune", 10, 30, 4, 224, whole}, {"scaled", "finetune", 10, 30, 4, 224, 0},
	} {
		for _, cache := range []string{"auto", "none", "decoded", "features", "activations", "all"} {
			j := &job{scheme: c.scheme, set: Settings{Cache: cache, Epochs: c.epochs, FrozenEpochs: c.frozen, CacheViews: c.view, Decode: c.decode}}
			j.pre = dataset.Preprocess{Resize: dataset.Resize{Size: c.size}}
			require.Equal(t, c.want, j.pictureSide(), "%+v", c)
			require.Equal(t, map[string]any{"decode": c.decode, "short_side": c.want % whole}, j.pixelSource())
		}
	}
}
