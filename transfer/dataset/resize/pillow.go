package resize

// pillow runs the horizontal pass on the rows the vertical pass needs, then the
// vertical pass; both round to 8 bit.
func (s *Scratch) pillow(dst []byte, stride int, j *Job) {
	lo, hi := s.y.window()
	w := 3 * j.Out.W
	s.b = grow(s.b, (hi-lo)*w+1) // kernels write a byte beyond a row
	for y := lo; y < hi; y++ {
		s.x.acrossPillow(s.b[(y-lo)*w:(y-lo+1)*w+1], j.row(y))
	}
	s.i = grow(s.i, w)
	for y := range j.Out.H {
		rows := s.b[(s.y.start[y]-lo)*w:]
		s.y.downPillow(dst[y*stride:y*stride+w], rows, y, s.i)
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

// downPillow writes output row y; rows begins at its first source row. Four
// source rows are added at a time.
func (a *axis) downPillow(dst, rows []byte, y int, acc []int32) {
	ks, w := a.w[y*a.taps:][:a.count[y]], len(dst)
	if len(ks) == 1 && ks[0] == 1<<precision {
		copy(dst, rows[:w])
		return
	}
	if downPillowFast(dst, rows, ks) {
		return
	}
	for i := range acc {
		acc[i] = 1 << (precision - 1)
	}
	for len(ks) > 0 {
		n := min(len(ks), 4)
		addRows8(acc, rows, w, ks[:n])
		ks, rows = ks[n:], rows[n*w:]
	}
	for i, v := range acc {
		dst[i] = clip8(v >> precision)
	}
}

// addRows8 adds up to four rows of w bytes, weighted, to acc.
func addRows8(acc []int32, rows []byte, w int, ks []int32) {
	acc = acc[:w]
	switch len(ks) {
	case 4:
		p, q, r, s := rows[:w], rows[w:2*w], rows[2*w:3*w], rows[3*w:4*w]
		k0, k1, k2, k3 := ks[0], ks[1], ks[2], ks[3]
		for i := range acc {
			acc[i] += int32(p[i])*k0 + int32(q[i])*k1 + int32(r[i])*k2 + int32(s[i])*k3
		}
	case 3:
		p, q, r := rows[:w], rows[w:2*w], rows[2*w:3*w]
		k0, k1, k2 := ks[0], ks[1], ks[2]
		for i := range acc {
			acc[i] += int32(p[i])*k0 + int32(q[i])*k1 + int32(r[i])*k2
		}
	default:
		for t, k := range ks {
			p := rows[t*w:][:w]
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
