package report

import (
	"image/color"
	"io"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

const (
	dpi  = 120
	sans = font.Variant("Sans")
)

var (
	blue   = color.NRGBA{R: 0x1f, G: 0x5f, B: 0xa8, A: 0xff}
	orange = color.NRGBA{R: 0xd9, G: 0x6a, B: 0x0f, A: 0xff}
	grey   = color.NRGBA{R: 0xdd, G: 0xdd, B: 0xdd, A: 0xff}
)

// newPlot has fonts that stay readable at the size the pictures have.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size = vg.Points(13)
	p.Title.Padding = vg.Points(6)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size = vg.Points(11)
		a.Tick.Label.Font.Size = vg.Points(10)
		a.Label.TextStyle.Font.Variant, a.Tick.Label.Font.Variant = sans, sans
	}
	p.Title.TextStyle.Font.Variant, p.Legend.TextStyle.Font.Variant = sans, sans
	p.Legend.TextStyle.Font.Size = vg.Points(10)
	return p
}

// writePNG draws on a white canvas and writes it atomically. The bytes carry no date.
func writePNG(path string, w, h font.Length, paint func(draw.Canvas)) error {
	return atomicfile.WriteFile(path, func(out io.Writer) error {
		c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
		paint(draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(out)
		return err
	})
}

// label is a class name that fits an axis: no control characters, at most 20 runes.
func label(s string) string {
	s = fault.Clean(strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= 20 {
		return s
	}
	return string([]rune(s)[:19]) + "…"
}
