package demo

import (
	"image"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// Side is the usual side of a picture in pixels.
const Side = 48

// layer is an object placed in the picture.
type layer struct {
	cx, cy, r int // centre and radius, picture coordinates
	angle     int // in turn-ths
	mirror    bool
	parts     []part
	tones     [3]rgb
}

// at returns the layer's colour at a point, if it covers it.
func (l *layer) at(x, y int) (rgb, bool) {
	dx, dy := x-l.cx, y-l.cy
	if 4*(dx*dx+dy*dy) > 9*l.r*l.r { // no form reaches past 1.5 radii
		return rgb{}, false
	}
	u := (dx*cos(l.angle) + dy*sin(l.angle)) * unit / (l.r << 14)
	v := (dy*cos(l.angle) - dx*sin(l.angle)) * unit / (l.r << 14)
	if l.mirror {
		u = -u
	}
	for _, p := range l.parts {
		if p.in(u, v) {
			return l.tones[p.tone], true
		}
	}
	return rgb{}, false
}

// scene is a picture before it becomes pixels.
type scene struct {
	back   paint
	layers []layer // from the front
	light  int     // 256 is neutral
	noise  int     // largest change of a pixel's channel
}

// Render draws picture index of a class, side × side pixels, opaque.
// class must be in 0…len(Classes)-1, side positive.
func Render(t *Task, class, index int, seed uint64, side int) *image.RGBA {
	op := "demo/" + t.Name + "/" + t.classes[class].name
	d := &dice{s: philox.New(seed, 0, uint32(index), op)}
	s := t.compose(d, t.classes[class].parts)
	return s.draw(side, philox.New(seed, 0, uint32(index), op+"/noise"))
}

// compose decides everything that is random about the picture but the noise.
func (t *Task) compose(d *dice, parts []part) *scene {
	a := d.colour()
	b := mix(a, d.colour(), d.between(30, 110))
	s := &scene{back: d.background(a, b), light: d.between(200, 280), noise: d.between(2, 14)}
	main := d.contrast(a, b)
	second := mix(main, d.contrast(a, b), d.between(0, 256))
	object := layer{
		r: d.between(1150, 1800), angle: d.between(0, turn-1), parts: parts,
		tones: [3]rgb{main, second, d.contrast(main, second)},
	}
	if t.upright {
		object.angle = d.between(-turn*25/360, turn*25/360)
		object.mirror = d.between(0, 1) == 1
	}
	room := object.r * 9 / 10 // a little may leave the picture
	object.cx, object.cy = d.between(room, full-room), d.between(room, full-room)
	s.layers = append([]layer{object}, d.clutter()...)
	return s
}

// chips are the forms of the clutter.
var chips = []shape{
	rect(-1000, -160, 1000, 160), rect(-1000, -90, 1000, 90), disc(0, 0, 600),
	polygon(-700, 500, 700, 500, 200, -600), rect(-500, -400, 500, 400),
}

func (d *dice) clutter() []layer {
	out := make([]layer, d.between(2, 5))
	for i := range out {
		c := d.colour()
		out[i] = layer{
			cx: d.between(0, full), cy: d.between(0, full), r: d.between(150, 400), angle: d.between(0, turn-1),
			parts: one(chips[d.between(0, len(chips)-1)]), tones: [3]rgb{c, c, c},
		}
	}
	return out
}

// draw takes 3×3 samples a pixel.
func (s *scene) draw(side int, noise philox.Stream) *image.RGBA {
	const n = 3
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			var sum rgb
			for k := range n * n {
				c := s.at((2*(x*n+k%n)+1)*full/(2*n*side), (2*(y*n+k/n)+1)*full/(2*n*side))
				for i := range sum {
					sum[i] += c[i]
				}
			}
			s.set(m.Pix[m.PixOffset(x, y):], sum, n*n, noise.Block(uint32(y*side+x)))
		}
	}
	return m
}

func (s *scene) at(x, y int) rgb {
	for i := range s.layers {
		if c, ok := s.layers[i].at(x, y); ok {
			return c
		}
	}
	return s.back(x, y)
}

// set writes one pixel: mean colour, light, noise.
func (s *scene) set(pix []byte, sum rgb, n int, w [4]uint32) {
	for i, c := range sum {
		shake := int(uint64(w[i])*uint64(2*s.noise+1)>>32) - s.noise
		pix[i] = uint8(min(max(c*s.light/(256*n)+shake, 0), 255))
	}
	pix[3] = 255
}
