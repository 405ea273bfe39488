//go:build ignore

// MobileNetV2 as torchvision defines it, EfficientNet-Lite0 as the package
// efficientnet-lite-pytorch does: inverted residual blocks, ReLU6.
#include "net.h"

typedef struct {
    int expand, c, repeat, stride, k;
} stage;

// same is TensorFlow's padding: what is odd goes behind.
static int depthwise(net *n, int x, int k, int stride, int same) {
    int c, h, w;
    net_in(n, x, &c, &h, &w);
    if (!same || stride == 1) return net_conv(n, x, c, k, stride, c, ACT_RELU6, NONE);
    int pad = ((h + stride - 1) / stride - 1) * stride + k - h;
    return net_conv_pad(n, x, c, k, stride, pad / 2, pad - pad / 2, c, ACT_RELU6, NONE);
}

static int inverted(net *n, int x, stage s, int stride, int same) {
    int c, h, w, y = x;
    net_in(n, x, &c, &h, &w);
    if (s.expand != 1) y = net_conv(n, y, c * s.expand, 1, 1, 1, ACT_RELU6, NONE);
    y = depthwise(n, y, s.k, stride, same);
    return net_conv(n, y, s.c, 1, 1, 1, ACT_NONE, stride == 1 && c == s.c ? x : NONE);
}

static void mobile(net *n, const stage *s, int stages, int same) {
    int odd = same && n->h % 2 == 0; // 3x3 with stride 2 over an even side: one row too few
    int x = net_conv_pad(n, -1, 32, 3, 2, odd ? 0 : 1, 1, 1, ACT_RELU6, NONE);
    for (int i = 0; i < stages; i++)
        for (int b = 0; b < s[i].repeat; b++) {
            n->tail = n->n;
            x = inverted(n, x, s[i], b == 0 ? s[i].stride : 1, same);
        }
    x = net_conv(n, x, 1280, 1, 1, 1, ACT_RELU6, NONE);
    net_fc(n, net_gap(n, x), 1000);
}

void mobilenet_v2(net *n) {
    static const stage s[] = {{1, 16, 1, 1, 3}, {6, 24, 2, 2, 3}, {6, 32, 3, 2, 3}, {6, 64, 4, 2, 3},
                              {6, 96, 3, 1, 3}, {6, 160, 3, 2, 3}, {6, 320, 1, 1, 3}};
    mobile(n, s, sizeof s / sizeof *s, 0);
}

void efficientnet_lite0(net *n) {
    static const stage s[] = {{1, 16, 1, 1, 3}, {6, 24, 2, 2, 3}, {6, 40, 2, 2, 5}, {6, 80, 3, 2, 3},
                              {6, 112, 3, 1, 5}, {6, 192, 4, 2, 5}, {6, 320, 1, 1, 3}};
    n->eps = 1e-3;
    mobile(n, s, sizeof s / sizeof *s, 1);
}
