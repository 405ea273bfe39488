# Writes the state dicts beside this file: python3 make.py (PyTorch 2.15 was used).
import torch

odd = {
    "transposed": torch.arange(6.0).reshape(2, 3).t(),
    "half": torch.tensor([1.5, -2.0], dtype=torch.float16),
    "bfloat16": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "double": torch.tensor([0.1], dtype=torch.float64),
    "expanded": torch.tensor([7.0]).expand(3),
    "slice": torch.arange(10.0)[2:9:3],
    "parameter": torch.nn.Parameter(torch.tensor([[3.0]])),
    "long": torch.tensor(-5),
    "bool": torch.tensor([True, False]),
    "empty": torch.zeros(0, 4),
    "channels_last": torch.arange(8.0).reshape(1, 2, 2, 2).to(memory_format=torch.channels_last),
}
torch.save({"epoch": 3, "state_dict": odd}, "zip.pth")
torch.save(odd, "legacy.pth", _use_new_zipfile_serialization=False)
