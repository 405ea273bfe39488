"""Writes jitter.json: Pillow's ImageEnhance in the order of Jitter.

    python -m venv v && v/bin/pip install pillow==12.0.0 && v/bin/python golden.py
"""
import hashlib, json, struct
from PIL import Image, ImageEnhance

W, H = 31, 17


def pixels():
    x, out = 5, bytearray()
    for i in range(W * H * 3):
        x = (x * 1664525 + 1013904223) % 2**32
        out.append(x >> 24)
    return bytes(out)


def f32(v):
    return struct.unpack("f", struct.pack("f", v))[0]


cases = []
for b, c, s in [(1, 1, 1), (.8, 1, 1), (1.2, 1, 1), (1, .8, 1), (1, 1.2, 1), (1, 1, .8), (1, 1, 1.2), (.83, 1.17, .91), (1.199, .801, 1.13)]:
    im = Image.frombytes("RGB", (W, H), pixels())
    im = ImageEnhance.Brightness(im).enhance(f32(b))
    im = ImageEnhance.Contrast(im).enhance(f32(c))
    im = ImageEnhance.Color(im).enhance(f32(s))
    cases.append(dict(b=b, c=c, s=s, sha256=hashlib.sha256(im.tobytes()).hexdigest()))
json.dump(cases, open("jitter.json", "w"), indent=0)
