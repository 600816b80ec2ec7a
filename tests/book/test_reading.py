"""The bibliography and the errata as tables: what is cited where, what is cited nowhere, what is said twice."""

from __future__ import annotations

import json

import pytest

from musicbook.book import reading


def write(folder, name, text):
    cells = [{"cell_type": "markdown", "source": [text]}, {"cell_type": "code", "source": ["'{cite:p}`code`'"]}]
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    same = "This sentence is long enough to be counted, and it stands in two chapters of the book."
    write(tmp_path, "01/a", f"See {{cite:p}}`one,two` and {{cite:t}}`one`.\n{same}")
    write(tmp_path, "02/b", f"{{cite:t}}`two`\n\n{same}\nShort.")
    write(tmp_path, ".ipynb_checkpoints/b", "{cite:t}`three`")
    return tmp_path


def test_citations_are_counted_once_a_chapter(folder):
    assert reading.cited(folder) == {"one": ["01/a"], "two": ["01/a", "02/b"]}


def test_sentences_that_stand_twice_are_found(folder):
    assert [names for _, names in reading.repeated(60, folder)] == [["01/a", "02/b"]]
    assert reading.repeated(200, folder) == []


def test_sources_are_those_of_the_bibliography():
    table = reading.sources()
    assert table.index.is_unique
    assert table.loc["yuan2023", ["authors", "year"]].tolist() == ["Yuan et al.", "2023"]
    assert table.loc["smith1981", "authors"] == "Smith and Waterman"
    assert table.loc["mullensiefen2009", "authors"] == "Müllensiefen and Pendzich"
    assert not table["title"].str.contains(r"[{}\\]").any()
    assert (table["title"] != "").all()


def test_the_book_cites_nothing_that_the_bibliography_lacks():
    assert set(reading.cited()) <= set(reading.sources().index)


def test_the_pictures_bars_are_the_counts():
    table = reading.errata()
    left, right = reading.draw_errata(table)
    assert [bar.get_width() for bar in left.patches] == [(table["severity"] == s).sum() for s in ("S1", "S2", "S3")]
    assert sum(bar.get_width() for bar in right.patches) == sum(map(len, table["evidence"]))
