package demo

// rgb is a colour of three bytes held as ints.
type rgb [3]int

func (d *dice) colour() rgb { return rgb{d.between(20, 235), d.between(20, 235), d.between(20, 235)} }

func (c rgb) distance(o rgb) int {
	n := 0
	for i := range c {
		n += abs(c[i] - o[i])
	}
	return n
}

// contrast draws a colour that stands out from all of those given: the best of six.
func (d *dice) contrast(from ...rgb) (best rgb) {
	most := -1
	for range 6 {
		c, least := d.colour(), 3*256
		for _, f := range from {
			least = min(least, c.distance(f))
		}
		if least > most {
			best, most = c, least
		}
	}
	return best
}

// mix is a at t=0 and b at t=256.
func mix(a, b rgb, t int) (c rgb) {
	t = min(max(t, 0), 256)
	for i := range c {
		c[i] = (a[i]*(256-t) + b[i]*t) / 256
	}
	return c
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
