"""Plant copies of known passages in tunes that have nothing to do with them, disguised in known ways.

The task
    Who looks for copies must know how many he would find. Real cases are few and disputed, so copies are made: a passage of
    one tune is disguised and put into the middle of another, as somebody might who wants to hide it. Honest tunes, put
    together in the same way from two that are in no list, stand beside them. And there are copies that nobody planted: the
    same title in two collections, one tune written down by two people.

Conventions
    A *passage* is the first bars of a tune. A *case* is a melody to be screened; ``source`` is the position of the passage
    that was planted in it, -1 if none was (an *honest* case). Families of tunes never stand on both sides.

Functions
    :func:`passages`, :func:`beginnings`, :func:`variants`, :func:`plant`, :func:`benchmark`; :data:`DISGUISES`, each of
    which is a function of a melody and a random generator; :class:`Case`

Sources
    mullensiefen2004 tried measures of likeness on melodies with errors of known kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError

BARS = 8
FEWEST_NOTES = 16
"""Passages with fewer notes are not drawn."""


def passages(
    catalogue: Catalogue, n: int, *, bars: int = BARS, seed: int = 0, without: Sequence[str] = ()
) -> Catalogue:
    """Draw the first bars of tunes, each of another family.

    Parameters
    ----------
    catalogue : Catalogue
    n, bars : int
        How many, and how long.
    seed : int
        The same seed draws the same.
    without : sequence of str
        Families that are left out.

    Returns
    -------
    Catalogue
        The passages, under the ids of their tunes.

    Raises
    ------
    MusicError
        If there are not so many families of tunes with at least :data:`FEWEST_NOTES` notes in those bars.
    """
    table = catalogue.table[~catalogue.table["family"].isin(list(without))]
    table = table.sample(frac=1, random_state=seed).drop_duplicates("family")
    notes = {}
    for tune in table.index:
        if len(notes) == n:
            break
        voice = catalogue[tune].excerpt(0, bars).voices()[0]
        if len(voice) >= FEWEST_NOTES:
            notes[tune] = _columns(voice)
    if len(notes) < n:
        raise MusicError(f"{len(notes)} families of tunes have passages of {FEWEST_NOTES} notes, {n} were asked for")
    return Catalogue(table.loc[list(notes)].assign(pickup=0), notes)


def beginnings(catalogue: Catalogue, ids: Sequence[str], bars: int = BARS) -> Catalogue:
    """Give the first bars of some tunes, in their order, as a catalogue under the same ids."""
    notes = {tune: _columns(catalogue[tune].excerpt(0, bars).voices()[0]) for tune in ids}
    return Catalogue(catalogue.table.loc[list(ids)].assign(pickup=0), notes)


def _columns(voice: Melody) -> tuple[np.ndarray, ...]:
    return voice.onset, voice.duration, voice.pitch, voice.voice


def variants(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Pair tunes that bear the same title in two collections: by name the same tune, written down by two people.

    Returns
    -------
    list of (str, str)
        Ids; each title once, its first tune in each of the first two collections. A shared title is no proof.
    """
    table = catalogue.table
    bare = table["title"].str.lower().str.replace(r"\b(the|a|an)\b|[^a-z]", "", regex=True)
    first = table[["collection"]].assign(bare=bare)[bare.str.len() >= 6].drop_duplicates()
    first = first[first["bare"].duplicated(keep=False)]
    return [tuple(tunes.index[:2]) for _, tunes in first.groupby("bare")]


# ---- disguises ---------------------------------------------------------------------------------------------------


def transpose(melody: Melody, rng: np.random.Generator) -> Melody:
    """Move to another key, one to six semitones up or down."""
    return melody.transpose(int(rng.choice([-1, 1]) * rng.integers(1, 7)))


def ornament(melody: Melody, rng: np.random.Generator, share: float = 0.3) -> Melody:
    """Give some notes a turn: note, upper neighbour, note again, in a half and two quarters of its time."""
    rows = []
    for onset, long, pitch in zip(melody.onset.tolist(), melody.duration.tolist(), melody.pitch.tolist(), strict=True):
        if rng.random() >= share or long % 4:
            rows.append((onset, long, pitch))
            continue
        neighbour = pitch + int(rng.integers(1, 3))
        for k, part, each in ((0, 2, pitch), (2, 1, neighbour), (3, 1, pitch)):
            rows.append((onset + long * k // 4, long * part // 4, each))
    return _melody(rows, melody)


def rerhythm(melody: Melody, rng: np.random.Generator, share: float = 0.5) -> Melody:
    """Change the rhythm: of neighbours of equal length, some become long and short, as three to one."""
    onset, duration = melody.onset.copy(), melody.duration.copy()
    k = 0
    while k + 1 < len(onset):
        if duration[k] == duration[k + 1] == onset[k + 1] - onset[k] and duration[k] % 2 == 0 and rng.random() < share:
            half = duration[k] // 2
            onset[k + 1] += half
            duration[k], duration[k + 1] = duration[k] + half, half
            k += 1
        k += 1
    return melody.with_(onset=onset, duration=duration)


def truncate(melody: Melody, rng: np.random.Generator) -> Melody:
    """Keep the first or the second half of the notes."""
    half = len(melody) // 2
    kept = slice(0, half) if rng.random() < 0.5 else slice(half, None)
    rows = np.stack([melody.onset, melody.duration, melody.pitch], axis=1)[kept]
    return _melody([(onset - rows[0, 0], long, pitch) for onset, long, pitch in rows.tolist()], melody)


def insert(melody: Melody, rng: np.random.Generator, n: int = 6) -> Melody:
    """Put ``n`` new notes in the middle, a walk by steps from the note before."""
    middle = len(melody) // 2
    rows = np.stack([melody.onset, melody.duration, melody.pitch], axis=1).tolist()
    at, pitch = rows[middle][0], rows[middle - 1][2] + np.cumsum(rng.choice([-2, -1, 1, 2], n))
    new = [(at + k * TICKS // 2, TICKS // 2, int(each)) for k, each in enumerate(pitch)]
    later = [(onset + n * TICKS // 2, long, each) for onset, long, each in rows[middle:]]
    return _melody([*rows[:middle], *new, *later], melody)


def everything(melody: Melody, rng: np.random.Generator) -> Melody:
    """Transpose, change the rhythm, insert and ornament."""
    for disguise in (transpose, rerhythm, insert, ornament):
        melody = disguise(melody, rng)
    return melody


DISGUISES: dict[str, Callable[[Melody, np.random.Generator], Melody]] = {
    "as it is": lambda melody, rng: melody,
    "transposed": transpose,
    "ornamented": ornament,
    "other rhythm": rerhythm,
    "half of it": truncate,
    "notes inserted": insert,
    "all but cut": everything,
}


def _melody(rows, like: Melody) -> Melody:
    onset, duration, pitch = np.array(rows, np.int64).T
    return Melody(onset, duration, pitch, 0 * pitch, meter=like.meter, tempo=like.tempo, title=like.title)


def plant(passage: Melody, host: Melody) -> Melody:
    """Put a passage in the middle of another tune, after the half of its notes."""
    middle = len(host) // 2
    rows = np.stack([host.onset, host.duration, host.pitch], axis=1).tolist()
    at = rows[middle][0]
    inside = [
        (at + onset, long, pitch)
        for onset, long, pitch in zip(
            passage.onset.tolist(), passage.duration.tolist(), passage.pitch.tolist(), strict=True
        )
    ]
    end = at + passage.length
    return _melody([*rows[:middle], *inside, *[(onset - at + end, long, p) for onset, long, p in rows[middle:]]], host)


class Case(NamedTuple):
    """A melody to be screened, the position of the passage that was planted in it (-1: none), and how."""

    query: Melody
    source: int
    disguise: str


def benchmark(
    catalogue: Catalogue, pool: Catalogue, *, each: int = 10, honest: int = 80, bars: int = BARS, seed: int = 0
) -> list[Case]:
    """Plant copies of passages in tunes of other families, and add honest tunes of the same length.

    Parameters
    ----------
    catalogue : Catalogue
        Where the hosts and the honest tunes are drawn from.
    pool : Catalogue
        Passages that may be planted, such as :func:`passages` draws; their families are neither hosts nor honest.
    each : int
        Cases of each of the :data:`DISGUISES`.
    honest : int
        Honest cases: the first bars of a tune with those of another in their middle, as the planted ones have them.
    bars : int
        Of hosts and honest tunes; the half of a host stands on either side of the passage.
    seed : int

    Returns
    -------
    list of Case
        The planted ones first, disguise after disguise.

    Raises
    ------
    MusicError
        If the catalogue has too few families besides those of the pool.
    """
    rng, families = np.random.default_rng(seed), pool.table["family"].unique()
    planted = each * len(DISGUISES)
    others = list(passages(catalogue, planted + 2 * honest, bars=bars, seed=seed, without=families))
    hosts, outside, inside = others[:planted], others[planted : planted + honest], others[planted + honest :]
    cases = []
    for k, host in enumerate(hosts):
        disguise, source = list(DISGUISES)[k // each], int(rng.integers(len(pool)))
        cases.append(Case(plant(DISGUISES[disguise](pool[source], rng), host), source, disguise))
    return cases + [Case(plant(b, a), -1, "honest") for a, b in zip(outside, inside, strict=True)]
