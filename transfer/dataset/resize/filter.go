package resize

import (
	"fmt"
	"math"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Filter is an interpolation kernel; the values are those of Pillow's enum.
type Filter uint8

// The filters. Bicubic has a = -0.5 as in Pillow.
const (
	Nearest Filter = iota
	Lanczos
	Bilinear
	Bicubic
	Box
	Hamming
)

var filterNames = [...]string{"nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"}

// String returns the filter's name as in records and flags.
func (f Filter) String() string {
	if int(f) < len(filterNames) {
		return filterNames[f]
	}
	return fmt.Sprintf("filter(%d)", f)
}

// ParseFilter reads a name. Error: ErrUsage.
func ParseFilter(name string) (Filter, error) {
	for i, n := range filterNames {
		if n == name {
			return Filter(i), nil
		}
	}
	return 0, fmt.Errorf("%w: resize filter %q; known: %v", fault.ErrUsage, name, filterNames)
}

// MarshalText writes the name.
func (f Filter) MarshalText() ([]byte, error) {
	if int(f) >= len(filterNames) {
		return nil, fmt.Errorf("%w: resize filter %d", fault.ErrUsage, f)
	}
	return []byte(f.String()), nil
}

// UnmarshalText reads a name.
func (f *Filter) UnmarshalText(b []byte) (err error) {
	*f, err = ParseFilter(string(b))
	return err
}

// support is the half width at scale 1, in source pixels.
func (f Filter) support() float64 {
	switch f {
	case Lanczos:
		return 3
	case Bicubic:
		return 2
	case Box:
		return 0.5
	default:
		return 1
	}
}

// at is the kernel's value, term by term as in Pillow's Resample.c.
func (f Filter) at(x float64) float64 {
	switch f {
	case Box:
		if x > -0.5 && x <= 0.5 {
			return 1
		}
	case Bilinear:
		if x = math.Abs(x); x < 1 {
			return 1 - x
		}
	case Bicubic:
		return bicubic(math.Abs(x))
	case Lanczos:
		if x >= -3 && x < 3 {
			return sinc(x) * sinc(x/3)
		}
	case Hamming:
		return hamming(math.Abs(x))
	case Nearest: // has no weights: axis.nearest
	}
	return 0
}

func bicubic(x float64) float64 {
	const a = -0.5
	switch {
	case x < 1:
		return float64(float64((a+2)*x-(a+3))*x*x) + 1
	case x < 2:
		return (float64(float64(float64(x-5)*x+8)*x) - 4) * a
	}
	return 0
}

func hamming(x float64) float64 {
	if x == 0 {
		return 1
	}
	if x >= 1 {
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (float64(float32(0.54)) + float64(float64(float32(0.46))*math.Cos(x))) // Pillow: 0.54f, 0.46f
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}
