"""The machines through time."""

from __future__ import annotations

import numpy as np
import pytest
from pybtex.database import parse_file

from musicbook.compose import evaluate, history
from musicbook.music import corpus


def test_years_are_those_of_the_papers():
    papers = parse_file(corpus.data_folder() / "references.bib").entries
    years = {label: papers[key].fields["year"] for label, (_, key) in history.MACHINES.items() if key}
    assert all(label.endswith(f"({year})") for label, year in years.items())
    assert list(years.values()) == sorted(years.values())


def test_numbers_are_the_committed_ones():
    found, kept = history.measured(["auc", "copies"]), evaluate.committed()
    assert list(found) == ["bars", "low", "high"]
    assert list(found["bars"]) == [*history.MACHINES, history.REAL]
    assert found["low"]["Transformer (2019)"][0, 1] == kept[4]["transformer-4"]["auc"].low
    assert found["bars"][history.REAL].tolist() == [
        [kept[b]["real"][m].value for b in (2, 4)] for m in ("auc", "copies")
    ]
    assert np.isnan(found["bars"]["GAN (2014)"]).tolist() == [[False, True], [False, True]]
    with pytest.raises(KeyError, match="no measure 'beauty'"):
        history.measured(["beauty"])
