"""Every requirement of the article is kept where the coverage page says, and every erratum has a proof or a source."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re

import nbformat
import pytest
import yaml
from books import ROOT, page

from musicbook.book.coverage import cell_of, load_coverage, part_of
from musicbook.book.records import RecordError

RECORD = {
    "id": "A3.3-1",
    "section": "3.3",
    "line": "L9",
    "requirement": "Features are *extracted*.",
    "chapter": "one",
    "target": "musicbook.music.features.extract_features",
}


def numbered(section: str, n: int) -> list[str]:
    return [f"A{section}-{k}" for k in range(1, n + 1)]


PER_SECTION = {
    "0": 14,
    **dict.fromkeys(("1.1", "1.2", "1.3", "1.4.1", "1.4.2", "1.4.3"), 1),
    "2": 5,
    **{"3.1": 3, "3.2": 3, "3.3": 3, "3.4": 2, "3.5": 1},
    **dict.fromkeys(("4.1.1", "4.1.2", "4.2.1", "4.2.2", "4.3.1", "4.3.2", "4.4"), 1),
    **{"5.1": 3, "5.2.1": 1, "5.2.2": 1, "5.2.3": 1, "5.2.4": 1, "5.3": 1, "5.4.1": 5, "5.4.2": 1},
    **dict.fromkeys(("6.1", "6.2", "6.3", "6.4", "6.5"), 2),
    **{"7.1": 1, "7.2": 4, "7.3": 1},
    **{"8.1": 4, "8.2": 5},
}
EXPECTED = [id_ for section, n in PER_SECTION.items() for id_ in numbered(section, n)]
EXPECTED += [f"A9.{section}-Q{k}" for section in range(1, 5) for k in range(1, 4)]
EXPECTED += numbered("10", 1) + numbered("11", 6)

ERRATA = [f"B-{k:02}" for k in range(1, 88)]


def coverage() -> list[dict]:
    return load_coverage(ROOT / "data" / "coverage.yml")


def errata() -> list[dict]:
    return yaml.safe_load((ROOT / "data" / "errata.yml").read_text(encoding="utf-8"))


@functools.cache
def source_of(chapter: str) -> tuple[str, str]:
    """Give the Markdown and the code of a notebook."""
    nb = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    return tuple("\n\n".join(c.source for c in nb.cells if c.cell_type == kind) for kind in ("markdown", "code"))


def resolve(dotted: str):
    """Import what a dotted name names: a module, or something in one."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError as error:
            if not dotted.startswith(error.name or " "):
                raise
            continue
        for name in parts[n:]:
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(dotted)


def defined(code: str) -> set[str]:
    """Name the functions and classes that a notebook defines."""
    return {n.name for n in ast.walk(ast.parse(code)) if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def holds(chapter: str, words: str) -> bool:
    """Say whether a notebook has this heading or defines this name."""
    markdown, code = source_of(chapter)
    headings = [re.sub(r"\s*<span.*", "", h).strip() for h in re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)]
    return words in headings or words in defined(code)


def test_every_requirement_has_one_record():
    found = [record["id"] for record in coverage()]
    assert len(EXPECTED) == 102
    assert sorted(found) == sorted(EXPECTED)


@pytest.mark.parametrize("target", sorted({r["target"] for r in coverage() if cell_of(r) is None}))
def test_every_name_can_be_imported(target):
    found = resolve(target)
    assert callable(found) or inspect.ismodule(found)


@pytest.mark.parametrize("record", [r for r in coverage() if cell_of(r)], ids=lambda r: r["id"])
def test_every_place_in_a_notebook_exists(record):
    chapter, words = cell_of(record)
    assert chapter == record["chapter"]
    assert holds(chapter, words), f"{chapter} has neither a heading nor a definition {words!r}"


def test_every_chapter_is_in_the_book():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for record in coverage():
        assert re.search(rf"chapters/{record['chapter']}$", contents, re.MULTILINE), record["id"]
        assert any((ROOT / "chapters" / f"{record['chapter']}{end}").is_file() for end in (".ipynb", ".md")), record[
            "id"
        ]


def test_requirements_are_sentences_and_lines_are_lines():
    for record in coverage():
        assert record["requirement"].endswith("."), record["id"]
        assert re.fullmatch(r"L\d+(–L\d+)?(, L\d+(–L\d+)?)*", record["line"]), record["id"]


def test_what_is_not_there_is_noticed():
    assert not holds("01_background/background", "Two problem")
    assert not holds("01_background/background", "learning")
    assert holds("01_background/background", "learn")
    assert holds("01_background/background", "Two problems")
    with pytest.raises(AttributeError):
        resolve("musicbook.recommend.content.recommends")
    with pytest.raises(AttributeError):
        resolve("musicbook.recommend.contents")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "numpy.mean"}, "A3.3-1 has target: numpy.mean, not a dotted name of musicbook"),
        ({"target": "chapters/one.ipynb"}, "A3.3-1 has target: chapters/one.ipynb, not"),
        ({"id": "B-01"}, "B-01 belongs to none of A0"),
        ({"reason": "x"}, "A3.3-1 has the unknown field reason"),
    ],
)
def test_mistaken_records(tmp_path, change, message):
    path = tmp_path / "coverage.yml"
    path.write_text(yaml.safe_dump([{**RECORD, **change}]), encoding="utf-8")
    with pytest.raises(RecordError, match=re.escape(message)):
        load_coverage(path)


def test_the_parts_are_those_of_the_article():
    assert {part_of(record) for record in coverage()} == {f"A{k}" for k in range(12)}


def test_the_page_shows_every_record(small):
    html = page(small, "coverage")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "3 requirements, kept in 2 chapters and pages" in text
    assert re.search(r"A3\.3-1 section 3\.3, line 9 Features are extracted \. One musicbook\.music", text)
    assert re.search(r"A10-1 section 3\.3, lines 3–5 Features are extracted \. Mind this\. One “Some words”", text)
    assert "a later chapter name" in text
    assert text.index("3 Algorithms") < text.index("8 Trends") < text.index("10 Further reading")
    assert 'id="coverage-a3-3-1"' in html
    assert 'href="one.html"' in html


# ---- errata -----------------------------------------------------------------------------------------------------


def test_every_erratum_has_one_record():
    assert sorted(record["id"] for record in errata()) == ERRATA


@pytest.mark.parametrize("record", errata(), ids=lambda r: r["id"])
def test_every_erratum_has_a_chapter_and_a_proof_or_a_source(record):
    if record["proof"]:
        assert f"({record['proof']})=" in source_of(record["chapter"])[0]
    else:
        assert record["sources"]
