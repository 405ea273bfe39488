package resize

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Rule says how a picture becomes a resized picture (DATA §7).
type Rule string

// The rules.
const (
	ONNX        Rule = "onnx"        // short side = Size, long side half up, origin floored
	Torchvision Rule = "torchvision" // short side = Size, long side truncated, origin half to even
	Squash      Rule = "squash"      // both sides = Size, aspect lost; arithmetic of onnx
	None        Rule = "none"        // no resampling; origin as onnx
)

// Spec is a whole evaluation transform: resize, then centre crop. Where the
// resized picture is smaller than the crop, zeros surround it (extra pixel at
// right and bottom).
type Spec struct {
	Rule      Rule
	Size      int // short side in pixels; Squash: both sides, 0 = the crop
	Filter    Filter
	Antialias bool
	CropH     int
	CropW     int
}

// Geometry is what a Spec means for a picture of given size.
type Geometry struct {
	W, H           int     // resized picture, never computed as a whole
	X, Y           int     // origin of the crop in it; negative where it is padded
	ScaleX, ScaleY float64 // source pixels per resized pixel
}

// Check returns ErrUsage unless s can be applied.
func (s Spec) Check() error {
	switch s.Rule {
	case ONNX, Torchvision:
		if s.Size <= 0 {
			return fmt.Errorf("%w: resize size %d, want > 0", fault.ErrUsage, s.Size)
		}
	case Squash, None:
	default:
		return fmt.Errorf("%w: resize rule %q; known: onnx torchvision squash none", fault.ErrUsage, s.Rule)
	}
	if s.CropH <= 0 || s.CropW <= 0 || s.CropH > 16384 || s.CropW > 16384 || s.Size < 0 || s.Size > 16384 {
		return fmt.Errorf("%w: crop %dx%d, size %d: want 1 to 16384", fault.ErrUsage, s.CropW, s.CropH, s.Size)
	}
	return nil
}

// Geometry applies the size and offset rules to a picture of w by h pixels.
func (s Spec) Geometry(w, h int) Geometry {
	g := Geometry{W: w, H: h, ScaleX: 1, ScaleY: 1}
	switch s.Rule {
	case ONNX:
		g.W, g.H, g.ScaleX = onnxSize(w, h, s.Size)
		g.ScaleY = g.ScaleX
	case Torchvision:
		g.W, g.H = torchSize(w, h, s.Size)
		g.ScaleX, g.ScaleY = float64(w)/float64(g.W), float64(h)/float64(g.H)
	case Squash:
		g.W, g.H = s.CropW, s.CropH
		if s.Size > 0 {
			g.W, g.H = s.Size, s.Size
		}
		g.ScaleX, g.ScaleY = float64(w)/float64(g.W), float64(h)/float64(g.H)
	case None:
	}
	g.X, g.Y = s.origin(g.W, s.CropW), s.origin(g.H, s.CropH)
	return g
}

// onnxSize is ONNX Resize with keep_aspect_ratio_policy not_smaller: one scale
// for both axes, in float32 as ONNX Runtime computes it.
func onnxSize(w, h, size int) (ow, oh int, scale float64) {
	up := max(float32(size)/float32(w), float32(size)/float32(h))
	half := func(n int) int { return int(float64(up*float32(n)) + 0.5) }
	return max(half(w), 1), max(half(h), 1), float64(1 / up)
}

// torchSize is torchvision's: the long side is truncated.
func torchSize(w, h, size int) (ow, oh int) {
	if w <= h {
		return size, size * h / w
	}
	return size * w / h, size
}

// origin is the first pixel of a centred window of n pixels out of size.
// Negative means padding of that width before the picture; ONNX and
// torchvision both floor it, so the extra pixel comes after.
func (s Spec) origin(size, n int) int {
	d := size - n
	if d < 0 {
		return -(-d / 2)
	}
	if s.Rule == Torchvision && d%2 == 1 { // round half to even
		return (d/2 + 1) / 2 * 2
	}
	return d / 2
}

// Apply writes the transformed picture, [CropH CropW 3], to dst. src is
// [h w 3] without gaps.
func (s Spec) Apply(dst, src []byte, w, h int, t *Scratch) {
	g := s.Geometry(w, h)
	x0, x1 := max(g.X, 0), min(g.X+s.CropW, g.W)
	y0, y1 := max(g.Y, 0), min(g.Y+s.CropH, g.H)
	if x1-x0 < s.CropW || y1-y0 < s.CropH {
		clear(dst[:3*s.CropW*s.CropH])
	}
	j := Job{Src: src, Stride: 3 * w, Crop: Rect{0, 0, w, h},
		ScaleX: g.ScaleX, ScaleY: g.ScaleY, Out: Rect{x0, y0, x1 - x0, y1 - y0},
		Filter: s.Filter, Antialias: s.Antialias, Arithmetic: Exact}
	if s.Rule == Torchvision {
		j.Arithmetic = Pillow
	}
	if s.Rule == None {
		j.Filter = Nearest
	}
	t.Run(dst[3*((y0-g.Y)*s.CropW+x0-g.X):], 3*s.CropW, &j)
}
