package dataset

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/resize"
)

func TestEveryPreset(t *testing.T) {
	require.GreaterOrEqual(t, len(Presets()), 10)
	for _, n := range Presets() {
		p, err := LoadPreset(n, "")
		require.NoError(t, err, n)
		require.Equal(t, resize.ONNX, p.Resize.Rule)
		back, err := ParsePreprocess([]byte(p.JSON()))
		require.NoError(t, err)
		require.Equal(t, p, back)
		p, err = LoadPreset(n, resize.Torchvision)
		require.NoError(t, err)
		require.Equal(t, resize.Torchvision, p.Resize.Rule)
	}
	_, err := LoadPreset("imagenat", "")
	require.ErrorIs(t, err, fault.ErrUsage)
	_, err = LoadPreset("no/such.json", "")
	require.ErrorIs(t, err, fault.ErrUsage)
}

// The record's JSON is a published form (metadata of exported models).
func TestRecordJSON(t *testing.T) {
	p, err := Preset("tf", "")
	require.NoError(t, err)
	want := `{"exif":"apply","resize":{"rule":"onnx","size":256,"filter":"bilinear","antialias":true},` +
		`"crop":[224,224],"channels":"rgb","scale":0.00784313725490196,"mean":[1,1,1],"std":[1,1,1],"source":"preset tf"}`
	require.Equal(t, want, p.JSON())
}

// Values by hand from the written formulas of each preset at pixel 0, 128, 255.
func TestNormalizer(t *testing.T) {
	src := []byte{0, 128, 255, 255, 0, 128} // two pixels
	for name, want := range map[string][6]float64{
		"tf":          {-1, 1, 128/127.5 - 1, -1, 1, 128/127.5 - 1},
		"caffe":       {255 - 104, 128 - 104, 128 - 117, 0 - 117, 0 - 123, 255 - 123}, // B, G, R
		"caffe-rgb":   {-123, 255 - 123, 128 - 117, -117, 255 - 104, 128 - 104},
		"torchvision": {-.485 / .229, (1 - .485) / .229, (128./255 - .456) / .224, -.456 / .224, (1 - .406) / .225, (128./255 - .406) / .225},
	} {
		p, err := Preset(name, "")
		require.NoError(t, err)
		got := make([]float32, 6)
		p.Normalizer().NCHW(got, src, 1, 1, 2)
		for i := range want {
			require.InDelta(t, want[i], got[i], 1e-6*math.Max(1, math.Abs(want[i])), "%s %d", name, i)
		}
		two := make([]float32, 12)
		p.Normalizer().NCHW(two, append(src, src...), 2, 1, 2)
		require.Equal(t, got, two[6:])
	}
}

func parse(t *testing.T, name, text string) (Preprocess, error) {
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	return LoadPreset(file, "")
}

func TestHuggingFace(t *testing.T) {
	for _, c := range []struct {
		text string
		rule resize.Rule
		size int
		crop [2]int
		f    resize.Filter
	}{
		{`{"do_resize":true,"size":{"shortest_edge":256},"resample":3,"do_center_crop":true,"crop_size":{"height":224,"width":200},"image_mean":[0,0,0]}`, resize.ONNX, 256, [2]int{224, 200}, resize.Bicubic},
		{`{"size":{"height":224,"width":192},"image_mean":[0.5,0.5,0.5]}`, resize.Squash, 0, [2]int{224, 192}, resize.Bilinear},
		{`{"size":224,"resample":2,"image_mean":[0.5,0.5,0.5]}`, resize.Squash, 0, [2]int{224, 224}, resize.Bilinear},
		{`{"size":256,"crop_size":224,"do_center_crop":true,"image_mean":[0.5]}`, resize.ONNX, 256, [2]int{224, 224}, resize.Bilinear},
		{`{"size":{"shortest_edge":224},"crop_pct":0.875,"image_mean":[0.5]}`, resize.ONNX, 256, [2]int{224, 224}, resize.Bilinear},
		{`{"size":{"shortest_edge":384},"crop_pct":1.0,"image_mean":[0.5]}`, resize.Squash, 0, [2]int{384, 384}, resize.Bilinear},
		{`{"do_resize":false,"crop_size":32,"do_center_crop":true,"image_mean":[0.5]}`, resize.None, 0, [2]int{32, 32}, resize.Bilinear},
		{`{"size":{"height":256,"width":256},"crop_size":{"height":224,"width":224},"do_center_crop":true,"image_mean":[0.5]}`, resize.Squash, 256, [2]int{224, 224}, resize.Bilinear},
	} {
		p, err := parse(t, "preprocessor_config.json", c.text)
		require.NoError(t, err, c.text)
		require.Equal(t, c.rule, p.Resize.Rule, c.text)
		require.Equal(t, c.size, p.Resize.Size, c.text)
		require.Equal(t, c.crop, p.Crop, c.text)
		require.Equal(t, c.f, p.Resize.Filter, c.text)
	}
	p, err := parse(t, "p.json", `{"size":8,"do_rescale":false,"do_normalize":false,"image_mean":[9,9,9],"do_flip_channel_order":true}`)
	require.NoError(t, err)
	require.Equal(t, [2]float64{1, 0}, [2]float64{p.Scale, p.Mean[0]})
	require.Equal(t, "bgr", p.Channels)
	for _, bad := range []string{`{"image_mean":[0.5]}`, `{"size":8,"image_mean":[1e300]}`, `{"size":8,"image_std":[0,0,0],"image_mean":[0]}`,
		`{"size":-3,"image_mean":[0]}`, `{"size":8,"resample":77,"image_mean":[0]}`, `{"size":"big","image_mean":[0]}`, `{}`, `[]`, `x`} {
		_, err := parse(t, "p.json", bad)
		require.ErrorIs(t, err, fault.ErrUsage, bad)
	}
}

func TestTimm(t *testing.T) {
	p, err := parse(t, "config.json", `{"architecture":"resnet18","pretrained_cfg":{"input_size":[3,224,224],"interpolation":"bicubic","crop_pct":0.95,"crop_mode":"center","mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}}`)
	require.NoError(t, err)
	require.Equal(t, 235, p.Resize.Size) // ⌊224/.95⌋
	require.Equal(t, [2]int{224, 224}, p.Crop)
	require.Equal(t, resize.Bicubic, p.Resize.Filter)
	require.Equal(t, half, p.Mean)
	p, err = parse(t, "config.json", `{"input_size":[3,240,240],"interpolation":"bilinear","crop_mode":"squash","crop_pct":1}`)
	require.NoError(t, err)
	require.Equal(t, resize.Squash, p.Resize.Rule)
	_, err = parse(t, "config.json", `{"input_size":[3,240,240],"interpolation":"bilinear","crop_mode":"border"}`)
	require.ErrorIs(t, err, fault.ErrUsage)
}

func TestFindSidecar(t *testing.T) {
	root := tree(t, map[string][]byte{"m/x.onnx": nil})
	model := filepath.Join(root, "m", "x.onnx")
	require.Empty(t, FindSidecar(model))
	put(t, root, "m/config.json", []byte(`{"model_type":"resnet"}`)) // Hugging Face's, not timm's
	require.Empty(t, FindSidecar(model))
	put(t, root, "m/preprocessor_config.json", []byte(`{}`))
	require.Equal(t, filepath.Join(root, "m", "preprocessor_config.json"), FindSidecar(model))
	put(t, root, "m/config.json", []byte(`{"pretrained_cfg":{}}`))
	require.Equal(t, filepath.Join(root, "m", "config.json"), FindSidecar(model))
	require.Equal(t, filepath.Join(root, "m", "config.json"), FindSidecar(filepath.Join(root, "m")))
}

func TestForInput(t *testing.T) {
	p, err := Preset("torchvision", "")
	require.NoError(t, err)
	require.Equal(t, p, p.ForInput(224, 224))
	q := p.ForInput(112, 112)
	require.Equal(t, [3]int{128, 112, 112}, [3]int{q.Resize.Size, q.Crop[0], q.Crop[1]})
}
