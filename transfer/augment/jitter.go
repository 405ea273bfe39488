package augment

import "github.com/gotl-gpu/gotl-gpu/graph/philox"

// Jitter is torchvision's ColorJitter on 8-bit pictures (Pillow's ImageEnhance),
// always in this order. Each factor f is drawn from 1 ± its range:
//
//	brightness  y = f·x
//	contrast    y = m + f·(x − m)   m = mean of the grey picture, rounded
//	saturation  y = g + f·(x − g)   g = (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16
//
// Results are cut to 0…255 and truncated after each step, in float32.
type Jitter struct{ Brightness, Contrast, Saturation float32 }

// Name is the operation's part of the cache key; its streams are the names of
// the three steps.
func (Jitter) Name() string { return "jitter" }

// Apply runs the three steps in two passes.
func (j Jitter) Apply(pix []byte, h, w int, d Draw) {
	jitter(pix, factors{factor(j.Brightness, d.Stream("brightness")), factor(j.Contrast, d.Stream("contrast")),
		factor(j.Saturation, d.Stream("saturation"))})
}

type factors struct{ bright, contrast, saturation float32 }

// jitter measures the brightened picture, then changes each pixel once.
func jitter(pix []byte, f factors) {
	var bright, contrast [256]byte
	tone(&bright, 0, f.bright)
	sum, rest := greyFast(pix, f.bright)
	sum += greySum(rest, &bright)
	n := len(pix) / 3
	mean := (2*sum + n) / (2 * n)
	if rest = jitterFast(pix, f, mean); len(rest) == 0 {
		return
	}
	tone(&contrast, mean, f.contrast)
	for x, v := range bright {
		bright[x] = contrast[v]
	}
	saturate(rest, &bright, f.saturation)
}

func factor(r float32, s philox.Stream) float32 { return 1 - r + float32(2*r*s.Float(0)) }

// tone fills lut with m + f·(x − m).
func tone(lut *[256]byte, m int, f float32) {
	for x := range lut {
		lut[x] = blend(m, x, f)
	}
}

func blend(a, b int, f float32) byte {
	v := float32(a) + float32(f*float32(b-a))
	if v <= 0 {
		return 0
	}
	if v >= 255 {
		return 255
	}
	return byte(v)
}

// greySum adds up the grey values of pix after lut.
func greySum(pix []byte, lut *[256]byte) (sum int) {
	for p := pix; len(p) >= 3; p = p[3:] {
		sum += grey(lut[p[0]], lut[p[1]], lut[p[2]])
	}
	return sum
}

func grey(r, g, b byte) int { return (19595*int(r) + 38470*int(g) + 7471*int(b) + 1<<15) >> 16 }

// saturate applies lut, then moves each pixel from its grey by f.
func saturate(pix []byte, lut *[256]byte, f float32) {
	var off [511]float32 // f·(x − g)
	for i := range off {
		off[i] = f * float32(i-255)
	}
	for p := pix; len(p) >= 3; p = p[3:] {
		r, g, b := lut[p[0]], lut[p[1]], lut[p[2]]
		y := grey(r, g, b)
		fy, o := float32(y), off[255-y:][:256]
		p[0], p[1], p[2] = cut(fy+o[r]), cut(fy+o[g]), cut(fy+o[b])
	}
}

// cut truncates towards zero into 0…255.
func cut(v float32) byte {
	i := int32(v)
	if uint32(i) <= 255 {
		return byte(i)
	}
	if i < 0 {
		return 0
	}
	return 255
}
