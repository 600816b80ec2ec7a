"""Write one bar again and leave the others as they are.

The task
    A sketch of four bars is good but for its third bar. A machine that can only write whole tunes would throw the rest away.
    Here the other bars stand fast, token by token, and the one bar is written anew to fit them.

How
    A VAE's code belongs to the whole window, and the decoder may be told tokens that stand fast. So: put any bar into the gap,
    encode the window, draw a code from the cloud that the encoder gives, decode with the other bars given, and put what it
    writes into the gap; then once more. After a few rounds the bar is one that the encoder and the decoder agree on with its
    neighbours, and the filling at the beginning is forgotten. It is how several models complete music: draw a part again and
    again while the rest stands.

Conventions
    Windows are rows of tokens as in :mod:`musicbook.compose.composer`; bars count from 0 and have :data:`BAR` steps. A note that
    is tied into the bar from the left may be shortened by what is written, and one that is tied out of it changes: tokens
    of other bars never do.

Functions
    :func:`regenerate_bar`, and :func:`regenerate_bars` of many windows; :func:`borrow_bar`, the cheap baseline

Sources
    Writing parts of a piece again while others stand: huang2019bachdoodle; the wish to do so by those who compose with a
    machine: louie2020cococo. The codes: kingma2014vae.
"""

from __future__ import annotations

import numpy as np

from musicbook.compose.vae import VAE
from musicbook.music.melody import FIRST_PITCH, HOLD, REST

BAR = 16
"""Steps in a bar."""
TRIES = 2
"""Times as many bars are written as are wanted, since some come out as they were."""


def regenerate_bar(
    row, bar: int, seed: int, *, vae: VAE, n: int = 1, rounds: int = 4, temperature: float = 0.6
) -> np.ndarray:
    """Write one bar of a window again.

    Parameters
    ----------
    row : array_like of int, shape (n_steps,)
    bar : int
        From 0.
    seed : int
        The same seed gives the same bars.
    vae : VAE
        For windows of this length.
    n : int
        How many different new bars are wanted.
    rounds : int
        Times that the bar is drawn and put back.
    temperature : float
        Of the draw of each token.

    Returns
    -------
    ndarray of int64, shape (m, n_steps)
        The window with each new bar: all different, none as it was, each with a note. ``m`` is n, or fewer if no more were found.

    Raises
    ------
    ValueError
        If there is no such bar, the row does not fit the VAE, or n or rounds is below 1.
    """
    return regenerate_bars([row], [bar], seed, vae=vae, n=n, rounds=rounds, temperature=temperature)[0]


def regenerate_bars(
    rows, bars, seed: int, *, vae: VAE, n: int = 1, rounds: int = 4, temperature: float = 0.6
) -> list[np.ndarray]:
    """Write a bar of each of many windows again, all at once; see :func:`regenerate_bar`."""
    if n < 1 or rounds < 1:
        raise ValueError(f"n and rounds are at least 1, got {n} and {rounds}")
    rows = [_checked(row, bar) for row, bar in zip(rows, bars, strict=True)]
    found: list[np.ndarray] = [np.empty(0)] * len(rows)
    for bar in sorted(set(bars)):  # a bar at a time, so that the decoder can pass over what stands fast
        these = [k for k, each in enumerate(bars) if each == bar]
        here = slice(BAR * bar, BAR * (bar + 1))
        given = np.repeat([rows[k] for k in these], TRIES * n, axis=0)
        given[:, here] = -1
        new = np.split(_written(vae, given, seed, rounds, temperature), len(these))
        for k, part in zip(these, new, strict=True):
            found[k] = _different(part, rows[k], here)[:n]
    return found


def _written(vae: VAE, given: np.ndarray, seed: int, rounds: int, temperature: float) -> np.ndarray:
    """Fill gaps by encoding and decoding in turn."""
    rng = np.random.default_rng(seed)
    now = vae.decode(vae.draw_codes(len(given), seed), seed, temperature=temperature, given=given)
    for k in range(rounds):
        mu, sigma = vae.encode(now)
        codes = mu + sigma * rng.standard_normal(mu.shape, np.float32)
        now = vae.decode(codes, seed + 104729 * (k + 1), temperature=temperature, given=given)
    return now


def borrow_bar(row, bar: int, seed: int, *, windows, n: int = 1) -> np.ndarray:
    """Put the same bar of some real windows in its place: what a regenerated bar has to beat.

    Parameters
    ----------
    row, bar, seed, n
        As in :func:`regenerate_bar`.
    windows : array_like of int, shape (m, n_steps)
        Real music.

    Returns
    -------
    ndarray of int64, shape (n, n_steps), or fewer rows

    Raises
    ------
    ValueError
        If there is no such bar.
    """
    row = _checked(row, bar)
    here = slice(BAR * bar, BAR * (bar + 1))
    chosen = np.random.default_rng(seed).choice(len(windows), min(TRIES * n, len(windows)), replace=False)
    rows = np.repeat(row[None], len(chosen), axis=0)
    rows[:, here] = np.asarray(windows)[chosen, here]
    return _different(rows, row, here)[:n]


def _checked(row, bar: int) -> np.ndarray:
    row = np.asarray(row, np.int64)
    if row.ndim != 1 or not 0 <= bar < len(row) // BAR:
        raise ValueError(f"no bar {bar} in a row of shape {row.shape}; bars of {BAR} steps count from 0")
    return row


def _different(rows, row, here) -> np.ndarray:
    """Keep the rows whose bar sounds and is new, each once, in their order."""
    sounds = (rows[:, here] >= FIRST_PITCH).any(axis=1)
    # a rest or a hold in the first step of the next bar would hold another note than it did: leave such bars alone
    after = here.stop < rows.shape[1] and row[here.stop] == HOLD
    fits = (rows[:, here.stop - 1] != REST) if after else True
    rows = rows[sounds & fits & (rows != row).any(axis=1)]
    return rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]
