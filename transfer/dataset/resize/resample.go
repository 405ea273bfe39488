package resize

// Arithmetic selects the rounding of a resampling; see the package comment.
type Arithmetic uint8

// The two arithmetics.
const (
	Pillow Arithmetic = iota
	Exact
)

// Rect is a rectangle of whole pixels.
type Rect struct{ X, Y, W, H int }

// Job is one resampling. The source rectangle is resampled as if it stood
// alone: no pixel outside it is read.
type Job struct {
	Src    []byte // [SrcH SrcW 3]
	Stride int    // bytes from one source row to the next
	Crop   Rect   // inside the source

	ScaleX, ScaleY float64 // source pixels per output pixel
	Out            Rect    // window of the resampled picture that is wanted

	Filter     Filter
	Antialias  bool // widen the filter when shrinking
	Arithmetic Arithmetic
	Mirror     bool // exchange left and right of the window
}

// Scratch keeps weights and intermediate rows between calls. It belongs to one
// goroutine at a time; the zero value is ready.
type Scratch struct {
	x, y axis
	b    []byte  // Pillow: rows after the horizontal pass
	i    []int32 // Exact: the same, 22 fraction bits; Pillow: sums of a row
	l    []int64 // Exact: sums of a row
}

// Run writes the window of j to dst, rows stride bytes apart.
func (s *Scratch) Run(dst []byte, stride int, j *Job) {
	s.x.plan(span{j.Crop.W, j.ScaleX, j.Out.X, j.Out.W, j.Mirror}, j.Filter, j.Antialias)
	s.y.plan(span{j.Crop.H, j.ScaleY, j.Out.Y, j.Out.H, false}, j.Filter, j.Antialias)
	if j.Arithmetic == Exact {
		s.exact(dst, stride, j)
		return
	}
	s.pillow(dst, stride, j)
}

// row returns the source from row y of the crop to the picture's end.
func (j *Job) row(y int) []byte { return j.Src[(j.Crop.Y+y)*j.Stride+3*j.Crop.X:] }
