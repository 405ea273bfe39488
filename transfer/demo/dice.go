package demo

import (
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/philox"
)

// dice draws integers one after the other from a stream.
type dice struct {
	s philox.Stream
	i uint32
}

func (d *dice) word() uint32 {
	w := d.s.Block(d.i / 4)[d.i%4]
	d.i++
	return w
}

// between draws lo…hi, both included.
func (d *dice) between(lo, hi int) int {
	return lo + int(uint64(d.word())*uint64(hi-lo+1)>>32)
}

// turn is the number of angles in a circle.
const turn = 1024

// sines holds round(2¹⁴ sin(2πk/turn)): integers, the same on every machine.
var sines = func() (t [turn]int) {
	for k := range t {
		t[k] = int(math.Round(1 << 14 * math.Sin(2*math.Pi*float64(k)/turn)))
	}
	return t
}()

func sin(a int) int { return sines[((a%turn)+turn)%turn] }
func cos(a int) int { return sin(a + turn/4) }
