"""PyTorch as a peer: torch_worker.py --layout nchw|channels_last, commands as protocol.py says."""

import argparse
import time

import torch
import torchvision
from torch import nn

import nets
from protocol import serve

LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}
SIZE, CLASSES = 224, 1000


def sgd(parameters):
    """SGD with momentum in the form that is fastest here: the loop, or the fused one.

    Timed with rate 0 on gradients of zeros, so that no weight moves.
    """
    parameters = list(parameters)

    def best(**kind):
        opt = torch.optim.SGD(parameters, lr=0.0, momentum=0.9, **kind)
        for p in parameters:
            p.grad = torch.zeros_like(p)
        times = []
        for _ in range(6):
            start = time.perf_counter()
            opt.step()
            times.append(time.perf_counter() - start)
        opt.zero_grad(set_to_none=True)
        return min(times[1:])

    kind = min(({"foreach": False}, {"foreach": True}, {"fused": True}), key=lambda k: best(**k))
    return torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, **kind), kind


def train_step(forward, parameters, x, y):
    loss_of = nn.CrossEntropyLoss()
    opt, kind = sgd(parameters)

    def step():
        loss = loss_of(forward(x), y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        return loss.item()

    return step, {"optimiser": next(iter(k for k, v in kind.items() if v), "loop")}


def full(net, x, y):
    net.model.train()
    return train_step(net.model, net.model.parameters(), x, y)


def affine(net, x, y):
    """Everything trains, BatchNorm on its running statistics."""
    net.model.eval()
    return train_step(net.model, net.model.parameters(), x, y)


def last(net, x, y):
    """The last stage and the head train; below them nothing is recorded."""
    net.model.eval().requires_grad_(False)
    trained = [*net.tail.parameters(), *net.head.parameters()]
    for p in trained:
        p.requires_grad_(True)

    def forward(x):
        with torch.no_grad():
            x = net.prefix(x)
        return net.head(net.tail(x))

    return train_step(forward, trained, x, y)


def head(net, x, y):
    net.model.eval().requires_grad_(False)
    net.head.requires_grad_(True)

    def forward(x):
        with torch.no_grad():
            x = net.features(x)
        return net.head(x)

    return train_step(forward, net.head.parameters(), x, y)


def infer(net, x, y):
    net.model.eval()

    def step():
        with torch.inference_mode():
            return net.model(x)[0, 0].item()

    return step, {}


TASKS = {"full": full, "affine": affine, "last": last, "head": head, "infer": infer}


def prepare(layout):
    def prepare(request):
        torch.set_num_threads(int(request["threads"]))
        if request["task"] not in TASKS:
            raise ValueError(f"PyTorch has no task {request['task']!r}")
        net = nets.build(request["net"])
        net.model.to(memory_format=LAYOUTS[layout])
        x = torch.randn(int(request["batch"]), 3, SIZE, SIZE).to(memory_format=LAYOUTS[layout])
        y = torch.randint(CLASSES, (len(x),))
        nets.calibrate(net.model, x)
        step, info = TASKS[request["task"]](net, x, y)
        return step, {"library": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
                      "layout": layout, "threads": torch.get_num_threads(), **info}

    return prepare


if __name__ == "__main__":
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--layout", choices=LAYOUTS, default="channels_last")
    serve(prepare(args.parse_args().layout))
