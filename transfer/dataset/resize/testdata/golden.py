"""Writes the expected values of package resize: pillow.json and onnx.json.

    python -m venv v && v/bin/pip install pillow==12.0.0 numpy onnx onnxruntime
    v/bin/python golden.py

Pillow 13 runs the vertical pass first where the height shrinks much more than the
width (its pull request 9549); package resize keeps the order of Pillow <= 12.
The aspect-keeping cases (torchvision) are the same in both.

Sources are drawn by the formula in noise(), repeated in golden_test.go.
"""
import base64, hashlib, json, zlib
import numpy as np, onnx, onnxruntime as ort, PIL
from PIL import Image
from onnx import TensorProto as T, helper as h


def noise(w, hh, seed):
    """[h w 3] uint8: three ramps plus the top bits of an LCG."""
    x, out = seed, bytearray()
    for i in range(hh):
        for j in range(w):
            for c in range(3):
                x = (x * 1664525 + 1013904223) % 2**32
                out.append(((i * (3 + c) + j * (5 - c)) // 2 + (x >> 26)) % 256)
    return np.frombuffer(bytes(out), np.uint8).reshape(hh, w, 3)


FILTERS = dict(nearest=0, lanczos=1, bilinear=2, bicubic=3, box=4, hamming=5)


def torchvision(im, size, crop, f):
    """torchvision.transforms.functional.resize + center_crop, antialiased, PIL back end."""
    w, hh = im.size
    ow, oh = (size, int(size * hh / w)) if w <= hh else (int(size * w / hh), size)
    im = im if (ow, oh) == (w, hh) else im.resize((ow, oh), f)
    if crop > ow or crop > oh:
        l, t = max((crop - ow) // 2, 0), max((crop - oh) // 2, 0)
        r, b = max((crop - ow + 1) // 2, 0), max((crop - oh + 1) // 2, 0)
        pad = Image.new("RGB", (ow + l + r, oh + t + b))
        pad.paste(im, (l, t))
        im = pad
        ow, oh = im.size
    y, x = int(round((oh - crop) / 2.0)), int(round((ow - crop) / 2.0))
    return im.crop((x, y, x + crop, y + crop))


def pillow():
    cases = []
    sizes = [(1, 1), (2, 3), (7, 5), (16, 16), (53, 37), (100, 100), (150, 101), (64, 211)]
    outs = [(1, 1), (5, 7), (16, 16), (32, 20), (77, 96)]
    for k, (w, hh) in enumerate(sizes):
        im = Image.fromarray(noise(w, hh, k))
        for name, f in FILTERS.items():
            for ow, oh in outs:
                d = im.resize((ow, oh), f).tobytes()
                cases.append(dict(src=[w, hh, k], filter=name, out=[ow, oh], sha256=hashlib.sha256(d).hexdigest()[:24]))
    crops = []
    for k, (w, hh) in enumerate([(100, 100), (150, 101), (64, 211), (33, 57), (57, 33), (300, 299), (31, 200)]):
        im = Image.fromarray(noise(w, hh, k))
        for name in ["bilinear", "bicubic", "lanczos"]:
            for size, crop in [(32, 32), (36, 32), (37, 32), (64, 56), (40, 48), (101, 75)]:
                d = torchvision(im, size, crop, FILTERS[name]).tobytes()
                crops.append(dict(src=[w, hh, k], filter=name, size=size, crop=crop, sha256=hashlib.sha256(d).hexdigest()[:24]))
    json.dump(dict(pillow=PIL.__version__, resize=cases, torchvision=crops), open("pillow.json", "w"), separators=(",", ":"))


def session(mode, size):
    """float NCHW -> Resize -> Round -> Clip -> CenterCropPad is left to numpy."""
    kw = dict(mode=mode, antialias=1, keep_aspect_ratio_policy="not_smaller", axes=[2, 3], exclude_outside=1,
              coordinate_transformation_mode="half_pixel")
    if mode == "cubic":
        kw["cubic_coeff_a"] = -0.5
    n = h.make_node("Resize", ["x", "", "", "s"], ["y"], **kw)
    g = h.make_graph([n], "g", [h.make_tensor_value_info("x", T.FLOAT, [1, 3, "h", "w"])],
                     [h.make_tensor_value_info("y", T.FLOAT, None)], [h.make_tensor("s", T.INT64, [2], [size, size])])
    return ort.InferenceSession(h.make_model(g, opset_imports=[h.make_opsetid("", 18)], ir_version=8).SerializeToString())


def onnxruntime():
    cases, sizes = [], []
    for mode, name in [("linear", "bilinear"), ("cubic", "bicubic")]:
        for k, (w, hh) in enumerate([(100, 100), (150, 101), (64, 211), (33, 57), (57, 33), (31, 200), (256, 256)]):
            x = noise(w, hh, k).astype(np.float32).transpose(2, 0, 1)[None]
            for size, crop in [(32, 32), (37, 32), (64, 56)]:
                y = session(mode, size).run(None, {"x": x})[0][0].transpose(1, 2, 0)
                oh, ow = y.shape[:2]
                t, l = (oh - crop) // 2, (ow - crop) // 2
                y = np.clip(np.round(y), 0, 255).astype(np.uint8)[t:t + crop, l:l + crop]
                cases.append(dict(src=[w, hh, k], filter=name, size=size, crop=crop, resized=[ow, oh],
                                  zlib=base64.b64encode(zlib.compress(y.tobytes(), 9)).decode()) if (size, crop) == (37, 32) and k in (1, 2, 4)
                             else dict(src=[w, hh, k], filter=name, size=size, crop=crop, resized=[ow, oh],
                                       sha256=hashlib.sha256(y.tobytes()).hexdigest()))
    # output sizes where an exact rational rule meets a half: float32 decides
    s = {n: session("linear", n) for n in (24, 32)}
    for size in s:
        for w in range(1, 200):
            for hh in range(1, w):
                if (2 * size * w) % (2 * hh) == hh:
                    y = s[size].run(["y"], {"x": np.zeros((1, 3, hh, w), np.float32)})[0].shape
                    sizes.append([w, hh, size, y[3], y[2]])
    json.dump(dict(onnxruntime=ort.__version__, resize=cases, sizes=sizes), open("onnx.json", "w"), separators=(",", ":"))


pillow()
onnxruntime()
