"""One bar is written again: the others stay, what comes is new and fits better than a bar of another tune."""

from __future__ import annotations

import numpy as np
import pytest

from musicbook.compose.infill import BAR, borrow_bar, regenerate_bar, regenerate_bars
from musicbook.compose.markov import MarkovChain
from musicbook.compose.models import open_model
from musicbook.music import corpus
from musicbook.music.melody import FIRST_PITCH
from musicbook.recommend.intervals import paired_bootstrap

BOOKS = corpus.FIDDLE_BOOKS


@pytest.fixture(scope="module")
def vae():
    return open_model("vae-reconstruct-4")


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(1).permutation(corpus.windows(4, "test", BOOKS))[:60]


@pytest.mark.slow
def test_the_other_bars_stand_fast_and_the_bar_is_new(vae, rows):
    for bar in range(4):
        new = regenerate_bar(rows[0], bar, 5, vae=vae, n=3)
        here = np.arange(64) // BAR == bar
        assert 1 <= len(new) <= 3
        assert (new[:, ~here] == rows[0][~here]).all()
        assert (new[:, here] != rows[0][here]).any(axis=1).all()
        assert (new[:, here] >= FIRST_PITCH).any(axis=1).all()
        assert len(np.unique(new, axis=0)) == len(new)
        np.testing.assert_array_equal(new, regenerate_bar(rows[0], bar, 5, vae=vae, n=3))


@pytest.mark.slow
def test_a_new_bar_fits_better_than_a_borrowed_one(vae, rows):
    """The judge is a chain that counted the training tunes; the VAE has no part in it."""
    windows = corpus.windows(4, "train", BOOKS)
    chain = MarkovChain(4).fit(windows)
    written = regenerate_bars(rows, [2] * len(rows), 0, vae=vae)
    borrowed = [borrow_bar(row, 2, k, windows=windows) for k, row in enumerate(rows)]
    pairs = [(w[0], b[0]) for w, b in zip(written, borrowed, strict=True) if len(w) and len(b)]
    assert len(pairs) > 50
    likely = np.array([[chain.log_likelihood(row) for row in pair] for pair in pairs])
    assert paired_bootstrap(*likely.T).low > 0


def test_a_decoder_can_be_told_what_stands_fast(vae, rows):
    codes = vae.encode(rows[:5])[0]
    given = np.full((5, 64), -1)
    np.testing.assert_array_equal(vae.decode(codes, 3, given=given), vae.decode(codes, 3))
    given[:, 8:24] = rows[:5, 8:24]
    np.testing.assert_array_equal(vae.decode(codes, 3, given=given)[:, 8:24], rows[:5, 8:24])
    np.testing.assert_array_equal(vae.decode(codes, 3, given=given)[:, :8], vae.decode(codes, 3)[:, :8])
    with pytest.raises(ValueError, match="given tokens of shape"):
        vae.decode(codes, given=given[:2])


def test_what_cannot_be_done_is_said(vae, rows):
    with pytest.raises(ValueError, match="no bar 4"):
        regenerate_bar(rows[0], 4, 0, vae=vae)
    with pytest.raises(ValueError, match="no bar -1"):
        borrow_bar(rows[0], -1, 0, windows=rows)
    with pytest.raises(ValueError, match="n and rounds"):
        regenerate_bar(rows[0], 1, 0, vae=vae, rounds=0)
