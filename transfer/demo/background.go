package demo

// full is the side of a picture in picture coordinates.
const full = 4096

// paint gives the colour at a point of the picture.
type paint func(x, y int) rgb

// background draws one of five kinds in two colours.
func (d *dice) background(a, b rgb) paint {
	angle, width, shift := d.between(0, turn-1), d.between(250, 900), d.between(0, full)
	along := func(x, y int) int { return (x*cos(angle) + y*sin(angle)) >> 14 }
	switch d.between(0, 4) {
	case 0:
		return func(int, int) rgb { return a }
	case 1:
		return func(x, y int) rgb { return mix(a, b, along(x-full/2, y-full/2)*256/full+128) }
	case 2:
		return func(x, y int) rgb { return pick(a, b, (along(x, y)+8*full+shift)/width) }
	case 3:
		return func(x, y int) rgb {
			across := (y*cos(angle) - x*sin(angle)) >> 14
			return pick(a, b, (along(x, y)+8*full)/width+(across+8*full+shift)/width)
		}
	}
	return d.clouds(a, b)
}

func pick(a, b rgb, n int) rgb {
	if n%2 == 0 {
		return a
	}
	return b
}

// clouds blends a and b by values on a 7×7 lattice, bilinear between.
func (d *dice) clouds(a, b rgb) paint {
	const n = 6
	var grid [n + 1][n + 1]int
	for i := range grid {
		for j := range grid[i] {
			grid[i][j] = d.between(0, 256)
		}
	}
	return func(x, y int) rgb {
		x, y = min(max(x, 0), full-1)*n, min(max(y, 0), full-1)*n
		i, j, fx, fy := y/full, x/full, x%full, y%full
		top := grid[i][j]*(full-fx) + grid[i][j+1]*fx
		low := grid[i+1][j]*(full-fx) + grid[i+1][j+1]*fx
		return mix(a, b, (top/full*(full-fy)+low/full*fy)/full)
	}
}
