package augment

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// Crop is torchvision's RandomResizedCrop: a box of random area and aspect,
// resized to H by W with Pillow's arithmetic, antialiased.
type Crop struct {
	H, W               int
	Filter             resize.Filter
	MinArea, MaxArea   float64 // share of the picture
	MinRatio, MaxRatio float64 // width / height, log-uniform
}

// String is the crop's part of the cache key.
func (c Crop) String() string {
	return fmt.Sprintf("crop %dx%d %s area %g-%g ratio %g-%g", c.W, c.H, c.Filter, c.MinArea, c.MaxArea, c.MinRatio, c.MaxRatio)
}

// tries is the number of boxes drawn before the centre is taken.
const tries = 10

// Box draws the crop of a picture of w by h pixels. Try k uses block k: area,
// ratio, top, left.
func (c Crop) Box(w, h int, s philox.Stream) resize.Rect {
	area := float64(w) * float64(h)
	for k := range uint32(tries) {
		b := s.Block(k)
		u := func(i int) float64 { return float64(philox.Unit(b[i])) }
		target := area * (c.MinArea + float64(u(0)*(c.MaxArea-c.MinArea)))
		lo, hi := math.Log(c.MinRatio), math.Log(c.MaxRatio)
		ratio := math.Exp(lo + float64(u(1)*(hi-lo)))
		bw := int(math.RoundToEven(math.Sqrt(target * ratio)))
		bh := int(math.RoundToEven(math.Sqrt(target / ratio)))
		if bw > 0 && bw <= w && bh > 0 && bh <= h {
			return resize.Rect{X: int(u(3) * float64(w-bw+1)), Y: int(u(2) * float64(h-bh+1)), W: bw, H: bh}
		}
	}
	return c.centre(w, h)
}

// centre is the largest centred box of an allowed ratio.
func (c Crop) centre(w, h int) resize.Rect {
	bw, bh := w, h
	switch r := float64(w) / float64(h); {
	case r < c.MinRatio:
		bh = int(math.RoundToEven(float64(w) / c.MinRatio))
	case r > c.MaxRatio:
		bw = int(math.RoundToEven(float64(h) * c.MaxRatio))
	}
	bw, bh = max(bw, 1), max(bh, 1)
	return resize.Rect{X: (w - bw) / 2, Y: (h - bh) / 2, W: bw, H: bh}
}

// Apply writes box of src, resized to [H W 3] and perhaps mirrored, to dst. No
// pixel outside the box is read.
func (c Crop) Apply(dst []byte, src picture.RGB, box resize.Rect, mirror bool, t *resize.Scratch) {
	t.Run(dst, 3*c.W, &resize.Job{Src: src.Pix, Stride: 3 * src.W, Crop: box,
		ScaleX: float64(box.W) / float64(c.W), ScaleY: float64(box.H) / float64(c.H),
		Out: resize.Rect{W: c.W, H: c.H}, Filter: c.Filter, Antialias: true, Arithmetic: resize.Pillow, Mirror: mirror})
}
