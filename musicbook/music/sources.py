"""Where the notes come from: the collections in the installed music21 package, read from their files.

The task
    Find the collections, split their books into tunes, and read the notes: ABC through :mod:`musicbook.music.abc`, the
    chorales through music21.

Conventions
    An id is ``collection/file/number``. Everything is read; what of it belongs to the catalogue is decided by
    ``tools/build_catalogue.py``.

Functions
    :func:`read_melodies`, :func:`read_books`, :func:`read_chorales`, :func:`corpus_folder`

Sources
    music21 and its corpus: Cuthbert and Ariza 2010. The data card is ``data/README.md``.
"""

from __future__ import annotations

from pathlib import Path

from musicbook.music import abc
from musicbook.music.melody import Melody, MusicError

COLLECTIONS = {
    "essen": "essenFolksong",
    "oneill": "oneills1850",
    "ryan": "ryansMammoth",
    "aird": "airdsAirs",
    "misc": "miscFolk",
}
"""The ABC collections and their folders in music21's corpus."""

CHOIR = {"soprano", "alto", "tenor", "bass", "s", "a", "t", "b"}

BATCH = 300


def read_melodies(progress) -> dict[str, Melody]:
    """Read every tune of the ABC collections from the installed music21: ``{id: melody}``.

    Parameters
    ----------
    progress : callable
        Wraps an iterable of batches to show a bar, as ``tqdm`` does.
    """
    tunes = [(name, tune) for collection in COLLECTIONS for name, tune in read_books(collection)]
    batches = [tunes[i : i + BATCH] for i in range(0, len(tunes), BATCH)]
    melodies = {}
    for batch in progress(batches):
        parsed = abc.parse_book([tune for _, tune in batch])
        melodies.update({name: melody for (name, _), melody in zip(batch, parsed, strict=True) if melody})
    return melodies


def read_books(collection: str) -> list[tuple[str, abc.AbcTune]]:
    """Split the files of a collection into ``(id, tune)`` pairs; a number used twice in a file gets a letter."""
    pairs, seen = [], {}
    for path in sorted((corpus_folder() / COLLECTIONS[collection]).glob("*.abc")):
        for tune in abc.split_book(read_text(path)):
            name = f"{collection}/{path.stem}/{tune.number}"
            seen[name] = seen.get(name, 0) + 1
            pairs.append((name if seen[name] == 1 else f"{name}{'abcdefgh'[seen[name] - 2]}", tune))
    return pairs


def read_text(path: Path) -> str:
    """Read an ABC file: UTF-8, and where it is not, Latin-1, in which the older ones were written.

    Some were written under DOS and taken for Latin-1 when they were turned into UTF-8: where Latin-1 has control characters,
    they have umlauts. That is undone.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    from_dos = any("\x80" <= letter <= "\x9f" for letter in text) and max(text) <= "\xff"
    return text.encode("latin-1").decode("cp850") if from_dos else text


def read_chorales(progress) -> dict[str, Melody]:
    """Read Bach's chorales through music21, on all cores: ``{id: melody}``.

    Numbered as in Riemenschneider's edition. It prints some chorales twice under two numbers; so does the catalogue.
    """
    import joblib
    from music21.corpus import chorales as chorale_list

    files = list(chorale_list.Iterator(returnType="filename"))
    work = joblib.Parallel(n_jobs=-1, return_as="generator")(joblib.delayed(_read_chorale)(file) for file in files)
    numbered = enumerate(progress(work, total=len(files)), start=1)
    return {f"bach/{Path(files[n - 1]).name}/{n}": melody for n, melody in numbered}


def corpus_folder() -> Path:
    """Folder of music21's corpus.

    Raises
    ------
    MusicError
        If this music21 came without it.
    """
    import music21

    folder = Path(music21.__file__).parent / "corpus"
    if not all((folder / name).is_dir() for name in COLLECTIONS.values()):
        raise MusicError(f"the installed music21 has no corpus (looked in {folder}); install music21 with pip")
    return folder


def _read_chorale(name: str) -> Melody:
    """Read a chorale; where instruments double or join the choir, only its four voices."""
    from music21 import corpus as music21_corpus
    from music21.stream import Score

    score = music21_corpus.parse(name, forceSource=True)
    choir = [part for voice in "SATB" for part in score.parts if str(part.partName).upper().startswith(voice)]
    choir = [part for part in choir if part.partName.rstrip(".").lower() in CHOIR]
    if len(score.parts) > 4 and len(choir) == 4:
        score = Score(choir)
    return Melody.from_stream(score)
