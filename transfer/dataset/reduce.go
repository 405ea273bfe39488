package dataset

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// The values of LoaderOptions.Decode.
const (
	DecodeExact  = "exact"  // every pixel as stored
	DecodeAuto   = "auto"   // scaled for pictures over autoPixels
	DecodeScaled = "scaled" // JPEG at 1/2, 1/4, 1/8 while a crop keeps twice the output
)

// autoPixels is the picture size from which DecodeAuto scales: below it a
// picture takes about a millisecond anyway.
const autoPixels = 512 * 512

func checkDecode(s string) error {
	switch s {
	case "", DecodeExact, DecodeAuto, DecodeScaled:
		return nil
	}
	return fmt.Errorf("%w: decode %q; known: auto exact scaled", fault.ErrUsage, s)
}

// denom chooses the strongest reduction that leaves the box at least twice the
// output of ow by oh pixels (DATA §6).
func (l *Loader) denom(box resize.Rect, w, h, ow, oh int, reduces bool) int {
	if !reduces || l.o.Decode != DecodeScaled && (l.o.Decode != DecodeAuto || w*h <= autoPixels) {
		return 1
	}
	d := 8
	for d > 1 && (box.W < 2*ow*d || box.H < 2*oh*d) {
		d /= 2
	}
	return d
}

// reduced is box in the picture of w by h pixels reduced to 1/d; its edges are
// rounded to whole pixels.
func reduced(box resize.Rect, w, h, d int) picture.Part {
	edge := func(v, size int) int { return min((v+d/2)/d, (size+d-1)/d) }
	x, y := edge(box.X, w), edge(box.Y, h)
	return picture.Part{Denom: d, X: x, Y: y, W: edge(box.X+box.W, w) - x, H: edge(box.Y+box.H, h) - y}
}

// keptSize is the size of sample i, upright and reduced.
func (l *Loader) keptSize(i int) (w, h int) {
	x := &l.set.Samples[i]
	if x.Orientation >= 5 && !l.ignoreEXIF() {
		return reducedSize(int(x.H), int(x.W), l.side)
	}
	return reducedSize(int(x.W), int(x.H), l.side)
}

// reducedSize is the size of a picture of w by h pixels whose short side is made
// at most side.
func reducedSize(w, h, side int) (rw, rh int) {
	if min(w, h) <= side {
		return w, h
	}
	g := resize.Spec{Rule: resize.Torchvision, Size: side}.Geometry(w, h)
	return g.W, g.H
}

// shrink returns p resized to w by h pixels, in Pillow's arithmetic.
func (w *worker) shrink(p picture.RGB, width, height int) picture.RGB {
	if p.W == width && p.H == height {
		return p
	}
	n := 3 * width * height
	if cap(w.less) < n {
		w.less = make([]byte, n)
	}
	q := picture.RGB{W: width, H: height, Pix: w.less[:n]}
	w.scale.Run(q.Pix, 3*width, &resize.Job{Src: p.Pix, Stride: 3 * p.W, Crop: resize.Rect{W: p.W, H: p.H},
		ScaleX: float64(p.W) / float64(width), ScaleY: float64(p.H) / float64(height), Out: resize.Rect{W: width, H: height},
		Filter: w.l.o.Cache.o.Filter, Antialias: true, Arithmetic: resize.Pillow})
	return q
}
