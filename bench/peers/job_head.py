"""Head only, EfficientNet-Lite0: the body frozen, in eval mode and without gradients.

    job_head.py --data DIR --split split.csv --weights weights.pth --out DIR --epochs 5
"""

import torch

import job
import lite0
import pictures


def main():
    args = job.options(__doc__.splitlines()[0])
    args.add_argument("--lr", type=float, default=2e-3)
    args = args.parse_args()
    job.start(args)
    train, val, classes, rows = pictures.loaders(
        args.data, args.split, lite0.MEAN, lite0.STD, batch=args.batch, workers=args.workers)
    net = lite0.load(args.weights, classes)
    net.model.eval().requires_grad_(False)
    net.head.requires_grad_(True)

    def forward(x):
        with torch.no_grad():
            x = net.features(x)
        return net.head(x)

    opt = torch.optim.AdamW(net.head.parameters(), lr=args.lr, weight_decay=1e-2)
    for e in range(args.epochs):
        net.head.train()
        loss = job.epoch(train, forward, opt)
        judged = job.probabilities(val, net.model)
        accuracy, _ = job.scores(*judged)
        print(f"epoch {e + 1} loss {loss:.4f} accuracy {accuracy:.4f}", flush=True)
    job.finish(args, net.model, classes, rows, judged, args.epochs)


if __name__ == "__main__":
    main()
