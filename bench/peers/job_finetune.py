"""Fine-tuning of EfficientNet-Lite0: some epochs of the head, then epochs of everything.

    job_finetune.py --data DIR --split split.csv --weights weights.pth --out DIR --frozen-epochs 1 --epochs 5

--frozen-epochs 0 is full fine-tuning in all epochs. BatchNorm keeps its running statistics
and trains scale and shift (--bn affine), which suits few pictures and costs least; --bn train
normalises by the batch.
"""

import torch

import job
import lite0
import pictures


def phase(args, net, train, val, epochs, lr, everything):
    """Trains the head, or everything, for some epochs; returns what the last one gave."""
    net.model.requires_grad_(everything)
    net.head.requires_grad_(True)
    trained = [p for p in net.model.parameters() if p.requires_grad]
    opt = torch.optim.AdamW(trained, lr=lr, weight_decay=1e-2)
    judged = None

    def forward(x):
        with torch.set_grad_enabled(everything):
            x = net.features(x)
        return net.head(x)

    for e in range(epochs):
        net.model.train(everything and args.bn == "train")
        net.head.train()
        loss = job.epoch(train, forward, opt)
        judged = job.probabilities(val, net.model)
        accuracy, _ = job.scores(*judged)
        name = "all" if everything else "head"
        print(f"{name} epoch {e + 1} loss {loss:.4f} accuracy {accuracy:.4f}", flush=True)
    return judged


def main():
    args = job.options(__doc__.splitlines()[0])
    args.add_argument("--frozen-epochs", type=int, default=1)
    args.add_argument("--bn", choices=("affine", "train"), default="affine")
    args.add_argument("--head-lr", type=float, default=2e-3)
    args.add_argument("--lr", type=float, default=2e-4)
    args = args.parse_args()
    if args.epochs < 1:
        raise SystemExit("--epochs must be at least 1")
    job.start(args)
    train, val, classes, rows = pictures.loaders(
        args.data, args.split, lite0.MEAN, lite0.STD, batch=args.batch, workers=args.workers)
    net = lite0.load(args.weights, classes)
    phase(args, net, train, val, args.frozen_epochs, args.head_lr, everything=False)
    judged = phase(args, net, train, val, args.epochs, args.lr, everything=True)
    job.finish(args, net.model, classes, rows, judged, args.frozen_epochs + args.epochs)


if __name__ == "__main__":
    main()
