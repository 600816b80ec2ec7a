"""Pictures of the built book: smaller, and the same to the eye."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from musicbook.book.images import with_palette


def chart() -> bytes:
    figure, axes = plt.subplots(figsize=(6, 3))
    axes.plot(np.random.default_rng(0).standard_normal((60, 3)).cumsum(axis=0), label=["a", "b", "c"])
    axes.legend()
    out = io.BytesIO()
    figure.savefig(out, format="png")
    plt.close(figure)
    return out.getvalue()


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(int)


def test_a_chart_loses_bytes_and_not_its_looks():
    before = chart()
    after = with_palette(before)
    assert len(after) < 0.7 * len(before)
    assert pixels(after).shape == pixels(before).shape
    assert np.abs(pixels(after) - pixels(before)).mean() < 2


def test_a_second_time_changes_nothing():
    once = with_palette(chart())
    assert with_palette(once) == once


def test_transparency_is_kept():
    clear = np.zeros((40, 40, 4), np.uint8)
    clear[10:20] = (200, 30, 30, 255)
    out = io.BytesIO()
    Image.fromarray(clear).save(out, "PNG")
    after = pixels(with_palette(out.getvalue()))
    assert (after[0, 0, 3], after[15, 5, 3]) == (0, 255)


@pytest.mark.book
def test_the_built_book_has_light_pictures():
    from pathlib import Path

    pictures = list((Path(__file__).parents[2] / "_build" / "html" / "_images").glob("*.png"))
    assert pictures, "run make book first"
    heavy = [path.name for path in pictures if with_palette(path.read_bytes()) != path.read_bytes()]
    assert heavy == []
