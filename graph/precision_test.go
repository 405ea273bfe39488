package graph

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// TestHalfValues: which values of a training program are kept in 16 bits.
func TestHalfValues(t *testing.T) {
	g := New()
	f := func(s ...int) Type { return Type{Float32, s} }
	add := func(name string, op Op, in ...*Value) *Value {
		v, err := g.Add1(name, op, in...)
		require.NoError(t, err)
		return v
	}
	x := g.AddInput("x", f(2, 3, 8, 8), true)
	conv := add("conv", Conv{Window: Window2D(3, 1, 1), Groups: 1}, x, g.AddState("w", NewTensor(Float32, 4, 3, 3, 3)))
	early := add("early", Act{Fn: Relu}, x) // of an input: f32
	c := g.AddState("c", NewTensor(Float32, 4))
	bn, err := g.Add("bn", BatchNormTrain{Eps: 1e-5}, conv, c, c)
	require.NoError(t, err)
	relu := add("relu", Act{Fn: Relu}, bn[0])
	sum := add("sum", Binary{Fn: Add}, relu, conv)
	gap := add("gap", GlobalAveragePool{}, sum)
	flat := add("flat", Flatten{Axis: 1}, gap)
	out := add("last", Conv{Window: Window2D(1, 1, 0), Groups: 1}, sum, g.AddConst("v", NewTensor(Float32, 5, 4, 1, 1)))
	g.Outputs = []*Value{out, flat, early}
	h := HalfValues(&Program{Graph: g})
	for _, v := range []*Value{conv, bn[0], relu, sum, gap} {
		require.True(t, h[v], "%v", v)
	}
	for _, v := range []*Value{x, early, bn[1], bn[2], flat, out} {
		require.False(t, h[v], "%v", v)
	}
	require.True(t, h.Reads(conv.From, 0) && h.Reads(conv.From, 1))
	require.False(t, h.Reads(bn[0].From, 1))
	require.False(t, Half(nil).Reads(conv.From, 0))
}

type only struct{ Backend }

func (only) Name() string { return "only" }
func (only) Caps() Caps {
	return Caps{DTypes: []DType{Float32}, Info: map[string]string{"device": "CPU of 2010"}}
}

// TestCheckPrecision: exit code 5 and what to do.
func TestCheckPrecision(t *testing.T) {
	require.NoError(t, CheckPrecision(only{}, Invalid))
	require.NoError(t, CheckPrecision(only{}, Float32))
	err := CheckPrecision(only{}, BFloat16)
	require.Equal(t, fault.Device, fault.ClassOf(err))
	require.ErrorContains(t, err, "precision bf16 is not available on only: --precision: it needs hardware for it; this is CPU of 2010")
}
