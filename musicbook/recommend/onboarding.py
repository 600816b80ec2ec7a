"""A first list for somebody who has just come: what to ask her, and how to rank before she has a history.

The task
    Of a new listener nothing is known. Two things help until her plays do: what everybody likes, and a few questions. A yes or
    no to a tune that the system chose says little, because most tunes are not for her; a choice of some tunes among many says
    more for one screen. Both are here as simulated listeners would answer, who are asked through the probability that they
    like a tune; in a service a person answers.

Method
    Tunes to choose from are *spread out*: the known ones are divided into groups by their features (k-means), and the tune next
    to the middle of each group is shown. Scores of the content and the prior are standardised, and the prior, the logarithm of
    a tune's popularity, fades with the number of events: its weight is ``strength / events``.

Conventions
    A seed makes every answer repeatable. Chances are probabilities of liking, one row a listener.

Functions
    ``spread_out``   which tunes to show
    ``say``          yes or no to each tune that is shown
    ``pick``         the n tunes of those shown that she would click
    ``with_prior``   scores that lean on popularity as long as little is known

Sources
    Schein et al. (2002) for cold starts; Burke (2002) for hybrids that switch and weigh.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logit
from sklearn.cluster import KMeans

from musicbook.recommend.hybrid import standardise


def spread_out(F: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Choose n rows of F that are unlike each other, each in the middle of a group of its own.

    Parameters
    ----------
    F : ndarray, shape (m, d)
        Features of the tunes that may be shown.
    n : int
        From 1 to m.
    seed : int
        Of the division into groups.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows of F, sorted, none of them twice.

    Raises
    ------
    ValueError
        If n is not from 1 to m.
    """
    if not 1 <= n <= len(F):
        raise ValueError(f"{n} of {len(F)} tunes cannot be chosen; take from 1 to {len(F)}")
    away = KMeans(n, n_init=4, random_state=seed).fit(F).transform(F)
    group, chosen = away.argmin(axis=1), []
    for k in range(n):
        mine = np.flatnonzero(group == k)
        if len(mine):
            chosen.append(mine[away[mine, k].argmin()])
    # Equal rows may leave a group empty; any other row then fills its place.
    spare = np.setdiff1d(np.arange(len(F)), chosen)[: n - len(chosen)]
    return np.sort(np.concatenate([chosen, spare]).astype(int))


def say(chance: np.ndarray, seed: int = 0) -> np.ndarray:
    """Answer yes (True) or no to each tune, by its probability of being liked; the shape of ``chance``."""
    return np.random.default_rng(seed).random(np.shape(chance)) < chance


def pick(chance: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Click the n tunes that please most, with some whim.

    Each tune's log odds and a draw from the Gumbel distribution are added, and the n greatest are clicked: as if she chose one
    after the other with probabilities in proportion to her odds.

    Parameters
    ----------
    chance : ndarray, shape (listeners, shown)
        Probabilities of liking.
    n : int
        From 1 to ``shown``.
    seed : int

    Returns
    -------
    ndarray of int, shape (listeners, n)
        Columns of ``chance``, first click first.

    Raises
    ------
    ValueError
        If n is not from 1 to ``shown``.
    """
    chance = np.clip(np.asarray(chance, float), 1e-9, 1 - 1e-9)
    if not 1 <= n <= chance.shape[1]:
        raise ValueError(f"{n} clicks on {chance.shape[1]} tunes; make from 1 to {chance.shape[1]}")
    pleasure = logit(chance) + np.random.default_rng(seed).gumbel(size=chance.shape)
    return np.argsort(-pleasure, axis=1)[:, :n]


def with_prior(scores: np.ndarray, popularity: np.ndarray, events: int, strength: float = 1.0) -> np.ndarray:
    """Add what everybody likes to a listener's scores, the less the more is known of her.

    Parameters
    ----------
    scores : ndarray, shape (listeners, items)
        Of any recommender; they are standardised for each listener.
    popularity : ndarray, shape (items,)
        Listeners of each item.
    events : int
        How many events the scores rest on; 0 gives the prior alone.
    strength : float
        Events at which both count equally, not below 0.

    Returns
    -------
    ndarray, shape (listeners, items)
        Of float32, if the scores are.

    Raises
    ------
    ValueError
        If ``events`` or ``strength`` is negative.
    """
    if events < 0 or strength < 0:
        raise ValueError(f"events and strength are not below 0; got {events} and {strength}")
    prior = standardise(np.log1p(np.asarray(popularity, np.float32))[None])
    if events == 0:
        return np.repeat(prior, len(scores), axis=0)
    return standardise(scores) + strength / events * prior
