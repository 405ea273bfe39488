package weights

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/pickle"
)

// storage is a flat array of a PyTorch file. Its place is known at the end.
type storage struct {
	key   string
	dtype DType
	numel int
	at    int64 // byte in the file; -1: not there
}

// view is a tensor: a window on a storage.
// Source: torch/_utils.py, _rebuild_tensor_v2.
type view struct {
	store   *storage
	from    int // elements of the storage before it
	numel   int // elements of the storage it may reach, from the storage's begin
	offset  int
	shape   graph.Shape
	strides []int
	file    *torchFile
}

// part is a storage as a pickle refers to it: the whole, or a stretch (legacy views).
type part struct {
	store       *storage
	from, numel int
}

// storageClass stands for torch.FloatStorage and its like.
type storageClass DType

// torchGlobals is all that a PyTorch file may name.
// Source: torch/_weights_only_unpickler.py, a part of it.
func (f *torchFile) globals() map[string]any {
	g := map[string]any{
		"collections.OrderedDict":         pickle.OrderedDict,
		"torch._utils._rebuild_tensor":    pickle.Func(f.rebuild),
		"torch._utils._rebuild_tensor_v2": pickle.Func(f.rebuild),
		"torch._utils._rebuild_parameter": pickle.Func(rebuildParameter),
	}
	for name, d := range map[string]DType{"Float": F32, "Half": F16, "BFloat16": BF16, "Double": F64, "Long": I64,
		"Int": I32, "Short": I16, "Char": I8, "Byte": U8, "Bool": Bool} {
		g["torch."+name+"Storage"] = storageClass(d)
	}
	return g
}

// torchFile collects the storages of one file while its pickle is read.
type torchFile struct {
	storages map[string]*storage
	place    func(key string, size int64) (int64, error) // zip: where a storage lies
	views    bool                                        // persistent ids have a view (legacy)
	src      func(*Tensor)
}

// storage resolves a persistent id ('storage', class, key, location, numel) or,
// in the legacy container, with a sixth item (view key, offset, size) or None.
func (f *torchFile) storage(id any) (any, error) {
	t, ok := id.(*pickle.Tuple)
	want := 5
	if f.views {
		want = 6
	}
	if !ok || len(t.Items) != want || t.Items[0] != any("storage") {
		return nil, malformed("a persistent id that names no storage")
	}
	class, ok1 := t.Items[1].(storageClass)
	key, ok2 := t.Items[2].(string)
	numel, ok3 := t.Items[4].(int64)
	if !ok1 || !ok2 || !ok3 || numel < 0 || numel > MaxSize || checkName(key) != nil {
		return nil, malformed("a storage that is not described as one")
	}
	st, err := f.take(key, DType(class), int(numel))
	if err != nil {
		return nil, err
	}
	p := part{st, 0, int(numel)}
	if f.views && t.Items[5] != nil {
		return p.stretch(t.Items[5])
	}
	return p, nil
}

// take returns the storage of that key; all mentions of it must agree.
func (f *torchFile) take(key string, d DType, numel int) (*storage, error) {
	if st := f.storages[key]; st != nil {
		if st.dtype != d || st.numel != numel {
			return nil, malformed("storage %q is %d %s and %d %s", key, st.numel, st.dtype, numel, d)
		}
		return st, nil
	}
	if len(f.storages) == MaxTensors {
		return nil, limit("storages", MaxTensors+1, MaxTensors)
	}
	st := &storage{key: key, dtype: d, numel: numel, at: -1}
	if f.place != nil {
		at, err := f.place(key, int64(numel)*int64(d.Size()))
		if err != nil {
			return nil, err
		}
		st.at = at
	}
	f.storages[key] = st
	return st, nil
}

// stretch applies a legacy view (key, offset, size).
func (p part) stretch(v any) (any, error) {
	x := pickle.Items(v)
	if len(x) != 3 {
		return nil, malformed("a view of storage %q that is not described as one", p.store.key)
	}
	from, ok1 := x[1].(int64)
	n, ok2 := x[2].(int64)
	if !ok1 || !ok2 || from < 0 || n < 0 || from > int64(p.numel) || n > int64(p.numel)-from {
		return nil, malformed("a view of storage %q beyond its %d elements", p.store.key, p.numel)
	}
	return part{p.store, int(from), int(n)}, nil
}

// rebuild makes a tensor: storage, offset, size, stride and what is of no use here.
func (f *torchFile) rebuild(args []any) (any, error) {
	if len(args) < 4 || len(args) > 7 {
		return nil, malformed("a tensor of %d arguments", len(args))
	}
	p, ok1 := args[0].(part)
	offset, ok2 := args[1].(int64)
	shape, ok3 := extents(args[2])
	strides, ok4 := extents(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 || offset < 0 || offset > MaxSize || len(shape) != len(strides) {
		return nil, malformed("a tensor that is not described as one")
	}
	if len(shape) > graph.MaxRank {
		return nil, limit("dimensions", len(shape), graph.MaxRank)
	}
	return &view{store: p.store, from: p.from, numel: p.numel, offset: int(offset), shape: shape, strides: strides, file: f}, nil
}

// rebuildParameter has a tensor as its first argument.
func rebuildParameter(args []any) (any, error) {
	if len(args) == 0 {
		return nil, malformed("a parameter without a tensor")
	}
	v, ok := args[0].(*view)
	if !ok {
		return nil, malformed("a parameter without a tensor")
	}
	return v, nil
}

// extents reads a tuple of numbers in [0, MaxSize].
func extents(v any) ([]int, bool) {
	t, ok := v.(*pickle.Tuple)
	if !ok {
		return nil, false
	}
	out := make([]int, 0, min(len(t.Items), graph.MaxRank+1))
	for _, x := range t.Items {
		n, ok := x.(int64)
		if !ok || n < 0 || n > MaxSize {
			return nil, false
		}
		if out = append(out, int(n)); len(out) > graph.MaxRank {
			break
		}
	}
	return out, true
}

// tensor checks that the view lies within its storage.
func (v *view) tensor(name string) (*Tensor, error) {
	t := &Tensor{Name: name, Stored: v.store.dtype, Shape: v.shape}
	n, err := t.Shape.CheckedLen(graph.Float64)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if n > 0 {
		last := v.offset
		for i, d := range v.shape {
			if s := v.strides[i]; d > 1 && s > 0 && d-1 > (v.numel-1-last)/s {
				last = v.numel
				break
			} else if d > 1 {
				last += (d - 1) * s
			}
		}
		if last >= v.numel {
			return nil, fmt.Errorf("%w: tensor %q %v with strides %v from %d reaches beyond the %d elements of its storage",
				fault.ErrMalformed, name, t.Shape, v.strides, v.offset, v.numel)
		}
	}
	if v.store.at < 0 {
		return nil, malformed("tensor %q: storage %q is not in the file", name, v.store.key)
	}
	if !dense(v.shape, v.strides) {
		t.strides = v.strides
	}
	t.at = v.store.at + int64(v.from+v.offset)*int64(t.Stored.Size())
	v.file.src(t)
	return t, nil
}

// dense reports whether strides are row-major without gaps.
func dense(s graph.Shape, strides []int) bool {
	for i, want := range s.Strides() {
		if s[i] > 1 && strides[i] != want {
			return false
		}
	}
	return true
}
