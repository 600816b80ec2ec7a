"""What a recommender tells about its listeners: three attacks, on a log, on lists, and on a release with noise.

The task
    Nobody has to break into a recommender to learn from it who played what. *Re-identification*: a log without names is
    published, and a few tunes that somebody is known to play pick out her row. *Inference*: only "people who played this also
    played" is published, for everybody to see, and changes from one week to the next; whoever knows some of a listener's tunes
    watches their lists, and what moves up in many of them at once is probably what she has just begun to play. The *insider*
    knows all there is but one thing, whether she was counted: the worst case, against which
    :mod:`musicbook.recommend.privacy` makes its promise.

Conventions
    Attackers are given item codes and give item or listener codes, -1 where they do not dare to guess. They use only what is
    published and what they are said to know.

Functions
    ``take_known``, ``reidentify``   an attack on a log without names
    ``related``, ``infer``, ``watch``   an attack on lists of related tunes
    ``insider``, ``attack``          an attack on a release, and how often it is right

Sources
    Narayanan and Shmatikov (2008) for re-identification; Calandrino et al. (2011) for inference from related items; Dwork and
    Roth (2014) for the insider.
"""

from __future__ import annotations

import numpy as np

from musicbook.recommend.interactions import Interactions
from musicbook.recommend.privacy import MOST, Release, bound, release
from musicbook.recommend.recommender import rank

SURE = 1.5
"""Standard deviations by which the best candidate must lead before the attacker says a name."""


def take_known(train: Interactions, listeners: np.ndarray, n: int, wrong: int = 0, seed: int = 0) -> np.ndarray:
    """Draw what an attacker knows of each listener: n of her tunes, some of them wrong.

    Parameters
    ----------
    train : Interactions
    listeners : ndarray of int, shape (m,)
        Codes; each has met n tunes or more.
    n : int
        Tunes known of each, at least 1.
    wrong : int
        How many of them are replaced by tunes that she has not met, drawn evenly.
    seed : int

    Returns
    -------
    ndarray of int, shape (m, n)
        Item codes.

    Raises
    ------
    ValueError
        If a listener has met fewer than n tunes, or more are to be wrong than are known.
    """
    if not 0 <= wrong <= n or n < 1:
        raise ValueError(f"of {n} known tunes {wrong} cannot be wrong; give n of 1 or more and wrong of 0 to n")
    rng = np.random.default_rng(seed)
    known = np.empty((len(listeners), n), int)
    for row, listener in enumerate(listeners):
        met = train.items_of(listener)
        if len(met) < n:
            raise ValueError(f"listener {listener} has met {len(met)} tunes, fewer than the {n} to be known")
        known[row] = rng.choice(met, n, replace=False)
        if wrong:
            known[row, :wrong] = rng.choice(np.setdiff1d(np.arange(train.n_items), met), wrong, replace=False)
    return known


def reidentify(log: Interactions, known: np.ndarray, sure: float = SURE) -> np.ndarray:
    """Find the row of a log without names that fits what is known; -1 where none stands out.

    Narayanan and Shmatikov's scoreboard: a tune counts 1 / ln(number of its listeners), so that rare ones say most, and a row
    is named only if its score leads the second by so many standard deviations of all scores.

    Parameters
    ----------
    log : Interactions
        What was published; its rows are the candidates.
    known : ndarray of int, shape (m, n)
        Item codes known of each victim.
    sure : float
        Greater: fewer and safer claims.

    Returns
    -------
    ndarray of int, shape (m,)
        Listener codes.
    """
    weight = 1 / np.log(np.maximum(log.popularity, 2))
    columns = log.binary.tocsc()
    found = np.empty(len(known), int)
    for row, tunes in enumerate(np.asarray(known)):
        scores = columns[:, tunes] @ weight[tunes]
        second, best = np.partition(scores, -2)[-2:]
        found[row] = scores.argmax() if best - second >= sure * scores.std() and best > second else -1
    return found


def related(similarity, length: int = 20) -> np.ndarray:
    """Publish "people who played this also played": for each item the most similar others, best first.

    Parameters
    ----------
    similarity : array_like, shape (n_items, n_items)
        Of two items; the diagonal is not looked at, and what is not above 0 is not listed.
    length : int

    Returns
    -------
    ndarray of int, shape (n_items, length)
        Item codes, -1 where a list has ended.
    """
    dense = np.array(similarity, np.float32)
    np.fill_diagonal(dense, 0)
    dense[dense <= 0] = -np.inf
    return rank(dense, None, length)


def infer(before: np.ndarray, after: np.ndarray, known: np.ndarray, n: int = 1) -> np.ndarray:
    """Guess what a listener has begun to play, from two publications of related items and some of her tunes.

    A candidate gets a point for each place by which it moved up in the list of a tune that she is known to play (one that was
    not listed stood below the last place), and nothing for moving down.

    Parameters
    ----------
    before, after : ndarray of int, shape (n_items, length)
        From :func:`related`.
    known : ndarray of int, shape (m,)
        Item codes of the listener's tunes.
    n : int
        Number of guesses.

    Returns
    -------
    ndarray of int, shape (n,)
        Item codes, most suspicious first; -1 where nothing has moved.
    """
    n_items, length = before.shape
    points = np.zeros(n_items + 1, np.int64)  # the last one is for places without an item
    for tune in np.asarray(known):
        was = np.full(n_items + 1, length)
        was[before[tune]] = np.arange(length)
        points[after[tune]] += np.maximum(was[after[tune]] - np.arange(length), 0)
    points = points[:-1]
    points[known] = 0
    best = np.argsort(-points, kind="stable")[:n]
    return np.where(points[best] > 0, best, -1)


def watch(
    before: Interactions, after: Interactions, known: int = 20, least: int = 5, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Watch the lists of related items from one week to the next, and guess what has been begun.

    Lists are of items that ``least`` listeners or more had met before, by cosine, twenty places long. Victims are those who
    have met ``known`` of these, at least, and one more since.

    Parameters
    ----------
    before, after : Interactions
        The log at two moments; the same listeners and items.
    known : int
        Items that the attacker knows of each victim, drawn by chance.
    least, seed : int

    Returns
    -------
    tuple of ndarray of bool, shape (n_victims,)
        Was the one guess from the lists right? Was that of the baseline, which names what most listeners have begun to play
        and she had not?
    """
    public = np.flatnonzero(before.popularity >= least)
    old, now = (log.binary[:, public].toarray() for log in (before, after))
    fame = np.argsort(old.sum(axis=0) - now.sum(axis=0), kind="stable")
    first, then = (related(_cosines(part)) for part in (old, now))
    watched, blind = [], []
    for who in np.flatnonzero((old.sum(axis=1) >= known) & ((now - old).sum(axis=1) > 0)):
        fresh = np.flatnonzero(now[who] > old[who])
        told = np.random.default_rng((seed, int(who))).choice(np.flatnonzero(old[who]), known, replace=False)
        watched.append(infer(first, then, told)[0] in fresh)
        blind.append(fame[old[who, fame] == 0][0] in fresh)
    return np.array(watched), np.array(blind)


def _cosines(part: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.maximum(part.sum(axis=0), 1))
    return part.T @ part / np.outer(length, length)


def insider(found: Release, others: np.ndarray, hers: np.ndarray) -> bool:
    """Attack a release with all that one can know, and guess whether a listener was counted.

    The insider knows the exact table of everybody else, and what she would have contributed, and asks whether the noisy table
    lies nearer to the one with her. Differential privacy promises to hold even against him.

    Parameters
    ----------
    found : Release
    others : ndarray of float, shape (shown, shown)
        Exact pairs of all other listeners, in the order of ``found.items``.
    hers : ndarray of float, shape (shown,)
        1 for each of those items that she would have contributed.

    Returns
    -------
    bool
        The better guess; of a listener without any pair, False.
    """
    cells = np.triu(np.outer(hers, hers), 1)
    return bool(((found.pairs - others) * cells).sum() > cells.sum() / 2)


def attack(train: Interactions, listeners: np.ndarray, seed: int = 0, **settings) -> np.ndarray:
    """Let the insider guess of each listener whether she was counted; a coin had decided it.

    Parameters
    ----------
    train : Interactions
    listeners : ndarray of int, shape (n,)
    seed : int
        Of the coins; the release has ``settings["seed"]``.
    **settings
        Of :func:`release`.

    Returns
    -------
    ndarray of bool, shape (n,)
        Was he right? Tossing a coin would be in half of the cases.
    """
    rng = np.random.default_rng((seed, 2))
    found = release(train, **settings)
    kept = bound(train.binary, settings.get("most", MOST), settings.get("seed", 0))
    part = kept[:, found.items].toarray()
    off_diagonal = 1 - np.eye(len(found.items))
    everybody = part.T @ part * off_diagonal
    right = np.empty(len(listeners), bool)
    for row, who in enumerate(listeners):
        own = np.outer(part[who], part[who]) * off_diagonal
        counted = rng.random() < 0.5
        seen = found if counted else found._replace(pairs=found.pairs - own)
        right[row] = insider(seen, everybody - own, part[who]) == counted
    return right
