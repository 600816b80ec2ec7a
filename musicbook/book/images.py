"""Figures in 128 colours: half of the bytes, and no eye tells the difference.

Matplotlib writes its pictures in sixteen million colours, of which a chart uses some dozens and the smoothed edges of its
letters. A page of the book has a budget, so the pictures of the built book are written anew with a palette, where
that makes them smaller.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

COLOURS = 128


def with_palette(png: bytes) -> bytes:
    """Give a PNG file with a palette of at most :data:`COLOURS`, or the same bytes if that is not smaller.

    Parameters
    ----------
    png : bytes
        Transparency is kept.

    Returns
    -------
    bytes
    """
    with Image.open(io.BytesIO(png)) as image:
        if image.mode == "P":
            return png
        few = image.convert("RGBA").quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return min(png, out.getvalue(), key=len)


def _lighten(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for path in sorted((Path(app.outdir) / "_images").glob("*.png")):
        before = path.read_bytes()
        after = with_palette(before)
        if after != before:
            path.write_bytes(after)


def setup(app: Sphinx) -> None:
    """Register the handler of this module; before the status page, which weighs the pictures."""
    app.connect("build-finished", _lighten, priority=400)
