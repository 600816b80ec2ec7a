"""The whole book in one file: to hand out on a stick, to keep, to read with no network.

Task
    ``make archive`` packs the built pages, the notebooks as they are published, the data, and the tunes of the pages as MIDI
    files, with the checksum of every file. Whoever gets it checks it with ``sha256sum -c SHA256SUMS``, or with ``python -m
    musicbook.course.archive verify``, and opens ``html/index.html``.

Conventions
    The same built book gives the same bytes: files are sorted, and dates are left out. Solutions of assigned exercises are not
    in it (`withhold`), nor are the records of the exercises, which hold the answers. A tune is called
    ``sounds/CHAPTER/NUMBER-TITLE.mid``, numbered in the order in which its page keeps them; the same one is there once.

Functions
    ``tunes_of``   the tunes of a built page
    ``collect``    everything that belongs into the archive
    ``write``      writes it
    ``verify``     what is missing, changed or extra in one
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from tqdm import tqdm

import musicbook
from musicbook.course import withhold
from musicbook.music import midi
from musicbook.music.melody import Melody

SUMS = "SHA256SUMS"
NOT_WHOLE, WRONG = 1, 2
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_TEMPO = 120.0
_STATE = re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL)

README = """{title}
{underline}

This is the whole book in one folder. It needs no network, no server and no Python.

  html/index.html   open it in any browser; every tune plays and every slider moves
  sounds/           the tunes of the players as MIDI files, by chapter
  notebooks/        the chapters as Jupyter notebooks
  data/             what the chapters read; see data/README.md
  {sums}        a checksum of every file: sha256sum -c {sums}

To run the notebooks the package musicbook is needed, of the same version: {version}.
Code is under LICENSE, text and figures are under LICENSE-CONTENT. The tunes belong to neither: data/README.md says where each
collection comes from and what may be done with it.
"""


class ArchiveError(ValueError):
    """An archive cannot be made or read."""


@dataclass(frozen=True)
class Tune:
    """A tune of a page: rows ``(onset, duration, pitch, voice)`` in quarter notes, and quarter notes a minute."""

    title: str
    meter: str
    tempo: float
    notes: tuple[tuple[float, float, int, int], ...]


def tunes_of(html: str) -> list[Tune]:
    """Give the tunes that the widgets of a page have saved with it.

    Parameters
    ----------
    html : str
        A built page.

    Returns
    -------
    list of Tune
        Each once, in the order of the page's widgets; none for a page that does not sound.
    """
    found: dict[tuple, Tune] = {}
    for text in _STATE.findall(html):
        for model in json.loads(text)["state"].values():
            for tune in _tunes(model["state"]):
                found.setdefault((tune.notes, tune.meter, tune.tempo), tune)
    return list(found.values())


def _tunes(state: dict) -> Iterator[Tune]:
    own, tunes = state.get("title") or "", state.get("tunes")
    tunes = tunes if isinstance(tunes, list) else []
    labels = state.get("labels") or state.get("names") or []
    for number, tune in enumerate([state, *tunes]):
        # Some widgets write notes as packed text; those are tunes to look through, not to keep.
        rows = tune.get("notes") if isinstance(tune, dict) else None
        if not rows or not all(isinstance(row, list) and len(row) == 4 for row in rows):
            continue
        label = labels[number - 1] if 0 < number <= len(labels) and not state.get("blind") else ""
        title = str(tune.get("title") or label or own or "tune")
        notes = tuple((onset, duration, int(pitch), int(voice)) for onset, duration, pitch, voice in rows)
        yield Tune(title, tune.get("meter") or "4/4", float(tune.get("tempo") or _TEMPO), notes)


def _midi(tune: Tune) -> bytes:
    """Write a tune as a MIDI file; a pitch that sounds twice at once gets a voice of its own, which MIDI needs."""
    rows, busy = [], {}
    for onset, duration, pitch, voice in sorted(tune.notes):
        while onset < busy.get((voice, pitch), 0) - 1e-9:
            voice += 1
        busy[voice, pitch] = onset + duration
        rows.append((onset, duration, pitch, voice))
    melody = Melody.from_notes(rows, title=tune.title, meter=tune.meter, tempo=tune.tempo)
    return midi.to_midi(melody)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "tune"


def collect(root: Path) -> dict[str, bytes]:
    """Give everything that belongs into the archive.

    Parameters
    ----------
    root : Path
        The folder of the book, with the built pages in ``_build/html``.

    Returns
    -------
    dict
        Contents by name inside the archive, with forward slashes, the checksums among them.

    Raises
    ------
    ArchiveError
        If there is no built book.
    """
    html = root / "_build" / "html"
    if not (html / "index.html").is_file():
        raise ArchiveError(f"there is no built book in {html}: run make book first")
    title = re.search(r"^title: (.+)$", (root / "_config.yml").read_text(encoding="utf-8"), re.MULTILINE)[1]
    text = README.format(title=title, underline="=" * len(title), sums=SUMS, version=musicbook.__version__)
    made = {"README.txt": text.encode()}
    made |= {name: (root / name).read_bytes() for name in ("LICENSE", "LICENSE-CONTENT")}
    made |= {f"html/{name}": path.read_bytes() for name, path in _below(html)}
    data = [(name, path) for name, path in _below(root / "data") if not name.startswith("course/")]
    made |= {f"data/{name}": path.read_bytes() for name, path in data}
    for name, path in _below(root / "chapters"):
        if path.suffix == ".ipynb":
            notebook = withhold.public_notebook(nbformat.read(path, as_version=4), path.stem, root / "data" / "course")
            made[f"notebooks/{name}"] = (nbformat.writes(notebook) + "\n").encode()
    for page in sorted(html.glob("chapters/**/*.html")):
        for number, tune in enumerate(tunes_of(page.read_text(encoding="utf-8")), start=1):
            made[f"sounds/{page.stem}/{number:03d}-{_slug(tune.title)}.mid"] = _midi(tune)
    if book_pdf(root).is_file():
        made["musicbook.pdf"] = book_pdf(root).read_bytes()
    sums = [f"{hashlib.sha256(made[name]).hexdigest()}  {name}\n" for name in sorted(made)]
    return made | {SUMS: "".join(sums).encode()}


def book_pdf(root: Path) -> Path:
    """Where the book lies as one PDF, if it was printed."""
    return root / "_build" / f"musicbook-{musicbook.__version__}.pdf"


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in name.parts):
            yield name.as_posix(), path


def write(files: dict[str, bytes], out: Path) -> None:
    """Write the archive; what was there before stays until the new one is whole.

    Parameters
    ----------
    files : dict
        Contents by name, as `collect` gives them.
    out : Path
        The zip file. Everything in it lies in one folder, named after it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f"{out.name}.")
    os.close(handle)
    try:
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for path in tqdm(sorted(files), desc="packing", unit=" files", file=sys.stderr, disable=None):
                _put(packed, f"{out.stem}/{path}", files[path])
        Path(name).chmod(0o644)
        os.replace(name, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)


def verify(place: Path) -> list[str]:
    """Compare an archive with its checksums.

    Parameters
    ----------
    place : Path
        The zip file, or the folder that it was unpacked to.

    Returns
    -------
    list of str
        ``missing:``, ``changed:`` or ``extra:`` and the name of a file, sorted; none if it is whole.

    Raises
    ------
    ArchiveError
        If there is no such archive, or it has no checksums.
    """
    try:
        found = _unpacked(place) if place.is_dir() else _packed(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"{place} cannot be read: {error}") from error
    if SUMS not in found:
        raise ArchiveError(f"{place} has no {SUMS}: it is no archive of the book")
    wanted = {}
    for line in found.pop(SUMS).decode("utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        wanted[name] = digest
    faults = [f"missing: {name}" for name in set(wanted) - set(found)]
    faults += [f"extra: {name}" for name in set(found) - set(wanted)]
    both = set(wanted) & set(found)
    return sorted(
        faults + [f"changed: {name}" for name in both if hashlib.sha256(found[name]).hexdigest() != wanted[name]]
    )


def _unpacked(folder: Path) -> dict[str, bytes]:
    inner = next((path.parent for path in sorted(folder.glob(f"*/{SUMS}"))), folder)
    return {path.relative_to(inner).as_posix(): path.read_bytes() for path in inner.rglob("*") if path.is_file()}


def _packed(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        names = [name for name in packed.namelist() if not name.endswith("/")]
        return {name.partition("/")[2]: packed.read(name) for name in names}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.archive", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="pack the built book")
    making.add_argument("root", type=Path, nargs="?", default=Path("."), help="the folder of the book")
    making.add_argument("--out", type=Path, help="the zip file; else it lies in _build")
    checking = commands.add_parser("verify", help="compare an archive with its checksums")
    checking.add_argument("place", type=Path, help="the zip file, or the folder that it was unpacked to")
    words = parser.parse_args(arguments)
    try:
        if words.command == "verify":
            faults = verify(words.place)
            print("\n".join(faults) or f"{words.place} is whole")
            return NOT_WHOLE if faults else 0
        out = words.out or words.root / "_build" / f"musicbook-{musicbook.__version__}.zip"
        files = collect(words.root)
        write(files, out)
    except ArchiveError as error:
        print(error, file=sys.stderr)
        return WRONG
    print(f"{out}: {len(files)} files, {out.stat().st_size / 1e6:.1f} MB; to check it: {parser.prog} verify {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
