package picture

import (
	"image"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// optional reads the header of a format that is off unless asked for.
func (p *prober) optional(on bool) error {
	if !on {
		return corrupt("%s is off; --formats +%s reads it", p.Format, p.Format)
	}
	r := io.NewSectionReader(p.r, 0, min(p.size, MaxBytes))
	var c image.Config
	err := guard(func() (err error) {
		if p.Format == BMP {
			c, err = bmp.DecodeConfig(r)
			return err
		}
		c, err = tiff.DecodeConfig(r)
		return err
	})
	if err != nil {
		return corrupt("%w", err)
	}
	p.W, p.H = c.Width, c.Height
	return nil
}
