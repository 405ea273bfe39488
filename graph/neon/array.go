package neon

import (
	"fmt"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
	"github.com/gotl-gpu/gotl-gpu/graph/weights"
)

// globals is all that a neon file may name.
func globals() map[string]any {
	g := map[string]any{
		"collections.OrderedDict": pickle.OrderedDict,
		"numpy.ndarray":           ndarrayClass{},
		"numpy.dtype":             pickle.Func(newDType),
		"_codecs.encode":          pickle.Func(encode),
	}
	for _, module := range []string{"numpy.core.multiarray", "numpy._core.multiarray"} {
		g[module+"._reconstruct"] = pickle.Func(reconstruct)
		g[module+".scalar"] = pickle.Func(scalar)
	}
	return g
}

type ndarrayClass struct{}

// dtype is a numpy.dtype: "f4" and its byte order.
type dtype struct{ name, order string }

func newDType(args []any) (any, error) {
	if len(args) < 1 {
		return nil, malformed("a dtype without a name")
	}
	name, ok := args[0].(string)
	if !ok {
		return nil, malformed("a dtype without a name")
	}
	return &dtype{name: name}, nil
}

// Build takes (version, byte order, …).
func (d *dtype) Build(state any) error {
	s := pickle.Items(state)
	if len(s) < 2 {
		return malformed("a dtype without a byte order")
	}
	order, ok := s[1].(string)
	if !ok {
		return malformed("a dtype without a byte order")
	}
	d.order = order
	return nil
}

// stored is the element type of parameters.
func (d *dtype) stored() (weights.DType, error) {
	if d != nil && d.order == "<" {
		switch d.name {
		case "f2":
			return weights.F16, nil
		case "f4":
			return weights.F32, nil
		case "f8":
			return weights.F64, nil
		}
	}
	if d == nil {
		return "", malformed("an array without a dtype")
	}
	return "", fmt.Errorf("%w: elements of type %q; supported: <f2, <f4, <f8", fault.ErrUnsupported, d.order+d.name)
}

// latin1 is text whose code points are bytes: how Python 3 writes bytes for Python 2.
type latin1 string

func encode(args []any) (any, error) {
	if len(args) != 2 {
		return nil, malformed("_codecs.encode of %d arguments", len(args))
	}
	s, ok := args[0].(string)
	if !ok || args[1] != any("latin1") && args[1] != any("latin-1") {
		return nil, fmt.Errorf("%w: _codecs.encode other than of text to latin1", fault.ErrUnsupported)
	}
	return latin1(s), nil
}

func (l latin1) bytes() ([]byte, error) {
	b := make([]byte, 0, len(l))
	for _, r := range string(l) {
		if r > 0xff {
			return nil, malformed("latin1 text with the character %#x", r)
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// array is a numpy.ndarray.
type array struct {
	shape   graph.Shape
	dtype   *dtype
	fortran bool
	raw     any // string, latin1 or pickle.Bytes
}

func reconstruct(args []any) (any, error) {
	if len(args) != 3 || args[0] != any(ndarrayClass{}) {
		return nil, fmt.Errorf("%w: an array of another class than numpy.ndarray", fault.ErrUnsupported)
	}
	return &array{}, nil
}

// Build takes (version, shape, dtype, Fortran order, bytes).
func (a *array) Build(state any) error {
	s := pickle.Items(state)
	if len(s) != 5 || a.raw != nil {
		return malformed("an array that is not described as one")
	}
	dt, ok1 := s[2].(*dtype)
	fortran, ok2 := s[3].(bool)
	dims, ok3 := s[1].(*pickle.Tuple)
	if !ok1 || !ok2 || !ok3 {
		return malformed("an array that is not described as one")
	}
	if len(dims.Items) > graph.MaxRank {
		return fmt.Errorf("%w: an array of %d dimensions, at most %d", fault.ErrLimit, len(dims.Items), graph.MaxRank)
	}
	for _, d := range dims.Items {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 1<<40 {
			return malformed("an array whose shape is none")
		}
		a.shape = append(a.shape, int(n))
	}
	a.dtype, a.fortran, a.raw = dt, fortran, s[4]
	return nil
}

// scalar is a number: dtype and bytes.
func scalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, malformed("a scalar of %d arguments", len(args))
	}
	dt, ok := args[0].(*dtype)
	if !ok {
		return nil, malformed("a scalar without a dtype")
	}
	return &array{dtype: dt, raw: args[1]}, nil
}

// tensor converts the array to float32. The shape is row-major afterwards.
func (a *array) tensor() (*graph.Tensor, error) {
	stored, err := a.dtype.stored()
	if err != nil {
		return nil, err
	}
	n, err := a.shape.CheckedLen(graph.Float64)
	if err != nil {
		return nil, err
	}
	b, err := a.bytes()
	if err != nil {
		return nil, err
	}
	if len(b) != n*stored.Size() {
		return nil, malformed("an array %v of %s with %d bytes", a.shape, a.dtype.name, len(b))
	}
	t := graph.NewTensor(graph.Float32, a.shape...)
	stored.Decode(t.F32, b)
	if a.fortran && len(a.shape) > 1 {
		return fromFortran(t), nil
	}
	return t, nil
}

func (a *array) bytes() ([]byte, error) {
	switch x := a.raw.(type) {
	case string:
		return []byte(x), nil
	case pickle.Bytes:
		return x, nil
	case latin1:
		return x.bytes()
	}
	return nil, malformed("an array without bytes")
}

// fromFortran reorders elements whose first index moves fastest.
func fromFortran(t *graph.Tensor) *graph.Tensor {
	back := t.Shape.Clone()
	slices.Reverse(back)
	steps := back.Strides() // of the reversed shape: step of dimension i is steps[rank-1-i]
	out := graph.NewTensor(graph.Float32, t.Shape...)
	for i := range out.F32 {
		at, rest := 0, i
		for d, n := range t.Shape.Strides() {
			at += rest / n * steps[len(steps)-1-d]
			rest %= n
		}
		out.F32[i] = t.F32[at]
	}
	return out
}
