package dataset

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// View turns an upright picture into pixels of the network's size. It must be
// safe for concurrent use and a function of its arguments alone.
type View interface {
	// Size is height and width of the result.
	Size() (h, w int)
	// Key tells views with different results apart (cache keys).
	Key() string
	// Fixed is true if sample and view number do not matter.
	Fixed() bool
	// Apply writes [h w 3] to dst. view is the epoch, or the number of a cached view.
	Apply(dst []byte, src picture.RGB, sample, view uint32, t *resize.Scratch)
}

// Cropper is a View that shows nothing outside a box of the picture, so the rest
// need not be decoded. Apply(src) = ApplyBox(the pixels of Box in src).
type Cropper interface {
	View
	// Box is the part of a picture of w by h pixels that is shown.
	Box(w, h int, sample, view uint32) resize.Rect
	// ApplyBox is Apply for src that is that box alone, perhaps reduced.
	ApplyBox(dst []byte, src picture.RGB, sample, view uint32, t *resize.Scratch)
}

// View returns the evaluation transform of p: resize, centre crop.
func (p Preprocess) View() View { return evalView{p.Spec()} }

type evalView struct{ spec resize.Spec }

func (v evalView) Size() (h, w int) { return v.spec.CropH, v.spec.CropW }
func (v evalView) Key() string      { return fmt.Sprintf("eval %+v", v.spec) }
func (v evalView) Fixed() bool      { return true }

func (v evalView) Apply(dst []byte, src picture.RGB, _, _ uint32, t *resize.Scratch) {
	v.spec.Apply(dst, src.Pix, src.W, src.H, t)
}

// CachedViews returns the rule of SCHEMES §2: in epoch e sample i shows view
// (e + hash(i)) mod k, cached or not. hash is the first word of
// Philox(seed, 0, i, "view").
func CachedViews(seed uint64, k int) func(epoch uint32, index int) uint32 {
	return func(epoch uint32, index int) uint32 {
		h := philox.New(seed, 0, uint32(index), "view").Block(0)[0]
		return uint32((uint64(epoch) + uint64(h)) % uint64(k))
	}
}
