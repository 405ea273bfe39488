// Package augment draws random views of training pictures.
//
// A [dataset.View] of this package is a crop stage (source → network size) and
// a list of operations that change the network-sized pixels in place. Every
// draw is philox.New(seed, view, sample, operation): nothing depends on order,
// workers or a resumed run. view is the epoch, or the number of a cached view.
//
// A new set is one file with its operations and a line in the table of [New].
package augment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/philox"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// Op changes pixels [h w 3] in place. It must not keep pix.
type Op interface {
	// Name is the operation's stream of draws and part of the cache key.
	Name() string
	Apply(pix []byte, h, w int, draw Draw)
}

// Draw makes the streams of one picture in one view.
type Draw struct {
	seed         uint64
	view, sample uint32
}

// Stream returns the draws of the operation named op.
func (d Draw) Stream(op string) philox.Stream { return philox.New(d.seed, d.view, d.sample, op) }

// Settings of New.
type Settings struct {
	Pre     dataset.Preprocess
	Classes []string // decide whether a mirrored picture keeps its meaning
	Seed    uint64
}

var sets = map[string]func(Settings) dataset.View{
	"none":  func(s Settings) dataset.View { return s.Pre.View() },
	"basic": basic,
}

// New returns the view of a set by name: none is the evaluation view. Error:
// ErrUsage.
func New(name string, s Settings) (dataset.View, error) {
	f, ok := sets[name]
	if !ok {
		var known []string
		for n := range sets {
			known = append(known, n)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("%w: augmentation %q; known: %s", fault.ErrUsage, name, strings.Join(known, " "))
	}
	if err := s.Pre.Check(); err != nil {
		return nil, err
	}
	return f(s), nil
}

// view is a random crop and operations.
type view struct {
	seed uint64
	crop Crop
	ops  []Op
}

func (v *view) Size() (h, w int) { return v.crop.H, v.crop.W }
func (v *view) Fixed() bool      { return false }

func (v *view) Key() string {
	key := fmt.Sprintf("seed %d %s", v.seed, v.crop)
	for _, op := range v.ops {
		key += fmt.Sprintf(" %s%+v", op.Name(), op)
	}
	return key
}

// Box draws the crop.
func (v *view) Box(w, h int, sample, number uint32) resize.Rect {
	return v.crop.Box(w, h, Draw{v.seed, number, sample}.Stream("crop"))
}

func (v *view) Apply(dst []byte, src picture.RGB, sample, number uint32, t *resize.Scratch) {
	v.draw(dst, src, v.Box(src.W, src.H, sample, number), Draw{v.seed, number, sample}, t)
}

// ApplyBox is Apply for a src that holds the box alone.
func (v *view) ApplyBox(dst []byte, src picture.RGB, sample, number uint32, t *resize.Scratch) {
	v.draw(dst, src, resize.Rect{W: src.W, H: src.H}, Draw{v.seed, number, sample}, t)
}

func (v *view) draw(dst []byte, src picture.RGB, box resize.Rect, d Draw, t *resize.Scratch) {
	ops, mirror := v.ops, false
	if len(ops) > 0 {
		if m, ok := ops[0].(Mirror); ok { // the crop does it on its way
			ops, mirror = ops[1:], m.drawn(d)
		}
	}
	v.crop.Apply(dst, src, box, mirror, t)
	for _, op := range ops {
		op.Apply(dst, v.crop.H, v.crop.W, d)
	}
}
