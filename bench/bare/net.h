// Nets as tables of layers, made by loops like torchvision's definitions.
#ifndef BARE_NET_H
#define BARE_NET_H

typedef enum { ACT_NONE, ACT_RELU, ACT_RELU6 } act;
typedef enum { CONV, MAXPOOL, GAP, FC } layer_kind;

// One layer; its number in the table names its result, -1 is the picture.
//
//   CONV     y = act(bn(conv(x)) + res), no res if res == NONE
//   MAXPOOL  FC     GAP: mean over the plane
typedef struct {
    layer_kind kind;
    int x, res;          // what it reads
    int c, h, w;         // extents of its result
    int k, stride;       // window, both axes
    int pad0, pad1;      // before, after; both axes
    int groups;
    act act;
} layer;

enum { NONE = -2, MAX_LAYERS = 200 };

typedef struct {
    char name[64];
    int c, h, w; // the picture
    layer l[MAX_LAYERS];
    int n;
    int tail;  // first layer of the last stage (task `last`)
    double eps; // of every BatchNorm
} net;

// net_find fills n with a net by name, for pictures of size x size; 0 if the name is
// unknown. "conv C K KERNEL STRIDE PAD GROUPS" is one convolution with ReLU.
int net_find(net *n, const char *name, int size);

void resnet18(net *n);
void resnet50(net *n);
void mobilenet_v2(net *n);
void efficientnet_lite0(net *n);

// Builders; each returns the number of the layer it appends.
int net_conv(net *n, int x, int c, int k, int stride, int groups, act a, int res); // pads k/2
int net_conv_pad(net *n, int x, int c, int k, int stride, int pad0, int pad1, int groups, act a, int res);
int net_maxpool(net *n, int x, int k, int stride, int pad);
int net_gap(net *n, int x);
int net_fc(net *n, int x, int c);

// net_in is layer x's extents, of the picture if x == -1.
void net_in(const net *n, int x, int *c, int *h, int *w);

// net_parameters counts weights as torchvision does: scale and shift, no statistics.
long net_parameters(const net *n);

// net_print writes a line a layer.
void net_print(const net *n);

#endif
