package demo

// shape tells whether (u, v) lies inside, in object coordinates.
type shape func(u, v int) bool

const unit = 1024

func disc(cx, cy, r int) shape {
	return func(u, v int) bool { return (u-cx)*(u-cx)+(v-cy)*(v-cy) <= r*r }
}

func rect(x0, y0, x1, y1 int) shape {
	return func(u, v int) bool { return u >= x0 && u <= x1 && v >= y0 && v <= y1 }
}

// ellipse has half axes a, b.
func ellipse(cx, cy, a, b int) shape {
	return func(u, v int) bool {
		x, y := (u-cx)*b, (v-cy)*a
		return x*x+y*y <= a*a*b*b
	}
}

// polygon is inside by the even-odd rule; p are x, y pairs.
func polygon(p ...int) shape {
	return func(u, v int) bool {
		in := false
		for i, j := 0, len(p)-2; i < len(p); j, i = i, i+2 {
			xi, yi, xj, yj := p[i], p[i+1], p[j], p[j+1]
			if (yi > v) == (yj > v) {
				continue
			}
			// u < xi + (v-yi)(xj-xi)/(yj-yi), without division
			left, right := (u-xi)*(yj-yi), (v-yi)*(xj-xi)
			if yj > yi && left < right || yj < yi && left > right {
				in = !in
			}
		}
		return in
	}
}

func either(s ...shape) shape {
	return func(u, v int) bool {
		for _, f := range s {
			if f(u, v) {
				return true
			}
		}
		return false
	}
}

func both(a, b shape) shape { return func(u, v int) bool { return a(u, v) && b(u, v) } }

func without(a, b shape) shape { return func(u, v int) bool { return a(u, v) && !b(u, v) } }

// cells is true on every second of the bands (ny 0) or fields of side w.
func cells(w int, bands bool) shape {
	return func(u, v int) bool {
		n := (u + 8*unit) / w
		if !bands {
			n += (v + 8*unit) / w
		}
		return n%2 == 0
	}
}
