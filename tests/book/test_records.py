"""Mistakes in the files of errata and terms are named."""

from __future__ import annotations

import pytest
import yaml
from books import ERRATUM, TERM
from sphinx.errors import ExtensionError

from musicbook.book._nodes import complaints
from musicbook.book.glossary import load_glossary
from musicbook.book.records import RecordError, load_errata


def without(record: dict, field: str) -> dict:
    return {key: value for key, value in record.items() if key != field}


ERRATA_MISTAKES = [
    ([without(ERRATUM, "right")], "B-01 lacks the field right"),
    ([without(ERRATUM, "id")], "record 1 lacks the field id"),
    ([ERRATUM, ERRATUM], "B-01 is there twice"),
    ([{**ERRATUM, "writ": "x"}], "B-01 has the unknown field writ"),
    ([{**ERRATUM, "severity": "S9"}], "B-01 has severity: S9, not S1, S2, S3"),
    ([{**ERRATUM, "evidence": ["rumour"]}], "B-01 has evidence: rumour, not reproduced"),
    ([{**ERRATUM, "evidence": []}], "B-01 has evidence: None"),
    ([{**ERRATUM, "sources": ["lee2001", "poe1845"]}], "B-01 cites poe1845, which the bibliography lacks"),
    ([{**ERRATUM, "chapter": None}], "B-01 has no chapter"),
    ("text", "must be a list of records"),
]


@pytest.mark.parametrize(("records", "message"), ERRATA_MISTAKES)
def test_mistaken_errata(tmp_path, records, message):
    path = tmp_path / "errata.yml"
    path.write_text(yaml.safe_dump(records), encoding="utf-8")
    with pytest.raises(RecordError, match=message):
        load_errata(path, {"lee2001"})


def test_unreadable_files(tmp_path):
    with pytest.raises(RecordError, match="cannot be read"):
        load_errata(tmp_path / "errata.yml", set())
    (tmp_path / "errata.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(RecordError, match="is not YAML"):
        load_errata(tmp_path / "errata.yml", set())


def test_a_mistake_ends_the_build_in_the_same_words(tmp_path):
    with pytest.raises(ExtensionError, match=r"^/.*errata\.yml: cannot be read"), complaints():
        load_errata(tmp_path / "errata.yml", set())


def test_right_files_load(tmp_path):
    path = tmp_path / "records.yml"
    path.write_text(yaml.safe_dump([ERRATUM]), encoding="utf-8")
    assert load_errata(path, {"lee2001"}) == {"B-01": ERRATUM}
    path.write_text(yaml.safe_dump([TERM]), encoding="utf-8")
    assert load_glossary(path, {"lee2001"}) == [TERM]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (without(TERM, "zh"), "Markov chain lacks the field zh"),
        ({**TERM, "article": "9.9"}, "Markov chain has article: 9.9, not 1.4.1"),
        ({**TERM, "sources": ["poe1845"]}, "Markov chain cites poe1845"),
    ],
)
def test_mistaken_terms(tmp_path, record, message):
    path = tmp_path / "glossary.yml"
    path.write_text(yaml.safe_dump([record]), encoding="utf-8")
    with pytest.raises(RecordError, match=message):
        load_glossary(path, {"lee2001"})


def test_boxes_and_records_must_agree(broken):
    output = broken[1][0].output
    assert "there is no erratum B-77 in data/errata.yml" in output
    assert "data/errata.yml: the proof of B-02 is the target 'nowhere', which no page has" in output
    assert "data/errata.yml: B-01 has no box in chapters/boxes" in output
    assert "data/errata.yml: the chapter of B-03, chapters/missing, is not in the book" in output
