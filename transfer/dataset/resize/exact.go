package resize

// exact runs both passes without rounding between them: 22 fraction bits after
// the first, 44 after the second. |sum| stays below 2⁵⁴.
func (s *Scratch) exact(dst []byte, stride int, j *Job) {
	lo, hi := s.y.window()
	w := 3 * j.Out.W
	row := w + 1 // kernels write a value beyond a row
	s.i = grow(s.i, (hi-lo)*row)
	for y := lo; y < hi; {
		to := s.i[(y-lo)*row:]
		if y+4 <= hi && s.x.acrossExact4Fast(to, row, j.row(y), j.Stride) {
			y += 4
			continue
		}
		s.x.acrossExact(to[:row], j.row(y))
		y++
	}
	s.l = grow(s.l, w)
	for y := range j.Out.H {
		s.y.downExact(dst[y*stride:y*stride+w], s.i[(s.y.start[y]-lo)*row:], row, y, s.l)
	}
}

// acrossExact resamples one row and keeps all bits; dst has one value to spare.
func (a *axis) acrossExact(dst []int32, src []byte) {
	for i := a.acrossExactFast(dst, src); i < len(a.start); i++ {
		ks := a.w[i*a.taps:][:a.count[i]]
		p := src[3*a.start[i]:][:3*len(ks)]
		var r, g, b int32
		for _, k := range ks {
			r += int32(p[0]) * k
			g += int32(p[1]) * k
			b += int32(p[2]) * k
			p = p[3:]
		}
		q := dst[3*i:][:3]
		q[0], q[1], q[2] = r, g, b
	}
}

// downExact writes output row y; rows begins at its first source row, each
// stride values from the next.
func (a *axis) downExact(dst []byte, rows []int32, stride, y int, acc []int64) {
	ks := a.w[y*a.taps:][:a.count[y]]
	if downExactFast(dst, rows, stride, ks) {
		return
	}
	clear(acc)
	for len(ks) > 0 {
		n := min(len(ks), 4)
		addRows32(acc, rows, stride, ks[:n])
		if ks = ks[n:]; len(ks) > 0 {
			rows = rows[n*stride:]
		}
	}
	for i, v := range acc {
		dst[i] = clip8(roundEven(v))
	}
}

// addRows32 adds up to four rows of sums, stride apart, weighted, to acc.
func addRows32(acc []int64, rows []int32, stride int, ks []int32) {
	row := func(t int) []int32 { return rows[t*stride:][:len(acc)] }
	switch len(ks) {
	case 4:
		p, q, r, s := row(0), row(1), row(2), row(3)
		k0, k1, k2, k3 := int64(ks[0]), int64(ks[1]), int64(ks[2]), int64(ks[3])
		for i := range acc {
			acc[i] += int64(p[i])*k0 + int64(q[i])*k1 + int64(r[i])*k2 + int64(s[i])*k3
		}
	case 3:
		p, q, r := row(0), row(1), row(2)
		k0, k1, k2 := int64(ks[0]), int64(ks[1]), int64(ks[2])
		for i := range acc {
			acc[i] += int64(p[i])*k0 + int64(q[i])*k1 + int64(r[i])*k2
		}
	default:
		for t, k := range ks {
			p := row(t)
			for i := range acc {
				acc[i] += int64(p[i]) * int64(k)
			}
		}
	}
}

// roundEven drops 44 fraction bits, halves to even.
func roundEven(v int64) int32 {
	const bits = 2 * precision
	q := v >> bits
	rest := v & (1<<bits - 1)
	if rest > 1<<(bits-1) || rest == 1<<(bits-1) && q&1 == 1 {
		q++
	}
	return int32(q)
}
