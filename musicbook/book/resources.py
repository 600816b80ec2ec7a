"""The list of books, papers and libraries of chapter 7, each known from a place that can be looked up.

Task
    A recommendation of a book is worth something if the book exists. So ``data/resources.yml`` holds no title and no address
    of its own: a source is named by its key in the bibliography, a library by its name among the installed packages, and what
    is shown is read from there. A key that does not exist is an error.

Conventions
    One row a resource, with the columns of :data:`COLUMNS`, all text. ``by`` names the authors and the year, and of a library
    the version that is installed. The address is a DOI, else the address in the bibliography, else the preprint; empty if none
    of them is confirmed.

Functions
    ``load_resources``   the list
    ``true_or_not``      a quiz on the article's own references, made from the errata

Sources
    The bibliography, whose entries were compared with the publications.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pandas as pd
import yaml

COLUMNS = ("title", "kind", "topic", "by", "why", "address")
KINDS = ("book", "course", "paper", "site", "library")


class ResourceError(ValueError):
    """The list names something that cannot be looked up."""


def load_resources(folder: Path) -> pd.DataFrame:
    """Read the list with all that the bibliography and the packages say.

    Parameters
    ----------
    folder : Path
        Of ``resources.yml`` and ``references.bib``.

    Returns
    -------
    DataFrame
        With the columns of :data:`COLUMNS`; ``attrs["checked"]`` is the day when the entries were last compared.

    Raises
    ------
    ResourceError
        If a key is not in the bibliography, a package is not installed, or a record is not whole.
    """
    from pybtex.database import parse_file

    entries = parse_file(folder / "references.bib").entries
    written = yaml.safe_load((folder / "resources.yml").read_text(encoding="utf-8"))
    rows = []
    for record in written["resources"]:
        if record.get("kind") not in KINDS or not record.get("topic") or not record.get("why"):
            raise ResourceError(f"{record} needs a kind ({', '.join(KINDS)}), a topic and a why")
        known = _of_package(record["package"]) if "package" in record else _of_entry(entries, record.get("key"))
        rows.append({**known, **{name: record[name] for name in ("kind", "topic", "why")}})
    table = pd.DataFrame(rows)[list(COLUMNS)]
    table.attrs["checked"] = str(written["checked"])
    return table


FINDINGS = ("It is as the article says", "It is real, and something is wrong", "It could not be found")
CHECKED = ("B-87", "B-72", "B-71", "B-76", "B-79", "B-73", "B-81", "B-80", "B-78", "B-82", "B-77", "B-75")
"""Records that make good questions, in an order that mixes the findings."""
WHY_NOT = {
    (0, 1): "Every part was compared and is right. Not all of a doubtful list is doubtful.",
    (0, 2): "It is in the library. Not all of a doubtful list is doubtful.",
    (1, 0): "It looks so, and whoever searches for it as printed fails.",
    (1, 2): "The thing itself exists; a detail is wrong.",
    (2, 0): "It reads like a real one. So does an invented one.",
    (2, 1): "Nothing was found under this title or these names; what is real has another name.",
}


def true_or_not(folder: Path) -> list[dict]:
    """Make a question of each of some errata, namely what a check of the claim found.

    Parameters
    ----------
    folder : Path
        Of ``errata.yml``.

    Returns
    -------
    list of dict
        As `musicbook.widgets.Quiz` takes them.
    """
    records = {each["id"]: each for each in yaml.safe_load((folder / "errata.yml").read_text(encoding="utf-8"))}
    asked = []
    for name in CHECKED:
        record = records[name]
        found = 0 if record["right"].startswith("Correct") else 2 if "not-found" in record["evidence"] else 1
        why = record["right"].replace("*", "").replace("`", "").replace("named here", "named in its box below").strip()
        options = [(words, k == found, why if k == found else WHY_NOT[found, k]) for k, words in enumerate(FINDINGS)]
        claim = record["says"].replace("*", "").strip()
        asked.append({"text": f"{claim} 「{record['says_zh']}」", "options": options})
    return asked


def _of_entry(entries, key) -> dict[str, str]:
    if key not in entries:
        raise ResourceError(f"{key!r} is not in the bibliography")
    fields = entries[key].fields
    people = [_plain(str(person.last_names[-1])) for person in entries[key].persons.get("author", [])]
    by = people[0] if len(people) == 1 else " and ".join(people) if len(people) == 2 else f"{people[0]} et al."
    address = fields.get("url", "")
    if "doi" in fields:
        address = f"https://doi.org/{fields['doi']}"
    elif not address and "eprint" in fields:
        address = f"https://arxiv.org/abs/{fields['eprint']}"
    return {"title": _plain(fields["title"]), "by": f"{by}, {fields['year']}", "address": address}


def _of_package(name: str) -> dict[str, str]:
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise ResourceError(f"the package {name!r} is not installed") from None
    named = dict(pair.split(", ", 1) for pair in found.get_all("Project-URL") or [])
    home = {label.lower(): address for label, address in named.items()}.get("homepage") or found.get("Home-page") or ""
    return {"title": found["Name"], "by": f"version {found['Version']}", "address": home}


def _plain(latex: str) -> str:
    """Turn what BibTeX writes for accents and capitals into plain text."""
    from pybtex.richtext import Text

    return Text.from_latex(latex).render_as("text")
