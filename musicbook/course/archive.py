"""The whole book in one file that can be kept: pages, notebooks, tunes, data and licences, and a way to check them.

The task
    A book on the web goes away one day. The archive is read from a disk, with no network, and says of every file in it
    whether it is still what it was. Made twice from the same files, it is the same to the last byte.

What is in it
    ``html/`` the built pages; ``notebooks/`` the chapters without the solutions of assigned exercises; ``sounds/`` the tunes
    of each chapter as MIDI files; ``data/`` what the notebooks read, without the records of exercises, which hold the
    answers; the licences; the book as a PDF, if it was made; ``README.txt``; ``SHA256SUMS`` in the format that
    ``sha256sum -c`` reads.

Functions
    :func:`collect`, :func:`write`, :func:`verify`, :func:`tunes_of`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
from tqdm import tqdm

import musicbook
from musicbook.course.withhold import public_notebook
from musicbook.music.melody import Melody, MusicError
from musicbook.music.midi import to_midi

SUMS = "SHA256SUMS"
DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the archive: the first that the format can say."""

README = """AI for the Music Industry, version {version}

How to read it: open html/index.html in a browser. Nothing is fetched from a network; the music plays, too.
{pdf}
html/        the pages
notebooks/   the chapters as Jupyter notebooks; they run with the package musicbook
sounds/      the tunes of each chapter as MIDI files, for any music program
data/        what the notebooks read, with its sources in data/README.md
LICENSE      for the program; LICENSE-CONTENT for text and pictures

Whether every file is still what it was:  sha256sum -c SHA256SUMS
"""

_STATE = re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL)
_NAMES = ("labels", "names", "titles")


class ArchiveError(ValueError):
    """There is nothing to archive, or what is to be checked is no archive."""


def tunes_of(html: str) -> list[Melody]:
    """Find the tunes that the widgets of a page hold.

    Parameters
    ----------
    html : str
        A built page.

    Returns
    -------
    list of Melody
        In the order of the saved state, each once, with the best title that is known.
    """
    found: list[Melody] = []
    for state in _STATE.findall(html):
        for model in json.loads(state)["state"].values():
            for title, record in _records(model["state"], ""):
                fields = {name: record[name] for name in ("meter", "tempo") if name in record}
                try:
                    pickup = round(record.get("pickup", 0) * 10080)
                    melody = Melody.from_notes(record["notes"], title=title, pickup=pickup, **fields)
                except MusicError:
                    continue  # a widget may hold what no melody can be, such as a note of no length
                if melody not in found:
                    found.append(melody)
    return found


def _records(value, title: str) -> Iterator[tuple[str, dict]]:
    """Walk through a saved state to what has rows of notes, and carry the nearest title along."""
    if isinstance(value, dict):
        title = value.get("title") or title
        rows = value.get("notes")
        if isinstance(rows, list) and rows and all(isinstance(row, list) and len(row) == 4 for row in rows):
            yield title, value
        for key, part in value.items():
            names = next(
                (value[name] for name in _NAMES if isinstance(part, list) and _fits(value.get(name), part)), None
            )
            if names and key not in _NAMES:
                for name, each in zip(names, part, strict=True):
                    yield from _records(each, name)
            else:
                yield from _records(part, title)
    elif isinstance(value, list):
        for part in value:
            yield from _records(part, title)


def _fits(names, part: list) -> bool:
    return isinstance(names, list) and len(names) == len(part) and all(isinstance(name, str) for name in names)


def _file_name(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-") or "tune"


def sound_name(chapter: str, number: int, melody: Melody) -> str:
    """Name the file of a tune in the archive; `number` counts the tunes of its page from 1, as `tunes_of` gives them."""
    return f"sounds/{chapter}/{number:03}-{_file_name(melody.title)}.mid"


def _midi(melody: Melody) -> bytes:
    try:
        return to_midi(melody)
    except MusicError:  # one pitch twice at once in a voice: each note gets a voice of its own
        return to_midi(replace(melody, voice=range(len(melody))))


def _sounds(html: Path) -> dict[str, bytes]:
    found = {}
    for page in sorted((html / "chapters").rglob("*.html")):
        for number, melody in enumerate(tunes_of(page.read_text(encoding="utf-8")), start=1):
            found[sound_name(page.stem, number, melody)] = _midi(melody)
    return found


def _tree(folder: Path, prefix: str) -> dict[str, bytes]:
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    }


def collect(root: Path) -> dict[str, bytes]:
    """Gather what goes into the archive.

    Parameters
    ----------
    root : Path
        The folder of the book, with the built pages in ``_build/html``.

    Returns
    -------
    dict of str to bytes
        What stands in each file, by its name in the archive, sorted.

    Raises
    ------
    ArchiveError
        If the book has not been built.
    """
    html = root / "_build" / "html"
    if not (html / "index.html").is_file():
        raise ArchiveError(f"there is no built book in {html}: run make book first")
    files = _tree(html, "html") | _sounds(html)
    for path in sorted((root / "chapters").rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            notebook = public_notebook(nbformat.read(path, as_version=4), path.stem, root / "data" / "course")
            name = f"notebooks/{path.relative_to(root / 'chapters').as_posix()}"
            files[name] = (nbformat.writes(notebook) + "\n").encode()
    files |= {name: data for name, data in _tree(root / "data", "data").items() if not name.startswith("data/course/")}
    files |= {name: (root / name).read_bytes() for name in ("LICENSE", "LICENSE-CONTENT")}
    pdf = root / "_build" / f"musicbook-{musicbook.__version__}.pdf"
    if pdf.is_file():
        files[pdf.name] = pdf.read_bytes()
    told = f"\nFor printing: {pdf.name}\n" if pdf.is_file() else ""
    files["README.txt"] = README.format(version=musicbook.__version__, pdf=told).encode()
    # A warning printed in a page names the file that it came from by its place on the machine that built the book.
    here = f"{root.resolve()}{os.sep}".encode()
    files = {name: data.replace(here, b"") if name.endswith(".html") else data for name, data in sorted(files.items())}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    return {SUMS: sums.encode(), **files}


def write(files: dict[str, bytes], path: Path) -> None:
    """Write an archive; the same files give the same bytes, whenever and wherever.

    Parameters
    ----------
    files : dict of str to bytes
        What `collect` gives. All go into one folder, named like the archive.
    path : Path
        The zip file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")  # an older archive stays until the new one is whole
    with zipfile.ZipFile(part, "w") as archive:
        for name, data in tqdm(files.items(), desc="packing", unit=" files", disable=None):
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    part.replace(path)


def _contents(place: Path) -> dict[str, bytes]:
    if place.is_dir():
        paths = sorted(path for path in place.rglob("*") if path.is_file())
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    try:
        with zipfile.ZipFile(place) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            return {entry.filename.partition("/")[2]: archive.read(entry) for entry in entries}
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ArchiveError(f"{place} cannot be read: {error}") from error


def verify(place: Path) -> list[str]:
    """Compare an archive, or the folder that it was unpacked to, with its sums.

    Parameters
    ----------
    place : Path
        The zip file, or the folder that holds ``SHA256SUMS``.

    Returns
    -------
    list of str
        One line for each file that is missing, changed or extra; none if all is as it was.

    Raises
    ------
    ArchiveError
        If it cannot be read, or has no sums.
    """
    files = _contents(place)
    if SUMS not in files:
        raise ArchiveError(f"{place} has no {SUMS}")
    expected = {}
    for line in files.pop(SUMS).decode(errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        expected[name] = digest
    found = [f"missing: {name}" for name in expected if name not in files]
    for name, data in files.items():
        if name not in expected:
            found.append(f"extra: {name}")
        elif hashlib.sha256(data).hexdigest() != expected[name]:
            found.append(f"changed: {name}")
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.archive", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make the archive of the built book")
    make.add_argument("root", type=Path, nargs="?", default=Path("."), help="the folder of the book")
    check = commands.add_parser("verify", help="compare an archive with its sums")
    check.add_argument("place", type=Path, help="the zip file, or the folder that it was unpacked to")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "make":
            files = collect(chosen.root)
            path = chosen.root / "_build" / f"musicbook-{musicbook.__version__}.zip"
            write(files, path)
            print(
                f"{len(files):,} files, {path.stat().st_size / 1e6:.1f} MB: {path}; to check it: {parser.prog} verify {path}"
            )
            return 0
        faults = verify(chosen.place)
    except ArchiveError as error:
        print(f"archive: {error}", file=sys.stderr)
        return 2
    print("\n".join(faults) or f"{chosen.place}: every file is as it was")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
