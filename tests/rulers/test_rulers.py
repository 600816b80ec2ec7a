"""Every ruler finds nothing where there is nothing, finds what was planted, and says how sure it is: the record is true.

The long runs are those of ``tools/calibrate.py``; here the first draw of each null and each positive control are taken again.
"""

import functools
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicbook.compose import quality
from musicbook.music import corpus

PLACE = Path(__file__).resolve().parents[2] / "tools" / "calibrate.py"
SPEC = importlib.util.spec_from_file_location("calibrate", PLACE)
calibrate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(calibrate)
RECORD = json.loads(calibrate.RECORD.read_text(encoding="utf-8"))
pytestmark = pytest.mark.slow


@functools.cache
def ruler(name):
    return calibrate.RULERS[name]()


def numbers(found):
    """Value and ends, without those that there are not; another processor may round otherwise."""
    return pytest.approx([each for each in found if each is not None and not np.isnan(each)], rel=0.05, abs=0.002)


def test_each_ruler_is_in_the_record_and_nothing_else_is():
    assert list(RECORD) == list(calibrate.RULERS)


@pytest.mark.parametrize("name", calibrate.RULERS)
def test_nothing_is_found_in_nothing(name):
    row, found = RECORD[name], ruler(name).draw(0)
    assert [each for each in found if not np.isnan(each)] == numbers(row["first"])
    if row["truth"] is not None:
        assert abs(row["mean"] - row["truth"]) < 3 * row["error"] + 0.005


@pytest.mark.parametrize("name", calibrate.RULERS)
def test_what_was_planted_is_found(name):
    row, found = RECORD[name], ruler(name).find()
    assert [each for each in found if not np.isnan(each)] == numbers(row["found"])
    if row["covered"] is None:
        assert abs(found.value - row["mean"]) > 10 * row["error"] * np.sqrt(row["draws"])
    else:
        assert not found.low <= row["mean"] <= found.high


@pytest.mark.parametrize("name", [name for name, row in RECORD.items() if row["covered"] is not None])
def test_intervals_hold_the_truth_as_often_as_they_say(name):
    assert RECORD[name]["draws"] == 200
    assert 0.9 <= RECORD[name]["covered"] <= 0.98


def test_a_window_that_is_its_own_group_leaks():
    """The fault of the first edition, put back: the control finds it."""
    rows, _, reference = calibrate._by_coin(4, 0)
    loose = replace(reference, families=np.arange(len(reference.unseen)).astype(str))
    leaked = quality.two_sample_auc(rows, loose, groups=[f"mine {k}" for k in range(len(rows))])
    assert leaked.low > 0.6


def test_groups_must_be_given():
    reference, _ = calibrate._books(2)
    rows = reference.unseen[:1000]
    for compare in (quality.two_sample_auc, quality.measure, quality.overlap_and_divergence):
        with pytest.raises(TypeError, match="groups"):
            compare(rows, reference)
        with pytest.raises(ValueError, match="one group for each of 1000"):
            compare(rows, reference, groups=range(999))


def test_fewer_windows_than_the_book_takes_are_asked_for_by_name():
    reference, _ = calibrate._books(2)
    with pytest.raises(ValueError, match=r"1000 windows of each kind .* asked for with n="):
        quality.two_sample_auc(reference.unseen[:200], reference, groups=range(200))


def test_a_shared_family_is_never_learned_from_and_judged():
    """The same windows on both sides cannot be told apart, and their families keep them from being recognised."""
    reference, _ = calibrate._books(2)
    same = quality.two_sample_auc(reference.unseen, reference, groups=reference.families, n=300, n_boot=20)
    assert same.value < 0.6


def test_what_hangs_together_is_said_for_every_window():
    families = corpus.window_families(2, "test", corpus.FIDDLE_BOOKS)
    tunes = corpus.window_tunes(2, "test", corpus.FIDDLE_BOOKS)
    table = corpus.load().table
    assert families.tolist() == table["family"][tunes].tolist()
    assert not set(families) & set(corpus.window_families(2, "train", corpus.FIDDLE_BOOKS))
