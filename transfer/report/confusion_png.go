package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The pictures stay readable up to these numbers of classes.
const (
	maxNumbered = 30 // counts stand in the cells
	maxNamed    = 60 // classes are named on the axes
)

// WriteConfusionPNG draws confusion_matrix.png: a row per true class, a column
// per predicted one. The shade is the share of the row, the number the pictures.
// Error: fault.ErrInternal for a matrix that is not square, else fault.ErrStorage.
func WriteConfusionPNG(path string, classes []string, confusion [][]int) error {
	if err := square(classes, confusion); err != nil {
		return err
	}
	k := len(classes)
	p := newPlot("confusion matrix (pictures)", "predicted", "true")
	p.Add(matrix(confusion))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -.5, float64(k)-.5, -.5, float64(k)-.5
	p.X.Padding, p.Y.Padding = 0, 0
	longest := nameAxes(p, classes)
	cell := font.Length(math.Min(.6, 9/math.Max(float64(k), 1))) * vg.Inch
	side := cell*font.Length(k) + vg.Points(70) + longest
	side = max(side, 3.2*vg.Inch)
	return writePNG(path, side+vg.Points(10), side+vg.Points(10), func(c draw.Canvas) {
		p.Draw(draw.Crop(c, vg.Points(6), -vg.Points(14), vg.Points(6), -vg.Points(6)))
	})
}

// nameAxes puts class names on both axes and returns the length of the longest.
func nameAxes(p *plot.Plot, classes []string) (longest font.Length) {
	k := len(classes)
	var x, y []plot.Tick
	for i, c := range classes {
		s := ""
		if k <= maxNamed {
			s = label(c)
		}
		longest = max(longest, p.X.Tick.Label.Width(s))
		x = append(x, plot.Tick{Value: float64(i), Label: s})
		y = append(y, plot.Tick{Value: float64(k - 1 - i), Label: s})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(x), plot.ConstantTicks(y)
	// The marks only make room: gonum/plot leaves none for marks without width.
	p.X.Tick.Length, p.Y.Tick.Length = vg.Points(5), vg.Points(4)
	p.X.Tick.Color, p.Y.Tick.Color = color.Transparent, color.Transparent
	p.X.Width, p.Y.Width = 0, 0
	if longest > vg.Points(34) || k > 12 {
		p.X.Tick.Label.Rotation = math.Pi / 2
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XRight, text.YCenter
	}
	return longest
}

// matrix is a plotter of counts [true][predicted], the first class on top.
type matrix [][]int

// Plot implements plot.Plotter.
func (m matrix) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	box := func(x, y, w float64) []vg.Point {
		return []vg.Point{{X: tx(x), Y: ty(y)}, {X: tx(x + w), Y: ty(y)}, {X: tx(x + w), Y: ty(y + w)}, {X: tx(x), Y: ty(y + w)}}
	}
	c.FillPolygon(shade(0), box(-.5, -.5, float64(len(m)))) // most cells are empty: drawn at once
	style := p.X.Tick.Label
	style.Rotation, style.XAlign, style.YAlign = 0, text.XCenter, text.YCenter
	if len(m) > 12 {
		style.Font.Size = vg.Points(7)
	}
	for i, row := range m {
		total, y := 0, float64(len(m)-1-i)
		for _, n := range row {
			total += n
		}
		for j, n := range row {
			share := float64(n) / math.Max(float64(total), 1)
			x := float64(j)
			if n > 0 {
				c.FillPolygon(shade(share), box(x-.5, y-.5, 1))
			}
			if len(m) <= maxNumbered && (n > 0 || len(m) <= 12) {
				style.Color = ink(share)
				c.FillText(style, vg.Point{X: tx(x), Y: ty(y)}, strconv.Itoa(n))
			}
		}
	}
}

// shade goes from near white to blue.
func shade(share float64) color.Color {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return color.NRGBA{R: mix(0xf4, blue.R), G: mix(0xf6, blue.G), B: mix(0xfa, blue.B), A: 0xff}
}

// ink is readable on the shade.
func ink(share float64) color.Color {
	if share > .55 {
		return color.White
	}
	return color.Black
}
