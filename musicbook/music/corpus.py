"""The catalogue: twelve thousand real tunes and Bach's 371 chorales, ready to be played, counted and learned from.

The task
    The music21 package ships the tunes. The book ships only a *catalogue* of them (``data/catalogue.csv``: what each is,
    where it stands, which split it belongs to, a checksum and a few numbers, and not one note), because most collections
    give no licence to redistribute. On first use the notes are read from the installed music21 and kept in the reader's
    cache folder; later uses take them from there.

Conventions
    An id is ``collection/file/number``, such as ``ryan/7thRegimentReel/1``. Splits are by *family*: tunes that share a
    title, a number or four whole bars stay together, so that no test tune has a near copy in training. A tune is told by
    the checksum of its notes: if the installed music21 reads a tune differently, that is noticed, not ignored.

Functions
    :func:`load`, :func:`chorales`, :class:`Catalogue`; :func:`windows` and :func:`load_real_music_samples` for models, with
    :func:`window_tunes` and :func:`window_families`; :func:`open_test`

Sources
    music21 and its corpus: Cuthbert and Ariza 2010; the Essen collection: Schaffrath 1995. The data card is
    ``data/README.md``. The cache folder can be set by the environment variable ``MUSICBOOK_CACHE``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from musicbook.music import cache, sources
from musicbook.music.melody import FIRST_PITCH, HIGH, HOLD, LOW, TICKS, Melody, MusicError

FIDDLE_BOOKS = ("aird", "oneill", "ryan")
"""The printed fiddle books from before 1904, the only music that committed model weights have seen."""

SAMPLE_BARS = 2

ABOUT = ("meter", "key", "tempo", "title", "pickup")
"""Columns of the catalogue that a melody takes from it."""


class Catalogue:
    """A list of tunes with what is known of each; notes are fetched when a tune is asked for.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a tune, indexed by id. The columns are described in the data card.
    """

    def __init__(self, table: pd.DataFrame, notes: cache.Notes):
        self.table = table
        self._notes = notes

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"Catalogue of {len(self):,} tunes"

    def __getitem__(self, which: str | int) -> Melody:
        """Give a tune by id or by position.

        Raises
        ------
        KeyError
            If no tune has that id.
        IndexError
            If there is no such position.
        """
        if isinstance(which, str) and which not in self.table.index:
            raise KeyError(f"no tune {which!r} in this catalogue; cat.search('words of a title') finds ids")
        row = self.table.loc[which] if isinstance(which, str) else self.table.iloc[which]
        return self._melody(row.name, *(row[name] for name in ABOUT))

    def __iter__(self):
        columns = (self.table[name] for name in ABOUT)  # to take a row out of a table takes longer than all else here
        return (self._melody(*row) for row in zip(self.table.index, *columns, strict=True))

    def _melody(self, name: str, *about) -> Melody:
        melody = dict(zip(ABOUT, about, strict=True))
        # pandas gives numbers of its own, which JSON does not take
        melody |= {"tempo": float(melody["tempo"]), "pickup": int(melody["pickup"])}
        return Melody(*self._notes[name], **melody)

    def where(self, **wanted) -> Catalogue:
        """Give the tunes whose columns have the wanted values, such as ``where(kind="reel", split="train")``.

        A list or tuple of values means any of them.

        Raises
        ------
        KeyError
            If there is no such column, with the names that there are.
        """
        keep = np.ones(len(self), bool)
        for column, value in wanted.items():
            if column not in self.table:
                raise KeyError(f"no column {column!r}; there are {', '.join(self.table.columns)}")
            keep &= self.table[column].isin(value if isinstance(value, list | tuple | set) else [value]).to_numpy()
        return Catalogue(self.table[keep], self._notes)

    def search(self, words: str) -> Catalogue:
        """Give the tunes whose title contains these words, in capitals or not."""
        found = self.table["title"].str.contains(words, case=False, regex=False)
        return Catalogue(self.table[found], self._notes)

    def sample(self, n: int, seed: int = 0) -> Catalogue:
        """Give ``n`` tunes drawn without replacement; the same seed gives the same tunes.

        Raises
        ------
        ValueError
            If there are fewer than ``n``.
        """
        if n > len(self):
            raise ValueError(f"{n} tunes wanted, {len(self)} there")
        rows = np.sort(np.random.default_rng(seed).choice(len(self), n, replace=False))
        return Catalogue(self.table.iloc[rows], self._notes)


def load() -> Catalogue:
    """Give the whole catalogue of melodies.

    The first call on a machine reads the installed music21 package, with a progress bar, and fills the cache.

    Raises
    ------
    MusicError
        If the installed music21 lacks its corpus or tunes of the catalogue.

    Warns
    -----
    UserWarning
        If tunes are read differently from the catalogue, because other versions than those locked are installed.
    """
    return _catalogue("tunes")


def chorales() -> Catalogue:
    """Give Bach's 371 harmonised chorales, four voices each (a few have more); raises as :func:`load` does."""
    return _catalogue("chorales")


def load_real_music_samples(batch_size: int, seed: int = 0) -> np.ndarray:
    """Draw two-bar samples of real music from the training split (the article's function of this name).

    Drawn from :func:`windows`: C major or A minor, on the sixteenth-note grid.

    Parameters
    ----------
    batch_size : int
        Number of samples, at least 1.
    seed : int
        The same seed gives the same samples.

    Returns
    -------
    ndarray of float32, shape (batch_size, 32, 32)
        32 steps, each one-hot over 32 tokens: silence, hold, and the pitches G3 to C6.

    Raises
    ------
    ValueError
        If ``batch_size`` is not a whole number above 0.
    """
    if not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number above 0, got {batch_size!r}")
    real = windows()
    rows = np.random.default_rng(seed).integers(len(real), size=batch_size)
    return np.eye(FIRST_PITCH + HIGH - LOW + 1, dtype=np.float32)[real[rows]]


def windows(n_bars: int = SAMPLE_BARS, split: str = "train", collections: tuple[str, ...] | None = None) -> np.ndarray:
    """All windows of so many bars that the tunes of a split hold, as tokens of the models' alphabet.

    Tunes in metres of four quarters, or of two, which are read with their lengths doubled; in C major or A minor, and in
    the octave that leaves the fewest notes outside the alphabet. A window that would lose a note is left out.

    Parameters
    ----------
    n_bars : int
        Length in bars of 16 sixteenths.
    split : str
        ``"train"``, ``"validation"`` or ``"test"``; they share no family of tunes.
    collections : tuple of str, optional
        Such as :data:`FIDDLE_BOOKS`; all if not given.

    Returns
    -------
    ndarray of int64, shape (windows, 16 * n_bars)
        In the order of the tunes, so shuffle before you take a part of it.

    Raises
    ------
    ValueError
        If no tune is like that.
    """
    return _cut(n_bars, split, collections)[0].astype(np.int64)


def window_tunes(
    n_bars: int = SAMPLE_BARS, split: str = "train", collections: tuple[str, ...] | None = None
) -> np.ndarray:
    """Say which tune each row of :func:`windows` is from: ids, shape (windows,)."""
    _, ids, counts = _cut(n_bars, split, collections)
    return np.repeat(ids, counts)


def window_families(
    n_bars: int = SAMPLE_BARS, split: str = "train", collections: tuple[str, ...] | None = None
) -> np.ndarray:
    """Say which family of tunes each row of :func:`windows` is from: shape (windows,); windows of one family overlap."""
    return load().table.loc[window_tunes(n_bars, split, collections), "family"].to_numpy(str)


def open_test(n_bars: int = SAMPLE_BARS) -> np.ndarray:
    """Open the test part of the fiddle books, and say so: the windows that :func:`windows` gives for ``"test"``.

    Settings are chosen on the validation part. The test part is opened once a chapter, for the judgement that counts, so that
    a reader sees where, and a test of the notebooks that it is not opened again.
    """
    rows, families = (f(n_bars, "test", FIDDLE_BOOKS) for f in (windows, window_families))
    print(
        f"The test part is opened: {len(rows):,} windows of {n_bars} bars, from {len(set(families))} families of tunes."
    )
    return rows


@functools.cache
def _cut(n_bars: int, split: str, collections: tuple[str, ...] | None) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Give the windows in small numbers, and the ids of the tunes with the number of windows of each."""
    tunes = load().where(split=split, meter=["4/4", "2/2", "2/4"])
    if collections is not None:
        tunes = tunes.where(collection=list(collections))
    if not len(tunes):
        raise ValueError(f"no tune of the split {split!r} in the collections {collections}")
    parts = [bar_windows(_to_model_form(melody), 16 * n_bars).astype(np.uint8) for melody in tunes]
    return np.concatenate(parts), tunes.table.index.to_numpy(str), [len(part) for part in parts]


def _to_model_form(melody: Melody) -> Melody:
    """Move a tune to the common key and to the octave that fits, in bars of four quarters."""
    if melody.meter == "2/4":  # printed twice as fast as other books print the same reel in 4/4
        lengths = {name: getattr(melody, name) * 2 for name in ("onset", "duration", "pickup")}
        melody = melody.with_(**lengths, meter="2/2")
    melody = to_common_key(melody)
    outside = {shift: _outside(melody.pitch + shift).sum() for shift in (0, 12, -12)}
    return melody.transpose(min(outside, key=outside.get))


def _outside(pitch: np.ndarray) -> np.ndarray:
    return (pitch < LOW) | (pitch > HIGH)


def to_common_key(melody: Melody) -> Melody:
    """Move a tune to C major or A minor by the shortest way, so that the same tune in two keys looks the same."""
    from musicbook.music.tonality import NAMES, estimate_key

    tonic, mode, _ = estimate_key(melody)
    shift = ((0 if mode == "major" else 9) - NAMES.index(tonic)) % 12
    return melody.transpose(shift - 12 if shift > 6 else shift)


def bar_windows(melody: Melody, steps: int, distinct: bool = True) -> np.ndarray:
    """Cut a melody in four-quarter bars into windows of ``steps`` sixteenths, starting at bar lines.

    A window that holds a note off the grid or outside the alphabet is left out, and so is one that begins within a note.
    Repeats are played out, so a tune gives the same window twice; ``distinct`` keeps it once.

    Returns
    -------
    ndarray of int64, shape (windows, steps)
        Tokens of the models' alphabet; no rows if the melody has several voices or overlapping notes.
    """
    if {"overlapping", "other_voices"} & melody.losses().keys():
        return np.zeros((0, steps), np.int64)
    sixteenth = TICKS // 4
    stop = -(-(melody.onset + melody.duration) // sixteenth)
    lost = (melody.onset % sixteenth > 0) | (melody.duration % sixteenth > 0) | _outside(melody.pitch)
    damaged = np.zeros(int(stop.max(initial=0)) + 1, np.int64)
    for first, last in zip(melody.onset[lost] // sixteenth, stop[lost], strict=True):
        damaged[first:last] = 1
    before = np.concatenate([[0], np.cumsum(damaged)])
    tokens = melody.to_tokens(low=LOW, high=HIGH, strict=False)
    starts = np.arange(melody.pickup // sixteenth, len(tokens) - steps + 1, 16)
    starts = starts[before[starts + steps] == before[starts]]
    cuts = tokens[starts[:, None] + np.arange(steps)]
    # a window that begins inside a held note would begin with a hold of nothing
    cuts = cuts[(cuts[:, 0] != HOLD) & (cuts >= FIRST_PITCH).any(axis=1)]
    return np.unique(cuts, axis=0) if distinct else cuts


def checksum(melody: Melody) -> str:
    """Sixteen hexadecimal digits that tell one set of notes from another."""
    return _digest((melody.onset, melody.duration, melody.pitch, melody.voice))


def data_folder() -> Path:
    """Folder of the book's committed data: beside the package, or where ``MUSICBOOK_DATA`` says.

    Raises
    ------
    MusicError
        If there is none: the package was installed without the book.
    """
    folder = Path(os.environ.get("MUSICBOOK_DATA", Path(__file__).parents[2] / "data"))
    if not (folder / "catalogue.csv").is_file():
        raise MusicError(
            f"no catalogue in {folder}; run from a copy of the book, or set MUSICBOOK_DATA to its data folder"
        )
    return folder


@functools.cache
def _table() -> pd.DataFrame:
    text = dict.fromkeys(["id", "collection", "file", "number", "title", "kind", "region", "meter", "key", "sha"], str)
    return pd.read_csv(data_folder() / "catalogue.csv", index_col="id", dtype=text, keep_default_na=False)


def _digest(columns) -> str:
    return hashlib.sha256(b"|".join(column.astype("<i4").tobytes() for column in columns)).hexdigest()[:16]


@functools.cache
def _catalogue(kind: str) -> Catalogue:
    """Give the rows of a kind with their notes, having compared these with the catalogue's checksums."""
    table = _table()
    table = table[(table["collection"] == "bach") == (kind == "chorales")]
    read = sources.read_chorales if kind == "chorales" else sources.read_melodies
    notes = cache.notes(kind, data_folder() / "catalogue.csv", read)
    missing = [name for name in table.index if name not in notes]
    if missing:
        raise MusicError(
            f"{len(missing)} {kind} of the catalogue are not in the installed music21, the first is {missing[0]}; "
            "install the versions of requirements.txt"
        )
    other = [name for name, sha in table["sha"].items() if _digest(notes[name]) != sha]
    if other:
        warnings.warn(
            f"{len(other)} {kind} read differently from the catalogue, the first is {other[0]}: music21 or symusic is "
            "not of the version in requirements.txt, and numbers in the book may differ",
            stacklevel=3,
        )
    return Catalogue(table, notes)
