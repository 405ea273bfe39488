package resize

// pillow runs the horizontal pass on the rows the vertical pass needs, then the
// vertical pass; both round to 8 bit.
func (s *Scratch) pillow(dst []byte, stride int, j *Job) {
	lo, hi := s.y.window()
	w := 3 * j.Out.W
	row := w + 1 // kernels write a byte beyond a row
	s.b = grow(s.b, (hi-lo)*row)
	for y := lo; y < hi; {
		to := s.b[(y-lo)*row:]
		if y+4 <= hi && s.x.acrossPillow4Fast(to, row, j.row(y), j.Stride) {
			y += 4
			continue
		}
		s.x.acrossPillow(to[:row], j.row(y))
		y++
	}
	s.i = grow(s.i, w)
	for y := range j.Out.H {
		s.y.downPillow(dst[y*stride:y*stride+w], s.b[(s.y.start[y]-lo)*row:], row, y, s.i)
	}
}

// acrossPillow resamples one row; dst has one byte to spare.
func (a *axis) acrossPillow(dst, src []byte) {
	for i := a.acrossPillowFast(dst, src); i < len(a.start); i++ {
		ks := a.w[i*a.taps:][:a.count[i]]
		p := src[3*a.start[i]:][:3*len(ks)]
		r, g, b := int32(1)<<(precision-1), int32(1)<<(precision-1), int32(1)<<(precision-1)
		for _, k := range ks {
			r += int32(p[0]) * k
			g += int32(p[1]) * k
			b += int32(p[2]) * k
			p = p[3:]
		}
		q := dst[3*i:][:3]
		q[0], q[1], q[2] = clip8(r>>precision), clip8(g>>precision), clip8(b>>precision)
	}
}

// downPillow writes output row y; rows begins at its first source row, each
// stride bytes from the next. Four are added at a time.
func (a *axis) downPillow(dst, rows []byte, stride, y int, acc []int32) {
	ks := a.w[y*a.taps:][:a.count[y]]
	if len(ks) == 1 && ks[0] == 1<<precision {
		copy(dst, rows)
		return
	}
	if downPillowFast(dst, rows, stride, ks) {
		return
	}
	for i := range acc {
		acc[i] = 1 << (precision - 1)
	}
	for len(ks) > 0 {
		n := min(len(ks), 4)
		addRows8(acc, rows, stride, ks[:n])
		if ks = ks[n:]; len(ks) > 0 {
			rows = rows[n*stride:]
		}
	}
	for i, v := range acc {
		dst[i] = clip8(v >> precision)
	}
}

// addRows8 adds up to four rows, stride bytes apart, weighted, to acc.
func addRows8(acc []int32, rows []byte, stride int, ks []int32) {
	row := func(t int) []byte { return rows[t*stride:][:len(acc)] }
	switch len(ks) {
	case 4:
		p, q, r, s := row(0), row(1), row(2), row(3)
		k0, k1, k2, k3 := ks[0], ks[1], ks[2], ks[3]
		for i := range acc {
			acc[i] += int32(p[i])*k0 + int32(q[i])*k1 + int32(r[i])*k2 + int32(s[i])*k3
		}
	case 3:
		p, q, r := row(0), row(1), row(2)
		k0, k1, k2 := ks[0], ks[1], ks[2]
		for i := range acc {
			acc[i] += int32(p[i])*k0 + int32(q[i])*k1 + int32(r[i])*k2
		}
	default:
		for t, k := range ks {
			p := row(t)
			for i := range acc {
				acc[i] += int32(p[i]) * k
			}
		}
	}
}

func clip8(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}
