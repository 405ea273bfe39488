package dataset

import (
	"encoding/json"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// timmConfig is pretrained_cfg of timm's config.json.
type timmConfig struct {
	InputSize     []int     `json:"input_size"` // C, H, W
	Interpolation string    `json:"interpolation"`
	CropPct       *float64  `json:"crop_pct"`
	CropMode      string    `json:"crop_mode"`
	Mean          []float64 `json:"mean"`
	Std           []float64 `json:"std"`
}

// parseTimm: short side = ⌊size/crop_pct⌋, centre crop; mode squash scales both
// sides to it. Mode border is not supported.
func parseTimm(b []byte, source string, rule resize.Rule) (Preprocess, error) {
	var t timmConfig
	if err := json.Unmarshal(b, &t); err != nil {
		return Preprocess{}, fmt.Errorf("%w: %s: %w", fault.ErrUsage, source, err)
	}
	if len(t.InputSize) != 3 {
		return Preprocess{}, fmt.Errorf("%w: %s: input_size %v, want C, H, W", fault.ErrUsage, source, t.InputSize)
	}
	h, w := t.InputSize[1], t.InputSize[2]
	pct := 0.875
	if t.CropPct != nil && *t.CropPct > 0 {
		pct = *t.CropPct
	}
	p := Preprocess{Exif: "apply", Channels: "rgb", Scale: 1. / 255, Mean: imagenetMean, Std: imagenetStd, Source: source,
		Resize: Resize{Rule: orONNX(rule), Size: int(float64(min(h, w)) / pct), Filter: resize.Bicubic, Antialias: true}, Crop: [2]int{h, w}}
	if f, err := resize.ParseFilter(t.Interpolation); err == nil {
		p.Resize.Filter = f
	}
	switch t.CropMode {
	case "", "center":
	case "squash":
		p.Resize.Rule = resize.Squash
	default:
		return p, fmt.Errorf("%w: %s: crop_mode %q; known: center, squash", fault.ErrUsage, source, t.CropMode)
	}
	if len(t.Mean) == 3 {
		copy(p.Mean[:], t.Mean)
	}
	if len(t.Std) == 3 {
		copy(p.Std[:], t.Std)
	}
	return p, p.Check()
}
