package dataset

// Normalizer turns pixels into a network's input by a table of 256 values a
// channel.
type Normalizer struct {
	from [3]int // source channel of each output channel
	lut  [3][256]float32
}

// Normalizer returns the table of p: y = (pixel·Scale − Mean)/Std, computed in
// float64 and rounded once.
func (p Preprocess) Normalizer() *Normalizer {
	n := &Normalizer{from: [3]int{0, 1, 2}}
	if p.Channels == "bgr" {
		n.from = [3]int{2, 1, 0}
	}
	for c := range 3 {
		for v := range 256 {
			n.lut[c][v] = float32((float64(float64(v)*p.Scale) - p.Mean[c]) / p.Std[c])
		}
	}
	return n
}

// NCHW writes n pictures: src [n h w 3] uint8, dst [n 3 h w].
func (z *Normalizer) NCHW(dst []float32, src []byte, n, h, w int) {
	plane := h * w
	for i := range n {
		p := src[3*i*plane:][:3*plane]
		q := dst[3*i*plane:][:3*plane]
		a, b, c := q[:plane], q[plane:2*plane], q[2*plane:]
		fa, fb, fc := z.from[0], z.from[1], z.from[2]
		for k := range a {
			px := p[3*k : 3*k+3 : 3*k+3]
			a[k] = z.lut[0][px[fa]]
			b[k] = z.lut[1][px[fb]]
			c[k] = z.lut[2][px[fc]]
		}
	}
}
