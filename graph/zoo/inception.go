package zoo

import "github.com/gotl-gpu/gotl-gpu/graph"

// inceptionV3 is torchvision's Inception v3 without its auxiliary classifier. Its
// published weights want pixels scaled to mean .5 and deviation .5 (transform_input).
// Source: arXiv:1512.00567; torchvision/models/inception.py.
func inceptionV3() Arch {
	return Arch{Name: "inception_v3", Size: 299, LastStage: "Mixed_7a", Classifier: "fc", unused: []string{"AuxLogits."}, build: func(b *builder, x *graph.Value) *graph.Value {
		x = b.basic("Conv2d_1a_3x3", x, reduce3(32))
		x = b.basic("Conv2d_2a_3x3", x, layer{out: 32, k: 3, stride: 1, valid: true})
		x = b.basic("Conv2d_2b_3x3", x, square(64, 3))
		x = b.maxPool("maxpool1", x, 3, 2, 0, false)
		x = b.basic("Conv2d_3b_1x1", x, pointwise(80))
		x = b.basic("Conv2d_4a_3x3", x, layer{out: 192, k: 3, stride: 1, valid: true})
		x = b.maxPool("maxpool2", x, 3, 2, 0, false)
		x = b.inceptionA("Mixed_5b", x, 32)
		x = b.inceptionA("Mixed_5c", x, 64)
		x = b.inceptionA("Mixed_5d", x, 64)
		x = b.inceptionB("Mixed_6a", x)
		x = b.inceptionC("Mixed_6b", x, 128)
		x = b.inceptionC("Mixed_6c", x, 160)
		x = b.inceptionC("Mixed_6d", x, 160)
		x = b.inceptionC("Mixed_6e", x, 192)
		x = b.inceptionD("Mixed_7a", x)
		x = b.inceptionE("Mixed_7b", x)
		x = b.inceptionE("Mixed_7c", x)
		return b.classifier("fc", x, .5)
	}}
}

func square(out, k int) layer { return layer{out: out, k: k, stride: 1} }

// row is a convolution of 1 x k, column one of k x 1.
func row(out, k int) layer    { return layer{out: out, k: 1, wide: k, stride: 1} }
func column(out, k int) layer { return layer{out: out, k: k, wide: 1, stride: 1} }

// reduce3 halves the extents.
func reduce3(out int) layer { return layer{out: out, k: 3, stride: 2, valid: true} }

// chain is a branch of convolutions.
func (b *builder) chain(x *graph.Value, scope string, names []string, layers ...layer) *graph.Value {
	for i, l := range layers {
		x = b.basic(scope+"."+names[i], x, l)
	}
	return x
}

// numbered is name_1, name_2, ...
func numbered(name string) []string {
	var names []string
	for i := 1; i <= 5; i++ {
		names = append(names, name+"_"+string(rune('0'+i)))
	}
	return names
}

func (b *builder) inceptionPool(name string, x *graph.Value, out int) *graph.Value {
	return b.basic(name+".branch_pool", b.averagePool(name+".pool", x, 3, 1, 1), pointwise(out))
}

func (b *builder) inceptionA(name string, x *graph.Value, pool int) *graph.Value {
	one := b.basic(name+".branch1x1", x, pointwise(64))
	five := b.chain(x, name, numbered("branch5x5"), pointwise(48), square(64, 5))
	three := b.chain(x, name, numbered("branch3x3dbl"), pointwise(64), square(96, 3), square(96, 3))
	return b.concat(name, one, five, three, b.inceptionPool(name, x, pool))
}

func (b *builder) inceptionB(name string, x *graph.Value) *graph.Value {
	one := b.basic(name+".branch3x3", x, reduce3(384))
	three := b.chain(x, name, numbered("branch3x3dbl"), pointwise(64), square(96, 3), reduce3(96))
	return b.concat(name, one, three, b.maxPool(name+".pool", x, 3, 2, 0, false))
}

func (b *builder) inceptionC(name string, x *graph.Value, c int) *graph.Value {
	one := b.basic(name+".branch1x1", x, pointwise(192))
	seven := b.chain(x, name, numbered("branch7x7"), pointwise(c), row(c, 7), column(192, 7))
	double := b.chain(x, name, numbered("branch7x7dbl"), pointwise(c), column(c, 7), row(c, 7), column(c, 7), row(192, 7))
	return b.concat(name, one, seven, double, b.inceptionPool(name, x, 192))
}

func (b *builder) inceptionD(name string, x *graph.Value) *graph.Value {
	three := b.chain(x, name, numbered("branch3x3"), pointwise(192), reduce3(320))
	seven := b.chain(x, name, numbered("branch7x7x3"), pointwise(192), row(192, 7), column(192, 7), reduce3(192))
	return b.concat(name, three, seven, b.maxPool(name+".pool", x, 3, 2, 0, false))
}

func (b *builder) inceptionE(name string, x *graph.Value) *graph.Value {
	one := b.basic(name+".branch1x1", x, pointwise(320))
	three := b.basic(name+".branch3x3_1", x, pointwise(384))
	three = b.fork(name+".branch3x3_2", three)
	double := b.chain(x, name, numbered("branch3x3dbl"), pointwise(448), square(384, 3))
	double = b.fork(name+".branch3x3dbl_3", double)
	return b.concat(name, one, three, double, b.inceptionPool(name, x, 192))
}

// fork is a row and a column side by side.
func (b *builder) fork(name string, x *graph.Value) *graph.Value {
	return b.concat(name, b.basic(name+"a", x, row(384, 3)), b.basic(name+"b", x, column(384, 3)))
}
