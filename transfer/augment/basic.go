package augment

import (
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

// basic is random resized crop, mirror, brightness, contrast and saturation
// (DATA §8). Digits and letters are not mirrored.
func basic(s Settings) dataset.View {
	v := &view{seed: s.Seed, crop: Crop{H: s.Pre.Crop[0], W: s.Pre.Crop[1], Filter: s.Pre.Resize.Filter,
		MinArea: .35, MaxArea: 1, MinRatio: 3. / 4, MaxRatio: 4. / 3}}
	if v.crop.Filter == resize.Nearest {
		v.crop.Filter = resize.Bilinear
	}
	if !symbols(s.Classes) {
		v.ops = append(v.ops, Mirror{.5})
	}
	v.ops = append(v.ops, Jitter{Brightness: .2, Contrast: .2, Saturation: .2})
	return v
}

// symbols is true if every class name is a number or a single letter.
func symbols(classes []string) bool {
	for _, c := range classes {
		if utf8.RuneCountInString(c) == 1 {
			continue
		}
		for _, r := range c {
			if r < '0' || r > '9' {
				return false
			}
		}
		if c == "" {
			return false
		}
	}
	return len(classes) > 0
}
