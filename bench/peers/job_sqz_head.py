"""Head only, SqueezeNet 1.1, until an accuracy is reached: --to 0.97, at most --epochs.

    job_sqz_head.py --data DIR --split split.csv --weights model.onnx --out DIR --to 0.97 --epochs 60
"""

import torch

import job
import pictures
import squeezenet


def main():
    args = job.options(__doc__.splitlines()[0])
    args.add_argument("--to", type=float, default=0.97, help="accuracy to stop at")
    args.add_argument("--lr", type=float, default=2e-3)
    args.set_defaults(epochs=60)
    args = args.parse_args()
    job.start(args)
    train, val, classes, rows = pictures.loaders(
        args.data, args.split, squeezenet.MEAN, squeezenet.STD, batch=args.batch, workers=args.workers)
    net = squeezenet.load(args.weights, classes)
    net.body.eval().requires_grad_(False)

    def forward(x):
        with torch.no_grad():
            x = net.body(x)
        return net.head(x)

    opt = torch.optim.AdamW(net.head.parameters(), lr=args.lr, weight_decay=1e-2)
    for ran in range(1, args.epochs + 1):
        net.head.train()
        loss = job.epoch(train, forward, opt)
        judged = job.probabilities(val, net)
        accuracy, _ = job.scores(*judged)
        print(f"epoch {ran} loss {loss:.4f} accuracy {accuracy:.4f}", flush=True)
        if accuracy >= args.to:
            break
    job.finish(args, net, classes, rows, judged, ran)


if __name__ == "__main__":
    main()
