package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar is a named accuracy in 0…1 with its interval.
type Bar struct {
	Name  string
	Value float64
	CI95  [2]float64
	Mark  bool // drawn in the second colour
}

// WriteBarsPNG draws accuracies with their intervals, the first on top, above a line
// at the majority baseline.
func WriteBarsPNG(path, title string, bars []Bar, majority float64) error {
	p := newPlot(title, "accuracy, %", "")
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = grey, grey
	p.Add(g)
	low, names := majority, make([]string, len(bars))
	for i, b := range bars {
		at := len(bars) - 1 - i
		names[at] = label(b.Name)
		if math.IsNaN(b.Value) || math.IsNaN(b.CI95[0]+b.CI95[1]) {
			continue
		}
		low = math.Min(low, b.CI95[0])
		if err := addBar(p, b, float64(at)); err != nil {
			return err
		}
	}
	base, err := plotter.NewLine(plotter.XYs{{X: 100 * majority, Y: -.5}, {X: 100 * majority, Y: float64(len(bars)) - .5}})
	if err != nil {
		return err
	}
	base.Color, base.Dashes = color.Black, []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(base)
	p.NominalY(names...)
	p.X.Min, p.X.Max = math.Floor(10*low)*10, 100
	p.Y.Min, p.Y.Max = -.5, float64(len(bars))-.5
	height := vg.Length(1.2+.35*float64(len(bars))) * vg.Inch
	return writePNG(path, 8*vg.Inch, height, func(c draw.Canvas) {
		p.Draw(draw.Crop(c, vg.Points(6), -vg.Points(12), vg.Points(6), -vg.Points(6)))
	})
}

// interval is a point with its error in x.
type interval struct {
	plotter.XYs
	plotter.XErrors
}

func addBar(p *plot.Plot, b Bar, y float64) error {
	c := blue
	if b.Mark {
		c = orange
	}
	d := interval{plotter.XYs{{X: 100 * b.Value, Y: y}}, plotter.XErrors{{Low: 100 * (b.Value - b.CI95[0]), High: 100 * (b.CI95[1] - b.Value)}}}
	e, err := plotter.NewXErrorBars(d)
	if err != nil {
		return err
	}
	s, err := plotter.NewScatter(d.XYs)
	if err != nil {
		return err
	}
	e.Color, e.Width = c, vg.Points(1.6)
	s.Color, s.Shape, s.Radius = c, draw.CircleGlyph{}, vg.Points(3.5)
	p.Add(e, s)
	return nil
}
