//go:build ignore

#include "net.h"

#include <stdio.h>
#include <string.h>

void net_in(const net *n, int x, int *c, int *h, int *w) {
    *c = x < 0 ? n->c : n->l[x].c;
    *h = x < 0 ? n->h : n->l[x].h;
    *w = x < 0 ? n->w : n->l[x].w;
}

static int append(net *n, layer l) {
    n->l[n->n] = l;
    return n->n++;
}

static int extent(int x, int k, int stride, int pad) { return (x + pad - k) / stride + 1; }

int net_conv_pad(net *n, int x, int c, int k, int stride, int pad0, int pad1, int groups, act a, int res) {
    layer l = {CONV, x, res, c, 0, 0, k, stride, pad0, pad1, groups, a};
    int cin, h, w;
    net_in(n, x, &cin, &h, &w);
    l.h = extent(h, k, stride, pad0 + pad1);
    l.w = extent(w, k, stride, pad0 + pad1);
    return append(n, l);
}

int net_conv(net *n, int x, int c, int k, int stride, int groups, act a, int res) {
    return net_conv_pad(n, x, c, k, stride, k / 2, k / 2, groups, a, res);
}

int net_maxpool(net *n, int x, int k, int stride, int pad) {
    layer l = {MAXPOOL, x, NONE, 0, 0, 0, k, stride, pad, pad, 1, ACT_NONE};
    int h, w;
    net_in(n, x, &l.c, &h, &w);
    l.h = extent(h, k, stride, 2 * pad);
    l.w = extent(w, k, stride, 2 * pad);
    return append(n, l);
}

int net_gap(net *n, int x) {
    int c, h, w;
    net_in(n, x, &c, &h, &w);
    return append(n, (layer){GAP, x, NONE, c, 1, 1, h, 1, 0, 0, 1, ACT_NONE});
}

int net_fc(net *n, int x, int c) { return append(n, (layer){FC, x, NONE, c, 1, 1, 1, 1, 0, 0, 1, ACT_NONE}); }

long net_parameters(const net *n) {
    long sum = 0;
    for (int i = 0; i < n->n; i++) {
        const layer *l = &n->l[i];
        int c, h, w;
        net_in(n, l->x, &c, &h, &w);
        if (l->kind == CONV) sum += (long)l->c * c / l->groups * l->k * l->k + 2 * l->c;
        if (l->kind == FC) sum += (long)l->c * c + l->c;
    }
    return sum;
}

void net_print(const net *n) {
    static const char *kinds[] = {"conv", "maxpool", "gap", "fc"}, *acts[] = {"", " relu", " relu6"};
    printf("%s  picture %dx%dx%d  parameters %ld  last stage from %d\n", n->name, n->c, n->h, n->w, net_parameters(n), n->tail);
    for (int i = 0; i < n->n; i++) {
        const layer *l = &n->l[i];
        printf("%3d %-7s x %3d  %4dx%dx%d  k%d s%d p%d,%d g%d%s", i, kinds[l->kind], l->x, l->c, l->h, l->w, l->k, l->stride,
               l->pad0, l->pad1, l->groups, acts[l->act]);
        if (l->res != NONE) printf("  + %d", l->res);
        printf("\n");
    }
}

static void one_conv(net *n, int k, int kernel, int stride, int pad, int groups) {
    net_conv_pad(n, -1, k, kernel, stride, pad, pad, groups, ACT_RELU, NONE);
    n->tail = 0;
}

int net_find(net *n, const char *name, int size) {
    static const struct {
        const char *name;
        void (*build)(net *);
    } all[] = {{"resnet18", resnet18}, {"resnet50", resnet50}, {"mobilenet_v2", mobilenet_v2}, {"efficientnet_lite0", efficientnet_lite0}};
    memset(n, 0, sizeof *n);
    snprintf(n->name, sizeof n->name, "%s", name);
    n->c = 3, n->h = n->w = size, n->eps = 1e-5;
    int k, kernel, stride, pad, groups;
    if (sscanf(name, "conv %d %d %d %d %d %d", &n->c, &k, &kernel, &stride, &pad, &groups) == 6) {
        one_conv(n, k, kernel, stride, pad, groups);
        return 1;
    }
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(name, all[i].name)) {
            all[i].build(n);
            return 1;
        }
    return 0;
}
