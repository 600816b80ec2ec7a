"""The book's composing machines in the order of their years, with what was measured of each.

The task
    "New" is a word that wears off. Here stand the machines by the years of their papers, and what
    :mod:`musicbook.compose.evaluate` measured of each when it was trained, beside real music that none of them has seen.

Conventions
    Arrays have the shape (measures, 2): windows of two bars and of four. NaN stands for "not measured".

Functions
    ``measured``

Sources
    The papers are named in :data:`MACHINES`, by their keys in the bibliography.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicbook.compose import evaluate

MACHINES = {
    "Markov chain": ("markov3", None),
    "GAN (2014)": ("dense-gan", "goodfellow2014gan"),
    "VAE (2014)": ("vae-sample", "kingma2014vae"),
    "WGAN-GP (2017)": ("wgan-gp", "gulrajani2017wgangp"),
    "Transformer (2019)": ("transformer", "huang2019musictransformer"),
}
"""Label -> model without its length, and the paper. The chain is older than them all."""
REAL = "real, unseen"
BARS = (2, 4)


def measured(measures: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """Give values and intervals of some measures, for every machine and for held-out real music.

    Parameters
    ----------
    measures : sequence of str
        Keys of :data:`musicbook.compose.quality.MEASURES`.

    Returns
    -------
    dict
        ``bars``, ``low`` and ``high``: for each label an array of shape (len(measures), 2), as
        :class:`musicbook.widgets.Explorer` takes them.

    Raises
    ------
    KeyError
        For a measure that was not taken.
    """
    kept = evaluate.committed()
    strange = set(measures) - set(kept[BARS[0]]["real"])
    if strange:
        raise KeyError(f"no measure {min(strange)!r}; there are {', '.join(kept[BARS[0]]['real'])}")

    def numbers(model: str, part: int) -> np.ndarray:
        names = [model if model == "real" else f"{model}-{bars}" for bars in BARS]
        rows = [
            [kept[b][n][m][part] if n in kept[b] else np.nan for b, n in zip(BARS, names, strict=True)]
            for m in measures
        ]
        return np.array(rows)

    models = {label: model for label, (model, _) in MACHINES.items()} | {REAL: "real"}
    return {
        key: {label: numbers(model, part) for label, model in models.items()}
        for part, key in enumerate(("bars", "low", "high"))
    }
