package dataset

import (
	"context"
	"crypto/sha256"
	"runtime/debug"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/decoded"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/picture"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// worker decodes pictures; its buffers live as long as the Loader.
type worker struct {
	l     *Loader
	scale resize.Scratch
	raw   []byte // file
	pix   []byte // picture
	less  []byte // reduced picture
}

// maxKeep is the largest buffer a worker keeps from one picture to the next.
const maxKeep = 64 << 20

// fill writes row slot of b. A picture that fails leaves zeros and weight 0.
func (w *worker) fill(b *Batch, slot int, epoch uint32) error {
	l, i := w.l, b.Index[slot]
	dst := b.Pixels[3*slot*b.H*b.W:][:3*b.H*b.W]
	if l.views != nil && w.kept(l.views, i, func(p []byte) { copy(dst, p) }) {
		return nil
	}
	view := epoch
	if l.o.ViewOf != nil {
		view = l.o.ViewOf(epoch, i)
	}
	if err := w.draw(dst, i, view); err != nil {
		clear(dst)
		b.Weight[slot] = 0
		return l.spoiled(i, err)
	}
	if l.views != nil {
		w.keep(l.views, i, dst)
	}
	return nil
}

// draw makes a view of sample i: from its kept picture, from the part of the
// file that the view shows, or from all of it.
func (w *worker) draw(dst []byte, i int, view uint32) error {
	l := w.l
	if l.side > 0 {
		return w.drawReduced(dst, i, view)
	}
	if c, ok := l.o.View.(Cropper); ok {
		p, err := w.part(i, c, view)
		if err == nil {
			defer since(&l.count.view, time.Now())
			c.ApplyBox(dst, p, uint32(i), view, &w.scale)
		}
		return err
	}
	p, err := w.picture(i)
	if err == nil {
		w.apply(dst, p, i, view)
	}
	return err
}

func (w *worker) apply(dst []byte, p picture.RGB, i int, view uint32) {
	defer since(&w.l.count.view, time.Now())
	w.l.o.View.Apply(dst, p, uint32(i), view, &w.scale)
}

// drawReduced makes a view from the picture of at most the cache's side.
func (w *worker) drawReduced(dst []byte, i int, view uint32) error {
	l := w.l
	if l.pictures != nil {
		width, height := l.keptSize(i)
		if w.kept(l.pictures, i, func(p []byte) { w.apply(dst, picture.RGB{W: width, H: height, Pix: p}, i, view) }) {
			return nil
		}
	}
	p, err := w.reduced(i)
	if err != nil {
		return err
	}
	if l.pictures != nil {
		w.keep(l.pictures, i, p.Pix)
	}
	w.apply(dst, p, i, view)
	return nil
}

// kept calls use with record i if it is there. A page of a file that cannot be
// read any more is a miss.
func (w *worker) kept(s *decoded.Store, i int, use func([]byte)) (ok bool) {
	b, there := s.Get(i)
	if !there {
		return false
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil { // a bug in use shows again when the picture is decoded
			s.Drop(i)
			ok = false
		}
	}()
	use(b)
	w.l.count.cached.Add(1)
	return true
}

// keep puts a record. A file outlives the process: what goes there must come
// from the bytes that its key names.
func (w *worker) keep(s *decoded.Store, i int, b []byte) {
	if s.Where() == "disk" && sha256.Sum256(w.raw) != w.l.set.Samples[i].SHA256 {
		return
	}
	s.Put(i, b)
}

// picture returns sample i decoded, upright.
func (w *worker) picture(i int) (p picture.RGB, err error) {
	err = w.read(i, func(raw []byte, o picture.Options) error {
		p, err = picture.Decode(raw, w.pix, o)
		return err
	})
	w.reuse(p)
	return p, err
}

// part returns the pixels of sample i that a view shows.
func (w *worker) part(i int, c Cropper, view uint32) (p picture.RGB, err error) {
	h, wd := c.Size()
	return w.decodePart(i, func(width, height int, reduces bool) picture.Part {
		box := c.Box(width, height, uint32(i), view)
		return reduced(box, width, height, w.l.denom(box, width, height, wd, h, reduces))
	})
}

// reduced returns sample i with a short side of at most l.side pixels.
func (w *worker) reduced(i int) (p picture.RGB, err error) {
	l := w.l
	var ow, oh int
	p, err = w.decodePart(i, func(width, height int, reduces bool) picture.Part {
		ow, oh = reducedSize(width, height, l.side)
		all := resize.Rect{W: width, H: height}
		return reduced(all, width, height, l.denom(all, width, height, ow, oh, reduces))
	})
	if err != nil {
		return p, err
	}
	defer since(&l.count.view, time.Now())
	return w.shrink(p, ow, oh), nil
}

// decodePart decodes the part of sample i that pick chooses.
func (w *worker) decodePart(i int, pick func(w, h int, reduces bool) picture.Part) (p picture.RGB, err error) {
	denom := 1
	err = w.read(i, func(raw []byte, o picture.Options) error {
		p, denom, err = picture.DecodePart(raw, w.pix, o, pick)
		return err
	})
	if err == nil && denom > 1 {
		w.l.count.scaled.Add(1)
	}
	w.reuse(p)
	return p, err
}

// reuse makes p the buffer of the next picture.
func (w *worker) reuse(p picture.RGB) {
	if w.pix = p.Pix; cap(p.Pix) > maxKeep {
		w.pix = nil
	}
}

// read reads the file of sample i and calls decode within the memory allowed.
func (w *worker) read(i int, decode func(raw []byte, o picture.Options) error) error {
	l, x := w.l, &w.l.set.Samples[i]
	if l.isBad(i) {
		return fault.ErrCorrupt
	}
	need := min(11*int64(x.W)*int64(x.H)+x.Size, decodeMemory) // decoder's planes, our pixels, the file
	_ = l.mem.Acquire(context.Background(), need)              // fails only by its context
	defer l.mem.Release(need)
	defer since(&l.count.decode, time.Now())
	o := l.set.options.Picture
	o.IgnoreEXIF = l.ignoreEXIF()
	var err error
	if cap(w.raw) > maxKeep {
		w.raw = nil
	}
	if w.raw, err = readFile(l.set.file(i), w.raw); err != nil {
		return err
	}
	l.count.decoded.Add(1)
	return decode(w.raw, o)
}
