"""Writes matrix.json: small picture files and their pixels as Pillow reads them.

    python -m venv v && v/bin/pip install pillow==12.0.0 numpy
    v/bin/python golden.py

Each entry: name, file (base64), size, rgb (base64 of zlib), kind. Expected pixels are
ImageOps.exif_transpose(Image.open(f)).convert("RGB"), first frame. kind is
  exact   equal bytes
  jpeg    within 1 of 255 with libjpeg-turbo; other decoders differ more
"""
import base64, io, json, struct, zlib
import numpy as np, PIL
from PIL import Image, ImageOps

W, H = 20, 13
out = []


def scene(w=W, h=H, k=0):
    """A smooth gradient with a bright box: chroma steps, no noise."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y + 31 * k) * 6 % 256], 2).astype(np.uint8)
    a[h // 4:h // 2, w // 4:w // 2] = (250, 30 + 20 * k, 60)
    return a


def save(im, fmt, **kw):
    b = io.BytesIO()
    im.save(b, fmt, **kw)
    return b.getvalue()


def add(name, data, kind="exact"):
    im = Image.open(io.BytesIO(data))
    im.seek(0)
    im = ImageOps.exif_transpose(im).convert("RGB")
    out.append(dict(name=name, file=base64.b64encode(data).decode(), size=list(im.size), kind=kind,
                    rgb=base64.b64encode(zlib.compress(im.tobytes(), 9)).decode()))


def exif(o, big=False):
    e = Image.Exif()
    e[0x0112] = o
    b = e.tobytes()
    if big:
        b = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, o, 0, 0)
    return b


rgb = Image.fromarray(scene())
for o in range(1, 9):
    add(f"exif {o}", save(rgb, "JPEG", quality=90, subsampling=0, exif=exif(o, o % 2 == 0)), "jpeg")
add("exif 9 is odd", save(rgb, "JPEG", quality=90, subsampling=0, exif=exif(9)), "jpeg")
for s, n in enumerate(["444", "422", "420"]):
    add("jpeg " + n, save(rgb, "JPEG", quality=85, subsampling=s), "jpeg")
    add("jpeg progressive " + n, save(rgb, "JPEG", quality=85, subsampling=s, progressive=True), "jpeg")
add("jpeg gray", save(rgb.convert("L"), "JPEG", quality=90), "jpeg")
add("jpeg gray progressive", save(rgb.convert("L"), "JPEG", quality=90, progressive=True), "jpeg")
add("jpeg rgb", save(rgb, "JPEG", quality=90, keep_rgb=True), "jpeg")
add("jpeg cmyk", save(rgb.convert("CMYK"), "JPEG", quality=95), "jpeg")
k = np.concatenate([255 - scene(), np.full((H, W, 1), 90, np.uint8)], 2)
add("jpeg cmyk with black", save(Image.fromarray(k, "CMYK"), "JPEG", quality=95), "jpeg")
add("jpeg restart", save(rgb, "JPEG", quality=85, subsampling=0, restart_marker_rows=1), "jpeg")
add("jpeg optimised", save(rgb, "JPEG", quality=40, subsampling=0, optimize=True), "jpeg")
add("jpeg icc", save(rgb, "JPEG", quality=90, subsampling=0, icc_profile=b"\0" * 200), "jpeg")
add("jpeg comment", save(rgb, "JPEG", quality=90, subsampling=0, comment=b"x" * 100), "jpeg")
add("jpeg 1x1", save(rgb.crop((0, 0, 1, 1)), "JPEG", quality=90), "jpeg")
add("jpeg 7x1", save(rgb.crop((0, 0, 7, 1)), "JPEG", quality=90), "jpeg")
add("jpeg 16x16", save(Image.fromarray(scene(16, 16)), "JPEG", quality=90), "jpeg")
d = save(rgb, "JPEG", quality=90, subsampling=0)
add("jpeg trailing bytes", d + b"trailing" * 20, "jpeg")
add("jpeg extraneous bytes", d[:-2] + b"\0\0\0\0" + d[-2:], "jpeg")

add("png rgb", save(rgb, "PNG"))
add("png gray", save(rgb.convert("L"), "PNG"))
add("png 1 bit", save(rgb.convert("1"), "PNG"))
for n in (2, 4, 16, 200):
    add(f"png palette {n}", save(rgb.quantize(n), "PNG"))
add("png palette trns", save(rgb.quantize(16), "PNG", transparency=3))
add("png palette trns list", save(rgb.quantize(16), "PNG", transparency=bytes(range(0, 160, 10))))
add("png rgb trns", save(rgb, "PNG", transparency=(0, 0, 0)))
add("png gray trns", save(rgb.convert("L"), "PNG", transparency=80))
a = np.concatenate([scene(), scene(k=3)[:, :, :1]], 2)
add("png rgba", save(Image.fromarray(a, "RGBA"), "PNG"))
add("png la", save(Image.fromarray(a[:, :, 2:], "LA"), "PNG"))
for o in (3, 6):
    add(f"png exif {o}", save(rgb, "PNG", exif=exif(o)))
add("png exif 8 big endian", save(rgb, "PNG", exif=exif(8, True)))
add("apng", save(rgb, "PNG", save_all=True, append_images=[Image.fromarray(scene(k=2))], duration=50))


def png(color, depth, rows, interlace=0):
    """A PNG by hand: filter 0 rows."""
    def chunk(t, b):
        return struct.pack(">I", len(b)) + t + b + struct.pack(">I", zlib.crc32(t + b))
    raw = b"".join(b"\0" + r for r in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, depth, color, 0, 0, interlace))
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


s16 = scene().astype(np.uint16) * 257 - 100 * (scene() > 0)
add("png rgb 16 bit", png(2, 16, [r.astype(">u2").tobytes() for r in s16]))
adam = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = [r.tobytes() for x, y, dx, dy in adam for r in scene()[y::dy, x::dx] if r.size]
add("png interlaced", png(2, 8, rows, 1))
for depth in (2, 4):
    v = scene()[:, :, 0] >> (8 - depth)
    bits = [np.packbits(np.unpackbits(r[:, None], axis=1)[:, -depth:].ravel()).tobytes() for r in v]
    add(f"png gray {depth} bit", png(0, depth, bits))

add("gif", save(rgb.quantize(32), "GIF"))
add("gif interlaced", save(rgb.quantize(32), "GIF", interlace=1))
add("gif transparent", save(rgb.quantize(16), "GIF", transparency=2))
add("gif animated", save(rgb.quantize(16), "GIF", save_all=True, append_images=[Image.fromarray(scene(k=3)).quantize(16)], duration=40))
add("webp lossless", save(rgb, "WEBP", lossless=True))
add("webp lossless alpha", save(Image.fromarray(a, "RGBA"), "WEBP", lossless=True, exact=True))
add("webp lossy", save(rgb, "WEBP", quality=80))
add("webp lossy odd", save(rgb.crop((0, 0, 19, 13)), "WEBP", quality=60))
add("webp lossy even", save(Image.fromarray(scene(32, 18)), "WEBP", quality=60))
add("webp lossy exif 6", save(rgb, "WEBP", quality=80, exif=exif(6)))
add("webp lossy alpha opaque colours", save(Image.fromarray(np.concatenate([scene(), np.full((H, W, 1), 254, np.uint8)], 2), "RGBA"), "WEBP", quality=90, exact=True))
add("webp animated", save(rgb, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(scene(k=2))]))
add("bmp", save(rgb, "BMP"))
add("tiff", save(rgb, "TIFF"))
add("tiff lzw", save(rgb, "TIFF", compression="tiff_lzw"))
json.dump(dict(pillow=PIL.__version__, files=out), open("matrix.json", "w"), indent=0)
print(len(out))
