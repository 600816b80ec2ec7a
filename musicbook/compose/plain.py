"""Trained networks in plain NumPy: their layers, and the draw of a token.

The task
    TensorFlow is needed to train a network. To play it, a handful of matrix products is enough, which every computer does
    at once. The composers that were trained (:mod:`~musicbook.compose.gan`, :mod:`~musicbook.compose.vae`,
    :mod:`~musicbook.compose.transformer`) write their music with the functions here.

Conventions
    Weights lie in a dictionary by names such as ``"head.kernel"`` and ``"head.bias"``. Logits are logarithms of
    probabilities up to a constant in each row, float of shape (n, n_tokens).

The functions
    :func:`dense`, :func:`relu`, :func:`neighbours`, :func:`normalised`, :func:`scaled_rows`, layers;
    :func:`draw_tokens`, :func:`steadied`, the choice of tokens

Sources
    Chapters "GAN, the algorithm", "VAE, the algorithm" and "Generators on real music". The tests hold each composer against
    its Keras network.
"""

from __future__ import annotations

import numpy as np

from musicbook.music.melody import FIRST_PITCH

EPSILON = 1e-6
"""Keeps a row of zeros from being divided by zero."""


def dense(weights: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    """Multiply by the layer's matrix and add its bias, along the last axis: keras.layers.Dense."""
    y = x @ weights[f"{name}.kernel"]
    y += weights[f"{name}.bias"]
    return y


def in_parts(function, rows: np.ndarray, size: int = 512) -> np.ndarray:
    """Apply a function to some hundred rows at a time: what it needs on the way is large, and what it gives is small."""
    return np.concatenate([function(rows[k : k + size]) for k in range(0, max(len(rows), 1), size)])


def relu(x: np.ndarray) -> np.ndarray:
    """Set what is negative to 0."""
    return np.maximum(x, 0)


def neighbours(x: np.ndarray, reach: int) -> np.ndarray:
    """Put each step's neighbours beside it, zeros beyond the ends.

    Parameters
    ----------
    x : ndarray, shape (n, steps, k)
    reach : int
        Number of steps that each sees, odd, its own in the middle.

    Returns
    -------
    ndarray, shape (n, steps, reach * k)
        A matrix product with it is a convolution over the steps.
    """
    padded = np.pad(x, [(0, 0), (reach // 2, reach // 2), (0, 0)])
    return np.concatenate([padded[:, i : i + x.shape[1]] for i in range(reach)], axis=-1)


def normalised(weights: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    """Give each row mean 0 and variance 1, then stretch and move it: keras.layers.LayerNormalization."""
    x = x - x.mean(axis=-1, keepdims=True)
    x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5)
    return x * weights[f"{name}.gamma"] + weights[f"{name}.beta"]


def scaled_rows(h: np.ndarray) -> np.ndarray:
    """Divide each row by its root mean square."""
    return h / np.sqrt(np.mean(h**2, axis=-1, keepdims=True) + EPSILON)


def draw_tokens(logits: np.ndarray, temperature: float = 1.0, rng: np.random.Generator | None = None) -> np.ndarray:
    """Choose a token in each row of logits: drawn with a generator, the likeliest without.

    The draw adds Gumbel noise to the logits and takes the largest, which is a draw from their softmax.

    Parameters
    ----------
    logits : ndarray of float, shape (n, n_tokens)

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    if rng is not None:
        logits = logits / temperature + rng.gumbel(size=logits.shape)
    return logits.argmax(axis=1)


def steadied(logits: np.ndarray, factor: float) -> np.ndarray:
    """Cool the question *when*, and leave the question *which pitch* as it is.

    A token answers both: silence, hold or a beginning note, and if it begins, which one. A model that is a little unsure
    of the first at every step hardly ever repeats the rhythm of a whole bar, though real music does so all the time. So
    the logarithms of the probabilities of the three kinds are divided by ``factor``; within the beginning notes the odds stay.

    Parameters
    ----------
    logits : ndarray of float, shape (n, n_tokens)
    factor : float
        1 changes nothing; below 1 the likelier kind becomes likelier still.

    Returns
    -------
    ndarray of float64, shape (n, n_tokens)
        Logarithms of probabilities, up to a constant in each row.
    """
    pitches = logits[:, FIRST_PITCH:].astype(float)
    top = pitches.max(axis=1, keepdims=True)
    begins = top + np.log(np.exp(pitches - top).sum(axis=1, keepdims=True))
    return np.concatenate([logits[:, :FIRST_PITCH] / factor, pitches - begins + begins / factor], axis=1)
