package picture

// Orient turns a stored picture upright by its EXIF orientation:
//
//	1 as is   2 mirrored   3 half turn   4 flipped
//	5 transposed   6 needs a quarter turn clockwise   7 transverse   8 anticlockwise
//
// Orientation 1 returns p itself, others a new picture.
func Orient(p RGB, orientation int) RGB {
	if orientation < 2 || orientation > 8 {
		return p
	}
	q := RGB{W: p.W, H: p.H, Pix: make([]byte, len(p.Pix))}
	if orientation >= 5 {
		q.W, q.H = p.H, p.W
	}
	at, right, down := steps(p.W, p.H, orientation)
	i := 0
	for y := range q.H {
		s := at + y*down
		for range q.W {
			copy(q.Pix[i:i+3], p.Pix[3*s:3*s+3])
			i, s = i+3, s+right
		}
	}
	return q
}

// steps gives, in stored pixels, where the upright picture's first pixel lies
// and how far its right and lower neighbours are.
func steps(w, h, orientation int) (at, right, down int) {
	switch orientation {
	case 2:
		return w - 1, -1, w
	case 3:
		return w*h - 1, -1, -w
	case 4:
		return w * (h - 1), 1, -w
	case 5:
		return 0, w, 1
	case 6:
		return w * (h - 1), -w, 1
	case 7:
		return w*h - 1, -w, -1
	case 8:
		return w - 1, w, -1
	}
	return 0, 1, w
}
