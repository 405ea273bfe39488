//go:build ignore

// ResNet as torchvision defines it (v1.5: the stride lies on the 3x3 convolution).
#include "net.h"

// basic: 3x3, 3x3.
static int basic(net *n, int x, int c, int stride) {
    int cin, h, w, res = x;
    net_in(n, x, &cin, &h, &w);
    int y = net_conv(n, x, c, 3, stride, 1, ACT_RELU, NONE);
    if (stride != 1 || cin != c) res = net_conv(n, x, c, 1, stride, 1, ACT_NONE, NONE);
    return net_conv(n, y, c, 3, 1, 1, ACT_RELU, res);
}

// bottleneck: 1x1, 3x3, 1x1 with four times the channels.
static int bottleneck(net *n, int x, int c, int stride) {
    int cin, h, w, res = x;
    net_in(n, x, &cin, &h, &w);
    int y = net_conv(n, x, c, 1, 1, 1, ACT_RELU, NONE);
    y = net_conv(n, y, c, 3, stride, 1, ACT_RELU, NONE);
    if (stride != 1 || cin != 4 * c) res = net_conv(n, x, 4 * c, 1, stride, 1, ACT_NONE, NONE);
    return net_conv(n, y, 4 * c, 1, 1, 1, ACT_RELU, res);
}

static void resnet(net *n, int (*block)(net *, int, int, int), const int *blocks) {
    int x = net_conv(n, -1, 64, 7, 2, 1, ACT_RELU, NONE);
    x = net_maxpool(n, x, 3, 2, 1);
    for (int stage = 0; stage < 4; stage++) {
        if (stage == 3) n->tail = n->n;
        for (int b = 0; b < blocks[stage]; b++) x = block(n, x, 64 << stage, stage > 0 && b == 0 ? 2 : 1);
    }
    net_fc(n, net_gap(n, x), 1000);
}

void resnet18(net *n) { resnet(n, basic, (int[]){2, 2, 2, 2}); }
void resnet50(net *n) { resnet(n, bottleneck, (int[]){3, 4, 6, 3}); }
