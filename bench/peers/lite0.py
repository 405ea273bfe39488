"""EfficientNet-Lite0 with pretrained weights and a new head, as the jobs use it."""

import torch
from torch import nn

import nets

MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3  # (x - 127)/128 of pixels 0..255


def load(weights, classes):
    """Returns the net, split as nets.Split says, channels_last, with a head of len(classes)."""
    net = nets.build("efficientnet_lite0")
    net.model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    net.model._fc = nn.Linear(net.model._fc.in_features, len(classes))
    net.head = nn.Sequential(net.model._dropout, net.model._fc)
    net.model.to(memory_format=torch.channels_last)
    return net
