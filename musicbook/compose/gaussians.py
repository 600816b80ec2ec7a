"""Normal distributions on a line: the one GAN, and the one KL divergence, whose answers can be worked out.

The task
    Real numbers come from p_r, generated ones from p_g, both normal. Then the best discriminator, the value of the game, and
    the divergence that the generator minimises can be computed, and what a training finds can be held against them. The KL
    divergence of two normal distributions has a closed form, which is the second term of a VAE's loss.

Conventions
    A distribution is a pair (mu, sigma), sigma above 0. Logarithms are natural, divergences in nats. Integrals are sums over
    :func:`grid`, from 12 deviations below to 12 above.

The functions
    :func:`grid`, :func:`log_density`, :func:`density`, :func:`optimal_discriminator`, :func:`value`,
    :func:`jensen_shannon`, :func:`kl`, :func:`kl_counted`, :func:`pitches`

Sources
    goodfellow2014gan (proposition 1: D*; theorem 1: the value is 2 JS - log 4); kingma2014vae (appendix B: the KL).
    Chapter "The mathematics of composition".
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

POINTS = 4001
"""Points of the grid."""
NOTES = 8
LEAP = 5
"""Quantiles are played in steps of five, so that a wide distribution sounds wild."""
QUANTILES = [NormalDist().inv_cdf(((k * LEAP) % NOTES + 0.5) / NOTES) for k in range(NOTES)]
"""Standard normal quantiles in the order in which they are played."""


def grid(*pairs) -> np.ndarray:
    """Give points that cover all the distributions: shape (4001,)."""
    ends = [(mu - 12 * sigma, mu + 12 * sigma) for mu, sigma in map(_checked, pairs)]
    return np.linspace(min(low for low, _ in ends), max(high for _, high in ends), POINTS)


def log_density(x, pair) -> np.ndarray:
    """Give the logarithm of the density at x, any shape.

    Raises
    ------
    ValueError
        If the pair is no finite mean and deviation above 0; so do all functions here.
    """
    mu, sigma = _checked(pair)
    return -0.5 * ((np.asarray(x, float) - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


def density(x, pair) -> np.ndarray:
    """Give the density at x, any shape."""
    return np.exp(log_density(x, pair))


def optimal_discriminator(x, real, fake) -> np.ndarray:
    """Give D*(x) = p_r(x) / (p_r(x) + p_g(x)): goodfellow2014gan, proposition 1."""
    return np.exp(-np.logaddexp(0, log_density(x, fake) - log_density(x, real)))


def value(real, fake, discriminator=None) -> float:
    """Give V = E_real[log D] + E_fake[log(1 - D)] in nats.

    Parameters
    ----------
    real, fake : pair of float
    discriminator : callable, optional
        From x, shape (n,), to probabilities between 0 and 1; the optimal one if not given.
    """
    x = grid(real, fake)
    if discriminator is None:
        odds = log_density(x, fake) - log_density(x, real)
        log_d, log_not_d = -np.logaddexp(0, odds), -np.logaddexp(0, -odds)
    else:
        d = np.asarray(discriminator(x), float)
        log_d, log_not_d = np.log(d), np.log1p(-d)
    return float(np.trapezoid(density(x, real) * log_d + density(x, fake) * log_not_d, x))


def jensen_shannon(real, fake) -> float:
    """Give the Jensen-Shannon divergence in nats, 0 to log 2: half of what the value is above -log 4."""
    return (value(real, fake) + np.log(4)) / 2


def kl(p, q=(0.0, 1.0)) -> float:
    """Give KL(p || q) in nats by the closed form; for q = N(0, 1) that of kingma2014vae, appendix B."""
    (mu_p, sigma_p), (mu_q, sigma_q) = _checked(p), _checked(q)
    return float(np.log(sigma_q / sigma_p) + (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2) - 0.5)


def kl_counted(p, q=(0.0, 1.0), *, n: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """Estimate KL(p || q) as the mean of log p - log q over n draws from p; gives the estimate and its standard error."""
    x = np.random.default_rng(seed).normal(*_checked(p), n)
    difference = log_density(x, p) - log_density(x, q)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(n))


def pitches(pair) -> list[int]:
    """Make a distribution audible: eight pitches at its quantiles, where 0 is middle C and 1 is four semitones.

    Returns
    -------
    list of int
        MIDI numbers, kept from 36 to 96.
    """
    mu, sigma = _checked(pair)
    return [int(np.clip(np.floor(60.5 + 4 * (mu + sigma * z)), 36, 96)) for z in QUANTILES]


def _checked(pair) -> tuple[float, float]:
    mu, sigma = map(float, pair)
    if not (np.isfinite(mu) and np.isfinite(sigma) and sigma > 0):
        raise ValueError(f"a normal distribution is a finite mean and a deviation above 0, got {pair}")
    return mu, sigma
