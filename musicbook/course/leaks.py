"""Search what was built for answers that are withheld.

Task
    A solution may leave a page and stay in its search index, in the notebook offered for download or in the state of a
    widget. So every line of every withheld solution is looked for in every file, whatever its form.

Conventions
    A file is compared as its letters and digits alone: tags, entities and escapes of HTML and JSON gone, as well as blanks
    and punctuation, so that a line of code is found inside coloured HTML and inside a string. Lines that the public part of
    some chapter has, too, tell nothing and are left out. A number counts as the answer if it is written with the same
    digits, on the pages of its chapter. In the index of the search each word stands alone: there, words are looked for
    that only withheld solutions use.

Functions
    ``find``   every place where something withheld is to be read

Run ``python -m musicbook.course.leaks _build/html`` to search a built book.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import nbformat
from sphinx.search.en import SearchEnglish

from musicbook.course import records, withhold

MIN_LETTERS = 14
"""A shorter line (``else:``) says nothing."""
MIN_WORD = 6
MIN_DIGITS = 3
TEXTS = {".html", ".js", ".json", ".ipynb", ".txt", ".md", ".csv", ".yml", ".xml", ".inv", ".py"}

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_OTHER = re.compile(r"[\W_]+")
_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True)
class Leak:
    """Something withheld that can be read: of which exercise, where, and what."""

    exercise: str
    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.exercise}: {self.what!r}"


def plain(text: str) -> str:
    """Reduce a file to its letters and digits.

    Parameters
    ----------
    text : str
        HTML, JSON, JavaScript, Markdown or code.

    Returns
    -------
    str
        Lower-case letters and digits of any script, nothing else.
    """
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    text = unescape(re.sub(r"</?[a-zA-Z!][^<>]*>", "", text))
    return _OTHER.sub("", text.replace("\\n", " ").replace("\\t", " ")).lower()


def read(path: Path) -> str:
    """Read a file; the inventory of Sphinx is packed after its fourth line."""
    data = path.read_bytes()
    if path.suffix == ".inv":
        head, _, packed = data.partition(b"zlib.\n")
        data = head + zlib.decompress(packed) if packed else head
    return data.decode("utf-8", errors="replace")


@dataclass(frozen=True)
class _Secret:
    exercise: str
    chapter: str
    lines: dict[str, str]  # reduced: as written
    number: re.Pattern | None
    words: frozenset[str]


def _lines(cells: list) -> Iterator[str]:
    for cell in cells:
        if "{solution-" in cell.source:
            continue
        yield from cell.source.splitlines()
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            yield from text.splitlines()


def _secrets(chapters: Path, place: Path | None) -> list[_Secret]:
    books = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted(chapters.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    }
    shown = [withhold.public_notebook(nb, name, place) for name, nb in books.items()]
    # Captions of figures stand in the metadata of their cells; questions and hints, in the records.
    public = "\n".join(f"{cell.source}\n{json.dumps(cell.metadata)}" for nb in shown for cell in nb.cells)
    public += "\n".join(_asked(records.of_chapter(name, place)) for name in records.chapters(place))
    # Pages are made from the files in data/, too.
    more = [
        *chapters.rglob("*.md"),
        *(path for path in chapters.parent.glob("data/*") if path.suffix in TEXTS | {".bib"}),
    ]
    public += "\n".join(path.read_text(encoding="utf-8") for path in more)
    known, words = plain(public), _stems(public)
    made = []
    for each in records.exercises(place).values():
        if not each.assigned or each.chapter not in books:
            continue
        lines = list(_lines(withhold.withheld_cells(books[each.chapter], each.chapter, place)))
        reduced = {plain(line): line.strip() for line in [*lines, each.right]}
        made.append(
            _Secret(
                exercise=each.id,
                chapter=each.chapter,
                lines={key: line for key, line in reduced.items() if len(key) >= MIN_LETTERS and key not in known},
                number=_number(each, public),
                words=frozenset(word for word in _stems(" ".join(lines)) - words if len(word) >= MIN_WORD),
            )
        )
    return made


def _asked(chapter: records.Chapter) -> str:
    """Give what the forms and the quiz of a chapter show to everybody."""
    shown = [
        each for question in chapter.quiz for each in (question.text, *(f"{o[0]}\n{o[2]}" for o in question.options))
    ]
    for each in chapter.exercises:
        shown += [each.goal, each.hint, each.ask, each.otherwise, each.outside, each.watch, each.unit, *each.fields]
        shown += [text for _, text in each.options]
    return "\n".join(shown)


def _number(each: records.Exercise, public: str) -> re.Pattern | None:
    values = each.answer if each.kind == "numbers" else (each.answer,) if each.kind == "number" else ()
    texts = [f"{value:g}" for value in values]
    texts = [text for text in texts if len(re.sub(r"\D", "", text).strip("0")) >= MIN_DIGITS]
    texts = [text for text in texts if text not in public or not re.search(_exactly(text), public)]
    return re.compile("|".join(map(_exactly, texts))) if texts else None


def _exactly(text: str) -> str:
    return rf"(?<![\d.]){re.escape(text)}(?!\d)"


def find(built: Path, chapters: Path, place: Path | None = None) -> list[Leak]:
    """Find every place where something withheld is to be read.

    Parameters
    ----------
    built : Path
        A folder: the built book, or what was unpacked from an archive.
    chapters : Path
        The worked notebooks.
    place : Path, optional
        Folder of the records.

    Returns
    -------
    list of Leak
        None if nothing leaks.

    Raises
    ------
    FileNotFoundError
        If there is nothing built, or nothing withheld, so that a search would prove nothing.
    """
    secrets = _secrets(chapters, place)
    files = [path for path in sorted(built.rglob("*")) if path.is_file() and path.suffix in TEXTS]
    if not files or not secrets:
        raise FileNotFoundError(f"{built} holds {len(files)} files, and {len(secrets)} exercises are assigned")
    found = []
    for path in files:
        text, name = read(path), path.relative_to(built).as_posix()
        if path.name == "searchindex.js":
            found += _in_index(text, name, secrets)
        reduced = plain(text)
        for secret in secrets:
            found += [Leak(secret.exercise, name, line) for key, line in secret.lines.items() if key in reduced]
            if path.stem == secret.chapter and secret.number and path.suffix in (".html", ".ipynb"):
                shown = re.sub(r"</?[a-zA-Z!][^<>]*>", "", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
                found += [Leak(secret.exercise, name, number) for number in sorted(set(secret.number.findall(shown)))]
    return found


def _stems(text: str) -> set[str]:
    """Give the words of a text as the search of the book knows them: without their endings."""
    stem = SearchEnglish({}).stem
    return {stem(word) for word in set(_WORD.findall(text.lower()))}


def _in_index(text: str, name: str, secrets: list[_Secret]) -> Iterator[Leak]:
    index = json.loads(text[text.index("{") : text.rindex("}") + 1])
    terms = set(index["terms"]) | set(index["titleterms"])
    for secret in secrets:
        for word in sorted(secret.words & terms):
            yield Leak(secret.exercise, name, word)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.leaks", description=__doc__.splitlines()[0])
    parser.add_argument("built", type=Path, help="the built book, such as _build/html")
    parser.add_argument("chapters", type=Path, nargs="?", default=Path("chapters"), help="the worked notebooks")
    words = parser.parse_args(arguments)
    try:
        found = find(words.built, words.chapters)
    except FileNotFoundError as error:
        parser.error(str(error))
    for leak in found:
        print(leak, file=sys.stderr)
    print(f"{len(found)} places where something withheld is to be read")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
