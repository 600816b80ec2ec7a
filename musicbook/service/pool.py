"""A pool of melodies composed beforehand, so that a page without a kernel can still compose for any taste.

The task
    A page that is read without Python cannot run a model. But it can choose: a few hundred melodies that the model has
    composed for many different interests lie in the page, and the page looks for those that suit the reader's. Such a pool
    is worth what it covers. So a part of it is not steered at all, and the rest is steered by several strengths
    towards interests that point everywhere.

Conventions
    Windows are rows of tokens as in :mod:`musicbook.compose.composer`; features are those of
    :func:`musicbook.recommend.content.new_features` without the metre, which a machine of four quarters does not choose.

Functions
    ``fill``        compose a pool
    ``choose``      the next melodies of a pool for somebody's scores
    ``features``    describe melodies as the pool describes its own
    ``origins``     the nearest training tune of each window, by its title
    ``tidy``        a printed title as a list shows it
    ``excerpts``    beginnings of real tunes that fit the same alphabet, to be recommended beside the pool

Sources
    :mod:`musicbook.service.personal`; chapter "The studio".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from musicbook.compose.originality import nearest_of_each
from musicbook.music import corpus
from musicbook.music.corpus import Catalogue
from musicbook.music.features import FEATURES
from musicbook.music.melody import FIRST_PITCH, HIGH, LOW, Melody
from musicbook.recommend import content
from musicbook.service.personal import FEWEST, Steering

NAMES = tuple(FEATURES)
"""Columns of the features, without the metre."""
GROUPS = {words: columns for words, columns in content.GROUPS.items() if words != "metre"}
STRENGTHS = (2.0, 4.0, 6.0)
"""How far the steered melodies were moved, in standard deviations of the codes."""
FREE = 0.25
"""Share of the pool that is not steered."""
CANDIDATES = 30
"""Melodies near one place of the pool, among which variety may choose."""
EACH = 6
"""Melodies for each interest."""


class Pool(NamedTuple):
    """Melodies, and how they came about.

    Attributes
    ----------
    rows : ndarray of int64, shape (n, n_steps)
        The four at the head are unlike each other; those that were not steered stand before those that were.
    strength : ndarray of float, shape (n,)
        How far each was moved; 0 for those that were not steered.
    """

    rows: np.ndarray
    strength: np.ndarray


def features(melodies: Sequence[Melody], catalogue: Catalogue) -> np.ndarray:
    """Describe melodies in standard deviations of the catalogue; float32, shape (n, 15)."""
    return content.new_features(melodies, catalogue)[:, : len(NAMES)]


def fill(steering: Steering, n: int = 800, seed: int = 0) -> Pool:
    """Compose a pool.

    An interest is the difference between two real windows that are drawn by chance: somebody who likes the one and not the
    other. For each, some melodies are composed at each of :data:`STRENGTHS` in turn.

    Parameters
    ----------
    steering : Steering
    n : int
        Size, at least 16.
    seed : int
        The same seed gives the same pool on the same processor.

    Returns
    -------
    Pool
        No melody twice.

    Raises
    ------
    ValueError
        If n is too small, or the machine repeats itself so much that n different melodies do not come.
    """
    if n < 16:
        raise ValueError(f"a pool of {n}; at least 16 are needed for four to begin with and some to choose from")
    rng = np.random.default_rng(seed)
    known = steering.features(steering.known)
    nobody = np.zeros(known.shape[1])
    free = _different(steering.compose(nobody, round(1.2 * FREE * n) + 4, seed, strength=0))[: round(FREE * n)]
    rows, strength = [free], [np.zeros(len(free))]
    for k in range(-(-2 * n // EACH)):
        first, second = rng.choice(len(known), 2, replace=False)
        how_far = STRENGTHS[k % len(STRENGTHS)]
        rows.append(steering.compose(known[first] - known[second], EACH, seed + 1 + k, strength=how_far))
        strength.append(np.full(EACH, how_far))
        if len(_different(np.concatenate(rows))) >= n:
            break
    everything = np.concatenate(rows)
    kept = np.sort(np.unique(everything, axis=0, return_index=True)[1])[:n]
    if len(kept) < n:
        raise ValueError(f"only {len(kept)} different melodies came of {len(everything)}, not {n}")
    everything, strength = everything[kept], np.concatenate(strength)[kept]
    look = features(steering.melodies(everything[: len(free)]), steering.catalogue)
    head = content.rerank(np.arange(len(free)), np.zeros(len(free)), look, 4, 1.0)
    order = np.concatenate([head, np.setdiff1d(np.arange(n), head)])
    return Pool(everything[order], strength[order])


def _different(rows: np.ndarray) -> np.ndarray:
    return rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]


def choose(
    scores: np.ndarray, F: np.ndarray, heard: Sequence[int], reach: float = 1.0, surprise: float = 0.0, k: int = 4
) -> list[int]:
    """Choose the next melodies of a pool.

    Parameters
    ----------
    scores : ndarray of float, shape (n,)
        How near each melody of the pool is to somebody's interest.
    F : ndarray of float, shape (n, d)
        Their features.
    heard : sequence of int
        What was heard before and is left out.
    reach : float
        How far along the interest: with 1 they come from the best :data:`CANDIDATES`, with 0 from as many about the middle.
    surprise : float
        From 0, the best of these candidates, to 1, those that are least alike.
    k : int
        How many.

    Returns
    -------
    list of int
        As :func:`musicbook.recommend.content.rerank` orders them.

    Raises
    ------
    ValueError
        If reach or surprise is not between 0 and 1.
    """
    if not 0 <= reach <= 1:
        raise ValueError(f"a reach of {reach}; it lies between 0 and 1")
    left = np.ones(len(scores), bool)
    left[np.asarray(heard, int)] = False
    rest = np.flatnonzero(left)
    rest = rest[np.argsort(-scores[rest], kind="stable")]
    first = int((1 - reach) * max(0, len(rest) - CANDIDATES) / 2 + 0.5)
    return content.rerank(rest[first : first + CANDIDATES], scores, F, k, surprise).tolist()


def origins(rows: np.ndarray, catalogue: Catalogue) -> list[tuple[str, int]]:
    """Name the training tune that shares the longest passage with each window, and say how many steps they share.

    Compared are all windows of four bars of the fiddle books that the committed models learned from, in the common key.
    """
    options = {"n_bars": rows.shape[1] // 16, "collections": corpus.FIDDLE_BOOKS}
    found = nearest_of_each(rows, corpus.windows(**options))
    tunes = corpus.window_tunes(**options)
    return [(tidy(catalogue.table["title"][tunes[each.source]]), each.steps) for each in found]


def tidy(title: str) -> str:
    """Write a printed title as a list shows it: no stop or comma at the end, and a dash for two hyphens."""
    return str(title).strip().rstrip(".,").replace(" -- ", " – ")


def excerpts(catalogue: Catalogue, n: int = 80, seed: int = 0) -> tuple[list[str], list[np.ndarray], list[Melody]]:
    """Draw real tunes of the fiddle books, of different families, whose beginnings fit the alphabet without loss.

    Returns
    -------
    ids : list of str
    rows : list of ndarray of int64
        Tokens of the first four bars after the pickup (eight in 2/4), in the tune's own key; not all equally long.
    melodies : list of Melody
        The same.
    """
    table = catalogue.table
    named = table[table["collection"].isin(corpus.FIDDLE_BOOKS) & (table["title"] != "") & (table["n_voices"] == 1)]
    ids, rows, melodies = [], [], []
    for tune in named.sample(frac=1, random_state=seed).drop_duplicates("family").index:
        melody = catalogue[tune]
        part = melody.excerpt(0, 8 if melody.meter == "2/4" else 4).with_(pickup=0)
        if part.losses(low=LOW, high=HIGH) or len(part) < FEWEST:
            continue
        tokens = part.to_tokens(low=LOW, high=HIGH)
        if tokens[0] < FIRST_PITCH:
            continue
        ids.append(tune)
        rows.append(tokens)
        melodies.append(part)
        if len(ids) == n:
            return ids, rows, melodies
    raise ValueError(f"only {len(ids)} tunes fit, not {n}")
