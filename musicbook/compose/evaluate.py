"""Measure the book's composing machines: ``python -m musicbook.compose.evaluate [MODEL ...] [--json]``.

The task
    Draw samples of every model, compare them with the music that the models have learned from, and set the result beside
    held-out real music, noise and Markov chains. The chapter "Generators on real music" calls the same function.

Output
    A table of ``value [low, high]`` with 95 % bootstrap intervals, or with ``--json`` one object: ``n``, ``seed`` and
    ``bars``, which for ``"2"`` and ``"4"`` maps each model (and ``real``, the held-out families) to its measures, each
    ``{"value": ..., "low": ..., "high": ...}``. The measures are described in :mod:`musicbook.compose.quality`.

Conventions
    All from the pre-1904 fiddle books: the reference is their training split; the two-sample test compares with families of
    the test split, which no model has seen. ``real`` are windows of the test split, and in the two-sample test they are
    told from the training split.

Functions
    :func:`compare`, :func:`reference`, :func:`committed`
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from musicbook.compose import quality
from musicbook.compose.models import MODELS, open_model, weights_file
from musicbook.music import corpus


def reference(bars: int, part: str = "test") -> quality.Reference:
    """Give the fiddle books as what generated windows of 2 or 4 bars are compared with.

    Parameters
    ----------
    bars : int
    part : str
        Whose families the two-sample test takes: ``"validation"`` while something is chosen, ``"test"`` for the judgement.
    """
    unseen, families = (f(bars, part, corpus.FIDDLE_BOOKS) for f in (corpus.windows, corpus.window_families))
    return quality.Reference.of(corpus.windows(bars, "train", corpus.FIDDLE_BOOKS), unseen, families)


def compare(
    bars: int, models=None, *, n: int = 1000, seed: int = 0, n_boot: int = 200, progress: bool = True
) -> dict[str, dict[str, quality.Measure]]:
    """Measure held-out real music and models.

    Parameters
    ----------
    bars : int
        2 or 4.
    models : sequence of str, or dict of str to composer, optional
        Names of :data:`~musicbook.compose.models.MODELS`, or anything with ``sample(n, seed)`` by a name of your own; all of
        that length if not given.
    n : int
        Samples of each. The two-sample test depends on their number; the book takes 1,000.
    seed, n_boot : int
        See :func:`musicbook.compose.quality.measure`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    dict of str to dict of str to Measure
        ``real`` first, then the models in their order.

    Raises
    ------
    KeyError
        If there is no such model.
    """
    names = [name for name in MODELS if name.endswith(f"-{bars}")] if models is None else list(models)
    books = reference(bars)
    known = replace(books, unseen=books.windows, families=corpus.window_families(bars, "train", corpus.FIDDLE_BOOKS))
    result = {}
    for name in tqdm(["real", *names], desc=f"{bars} bars", unit="model", disable=not progress):
        if name == "real":
            drawn = np.random.default_rng(seed).permutation(len(books.unseen))[:n]
            rows, groups, against = books.unseen[drawn], books.families[drawn], known
        else:
            rows = (models[name] if isinstance(models, dict) else open_model(name)).sample(n, seed)
            groups, against = range(n), books
        result[name] = quality.measure(rows, against, groups=groups, n=n, seed=seed, n_boot=n_boot)
    return result


def committed() -> dict[int, dict[str, dict[str, quality.Measure]]]:
    """Give the committed output of this command, ``data/weights/measures.json``: what :func:`compare` gave, by bars."""
    found = json.loads(weights_file("measures").with_suffix(".json").read_text(encoding="utf-8"))["bars"]
    return {
        int(bars): {model: {k: quality.Measure(**v) for k, v in row.items()} for model, row in rows.items()}
        for bars, rows in found.items()
    }


def main(arguments=None) -> int:
    """Run the command; give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.compose.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"any of {', '.join(MODELS)}; all if none is given")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("-n", type=int, default=1000, help="samples of each model (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if unknown := set(options.models) - set(MODELS):
        parser.error(f"no model {', '.join(sorted(unknown))}; there are {', '.join(MODELS)}")
    if options.n < 20:
        parser.error("at least 20 samples are needed")
    wanted = options.models or list(MODELS)
    found = {}
    for bars in (2, 4):
        names = [name for name in wanted if name.endswith(f"-{bars}")]
        if names:
            found[str(bars)] = compare(bars, names, n=options.n, seed=options.seed)
    if options.json:
        bars = {
            b: {m: {k: v._asdict() for k, v in row.items()} for m, row in rows.items()} for b, rows in found.items()
        }
        print(json.dumps({"n": options.n, "seed": options.seed, "bars": bars}, indent=1))
    else:
        for b, rows in found.items():
            print(f"\n{b} bars\n{quality.table(rows).T.to_string()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
