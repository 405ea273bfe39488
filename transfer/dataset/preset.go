package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

var (
	imagenetMean = [3]float64{.485, .456, .406}
	imagenetStd  = [3]float64{.229, .224, .225}
	half         = [3]float64{.5, .5, .5}
	one          = [3]float64{1, 1, 1}
)

// preset is a row of the table: short side, crop, filter, colours.
type preset struct {
	size, crop int
	filter     resize.Filter
	channels   string
	scale      float64
	mean, std  [3]float64
}

// presets are the built-in records (FORMATS §3). bgr means are in B, G, R order.
var presets = map[string]preset{
	"torchvision":     {256, 224, resize.Bilinear, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"torchvision-v2":  {232, 224, resize.Bilinear, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"inception_v3":    {342, 299, resize.Bilinear, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"convnext_tiny":   {236, 224, resize.Bilinear, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"efficientnet_b0": {256, 224, resize.Bicubic, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"timm":            {256, 224, resize.Bicubic, "rgb", 1. / 255, imagenetMean, imagenetStd},
	"timm-half":       {248, 224, resize.Bicubic, "rgb", 1. / 255, half, half},
	"tf":              {256, 224, resize.Bilinear, "rgb", 1. / 127.5, one, one},
	"caffe":           {256, 224, resize.Bilinear, "bgr", 1, [3]float64{104, 117, 123}, one},
	"caffe-rgb":       {256, 224, resize.Bilinear, "rgb", 1, [3]float64{123, 117, 104}, one},
	"neon":            {256, 224, resize.Bilinear, "bgr", 1, [3]float64{127, 119, 104}, one},
	"unit":            {256, 224, resize.Bilinear, "rgb", 1. / 255, [3]float64{}, one},
	"raw":             {256, 224, resize.Bilinear, "rgb", 1, [3]float64{}, one},
}

// Presets lists the built-in names.
func Presets() []string {
	var names []string
	for n := range presets {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Preset returns a built-in record under the given resize rule ("" = onnx).
func Preset(name string, rule resize.Rule) (Preprocess, error) {
	t, ok := presets[name]
	if !ok {
		return Preprocess{}, fault.New(fault.ErrUsage, fmt.Sprintf("unknown preset %q", name), "--preset "+name, "known: "+strings.Join(Presets(), " "),
			"name one of them, or give a file")
	}
	p := Preprocess{Exif: "apply", Resize: Resize{orONNX(rule), t.size, t.filter, true}, Crop: [2]int{t.crop, t.crop},
		Channels: t.channels, Scale: t.scale, Mean: t.mean, Std: t.std, Source: "preset " + name}
	return p, p.Check()
}

func orONNX(r resize.Rule) resize.Rule {
	if r == "" {
		return resize.ONNX
	}
	return r
}

// maxSidecar is the most bytes of a sidecar we read.
const maxSidecar = 1 << 20

// LoadPreset returns the record of a built-in name or of a file: our own record, a
// Hugging Face preprocessor_config.json, or a timm config.json. rule ("" = onnx)
// applies to what does not name its own.
func LoadPreset(nameOrFile string, rule resize.Rule) (Preprocess, error) {
	if _, ok := presets[nameOrFile]; ok {
		return Preset(nameOrFile, rule)
	}
	b, err := readSmall(nameOrFile)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) && !strings.ContainsAny(nameOrFile, "/.") {
			return Preset(nameOrFile, rule)
		}
		return Preprocess{}, fault.New(fault.ErrUsage, "preprocessing not readable", nameOrFile, err.Error(),
			"give a file, or one of: "+strings.Join(Presets(), " "))
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(b, &keys); err != nil {
		return Preprocess{}, fault.New(fault.ErrUsage, "preprocessing is not JSON", nameOrFile, err.Error(), "")
	}
	name := filepath.Base(nameOrFile)
	switch has := func(k string) bool { _, ok := keys[k]; return ok }; {
	case has("resize") && has("crop") && has("scale"):
		return ParsePreprocess(b)
	case has("pretrained_cfg"):
		return parseTimm(keys["pretrained_cfg"], name, rule)
	case has("input_size") && has("interpolation"):
		return parseTimm(b, name, rule)
	case has("image_mean"), has("do_rescale"), has("do_resize"), has("do_normalize"):
		return parseHuggingFace(b, name, rule)
	}
	return Preprocess{}, fault.New(fault.ErrUsage, "preprocessing of an unknown form", nameOrFile,
		"neither our record, nor preprocessor_config.json, nor timm's config.json", "")
}

// FindSidecar returns the file beside a model that tells its preprocessing: a
// timm config.json or preprocessor_config.json; "" if there is none.
func FindSidecar(model string) string {
	dir := filepath.Dir(model)
	if st, err := os.Stat(model); err == nil && st.IsDir() {
		dir = model
	}
	timm := filepath.Join(dir, "config.json")
	if b, err := readSmall(timm); err == nil {
		var keys map[string]json.RawMessage
		if json.Unmarshal(b, &keys) == nil && keys["pretrained_cfg"] != nil {
			return timm
		}
	}
	hf := filepath.Join(dir, "preprocessor_config.json")
	if st, err := os.Stat(hf); err == nil && st.Mode().IsRegular() {
		return hf
	}
	return ""
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSidecar+1))
	if err == nil && len(b) > maxSidecar {
		err = fmt.Errorf("over %d bytes", maxSidecar)
	}
	return b, err
}
