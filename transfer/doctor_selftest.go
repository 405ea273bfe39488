package transfer

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/ref"
)

// selfTestBar is the largest difference from the reference, over the largest value.
const selfTestBar = 1e-4

// selfCase is one operator, with its gradients if it has them, as a program.
type selfCase struct {
	name  string
	build func(b *caseBuilder)
}

var selfCases = []selfCase{
	{"conv", func(b *caseBuilder) {
		op := graph.Conv{Window: graph.Window2D(3, 2, 1), Groups: 1}
		x, w, k := b.in("x", 4, 16, 23, 23), b.in("w", 32, 16, 3, 3), b.in("b", 32)
		y := b.add(op, x, w, k)
		dy := b.in("dy", y[0].Shape...)
		b.out(y...)
		b.out(b.add(graph.ConvGradInput{Conv: op, X: x.Shape}, w, dy)...)
		b.out(b.add(graph.ConvGradWeight{Conv: op, W: w.Shape, Bias: true}, x, dy)...)
	}},
	{"fused", func(b *caseBuilder) {
		op := graph.FusedConv{Conv: graph.Conv{Window: graph.Window2D(3, 1, 1), Groups: 1}, Act: graph.Act{Fn: graph.Relu}}
		x, w, k := b.in("x", 4, 16, 11, 11), b.in("w", 32, 16, 3, 3), b.in("b", 32)
		b.out(b.add(op, x, w, k, b.in("residual", 4, 32, 11, 11))...)
	}},
	{"gemm", func(b *caseBuilder) {
		x, w, k, dy := b.in("x", 32, 129), b.in("w", 65, 129), b.in("b", 65), b.in("dy", 32, 65)
		b.out(b.add(graph.Linear, x, w, k)...)
		b.out(b.add(graph.Gemm{Alpha: 1}, dy, w)...)
		b.out(b.add(graph.Gemm{TransA: true, Alpha: 1}, dy, x)...)
	}},
	{"maxpool", func(b *caseBuilder) { b.pool(graph.MaxPool) }},
	{"avgpool", func(b *caseBuilder) { b.pool(graph.AveragePool) }},
	{"norm", func(b *caseBuilder) {
		x, s, k, dy := b.in("x", 4, 19, 9, 9), b.in("s", 19), b.in("b", 19), b.in("dy", 4, 19, 9, 9)
		y := b.add(graph.BatchNormTrain{Eps: 1e-5}, x, s, k)
		b.out(y...)
		b.out(b.add(graph.BatchNormGrad{Eps: 1e-5, Batch: true}, x, s, y[1], y[2], dy)...)
	}},
}

// caseBuilder adds inputs and operators and keeps the first error.
type caseBuilder struct {
	p   *graph.Program
	err error
}

func (b *caseBuilder) in(name string, shape ...int) *graph.Value {
	return b.p.AddInput(name, graph.Type{DType: graph.Float32, Shape: shape}, false)
}

// add returns the results of op, or values of one element after an error.
func (b *caseBuilder) add(op graph.Op, in ...*graph.Value) []*graph.Value {
	if b.err == nil {
		var out []*graph.Value
		if out, b.err = b.p.Add("", op, in...); b.err == nil {
			return out
		}
	}
	none := &graph.Value{Type: graph.Type{Shape: graph.Shape{1}}}
	return []*graph.Value{none, none, none}
}

func (b *caseBuilder) out(vs ...*graph.Value) { b.p.Outputs = append(b.p.Outputs, vs...) }

func (b *caseBuilder) pool(fn graph.PoolFn) {
	op := graph.Pool{Fn: fn, Window: graph.Window2D(3, 2, 1)}
	x := b.in("x", 4, 19, 23, 23)
	y := b.add(op, x)
	dy := b.in("dy", y[0].Shape...)
	b.out(y...)
	b.out(b.add(graph.PoolGrad{Pool: op}, x, y[0], dy)...)
}

// selfTest compares a device with the reference, a finding an operator.
func (d *Diagnosis) selfTest(ctx context.Context, device string, open Opener) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b, err := open(device)
	if err != nil {
		d.Findings = append(d.Findings, failure(device, err))
		return
	}
	defer b.Close()
	begin, ok := time.Now(), true
	var worst []string
	for _, c := range selfCases {
		diff, err := c.compare(ctx, b)
		if err == nil && !(diff <= selfTestBar) {
			err = fault.New(fault.ErrDevice, "wrong numbers", c.name, fmt.Sprintf("%.1e from the reference, at most %.0e", diff, selfTestBar),
				"do not train on this machine; report the library's version and the CPU")
		}
		if err != nil {
			ok = false
			d.Findings = append(d.Findings, failure(device+" "+c.name, err))
			continue
		}
		worst = append(worst, fmt.Sprintf("%s %.0e", c.name, diff))
	}
	if ok {
		d.Devices = append(d.Devices, device)
		d.Findings = append(d.Findings, Finding{device, stateOK, fmt.Sprintf("%s computes as the reference does, both directions, in %.1f s: %s",
			b.Name(), time.Since(begin).Seconds(), strings.Join(worst, ", ")), ""})
	}
}

// compare returns the largest difference over the largest value of the case's results.
func (c selfCase) compare(ctx context.Context, b graph.Backend) (float64, error) {
	cb := &caseBuilder{p: &graph.Program{Graph: graph.New()}}
	if c.build(cb); cb.err != nil {
		return 0, cb.err
	}
	in := map[string]*graph.Tensor{}
	for k, v := range cb.p.Inputs {
		in[v.Name] = formulaTensor(v.Shape, 13*k)
	}
	got, err := runOnce(ctx, b, cb.p, in)
	if err != nil {
		return 0, err
	}
	want, err := runOnce(ctx, ref.New(), cb.p, in)
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for i := range want {
		abs, scale := distance(got[i], want[i])
		if !(abs/scale <= worst) { // NaN stays
			worst = abs / scale
		}
	}
	return worst, nil
}

// distance returns max|a−b| and max|b|, at least the smallest float32. NaN and
// infinities that are not in both make it NaN.
func distance(a, b *graph.Tensor) (abs, scale float64) {
	if a.Len() != b.Len() {
		return math.NaN(), 1
	}
	scale = math.SmallestNonzeroFloat32
	for i := range b.Len() {
		x, y := a.At(i), b.At(i)
		if d := math.Abs(x - y); x != y && !(d <= abs) {
			abs = d
		}
		if m := math.Abs(y); m > scale && !math.IsInf(m, 0) {
			scale = m
		}
	}
	if math.IsInf(abs, 0) {
		abs = math.NaN()
	}
	return abs, scale
}
