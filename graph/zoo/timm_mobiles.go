package zoo

import (
	"fmt"
	"math"
)

// tfNorm is that of weights ported from TensorFlow.
var tfNorm = normRule{1e-3, .9}

// byInput is squeeze and excitation relative to the block's input, byWidth to its
// widened channels.
func byInput(in, _ int, ratio float64) int   { return int(math.RoundToEven(float64(in) * ratio)) }
func byWidth(_, wide int, ratio float64) int { return multipleOf8(float64(wide) * ratio) }

// timmMobiles returns timm's MobileNets V2 to V4 and EfficientNets, those ported from
// TensorFlow (tf_, SAME padding) among them.
func timmMobiles() []Arch {
	var as []Arch
	for _, m := range append(append(timmEfficientNets(), timmMobileNetV2s()...), append(timmMobileNetV3s(), timmMobileNetV4s()...)...) {
		as = append(as, m.arch())
	}
	return as
}

func timmEfficientNets() []mobile {
	var ms []mobile
	for i, v := range []struct {
		width, depth float64
		size, tfSize int
	}{{1, 1, 224, 224}, {1, 1.1, 240, 240}, {1.1, 1.2, 256, 260}, {1.2, 1.4, 288, 300}, {1.4, 1.8, 320, 380}, {1.6, 2.2, 448, 456}, {1.8, 2.6, 528, 528}, {2, 3.1, 600, 600}} {
		m := mobile{name: fmt.Sprintf("efficientnet_b%d", i), size: v.size, width: v.width, depth: v.depth, stem: 32, head: multipleOf8(1280 * v.width), headNorm: "bn2",
			f: doSiLU, norm: torchNorm, excite: byInput, exciteGate: doSigmoid, stages: []string{"ds_r1_k3_s1_e1_c16_se0.25", "ir_r2_k3_s2_e6_c24_se0.25",
				"ir_r2_k5_s2_e6_c40_se0.25", "ir_r3_k3_s2_e6_c80_se0.25", "ir_r3_k5_s1_e6_c112_se0.25", "ir_r4_k5_s2_e6_c192_se0.25", "ir_r1_k3_s1_e6_c320_se0.25"}}
		ms = append(ms, m, m.ported(v.tfSize))
	}
	for i, v := range []struct {
		width, depth float64
		size         int
	}{{1, 1, 224}, {1, 1.1, 240}, {1.1, 1.2, 260}, {1.2, 1.4, 300}, {1.4, 1.8, 380}} {
		m := mobile{name: fmt.Sprintf("efficientnet_lite%d", i), size: v.size, width: v.width, depth: v.depth, stem: 32, fixStem: true, fixDepth: true, head: 1280, headNorm: "bn2",
			f: doRelu6, norm: torchNorm, stages: []string{"ds_r1_k3_s1_e1_c16", "ir_r2_k3_s2_e6_c24", "ir_r2_k5_s2_e6_c40", "ir_r3_k3_s2_e6_c80",
				"ir_r3_k5_s1_e6_c112", "ir_r4_k5_s2_e6_c192", "ir_r1_k3_s1_e6_c320"}}
		ms = append(ms, m, m.ported(v.size))
	}
	return ms
}

// ported is the same network as TensorFlow has it.
func (m mobile) ported(size int) mobile {
	m.name, m.size, m.norm, m.same = "tf_"+m.name, size, tfNorm, true
	return m
}

func timmMobileNetV2s() []mobile {
	var ms []mobile
	for _, w := range []int{35, 50, 75, 100, 140} {
		width := float64(w) / 100
		ms = append(ms, mobile{name: fmt.Sprintf("mobilenetv2_%03d", w), size: 224, width: width, depth: 1, stem: 32, head: max(1280, multipleOf8(1280*width)), headNorm: "bn2",
			f: doRelu6, norm: torchNorm, stages: []string{"ds_r1_k3_s1_c16", "ir_r2_k3_s2_e6_c24", "ir_r3_k3_s2_e6_c32", "ir_r4_k3_s2_e6_c64",
				"ir_r3_k3_s1_e6_c96", "ir_r3_k3_s2_e6_c160", "ir_r1_k3_s1_e6_c320"}})
	}
	return ms
}

func timmMobileNetV3s() []mobile {
	small := []string{"ds_r1_k3_s2_e1_c16_se0.25_nre", "ir_r1_k3_s2_e4.5_c24_nre ir_r1_k3_s1_e3.67_c24_nre", "ir_r1_k5_s2_e4_c40_se0.25 ir_r2_k5_s1_e6_c40_se0.25",
		"ir_r2_k5_s1_e3_c48_se0.25", "ir_r3_k5_s2_e6_c96_se0.25", "cn_r1_k1_s1_c576"}
	large := []string{"ds_r1_k3_s1_e1_c16_nre", "ir_r1_k3_s2_e4_c24_nre ir_r1_k3_s1_e3_c24_nre", "ir_r3_k5_s2_e3_c40_se0.25_nre",
		"ir_r1_k3_s2_e6_c80 ir_r1_k3_s1_e2.5_c80 ir_r2_k3_s1_e2.3_c80", "ir_r2_k3_s1_e6_c112_se0.25", "ir_r3_k5_s2_e6_c160_se0.25", "cn_r1_k1_s1_c960"}
	var ms []mobile
	for _, v := range []struct {
		name   string
		width  float64
		stages []string
		head   int
		tf     bool
	}{
		{"small_050", .5, small, 1024, false}, {"small_075", .75, small, 1024, true}, {"small_100", 1, small, 1024, true},
		{"large_075", .75, large, 1280, true}, {"large_100", 1, large, 1280, true},
	} {
		m := mobile{name: "mobilenetv3_" + v.name, size: 224, stages: v.stages, width: v.width, depth: 1, stem: 16, fixStem: v.width < .75, head: v.head, poolFirst: true, headBias: true,
			f: doHardSwish, norm: torchNorm, excite: byWidth, exciteAct: doRelu, exciteGate: doHardSigmoid}
		if ms = append(ms, m); v.tf {
			ms = append(ms, m.ported(m.size))
		}
	}
	return ms
}

func timmMobileNetV4s() []mobile {
	small := []string{"cn_r1_k3_s2_e1_c32 cn_r1_k1_s1_e1_c32", "cn_r1_k3_s2_e1_c96 cn_r1_k1_s1_e1_c64",
		"uir_r1_a5_k5_s2_e3_c96 uir_r4_a0_k3_s1_e2_c96 uir_r1_a3_k0_s1_e4_c96",
		"uir_r1_a3_k3_s2_e6_c128 uir_r1_a5_k5_s1_e4_c128 uir_r1_a0_k5_s1_e4_c128 uir_r1_a0_k5_s1_e3_c128 uir_r2_a0_k3_s1_e4_c128", "cn_r1_k1_s1_c960"}
	medium := []string{"er_r1_k3_s2_e4_c48", "uir_r1_a3_k5_s2_e4_c80 uir_r1_a3_k3_s1_e2_c80",
		"uir_r1_a3_k5_s2_e6_c160 uir_r2_a3_k3_s1_e4_c160 uir_r1_a3_k5_s1_e4_c160 uir_r1_a3_k3_s1_e4_c160 uir_r1_a3_k0_s1_e4_c160 uir_r1_a0_k0_s1_e2_c160 uir_r1_a3_k0_s1_e4_c160",
		"uir_r1_a5_k5_s2_e6_c256 uir_r1_a5_k5_s1_e4_c256 uir_r2_a3_k5_s1_e4_c256 uir_r1_a0_k0_s1_e4_c256 uir_r1_a3_k0_s1_e4_c256 uir_r1_a3_k5_s1_e2_c256 " +
			"uir_r1_a5_k5_s1_e4_c256 uir_r2_a0_k0_s1_e4_c256 uir_r1_a5_k0_s1_e2_c256", "cn_r1_k1_s1_c960"}
	large := []string{"er_r1_k3_s2_e4_c48", "uir_r1_a3_k5_s2_e4_c96 uir_r1_a3_k3_s1_e4_c96",
		"uir_r1_a3_k5_s2_e4_c192 uir_r3_a3_k3_s1_e4_c192 uir_r1_a3_k5_s1_e4_c192 uir_r5_a5_k3_s1_e4_c192 uir_r1_a3_k0_s1_e4_c192",
		"uir_r4_a5_k5_s2_e4_c512 uir_r1_a5_k0_s1_e4_c512 uir_r1_a5_k3_s1_e4_c512 uir_r2_a5_k0_s1_e4_c512 uir_r1_a5_k3_s1_e4_c512 uir_r1_a5_k5_s1_e4_c512 uir_r3_a5_k0_s1_e4_c512",
		"cn_r1_k1_s1_c960"}
	var ms []mobile
	for _, v := range []struct {
		name   string
		width  float64
		stages []string
		stem   int
		size   int
	}{{"small_050", .5, small, 32, 224}, {"small", 1, small, 32, 224}, {"medium", 1, medium, 32, 256}, {"large", 1, large, 24, 384}} {
		ms = append(ms, mobile{name: "mobilenetv4_conv_" + v.name, size: v.size, stages: v.stages, width: v.width, depth: 1, stem: v.stem, fixStem: v.width < .75,
			head: 1280, poolFirst: true, headNorm: "norm_head", f: doRelu, norm: torchNorm})
	}
	return ms
}
