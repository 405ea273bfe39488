package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// WriteResultsPNG draws results.png: losses on the left, validation accuracy on
// the right, over epochs. Undefined figures leave gaps. Needs at least one epoch
// to show a point; without any the axes are empty.
func WriteResultsPNG(path string, epochs []Epoch) error {
	loss := gridPlot("loss")
	curve(loss, "train", blue, epochs, func(e Epoch) float64 { return e.TrainLoss })
	curve(loss, "val", orange, epochs, func(e Epoch) float64 { return e.ValLoss })
	loss.Y.Min = math.Min(0, loss.Y.Min)
	acc := gridPlot("validation accuracy")
	curve(acc, "accuracy", blue, epochs, func(e Epoch) float64 { return e.Top1 })
	curve(acc, "balanced", orange, epochs, func(e Epoch) float64 { return e.Balanced })
	acc.Y.Min, acc.Y.Max = math.Min(acc.Y.Min, .5), 1
	loss.Legend.Top, acc.Legend.Top = true, false
	for _, p := range []*plot.Plot{loss, acc} {
		finishCurves(p, epochs)
	}
	return writePNG(path, 9*vg.Inch, 4*vg.Inch, func(c draw.Canvas) {
		mid := c.Center().X
		loss.Draw(draw.Crop(c, vg.Points(6), mid-c.Max.X-vg.Points(6), vg.Points(6), -vg.Points(6)))
		acc.Draw(draw.Crop(c, mid-c.Min.X+vg.Points(6), -vg.Points(10), vg.Points(6), -vg.Points(6)))
	})
}

// gridPlot has its grid under the curves.
func gridPlot(title string) *plot.Plot {
	p := newPlot(title, "epoch", "")
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = grey, grey
	p.Add(g)
	return p
}

// curve adds one line with points, broken where the figure is not defined.
func curve(p *plot.Plot, name string, col color.Color, epochs []Epoch, y func(Epoch) float64) {
	var shown *plotter.Line
	for _, run := range runs(epochs, y) {
		l, s, err := plotter.NewLinePoints(run)
		if err != nil { // runs are finite and not empty, so NewLinePoints cannot fail
			continue
		}
		l.Color, l.Width = col, vg.Points(1.6)
		s.Color, s.Shape, s.Radius = col, draw.CircleGlyph{}, vg.Points(2)
		p.Add(l, s)
		shown = l
	}
	if shown != nil {
		p.Legend.Add(name, shown)
	}
}

// runs cuts the curve into stretches of finite values.
func runs(epochs []Epoch, y func(Epoch) float64) (out []plotter.XYs) {
	var now plotter.XYs
	for _, e := range epochs {
		v := y(e)
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			now = append(now, plotter.XY{X: float64(e.Epoch), Y: v})
			continue
		}
		if len(now) > 0 {
			out, now = append(out, now), nil
		}
	}
	if len(now) > 0 {
		out = append(out, now)
	}
	return out
}

func finishCurves(p *plot.Plot, epochs []Epoch) {
	first, last := 1, 1
	if n := len(epochs); n > 0 {
		first, last = epochs[0].Epoch, epochs[n-1].Epoch
	}
	p.X.Min, p.X.Max = float64(first)-.5, float64(last)+.5
	p.X.Tick.Marker = epochTicks{first, last}
	if !(p.Y.Max > p.Y.Min) || math.IsInf(p.Y.Max, 0) || math.IsInf(p.Y.Min, 0) {
		p.Y.Min, p.Y.Max = 0, 1
	}
}

// epochTicks are whole epochs, at most about ten.
type epochTicks struct{ first, last int }

// Ticks implements plot.Ticker.
func (t epochTicks) Ticks(_, _ float64) (out []plot.Tick) {
	step := 1
	for _, f := range []int{2, 5, 10} {
		if (t.last-t.first)/step > 10 {
			step = f
		}
	}
	for (t.last-t.first)/step > 10 {
		step *= 2
	}
	for e := (t.first + step - 1) / step * step; e <= t.last; e += step {
		out = append(out, plot.Tick{Value: float64(e), Label: strconv.Itoa(e)})
	}
	return out
}
