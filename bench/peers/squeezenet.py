"""torchvision's SqueezeNet 1.1 as a feature extractor, with the weights of an ONNX file."""

import onnx
import onnx.numpy_helper
import torch
from torch import nn
from torchvision import models

MEAN, STD = (123 / 255, 117 / 255, 104 / 255), (1 / 255,) * 3  # pixels 0..255 less 123,117,104


class Classifier(nn.Module):
    """Features [N 512] and a linear head.

    Tried beside it: standardised features and falling rates reach 97 % of the sign digits
    later, or not at all.
    """

    def __init__(self, classes):
        super().__init__()
        body = models.squeezenet1_1(weights=None).features
        for m in body.modules():
            if isinstance(m, nn.MaxPool2d):
                m.ceil_mode = False  # the weights come from a net that rounds down
        self.body = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(1))
        self.head = nn.Linear(512, classes)

    def forward(self, x):
        return self.head(self.body(x))


def fill(model, path):
    """Copies the float initialisers of path into the parameters of model, by order."""
    found = [onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer
             if t.data_type == onnx.TensorProto.FLOAT]
    wanted = list(model.parameters())
    if len(found) != len(wanted):
        raise SystemExit(f"{path}: {len(found)} float tensors, the net has {len(wanted)}")
    with torch.no_grad():
        for p, a in zip(wanted, found):
            if tuple(p.shape) != a.shape:
                raise SystemExit(f"{path}: a tensor of shape {a.shape} where the net wants {tuple(p.shape)}")
            p.copy_(torch.from_numpy(a.copy()))


def load(path, classes):
    net = Classifier(len(classes))
    fill(net.body, path)
    return net.to(memory_format=torch.channels_last)
