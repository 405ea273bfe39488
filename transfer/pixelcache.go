package transfer

import (
	"path/filepath"

	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/decoded"
)

// leastSide is the short side below which pictures are always kept whole.
const leastSide = 256

// openPixels opens the decoded cache of DATA §10: fixed views in memory, and, where
// pictureSide says so, the pictures that training crops are cut from, on disk if
// memory is too little.
func (j *job) openPixels() *dataset.Cache {
	o := dataset.CacheOptions{Memory: decodedBudget(j.set.Cache), Side: j.pictureSide(), Filter: j.pre.Resize.Filter}
	dir := j.set.CacheDir
	if dir == "" {
		dir = cache.DefaultDir()
	}
	if dir != "" && o.Side > 0 {
		o.Dir = filepath.Join(dir, "decoded")
	}
	return dataset.OpenCache(o)
}

// decodedBudget is the memory for decoded pictures: half of what is free, or, where
// features and activations want some too, a quarter.
func decodedBudget(mode string) int64 {
	switch mode {
	case "none":
		return 0
	case "decoded":
		return decoded.FreeMemory() / 2
	}
	return decoded.FreeMemory() / 4
}

// pictureSide is the short side of the pictures that training crops are cut from, 0 =
// the files. --decode and the passes over the pictures decide, never --cache: what
// is kept may not change a bit. auto: from three passes on.
func (j *job) pictureSide() int {
	switch j.set.Decode {
	case dataset.DecodeExact:
		return dataset.WholePictures
	case dataset.DecodeScaled:
		return 0
	}
	head, tune := j.epochs()
	if k := j.set.CacheViews; k > 0 {
		head = min(head, k) // later epochs show the same views
	}
	if max(head, tune) >= 3 {
		return max(j.pre.Resize.Size, leastSide)
	}
	return 0
}

// pixelSource names what training pixels depend on beside files and views; it is
// recorded and part of every cache's key.
func (j *job) pixelSource() map[string]any {
	side := j.pictureSide()
	if side == dataset.WholePictures {
		side = 0
	}
	return map[string]any{"decode": j.set.Decode, "short_side": side}
}
