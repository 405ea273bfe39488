"""Pictures of a job: one CSV for both sides, torchvision transforms, a loader.

The CSV has the columns path, label and split (train, val; others are not read), as
`gotl-gpu` writes them into split.csv. Paths are relative to the data folder.
"""

import csv
import os

import torch
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode

CROP, RESIZE = 224, 256


class Pictures(torch.utils.data.Dataset):
    """Decoded by Pillow in the workers, as ImageFolder does."""

    def __init__(self, folder, rows, classes, transform):
        self.folder, self.rows, self.transform = folder, rows, transform
        self.index = {c: i for i, c in enumerate(classes)}

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = self.rows[i]
        with Image.open(os.path.join(self.folder, row["path"])) as im:
            return self.transform(im.convert("RGB")), self.index[row["label"]]


def read_split(path):
    """Returns (train rows, val rows, class names in byte order)."""
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    train = [r for r in rows if r["split"] == "train"]
    val = [r for r in rows if r["split"] == "val"]
    if not train or not val:
        raise SystemExit(f"{path}: {len(train)} training and {len(val)} validation rows")
    return train, val, sorted({r["label"] for r in train}, key=lambda c: c.encode())


def transforms(mean, std, filter, mirror):
    """Training and evaluation transforms; mean and std are of pixels 0..1.

    Training: crop of .35-1 of the area, ratio 3/4-4/3, mirror, brightness, contrast and
    saturation +-.2. Evaluation: short side to 256, centre crop.
    """
    last = [T.ToTensor(), T.Normalize(mean, std)]
    crop = T.RandomResizedCrop(CROP, scale=(0.35, 1.0), ratio=(3 / 4, 4 / 3), interpolation=filter)
    train = [crop, *([T.RandomHorizontalFlip()] if mirror else []), T.ColorJitter(0.2, 0.2, 0.2), *last]
    return T.Compose(train), T.Compose([T.Resize(RESIZE, interpolation=filter), T.CenterCrop(CROP), *last])


def symbols(classes):
    """Digits and single letters are not mirrored."""
    return all(len(c) == 1 or c.isdigit() for c in classes)


def loaders(folder, split, mean, std, filter=InterpolationMode.BICUBIC, batch=32, workers=2):
    """Returns (training loader, validation loader, classes, validation rows)."""
    train, val, classes = read_split(split)
    t, e = transforms(mean, std, filter, not symbols(classes))
    made = []
    for rows, transform, shuffle in ((train, t, True), (val, e, False)):
        made.append(torch.utils.data.DataLoader(
            Pictures(folder, rows, classes, transform), batch_size=batch, shuffle=shuffle,
            num_workers=workers, persistent_workers=workers > 0))
    return made[0], made[1], classes, val
