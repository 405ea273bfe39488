package dataset

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// Preprocess is the record gotl.preprocess (FORMATS §3): how a picture file
// becomes a network's input. After resize and crop, in the given channel order,
//
//	y[c] = (pixel[c]·Scale − Mean[c]) / Std[c]     pixel 0…255
type Preprocess struct {
	Exif     string     `json:"exif"` // apply or ignore
	Resize   Resize     `json:"resize"`
	Crop     [2]int     `json:"crop"` // H, W
	Channels string     `json:"channels"`
	Scale    float64    `json:"scale"`
	Mean     [3]float64 `json:"mean"` // in the order of Channels
	Std      [3]float64 `json:"std"`
	Source   string     `json:"source"` // where these numbers come from
}

// Resize is the part of the record before the crop.
type Resize struct {
	Rule      resize.Rule   `json:"rule"`
	Size      int           `json:"size"` // short side; squash: both sides, 0 = the crop
	Filter    resize.Filter `json:"filter"`
	Antialias bool          `json:"antialias"`
}

// Spec returns the geometry as package resize takes it.
func (p Preprocess) Spec() resize.Spec {
	return resize.Spec{Rule: p.Resize.Rule, Size: p.Resize.Size, Filter: p.Resize.Filter,
		Antialias: p.Resize.Antialias, CropH: p.Crop[0], CropW: p.Crop[1]}
}

// Check returns ErrUsage unless the record can be applied.
func (p Preprocess) Check() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: preprocessing (%s): "+format, append([]any{fault.ErrUsage, p.Source}, a...)...)
	}
	if err := p.Spec().Check(); err != nil {
		return bad("%w", err)
	}
	if p.Exif != "apply" && p.Exif != "ignore" {
		return bad("exif %q, want apply or ignore", p.Exif)
	}
	if p.Channels != "rgb" && p.Channels != "bgr" {
		return bad("channels %q, want rgb or bgr", p.Channels)
	}
	for c, std := range p.Std {
		for _, v := range []float64{p.Scale, std, p.Mean[c]} {
			if math.IsNaN(v) || math.Abs(v) > 1e6 {
				return bad("scale %v, mean %v, std %v", p.Scale, p.Mean, p.Std)
			}
		}
		if std == 0 || p.Scale == 0 {
			return bad("scale %v and std %v must not be 0", p.Scale, p.Std)
		}
	}
	return nil
}

// JSON returns the record as one line.
func (p Preprocess) JSON() string {
	b, _ := json.Marshal(p) // a checked record has no value JSON lacks
	return string(b)
}

// ParsePreprocess reads and checks the record written by JSON.
func ParsePreprocess(b []byte) (Preprocess, error) {
	var p Preprocess
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("%w: preprocessing record: %w", fault.ErrUsage, err)
	}
	return p, p.Check()
}

// ForInput fits the record to a network's fixed input of h by w pixels: the crop
// becomes that size and the resize keeps its ratio to the crop.
func (p Preprocess) ForInput(h, w int) Preprocess {
	if h <= 0 || w <= 0 || p.Crop == [2]int{h, w} {
		return p
	}
	if p.Resize.Size > 0 && min(p.Crop[0], p.Crop[1]) > 0 {
		ratio := float64(p.Resize.Size) / float64(min(p.Crop[0], p.Crop[1]))
		p.Resize.Size = int(math.Round(ratio * float64(min(h, w))))
	}
	p.Crop = [2]int{h, w}
	return p
}
