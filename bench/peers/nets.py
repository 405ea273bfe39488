"""The four nets of the benchmark, with random weights, each split where tasks split it."""

import torch
from torch import nn
from torchvision import models


class Split:
    """A net in three parts that follow each other: prefix, tail (the last stage), head.

    features(x) is the head's input; the whole is head(tail(prefix(x))). model holds all
    of them; model(x) is the package's own forward, used where nothing is split.
    """

    def __init__(self, model, prefix, tail, head):
        self.model, self.prefix, self.tail, self.head = model, prefix, tail, head

    def features(self, x):
        return self.tail(self.prefix(x))


def resnet(name):
    """tail: layer4 and pooling."""
    m = getattr(models, name)(weights=None)
    prefix = nn.Sequential(m.conv1, m.bn1, m.relu, m.maxpool, m.layer1, m.layer2, m.layer3)
    return Split(m, prefix, nn.Sequential(m.layer4, m.avgpool, nn.Flatten(1)), m.fc)


def mobilenet_v2():
    """tail: last inverted residual block, last 1x1 convolution, pooling."""
    m = models.mobilenet_v2(weights=None)
    tail = nn.Sequential(*m.features[-2:], nn.AdaptiveAvgPool2d(1), nn.Flatten(1))
    return Split(m, nn.Sequential(*m.features[:-2]), tail, m.classifier)


def efficientnet_lite0():
    """tail: last block, last 1x1 convolution, pooling. Stochastic depth is off: it would drop work."""
    from efficientnet_lite_pytorch import EfficientNet

    m = EfficientNet.from_name("efficientnet-lite0", drop_connect_rate=0.0)
    act = m._swish
    prefix = nn.Sequential(m._conv_stem, m._bn0, act, *m._blocks[:-1])
    tail = nn.Sequential(m._blocks[-1], m._conv_head, m._bn1, act, m._avg_pooling, nn.Flatten(1))
    return Split(m, prefix, tail, nn.Sequential(m._dropout, m._fc))


def build(name, seed=1):
    torch.manual_seed(seed)
    if name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"):
        return resnet(name)
    if name == "mobilenet_v2":
        return mobilenet_v2()
    if name == "efficientnet_lite0":
        return efficientnet_lite0()
    raise ValueError(f"unknown net {name!r}")


@torch.no_grad()
def calibrate(model, x):
    """Sets every running statistic to that of x, as in a trained net.

    With those of a new net (mean 0, variance 1) the activations of eval() grow with depth
    until the first training steps overflow.
    """
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    momentum = [m.momentum for m in norms]
    for m in norms:
        m.momentum = 1.0
    model.train()
    model(x)
    for m, old in zip(norms, momentum):
        m.momentum = old
