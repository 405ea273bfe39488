"""Writes windows.json: JPEG pictures of many codings, and Pillow's reduced pixels.

    python -m venv v && v/bin/pip install pillow==12.0.0 numpy
    v/bin/python golden.py

Each entry: name, file (base64), size, and reduced: for 2, 4, 8 the base64 of the zlib
of Image.draft's pixels (libjpeg-turbo's scaled decoding, ISLOW), where Pillow offers it.
"""
import base64, io, json, zlib
import numpy as np, PIL
from PIL import Image

W, H = 119, 93
y, x = np.mgrid[0:H, 0:W]
a = np.stack([128 + 100 * np.sin(x / 9) * np.cos(y / 7), (x * 2 + y) % 256, 255 - y * 2], 2).astype(np.uint8)
a[30:50, 40:70] = (250, 30, 60)
rgb = Image.fromarray(a)
out = []


def add(name, im, **kw):
    b = io.BytesIO()
    im.save(b, "JPEG", **kw)
    e = dict(name=name, file=base64.b64encode(b.getvalue()).decode(), size=[W, H], reduced={})
    for d in (2, 4, 8):
        m = Image.open(io.BytesIO(b.getvalue()))
        if m.mode not in ("RGB", "L"):
            continue
        m.draft(None, (W // d, H // d))
        if m.size == (-(-W // d), -(-H // d)):
            e["reduced"][d] = base64.b64encode(zlib.compress(m.convert("RGB").tobytes(), 9)).decode()
    out.append(e)


for s, n in enumerate(["444", "422", "420"]):
    add(n, rgb, quality=80, subsampling=s)
    add("progressive " + n, rgb, quality=80, subsampling=s, progressive=True)
add("restarts", rgb, quality=80, subsampling=2, restart_marker_blocks=3)
add("gray", rgb.convert("L"), quality=80)
add("gray progressive", rgb.convert("L"), quality=80, progressive=True)
add("rgb", rgb, quality=60, keep_rgb=True)
add("cmyk", rgb.convert("CMYK"), quality=60)
json.dump(dict(pillow=PIL.__version__, files=out), open("windows.json", "w"), indent=0)
