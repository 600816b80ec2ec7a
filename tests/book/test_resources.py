"""The list of resources: every entry is looked up, and what cannot be found is an error."""

from __future__ import annotations

import shutil

import pytest

from musicbook.book.resources import CHECKED, COLUMNS, FINDINGS, KINDS, ResourceError, load_resources, true_or_not
from musicbook.music.corpus import data_folder


def test_every_resource_is_known():
    table = load_resources(data_folder())
    assert tuple(table.columns) == COLUMNS
    assert set(table["kind"]) == set(KINDS)
    assert not table.duplicated("title").any()
    assert len(table) >= 35
    assert table["address"].str.match(r"(https?://\S+)?$").all()
    assert not table["title"].str.contains(r"[{}\\]").any()
    row = table.set_index("title").loc["Deep Learning"]
    assert (row["by"], row["address"]) == ("Goodfellow et al., 2016", "https://www.deeplearningbook.org")
    assert table.attrs["checked"] == "2026-11-24"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{key: nobody1999, kind: book, topic: tools, why: x}", "not in the bibliography"),
        ("{package: no-such-package-here, kind: library, topic: tools, why: x}", "not installed"),
        ("{key: mitchell1997, kind: novel, topic: tools, why: x}", "needs a kind"),
        ("{key: mitchell1997, kind: book, topic: tools}", "a why"),
    ],
)
def test_what_cannot_be_looked_up_is_an_error(tmp_path, record, message):
    shutil.copy(data_folder() / "references.bib", tmp_path)
    (tmp_path / "resources.yml").write_text(f"checked: 2026-11-24\nresources:\n  - {record}\n", encoding="utf-8")
    with pytest.raises(ResourceError, match=message):
        load_resources(tmp_path)


def test_quiz_says_what_the_errata_say():
    asked = true_or_not(data_folder())
    assert len(asked) == len(CHECKED)
    right = [next(words for words, good, _ in each["options"] if good) for each in asked]
    assert dict(zip(CHECKED, right, strict=True))["B-87"] == FINDINGS[0]
    assert dict(zip(CHECKED, right, strict=True))["B-71"] == FINDINGS[1]
    assert dict(zip(CHECKED, right, strict=True))["B-72"] == FINDINGS[2]
    assert set(right) == set(FINDINGS)
    assert "Collaborative Filtering for the Net Generation" in asked[CHECKED.index("B-72")]["text"]
    for each in asked:
        assert [good for _, good, _ in each["options"]].count(True) == 1
        assert len({why for *_, why in each["options"]}) == 3
