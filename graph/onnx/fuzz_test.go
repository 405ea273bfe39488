package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/onnx/internal/pb"
)

// draw turns fuzz input into numbers; it gives zeros when the input is used up.
type draw struct{ b []byte }

func (d *draw) byte() byte {
	if len(d.b) == 0 {
		return 0
	}
	x := d.b[0]
	d.b = d.b[1:]
	return x
}

// int is mostly small, sometimes at the edge of what fits.
func (d *draw) int() int64 {
	k := d.byte()
	switch {
	case k < 120:
		return int64(k % 4)
	case k < 200:
		return int64(k%13) - 3
	case k < 230:
		return int64(int8(d.byte())) << (d.byte() % 57)
	case k < 245:
		return []int64{math.MaxInt64, math.MinInt64, math.MaxInt32, math.MinInt32, 1 << 40, 1 << 20, -1 << 20}[k%7]
	}
	var w [8]byte
	for i := range w {
		w[i] = d.byte()
	}
	return int64(binary.LittleEndian.Uint64(w[:]))
}

// extent is rarely zero, often the same as others.
func (d *draw) extent(usual int64) int64 {
	k := int64(d.byte())
	switch {
	case k < 128:
		return usual
	case k < 160:
		return 1
	}
	return k % 7
}

func (d *draw) list(most int) []int64 {
	v := make([]int64, int(d.byte())%(most+1))
	for i := range v {
		v[i] = d.int()
	}
	return v
}

// attr invents an attribute of a type that its name suggests, or of another.
func (d *draw) attr(name string) *pb.AttributeProto {
	kind := pb.AttributeProto_INT
	switch {
	case strings.Contains(" alpha beta bias epsilon momentum ratio value max min ", " "+name+" "):
		kind = pb.AttributeProto_FLOAT
	case strings.Contains(" auto_pad mode ", " "+name+" "):
		kind = pb.AttributeProto_STRING
	case strings.HasSuffix(name, "s") && !strings.HasPrefix(name, "keep"), name == "split", name == "perm", name == "kernel_shape":
		kind = pb.AttributeProto_INTS
	}
	if d.byte() == 255 {
		kind = pb.AttributeProto_AttributeType(d.byte() % 15)
	}
	a := &pb.AttributeProto{Name: &name, Type: kind.Enum()}
	switch kind {
	case pb.AttributeProto_FLOAT:
		f := float32(d.int()) / 4
		a.F = &f
	case pb.AttributeProto_STRING:
		a.S = []byte([]string{"SAME_UPPER", "SAME_LOWER", "VALID", "edge", "reflect", "constant", "NOTSET", "x"}[d.byte()%8])
	case pb.AttributeProto_INTS:
		a.Ints = d.list(9)
	default:
		i := d.int()
		a.I = &i
	}
	return a
}

// network invents a chain of nodes over x, earlier results and constants.
func (d *draw) network() model {
	names := slices.Sorted(maps.Keys(ops))
	opset := []int64{17, 13, 11, 9, 6, 1, 18, 22, 14, 5, 10, 7}[d.byte()%12]
	m := newModel(opset).input(int64(d.byte()%3), d.extent(4), d.extent(8), d.extent(8))
	pool := []string{"x"}
	for i := range 3 {
		f, k := fmt.Sprint("f", i), fmt.Sprint("k", i)
		dims := make([]int64, d.byte()%5)
		for j := range dims {
			dims[j] = d.extent(4)
		}
		m = m.floats(f, dims...).ints(k, d.list(8)...).scalar(k+"s", d.int())
		pool = append(pool, f, k, k+"s")
	}
	last := "x"
	for i := range 1 + int(d.byte()%8)/3 {
		op := names[int(d.byte())%len(names)]
		def := ops[op]
		var in, out []string
		more := 0
		if d.byte() < 100 {
			more = int(d.byte()) % (min(def.max, 6) - def.min + 1)
		}
		for range def.min + more {
			in = append(in, pool[int(d.byte())%len(pool)])
		}
		if len(in) > 0 && d.byte() < 220 {
			in[0] = last
		}
		for j := range 1 + int(d.byte()%3)/2 {
			out = append(out, fmt.Sprintf("v%d_%d", i, j))
		}
		var attrs []*pb.AttributeProto
		for _, name := range strings.Fields(def.attrs) {
			if d.byte() < 40 {
				attrs = append(attrs, d.attr(name))
			}
		}
		m = m.node(op, in, out, attrs...)
		pool, last = append(pool, out...), out[0]
	}
	return m.node("Identity", in2(last), in2("y"))
}

// FuzzOperators gives every operator inputs and attributes of the right and the
// wrong kinds and checks that it answers with a graph or a typed error.
func FuzzOperators(f *testing.F) {
	for i := range 64 {
		seed := make([]byte, 96)
		for j := range seed {
			seed[j] = byte(i*131 + j*j*7 + i*j)
		}
		f.Add(seed, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, exact bool) {
		b := (&draw{data}).network().bytes(t)
		start := time.Now()
		m, err := Parse(b, Options{Exact: exact, Batch: 2})
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			if fault.ClassOf(err) != fault.Model {
				t.Fatalf("class %v: %v", fault.ClassOf(err), err)
			}
			return
		}
		if err := m.Graph.Validate(); err != nil {
			t.Fatal(err)
		}
		if !exact {
			sameAfterwards(t, m.Graph)
		}
	})
}

// sameAfterwards checks that an imported network can be re-batched, and written
// and read again.
func sameAfterwards(t *testing.T, g *graph.Graph) {
	if _, err := graph.Rebatch(g, 9); err != nil {
		t.Fatal("re-batch: ", err)
	}
	var b bytes.Buffer
	switch err := Write(&b, g, Meta{}); {
	case errors.Is(err, fault.ErrUnsupported):
		return
	case err != nil:
		t.Fatal("write: ", err)
	}
	m, err := Parse(b.Bytes(), Options{Batch: 2})
	if err != nil {
		t.Fatal("read again: ", err)
	}
	for i, v := range g.Outputs {
		if !m.Graph.Outputs[i].Shape.Equal(v.Shape) {
			t.Fatalf("output %v became %v", v, m.Graph.Outputs[i])
		}
	}
}
