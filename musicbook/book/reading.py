"""What the book cites, and what it corrects: the bibliography and the errata as tables.

The task
    A book with two hundred sources and corrections should be able to count itself: which source is cited in which chapter,
    which in none, how many errors of which kind were found, and what each correction rests on. The chapter "Further reading"
    asks; the pages "Bibliography" and "Errata" show every entry.

Conventions
    Chapters are named by their path below ``chapters/``, without the ending. Keys are those of ``data/references.bib``.

Functions
    :func:`sources`, :func:`cited`, :func:`errata`, :func:`repeated`, :func:`draw_errata`

Sources
    The files themselves. Pybtex reads BibTeX.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import yaml
from pybtex.database import parse_file
from pybtex.richtext import Text

from musicbook.music.corpus import data_folder

from .records import EVIDENCE, SEVERITIES

QUESTIONS = (
    {
        "text": "Yuan et al. (2023) looked at 40 decided cases. What does the paper show?",
        "options": [
            ("A program decides such cases as well as a court", False, "It agreed with 75 % of the decisions."),
            ("Methods agreed with 75 %, listeners to the full audio with 83 %", True, "See the chapter on screening."),
            ("Similar melodies are infringements", False, "Similarity is one question of several: B-59."),
        ],
    },
    {
        "text": "Who wrote “Generative Adversarial Networks”, the paper that proposed them?",
        "options": [
            (
                "Goodfellow and three others, 2015",
                False,
                "So says the article; the paper is real, these authors are not.",
            ),
            ("Goodfellow and seven others, 2014", True, "Erratum B-71 names all eight."),
        ],
    },
    {
        "text": "The article recommends Mitchell's “Machine Learning” (1997) for collaborative filtering. What is in it?",
        "options": [
            ("A chapter on collaborative filtering", False, "None of its thirteen chapters is about recommending."),
            ("Thirteen chapters, none on recommending", True, "A good book, cited for the wrong thing: B-81."),
        ],
    },
    {
        "text": "A field experiment with personalised podcasts (Holtz et al. 2020) found more streams. What else?",
        "options": [
            ("More variety for every listener", False, "Each listener's variety fell, by 11.51 %."),
            ("Less variety for each, a little more across listeners", True, "28.90 % more streams had a price: B-51."),
        ],
    },
    {
        "text": "For a machine-composed single by a named artist no source could be found. What does the report of 2017 show?",
        "options": [
            ("A song composed by a machine", False, "The report is about a music video."),
            ("Face tracking and effects in a music video", True, "The technology was real, and another one: B-50."),
        ],
    },
)
"""What a source shows, for a quiz; the answers stand in the errata that each names, and in their chapters."""

CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


def chapters_folder() -> Path:
    """Folder of the book's chapters, beside its data."""
    return data_folder().parent / "chapters"


def sources() -> pd.DataFrame:
    """Give every entry of the bibliography: a row a source, by key, with its kind, authors, year, title and DOI."""
    entries = parse_file(data_folder() / "references.bib").entries
    rows = {}
    for key, entry in entries.items():
        people = [
            " ".join(person.last_names) for person in entry.persons.get("author", entry.persons.get("editor", []))
        ]
        plain = {name: str(Text.from_latex(entry.fields.get(name, ""))) for name in ("year", "title", "doi")}
        rows[key] = {"kind": entry.type, "authors": _short(people), **plain}
    return pd.DataFrame.from_dict(rows, orient="index")


def _short(people: list[str]) -> str:
    names = [str(Text.from_latex(name)) for name in people]
    return names[0] + " et al." if len(names) > 2 else " and ".join(names)


def prose(path: Path) -> str:
    """Give the Markdown of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def cited(folder: Path | None = None) -> dict[str, list[str]]:
    """Say where each source is cited.

    Parameters
    ----------
    folder : Path, optional
        Of the chapters; the book's own if not given.

    Returns
    -------
    dict of str to list of str
        Chapters by key, those of the text and not of the errata's boxes; a key that no chapter cites is not there.
    """
    found: dict[str, list[str]] = {}
    for name, text in _texts(folder):
        for key in dict.fromkeys(key.strip() for keys in CITATION.findall(text) for key in keys.split(",")):
            found.setdefault(key, []).append(name)
    return found


def repeated(least: int = 60, folder: Path | None = None) -> list[tuple[str, list[str]]]:
    """Find sentences of at least so many characters that stand in more than one chapter.

    Returns
    -------
    list of (str, list of str)
        The sentence, and the chapters that have it. A sentence is a line, as the book's source is written.
    """
    places: dict[str, list[str]] = {}
    for name, text in _texts(folder):
        for line in dict.fromkeys(text.splitlines()):
            if len(line.strip()) >= least and line[0] not in "`:":  # no fences, no options
                places.setdefault(line.strip(), []).append(name)
    return [(line, names) for line, names in places.items() if len(names) > 1]


def _texts(folder: Path | None):
    folder = folder or chapters_folder()
    for path in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            yield path.relative_to(folder).with_suffix("").as_posix(), prose(path)


def errata(path: Path | None = None) -> pd.DataFrame:
    """Give every correction: a row a record, by id, as ``data/errata.yml`` has it."""
    records = yaml.safe_load((path or data_folder() / "errata.yml").read_text(encoding="utf-8"))
    return pd.DataFrame(records).set_index("id")


def draw_errata(table: pd.DataFrame):
    """Draw how many corrections there are of each severity, and what they rest on.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`errata` gives it; a record may rest on several kinds of evidence, and counts for each.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (2,)
    """
    _, axes = plt.subplots(1, 2, figsize=(7.6, 2.3), layout="constrained")
    columns = ((table["severity"], SEVERITIES), (table["evidence"].explode(), EVIDENCE))
    for place, (values, words), title in zip(axes, columns, ("severity", "evidence"), strict=True):
        counts = values.value_counts().reindex(list(words), fill_value=0)
        bars = place.barh([words[name] for name in counts.index], counts, color="#7aa6d6")
        place.bar_label(bars, padding=3)
        place.invert_yaxis()
        place.set(title=title, xlim=(0, counts.max() * 1.18))
        place.spines[["top", "right"]].set_visible(False)
    return axes
