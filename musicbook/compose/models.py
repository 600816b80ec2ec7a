"""The trained models that the book compares, by name.

The task
    A chapter wants a machine ready to play. A name is enough: its number is the length of its music in bars, what stands
    before it says which machine it is, and only that machine's module is imported.

The functions
    :func:`open_model`, :func:`weights_file`; :data:`MODELS` lists the names

Sources
    Chapter "Generators on real music".
"""

from __future__ import annotations

import functools
import importlib
from pathlib import Path

from musicbook.compose.composer import Composer
from musicbook.music import corpus

MODELS = {
    "noise-2": "every token equally likely: the floor",
    "markov2-2": "Markov chain of order 2",
    "markov3-2": "Markov chain of order 3: the plain baseline",
    "rhythm-first-2": "two Markov chains, one for the rhythm and one for the pitches: the cheap baseline to beat",
    "dense-gan-2": "the article's dense GAN, made to run",
    "wgan-gp-2": "convolutional Wasserstein GAN with gradient penalty",
    "vae-reconstruct-2": "variational autoencoder with rich codes: to reconstruct, interpolate and steer",
    "vae-sample-2": "variational autoencoder with lean codes: to sample",
    "transformer-2": "Transformer, a small one",
    "markov3-4": "Markov chain of order 3: the plain baseline",
    "rhythm-first-4": "two Markov chains, one for the rhythm and one for the pitches: the cheap baseline to beat",
    "vae-reconstruct-4": "variational autoencoder with rich codes: to reconstruct, interpolate and steer",
    "vae-sample-4": "variational autoencoder with lean codes: to sample",
    "transformer-4": "Transformer, a small one",
}
"""Name and meaning of each model that the book compares; the number is the length of its music in bars."""

COUNTED = tuple(name for name in MODELS if name.startswith(("markov", "rhythm")))
"""Those of them that are counted when they are wanted; noise needs nothing, and the others have weights."""

HOMES = {
    "noise": "composer",
    "markov2": "markov",
    "markov3": "markov",
    "rhythm-first": "rhythm",
    "dense-gan": "gan",
    "wgan-gp": "gan",
    "vae-reconstruct": "vae",
    "vae-sample": "vae",
    "transformer": "transformer",
}
"""The module of this package that each machine is defined in."""


@functools.cache
def open_model(name: str) -> Composer:
    """Give a model of :data:`MODELS`, trained on the fiddle books, ready to sample.

    Chains are counted anew, which takes a second; the others are read from ``data/weights``.

    Raises
    ------
    KeyError
        If there is no such model; the message lists those that there are.
    WeightsError
        If its file is damaged.
    """
    if name not in MODELS:
        raise KeyError(f"no model {name!r}; there are {', '.join(MODELS)}")
    kind, _, bars = name.rpartition("-")
    home = importlib.import_module(f"musicbook.compose.{HOMES[kind]}")
    n_steps = 16 * int(bars)
    if kind == "noise":
        return home.Noise(n_steps)
    if name not in COUNTED:
        return Composer.load(weights_file(name))
    chain = home.RhythmFirst(n_steps) if kind == "rhythm-first" else home.MarkovChain(int(kind[-1]), n_steps=n_steps)
    return chain.fit(corpus.windows(int(bars), "train", corpus.FIDDLE_BOOKS))


def weights_file(name: str) -> Path:
    """Path of a committed model's weights."""
    return corpus.data_folder() / "weights" / f"{name}.npz"
