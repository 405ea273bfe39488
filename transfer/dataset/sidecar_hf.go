package dataset

import (
	"encoding/json"
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// huggingFace is preprocessor_config.json of transformers' image processors.
type huggingFace struct {
	DoResize      *bool           `json:"do_resize"`
	Size          json.RawMessage `json:"size"`
	Resample      *int            `json:"resample"`
	DoCenterCrop  *bool           `json:"do_center_crop"`
	CropSize      json.RawMessage `json:"crop_size"`
	CropPct       float64         `json:"crop_pct"`
	DoRescale     *bool           `json:"do_rescale"`
	RescaleFactor *float64        `json:"rescale_factor"`
	DoNormalize   *bool           `json:"do_normalize"`
	Mean          []float64       `json:"image_mean"`
	Std           []float64       `json:"image_std"`
	FlipChannels  bool            `json:"do_flip_channel_order"`
}

// parseHuggingFace: y = (pixel·rescale_factor − mean)/std; do_* switches steps
// off; a missing rescale factor is 1/255 as in older processors.
func parseHuggingFace(b []byte, source string, rule resize.Rule) (Preprocess, error) {
	var h huggingFace
	if err := json.Unmarshal(b, &h); err != nil {
		return Preprocess{}, fmt.Errorf("%w: %s: %w", fault.ErrUsage, source, err)
	}
	p := Preprocess{Exif: "apply", Channels: "rgb", Scale: 1, Std: one, Source: source,
		Resize: Resize{Rule: orONNX(rule), Filter: resize.Bilinear, Antialias: true}}
	if h.FlipChannels {
		p.Channels = "bgr"
	}
	if h.Resample != nil {
		p.Resize.Filter = resize.Filter(*h.Resample) // Pillow's numbers
		if *h.Resample < 0 || *h.Resample > int(resize.Hamming) {
			return p, fmt.Errorf("%w: %s: resample %d", fault.ErrUsage, source, *h.Resample)
		}
	}
	if err := h.geometry(&p); err != nil {
		return p, fmt.Errorf("%w: %s: %w", fault.ErrUsage, source, err)
	}
	if h.colours(&p); p.Check() != nil {
		return p, p.Check()
	}
	return p, nil
}

func on(b *bool, def bool) bool {
	if b == nil {
		return def
	}
	return *b
}

func (h huggingFace) colours(p *Preprocess) {
	if on(h.DoRescale, true) {
		p.Scale = 1. / 255
		if h.RescaleFactor != nil {
			p.Scale = *h.RescaleFactor
		}
	}
	if on(h.DoNormalize, len(h.Mean) > 0) {
		copy(p.Mean[:], spread(h.Mean))
		if len(h.Std) > 0 {
			copy(p.Std[:], spread(h.Std))
		}
	}
}

// spread repeats a single value for three channels.
func spread(v []float64) []float64 {
	if len(v) == 1 {
		return []float64{v[0], v[0], v[0]}
	}
	return v
}

// sizes reads N, {"shortest_edge": N} or {"height": H, "width": W}.
func sizes(raw json.RawMessage) (short, h, w int, err error) {
	if len(raw) == 0 {
		return 0, 0, 0, nil
	}
	if raw[0] != '{' {
		var n int
		err = json.Unmarshal(raw, &n)
		return n, 0, 0, err
	}
	var d struct {
		Short  int `json:"shortest_edge"`
		Height int `json:"height"`
		Width  int `json:"width"`
	}
	err = json.Unmarshal(raw, &d)
	return d.Short, d.Height, d.Width, err
}

// geometry: a crop keeps the aspect (short side = size); without one the
// picture is squashed to height and width.
func (h huggingFace) geometry(p *Preprocess) error {
	short, sh, sw, err := sizes(h.Size)
	if err != nil {
		return fmt.Errorf("size: %w", err)
	}
	cs, ch, cw, err := sizes(h.CropSize)
	if err != nil {
		return fmt.Errorf("crop_size: %w", err)
	}
	if cs > 0 {
		ch, cw = cs, cs
	}
	aspect := p.Resize.Rule
	crops := on(h.DoCenterCrop, ch > 0) && ch > 0
	switch {
	case !on(h.DoResize, true):
		p.Resize.Rule = resize.None
	case sh > 0 && (!crops || sh != sw):
		p.Resize.Rule = resize.Squash
	case sh > 0:
		p.Resize.Rule, p.Resize.Size = resize.Squash, sh
	case !crops && h.Size != nil && h.Size[0] != '{': // a bare number means a square
		p.Resize.Rule, sh, sw = resize.Squash, short, short
	default:
		p.Resize.Size = short
	}
	if p.Crop = [2]int{ch, cw}; !crops {
		p.Crop = [2]int{max(sh, short), max(sw, short)}
	}
	if h.CropPct > 0 && short > 0 && on(h.DoResize, true) {
		h.convNeXT(p, short, aspect)
	}
	return nil
}

// convNeXT: below 384 the short side is size/crop_pct and the crop size; from
// 384 on the picture is squashed.
func (h huggingFace) convNeXT(p *Preprocess, size int, aspect resize.Rule) {
	p.Crop = [2]int{size, size}
	if size >= 384 {
		p.Resize.Rule, p.Resize.Size = resize.Squash, 0
		return
	}
	p.Resize.Rule, p.Resize.Size = aspect, int(float64(size)/h.CropPct)
}
