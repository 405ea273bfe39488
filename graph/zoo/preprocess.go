package zoo

import (
	"math"
	"slices"
	"strings"
)

// Preprocess is how pictures were prepared for the published weights of a network:
// short side to Resize, centre crop to Crop, then (x/255 − Mean)/Std for RGB.
// Newer weights of the same network may want another size.
type Preprocess struct {
	Resize, Crop int    // pixels
	Filter       string // "bilinear", "bicubic"
	Mean, Std    [3]float64
}

var (
	imageNetMean, imageNetStd = [3]float64{.485, .456, .406}, [3]float64{.229, .224, .225}
	half                      = [3]float64{.5, .5, .5}
	liteMean, liteStd         = [3]float64{127. / 255, 127. / 255, 127. / 255}, [3]float64{128. / 255, 128. / 255, 128. / 255}
)

// prepared gives every architecture its preprocessing.
func prepared(as []Arch) []Arch {
	for i := range as {
		a := &as[i]
		switch name, timm := strings.CutPrefix(a.Name, "timm/"); {
		case timm:
			a.prepareTimm(name)
		case strings.HasPrefix(a.Name, "efficientnet_lite"):
			a.Preprocess = Preprocess{a.Size + 32, a.Size, "bicubic", liteMean, liteStd}
		case strings.HasPrefix(a.Name, "cifar_"):
			a.Preprocess = Preprocess{a.Size, a.Size, "bilinear", imageNetMean, imageNetStd}
		default:
			a.prepareTorchvision()
		}
	}
	return as
}

// torchvisionResize lists the networks whose first published weights do not want a
// short side of 256.
var torchvisionResize = map[string]int{
	"resnext101_64x4d": 232, "mnasnet0_75": 232, "mnasnet1_3": 232, "shufflenet_v2_x1_5": 232, "shufflenet_v2_x2_0": 232, "inception_v3": 342,
	"efficientnet_b2": 288, "efficientnet_b3": 320, "efficientnet_b4": 384, "efficientnet_b5": 456, "efficientnet_b6": 528, "efficientnet_b7": 600,
	"efficientnet_v2_s": 384, "efficientnet_v2_m": 480, "efficientnet_v2_l": 480, "regnet_y_128gf": 384,
}

// prepareTorchvision follows the transforms of IMAGENET1K_V1. GoogLeNet and Inception
// v3 scale their input once more; here it is part of the statistics.
func (a *Arch) prepareTorchvision() {
	p := Preprocess{256, a.Size, "bilinear", imageNetMean, imageNetStd}
	if r := torchvisionResize[a.Name]; r > 0 {
		p.Resize = r
	}
	if strings.HasPrefix(a.Name, "efficientnet_b") || a.Name == "efficientnet_v2_l" || a.Name == "regnet_y_128gf" {
		p.Filter = "bicubic"
	}
	if slices.Contains([]string{"googlenet", "inception_v3", "efficientnet_v2_l"}, a.Name) {
		p.Mean, p.Std = half, half
	}
	a.Preprocess = p
}

// timmCrop is the share of the short side that timm keeps, where it is not .875.
var timmCrop = map[string]float64{
	"resnet18": .95, "resnet34": .95, "resnet50": .95, "resnet101": .95, "resnet152": .95, "resnext50_32x4d": .95, "resnext101_64x4d": .95,
	"resnet101d": .95, "resnet152d": .95, "seresnet50": .95,
	"efficientnet_b1": .9, "tf_efficientnet_b1": .882, "tf_efficientnet_b2": .89, "tf_efficientnet_b3": .904, "tf_efficientnet_b4": .922,
	"efficientnet_b5": 1, "tf_efficientnet_b5": .934, "efficientnet_b6": .942, "tf_efficientnet_b6": .942, "efficientnet_b7": .949, "tf_efficientnet_b7": .949,
	"efficientnet_lite1": .882, "efficientnet_lite2": .89, "efficientnet_lite3": .904, "efficientnet_lite4": .922,
	"tf_efficientnet_lite1": .882, "tf_efficientnet_lite2": .89, "tf_efficientnet_lite3": .904, "tf_efficientnet_lite4": .92,
	"mobilenetv4_conv_medium": .95, "mobilenetv4_conv_large": .95,
}

// prepareTimm follows timm's default_cfg: the short side is the crop over its share.
func (a *Arch) prepareTimm(name string) {
	share := timmCrop[name]
	if share == 0 {
		share = .875
	}
	p := Preprocess{int(math.Floor(float64(a.Size) / share)), a.Size, "bicubic", imageNetMean, imageNetStd}
	if strings.HasPrefix(name, "tf_mobilenetv3") || slices.Contains([]string{"tf_efficientnet_lite3", "tf_efficientnet_lite4",
		"mobilenetv3_large_075", "resnext101_32x8d", "wide_resnet101_2"}, name) {
		p.Filter = "bilinear"
	}
	if strings.HasPrefix(name, "tf_efficientnet_lite") || strings.HasPrefix(name, "tf_mobilenetv3") || slices.Contains([]string{"efficientnet_b1", "mobilenetv4_conv_small_050"}, name) {
		p.Mean, p.Std = half, half
	}
	a.Preprocess = p
}
