package augment

// Mirror exchanges left and right with probability P.
type Mirror struct{ P float32 }

// Name is the operation's stream.
func (Mirror) Name() string { return "mirror" }

func (m Mirror) drawn(d Draw) bool { return d.Stream("mirror").Float(0) < m.P }

// Apply mirrors pix if the draw is below P.
func (m Mirror) Apply(pix []byte, h, w int, d Draw) {
	if !m.drawn(d) {
		return
	}
	for y := range h {
		row := pix[3*y*w:][:3*w]
		for i, j := 0, len(row)-3; i < j; i, j = i+3, j-3 {
			a, b := row[i:i+3:i+3], row[j:j+3:j+3]
			a[0], a[1], a[2], b[0], b[1], b[2] = b[0], b[1], b[2], a[0], a[1], a[2]
		}
	}
}
