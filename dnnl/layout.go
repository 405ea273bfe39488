package dnnl

/*
#include "shim.h"
// Copies what a blocked descriptor says about itself.
typedef struct {
	int ndims, nblks, kind, type;
	dnnl_dims_t dims, padded, strides, blks, idxs;
} gotl_layout;
static dnnl_status_t gotl_md_layout(const_dnnl_memory_desc_t m, gotl_layout *l) {
	dnnl_format_kind_t kind;
	dnnl_data_type_t type;
	const dnnl_dims_t *v;
	dnnl_status_t rc;
#define GET(what, to) if ((rc = gotl.dnnl_memory_desc_query(m, what, to))) return rc
#define VEC(what, to) do { GET(what, &v); for (int i = 0; i < DNNL_MAX_NDIMS; i++) to[i] = (*v)[i]; } while (0)
	GET(dnnl_query_ndims_s32, &l->ndims);
	GET(dnnl_query_data_type, &type);
	GET(dnnl_query_format_kind, &kind);
	l->type = (int)type, l->kind = (int)kind;
	VEC(dnnl_query_dims, l->dims);
	VEC(dnnl_query_padded_dims, l->padded);
	if (kind != dnnl_blocked) return dnnl_success;
	VEC(dnnl_query_strides, l->strides);
	GET(dnnl_query_inner_nblks_s32, &l->nblks);
	if (!l->nblks) return dnnl_success;
	VEC(dnnl_query_inner_blks, l->blks);
	VEC(dnnl_query_inner_idxs, l->idxs);
	return dnnl_success;
}
*/
import "C"

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// layout is a descriptor's content in Go's terms.
type layout struct {
	dims, padded []int
	strides      []int // of the outer blocks, in elements; nil if the library keeps the form to itself
	blocks, axes []int // inner blocks from the outside in, and the axes they cut
	half         bool  // elements are bfloat16
}

func (d desc) layout() (layout, error) {
	var l C.gotl_layout
	if err := status(C.gotl_md_layout(d.h, &l), "query of a memory descriptor"); err != nil {
		return layout{}, err
	}
	r := layout{dims: fromDims(l.dims, l.ndims), padded: fromDims(l.padded, l.ndims), half: l._type == C.dnnl_bf16}
	if l.kind == C.dnnl_blocked {
		r.strides = fromDims(l.strides, l.ndims)
		r.blocks, r.axes = fromDims(l.blks, l.nblks), fromDims(l.idxs, l.nblks)
	}
	return r, nil
}

func fromDims(d C.dnnl_dims_t, n C.int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = int(d[i])
	}
	return x
}

// padding reports whether the layout has elements beyond the tensor's own. The
// library keeps them zero and so must every kernel that writes such a tensor.
func (l layout) padding() bool { return !slices.Equal(l.dims, l.padded) }

// rowMajor reports whether the layout is the dense row-major one.
func (l layout) rowMajor() bool {
	if l.strides == nil || len(l.blocks) > 0 {
		return false
	}
	n := 1
	for i := len(l.dims) - 1; i >= 0; i-- {
		if l.dims[i] != 1 && l.strides[i] != n {
			return false
		}
		n *= l.dims[i]
	}
	return true
}

// channels returns b if a tensor [N C spatial...] lies as [N C/b spatial... b]:
// 1 for row-major, C for channels last, else the block; 0 for any other layout.
func (l layout) channels() int {
	switch {
	case l.strides == nil || len(l.dims) < 2 || len(l.blocks) > 1:
		return 0
	case len(l.blocks) == 1 && l.axes[0] == 1 && l.outer(l.blocks[0]):
		return l.blocks[0]
	case len(l.blocks) == 1:
		return 0
	case l.rowMajor():
		return 1
	case l.lastChannels():
		return l.dims[1]
	}
	return 0
}

// outer reports whether the blocks of b channels lie in the order N, C/b, spatial.
func (l layout) outer(b int) bool {
	n := b
	for i := len(l.dims) - 1; i >= 0; i-- {
		d := l.padded[i]
		if i == 1 {
			d /= b
		}
		if d != 1 && l.strides[i] != n {
			return false
		}
		n *= d
	}
	return true
}

func (l layout) lastChannels() bool {
	n := l.dims[1]
	if n != 1 && l.strides[1] != 1 {
		return false
	}
	for i := len(l.dims) - 1; i >= 0; i-- {
		if i == 1 {
			continue
		}
		if l.dims[i] != 1 && l.strides[i] != n {
			return false
		}
		n *= l.dims[i]
	}
	return true
}

// String names the layout as the library does: axes from the outside in, a capital
// for a blocked axis, then the blocks. abcd is NCHW, acdb NHWC, aBcd16b blocked by
// 16 channels.
func (l layout) String() string {
	if l.strides == nil {
		return "opaque"
	}
	order := make([]int, len(l.dims))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return l.strides[order[i]] > l.strides[order[j]] })
	var b strings.Builder
	for _, a := range order {
		letter := "a"
		if slices.Contains(l.axes, a) {
			letter = "A"
		}
		b.WriteByte(letter[0] + byte(a))
	}
	for i, n := range l.blocks {
		fmt.Fprintf(&b, "%d%c", n, 'a'+l.axes[i])
	}
	return b.String()
}

// String names d's layout.
func (d desc) String() string {
	if d.none() {
		return "none"
	}
	l, err := d.layout()
	if err != nil {
		return err.Error()
	}
	return l.String()
}

// dense reports whether the elements lie in memory in row-major order without
// gaps, whatever the layout is called: [2 32 1 1] blocked by 16 channels does.
func (l layout) dense() bool {
	if l.strides == nil || l.padding() {
		return false
	}
	inner := make([]int, len(l.blocks)) // stride of each inner block
	n := 1
	for i := len(l.blocks) - 1; i >= 0; i-- {
		inner[i] = n
		n *= l.blocks[i]
	}
	n = 1
	for a := len(l.dims) - 1; a >= 0; a-- {
		left := l.dims[a]
		for i := len(l.blocks) - 1; i >= 0; i-- {
			if l.axes[i] != a {
				continue
			}
			if l.blocks[i] != 1 && inner[i] != n {
				return false
			}
			n *= l.blocks[i]
			left /= l.blocks[i]
		}
		if left != 1 && l.strides[a] != n {
			return false
		}
		n *= left
	}
	return true
}
