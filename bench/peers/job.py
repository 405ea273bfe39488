"""What the job scripts share: options, epochs, scores, the files on disk, the closing line."""

import argparse
import csv
import json
import os
import resource
import time
import warnings

import torch
from torch import nn

import memory


def options(description):
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--data", required=True, help="folder that the split's paths start at")
    p.add_argument("--split", required=True, help="CSV: path,label,split")
    p.add_argument("--weights", required=True, help="pretrained weights")
    p.add_argument("--out", required=True, help="folder for the results")
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--seed", type=int, default=42)
    return p


def start(args):
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


def epoch(loader, forward, opt):
    """One pass over the training pictures; returns the mean loss."""
    loss_of, total, n = nn.CrossEntropyLoss(), 0.0, 0
    for x, y in loader:
        loss = loss_of(forward(channels_last(x)), y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        total, n = total + loss.item() * len(y), n + len(y)
    return total / n


@torch.inference_mode()
def probabilities(loader, model):
    """Returns (probabilities [N K], labels [N]) of the evaluation form."""
    model.eval()
    p, labels = [], []
    for x, y in loader:
        p.append(torch.softmax(model(channels_last(x)), 1))
        labels.append(y)
    return torch.cat(p), torch.cat(labels)


def scores(p, labels):
    """Returns (accuracy, balanced accuracy: the mean recall of the classes present)."""
    hit = (p.argmax(1) == labels).double()
    recalls = [hit[labels == k].mean() for k in labels.unique()]
    return hit.mean().item(), torch.stack(recalls).mean().item()


def write(out, model, classes, rows, p):
    """The state dict, the ONNX file and the predictions, each replaced whole."""
    model.eval()

    def whole(name, save):
        save(os.path.join(out, name + ".part"))
        os.replace(os.path.join(out, name + ".part"), os.path.join(out, name))

    def predictions(path):
        with open(path, "w", newline="", encoding="utf-8") as f:
            w = csv.writer(f)
            w.writerow(["path", "label", "predicted", "probability"])
            for row, q in zip(rows, p):
                w.writerow([row["path"], row["label"], classes[int(q.argmax())], f"{q.max():.6f}"])

    def onnx(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(model, torch.zeros(1, 3, 224, 224), path, dynamo=False, opset_version=17,
                              input_names=["input"], output_names=["logits"],
                              dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})

    whole("model.pt", lambda path: torch.save({"classes": classes, "state": model.state_dict()}, path))
    whole("model.onnx", onnx)
    whole("predictions.csv", predictions)


def seconds():
    """Wall time since this process was started, the interpreter's own start included."""
    with open("/proc/self/stat") as f:
        ticks = int(f.read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def finish(args, model, classes, rows, judged, epochs):
    """Writes the files and prints the closing JSON line; judged is what probabilities() said last.

    peak_rss is of this process; peak_rss_worker of its largest loader process, which
    shares most pages with it.
    """
    p, labels = judged
    accuracy, balanced = scores(p, labels)
    write(args.out, model, classes, rows, p)
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"accuracy": accuracy, "balanced_accuracy": balanced, "seconds": seconds(),
                      "peak_rss": memory.now()[1], "peak_rss_worker": worker, "epochs": epochs}), flush=True)
