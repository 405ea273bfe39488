//go:build ignore

#include "build.h"

typedef struct {
    const_dnnl_memory_desc_t x, w, plain, bias, y;
    dnnl_dims_t stride, dilation, pad0, pad1;
    int row; // weights of one output channel
} window;

static window window_of(build *b, int i) {
    const layer *l = &b->n->l[i];
    int c, h, w, g = l->groups;
    net_in(b->n, l->x, &c, &h, &w);
    long dims[] = {g, l->c / g, c / g, l->k, l->k};
    int first = g == 1;
    window d = {result_any(b, l->x), desc_any(b->p, 5 - first, dims + first), desc_plain(b->p, 5 - first, dims + first),
                row_desc(b, l->c), result_any(b, i), {l->stride, l->stride}, {0, 0}, {l->pad0, l->pad0}, {l->pad1, l->pad1},
                c / g * l->k * l->k};
    return d;
}

// A group's index comes first in dims; with one group it is left out.
tensor conv_weights(build *b, int i, const_dnnl_memory_desc_t md, fill f) {
    window d = window_of(b, i);
    return parameter_new(b->p, md, d.plain, f, i, d.row, b->n->eps);
}

tensor norm_row(build *b, int i, fill f) {
    const_dnnl_memory_desc_t md = row_desc(b, b->n->l[i].c);
    return parameter_new(b->p, md, md, f, i, 1, b->n->eps);
}

static dnnl_status_t forward(build *b, const window *d, dnnl_prop_kind_t prop, int bias, const_dnnl_primitive_attr_t attr,
                             dnnl_primitive_desc_t *pd) {
    return dnnl_convolution_forward_primitive_desc_create(pd, b->p->engine, prop, dnnl_convolution_direct, d->x, d->w,
                                                          bias ? d->bias : NULL, d->y, d->stride, d->dilation, d->pad0, d->pad1,
                                                          attr);
}

// wanted is the layout that the convolution after the first reads best, any if there is none.
static dnnl_format_tag_t wanted(build *b, dnnl_prop_kind_t prop, int bias, const_dnnl_primitive_attr_t attr) {
    static const dnnl_format_tag_t tags[] = {dnnl_acdb, dnnl_aBcd16b, dnnl_aBcd8b};
    dnnl_format_tag_t found = dnnl_format_tag_any;
    dnnl_primitive_desc_t pd;
    int i = 0;
    while (i < b->n->n && (b->n->l[i].kind != CONV || b->n->l[i].x < 0)) i++;
    if (i == b->n->n) return found;
    window d = window_of(b, i);
    TRY(forward(b, &d, prop, bias, attr, &pd));
    for (int t = 0; t < 3; t++)
        if (dnnl_memory_desc_equal(result_as(b, b->n->l[i].x, tags[t]), desc_of(pd, DNNL_ARG_SRC))) found = tags[t];
    dnnl_primitive_desc_destroy(pd);
    return found;
}

// The first convolution, left open, may give a layout that no later one takes (in blocks,
// where inference is channels-last): it is asked for theirs.
dnnl_primitive_desc_t conv_forward(build *b, int i, dnnl_prop_kind_t prop, int bias, const_dnnl_primitive_attr_t attr) {
    window d = window_of(b, i);
    dnnl_primitive_desc_t pd;
    if (b->n->l[i].x < 0) {
        d.y = result_as(b, i, wanted(b, prop, bias, attr));
        if (!forward(b, &d, prop, bias, attr, &pd)) return pd;
        d.y = result_any(b, i);
    }
    TRY(forward(b, &d, prop, bias, attr, &pd));
    return pd;
}

dnnl_primitive_desc_t conv_backward_data(build *b, int i, const_dnnl_primitive_desc_t hint) {
    window d = window_of(b, i);
    dnnl_primitive_desc_t pd;
    TRY(dnnl_convolution_backward_data_primitive_desc_create(&pd, b->p->engine, dnnl_convolution_direct, d.x, d.w, d.y, d.stride,
                                                             d.dilation, d.pad0, d.pad1, hint, b->p->attr));
    return pd;
}

dnnl_primitive_desc_t conv_backward_weights(build *b, int i, const_dnnl_primitive_desc_t hint) {
    window d = window_of(b, i);
    dnnl_primitive_desc_t pd;
    TRY(dnnl_convolution_backward_weights_primitive_desc_create(&pd, b->p->engine, dnnl_convolution_direct, d.x, d.w, NULL, d.y,
                                                                d.stride, d.dilation, d.pad0, d.pad1, hint, b->p->attr));
    return pd;
}
