package zoo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
)

// mobile describes a network of timm's EfficientNet builder.
//
//	stem ─► stages of blocks ─► head
//
// Source: github.com/huggingface/pytorch-image-models, timm/models/efficientnet.py,
// mobilenetv3.py, _efficientnet_builder.py, _efficientnet_blocks.py.
type mobile struct {
	name         string
	size         int
	stages       []string // blocks by their code, separated by spaces
	width, depth float64
	stem, head   int
	fixStem      bool // width leaves the stem alone
	fixDepth     bool // depth leaves the first and the last stage alone
	poolFirst    bool // the head averages before its convolution
	headBias     bool // that convolution has a bias instead of a norm
	headNorm     string
	f            activation
	norm         normRule
	same         bool
	excite       func(in, wide int, ratio float64) int // width of squeeze and excitation
	exciteAct    activation
	exciteGate   activation
}

func (m mobile) channels(c int) int { return multipleOf8(float64(c) * m.width) }

func (m mobile) arch() Arch {
	m.name = "timm/" + m.name
	return Arch{Name: m.name, Size: m.size, LastStage: fmt.Sprintf("blocks.%d", len(m.stages)-1), Classifier: "classifier", build: m.build}
}

func (m mobile) build(b *builder, x *graph.Value) *graph.Value {
	stem := m.stem
	if !m.fixStem {
		stem = m.channels(stem)
	}
	x = m.f(b, "bn1.act", b.norm("bn1", b.conv("conv_stem", x, layer{out: stem, k: 3, stride: 2, same: m.same}), m.norm))
	for i, codes := range m.stages {
		at := 0
		for _, code := range strings.Fields(codes) {
			c := decodeBlock(code)
			if !m.fixDepth || i > 0 && i < len(m.stages)-1 {
				c.repeats = int(math.Ceil(m.depth * float64(c.repeats)))
			}
			c.out = m.channels(c.out)
			for range c.repeats {
				x = m.block(b, fmt.Sprintf("blocks.%d.%d", i, at), x, c)
				c.stride = 1
				at++
			}
		}
	}
	return m.classify(b, x)
}

// classify is the head: convolution and average, in this order or the other.
func (m mobile) classify(b *builder, x *graph.Value) *graph.Value {
	l := layer{out: m.head, k: 1, stride: 1, bias: m.headBias}
	if !m.poolFirst {
		x = m.f(b, m.headNorm+".act", b.norm(m.headNorm, b.conv("conv_head", x, l), m.norm))
		return b.classifier("classifier", x, 0)
	}
	x = b.conv("conv_head", b.add("global_pool", graph.GlobalAveragePool{}, x), l)
	if m.headNorm != "" {
		x = b.norm(m.headNorm, x, m.norm)
	}
	x = m.f(b, "act2", x)
	return b.logits("classifier", b.add("flatten", graph.Flatten{Axis: 1}, x))
}

// blockCode is one word of a stage: ir_r2_k5_s2_e6_c40_se0.25.
type blockCode struct {
	kind                           string
	repeats, k, start, stride, out int
	expand, ratio                  float64
	relu                           bool
}

func decodeBlock(code string) blockCode {
	words := strings.Split(code, "_")
	c := blockCode{kind: words[0], repeats: 1, expand: 1}
	for _, w := range words[1:] {
		if w == "nre" {
			c.relu = true
			continue
		}
		key := strings.TrimRight(w, "0123456789.")
		value, _ := strconv.ParseFloat(w[len(key):], 64) // codes are ours, tests build all
		switch key {
		case "r":
			c.repeats = int(value)
		case "k":
			c.k = int(value)
		case "a":
			c.start = int(value)
		case "s":
			c.stride = int(value)
		case "c":
			c.out = int(value)
		case "e":
			c.expand = value
		case "se":
			c.ratio = value
		}
	}
	return c
}

// mobileBlock is what the layers of one block share.
type mobileBlock struct {
	mobile
	blockCode
	b    *builder
	name string
	in   int // channels
	act  activation
}

// block is one block; names of its children are timm's.
func (m mobile) block(b *builder, name string, x *graph.Value, c blockCode) *graph.Value {
	if b.err != nil {
		return nil
	}
	k := mobileBlock{m, c, b, name, x.Shape[1], m.f}
	if c.relu {
		k.act = doRelu
	}
	var y *graph.Value
	switch c.kind {
	case "cn":
		return k.unit(x, "conv", "bn1", layer{out: c.out, k: c.k, stride: c.stride}, k.act)
	case "ds":
		y = k.squeeze(k.unit(x, "conv_dw", "bn1", depthwise(c.k, c.stride), k.act), k.in)
		y = k.unit(y, "conv_pw", "bn2", pointwise(c.out), nil)
	case "ir":
		y = k.unit(x, "conv_pw", "bn1", pointwise(k.wide()), k.act)
		y = k.squeeze(k.unit(y, "conv_dw", "bn2", depthwise(c.k, c.stride), k.act), k.wide())
		y = k.unit(y, "conv_pwl", "bn3", pointwise(c.out), nil)
	case "er":
		y = k.unit(x, "conv_exp", "bn1", layer{out: k.wide(), k: c.k, stride: c.stride}, k.act)
		y = k.unit(y, "conv_pwl", "bn2", pointwise(c.out), nil)
	default:
		y = k.universal(x)
	}
	if c.stride == 1 && k.in == c.out {
		return b.plus(name+".add", y, x)
	}
	return y
}

// universal is the universal inverted bottleneck: its two depthwise convolutions may
// be missing. Source: arXiv:2404.10518.
func (k mobileBlock) universal(x *graph.Value) *graph.Value {
	if k.start > 0 {
		stride := k.stride
		if k.k > 0 {
			stride = 1
		}
		x = k.unit(x, "dw_start.conv", "dw_start.bn", depthwise(k.start, stride), nil)
	}
	x = k.unit(x, "pw_exp.conv", "pw_exp.bn", pointwise(k.wide()), k.act)
	if k.k > 0 {
		x = k.unit(x, "dw_mid.conv", "dw_mid.bn", depthwise(k.k, k.stride), k.act)
	}
	return k.unit(x, "pw_proj.conv", "pw_proj.bn", pointwise(k.out), nil)
}

func depthwise(k, stride int) layer { return layer{k: k, stride: stride, depthwise: true} }

// wide is the number of channels between.
func (k mobileBlock) wide() int { return multipleOf8(float64(k.in) * k.expand) }

// unit is convolution, norm and activation (nil: none).
func (k mobileBlock) unit(x *graph.Value, conv, norm string, l layer, f activation) *graph.Value {
	l.same = k.same
	x = k.b.norm(k.name+"."+norm, k.b.conv(k.name+"."+conv, x, l), k.norm)
	if f == nil {
		return x
	}
	return f(k.b, k.name+"."+norm+".act", x)
}

// squeeze is squeeze and excitation if the block's code has it.
func (k mobileBlock) squeeze(x *graph.Value, wide int) *graph.Value {
	if k.ratio == 0 {
		return x
	}
	f := k.act
	if k.exciteAct != nil {
		f = k.exciteAct
	}
	return k.b.squeezeExcite(k.name+".se", "conv_reduce", "conv_expand", x, k.excite(k.in, wide, k.ratio), f, k.exciteGate)
}
