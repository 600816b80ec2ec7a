"""Write a model's music to a file: ``python -m musicbook.compose.sample MODEL -n 1000 --seed 0 --out FILE.npz``.

The task
    Let others measure the book's machines with tools of their own.

The file
    A NumPy ``.npz`` without pickle:

    ``tokens``            int64, (n, n_steps): one a sixteenth; 0 silence, 1 hold, ``2 + p`` starts the pitch ``low + p``
    ``low``               int: MIDI number of token 2, 55
    ``steps_per_quarter`` int: 4
    ``notes``             int64, (notes, 4): window, onset and duration in steps, MIDI pitch
    ``model``, ``seed``, ``temperature``   what made it

    The file is there whole or not at all.

Functions
    :func:`write`
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

import numpy as np

from musicbook.compose.models import MODELS, open_model
from musicbook.music.melody import FIRST_PITCH, HOLD, LOW


def write(tokens: np.ndarray, path: str | Path, **made_by) -> None:
    """Write windows of tokens, shape (n, n_steps), and what made them.

    Raises
    ------
    OSError
        If the file cannot be written; one that was there before is left as it was.
    """
    path = Path(path)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, tokens=tokens, low=LOW, steps_per_quarter=4, notes=_notes(tokens), **made_by)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(buffer.getvalue())
        os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _notes(tokens: np.ndarray) -> np.ndarray:
    """List the notes of all windows: a note lasts as long as holds follow it."""
    window, onset = np.nonzero(tokens >= FIRST_PITCH)
    # the first step from each place on that is no hold, found from the right
    ends = np.full((len(tokens), tokens.shape[1] + 1), tokens.shape[1])
    for step in range(tokens.shape[1] - 1, -1, -1):
        ends[:, step] = np.where(tokens[:, step] == HOLD, ends[:, step + 1], step)
    duration = ends[window, onset + 1] - onset
    return np.column_stack([window, onset, duration, tokens[window, onset] - FIRST_PITCH + LOW])


def main(arguments=None) -> int:
    """Run the command; give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.compose.sample", description=__doc__.split("\n")[0])
    parser.add_argument("model", metavar="MODEL", help=f"one of {', '.join(MODELS)}")
    parser.add_argument("-n", type=int, default=1000, help="number of windows (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    options = parser.parse_args(arguments)
    if options.model not in MODELS:
        parser.error(f"no model {options.model!r}; there are {', '.join(MODELS)}")
    if options.n < 1 or options.temperature <= 0:
        parser.error("-n must be at least 1 and --temperature above 0")
    if options.out.suffix != ".npz":
        parser.error(f"--out must end in .npz, got {options.out}")
    tokens = open_model(options.model).sample(options.n, options.seed, temperature=options.temperature)
    try:
        write(tokens, options.out, model=options.model, seed=options.seed, temperature=options.temperature)
    except OSError as error:
        parser.error(f"cannot write {options.out}: {error.strerror}")
    print(f"{options.out}: {len(tokens):,} windows of {tokens.shape[1] // 16} bars by {options.model}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
