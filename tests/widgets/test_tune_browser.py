"""The tune browser in Python: what it draws from the catalogue, what it refuses, and how much it weighs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import traitlets
from ipywidgets.embed import dependency_state

from musicbook.music import corpus, sources
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets import Browser, assets
from musicbook.widgets._module import JS
from musicbook.widgets.browser import HEAVIEST, beginning, stratified


def test_every_collection_and_every_large_region_is_there(cat):
    ids = stratified(cat.table, 48, seed=0)
    assert len(set(ids)) == 48
    found = cat.table.loc[ids]
    essen = cat.table[cat.table["collection"] == "essen"]
    large = [region for region, share in essen["region"].value_counts(normalize=True).items() if share >= 0.01]
    assert len(large) == 10
    assert set(found["collection"]) == set(sources.COLLECTIONS)
    assert set(large) < set(found.loc[found["collection"] == "essen", "region"])
    # Sixteen places are one more than there are strata, and still none is left out.
    few = cat.table.loc[stratified(cat.table, 16, seed=0)]
    assert set(large) < set(few["region"])
    # By the root of their sizes: Germany has 58 times as many tunes as Alsace or the Netherlands, about 7 as the root.
    drawn = found["region"].value_counts()
    assert drawn["Germany"] == drawn.max()
    assert drawn["Germany"] / drawn["Netherlands"] < 8


def test_the_seed_decides(cat):
    assert stratified(cat.table, 48, 3) == stratified(cat.table, 48, 3)
    assert stratified(cat.table, 48, 3) != stratified(cat.table, 48, 4)
    shuffled = cat.table.sample(frac=1, random_state=1)
    assert len(stratified(shuffled, 30, 3)) == 30


def test_a_small_sample_takes_collections_first_and_a_whole_one_takes_all(cat):
    assert set(cat.table.loc[stratified(cat.table, 5), "collection"]) == set(sources.COLLECTIONS)
    few = cat.where(collection="misc")
    assert set(stratified(few.table, len(few))) == set(few.table.index)


def test_exactly_the_wanted_ids(cat):
    wanted = list(cat.table.index[[5000, 3, 12000]])
    browser = Browser(cat, wanted)
    assert browser.ids == wanted
    assert browser.selected == wanted[0]


def test_notes_are_whole_numbers_and_exact(cat, tunes):
    cut = 0
    for record in tunes.tunes:
        melody = cat[record["id"]]
        first = beginning(melody, 8)
        stop = melody.pickup + 8 * melody.bar
        step = TICKS // record["steps"]
        assert all(type(value) is int for row in record["notes"] for value in row)
        rows = np.array(record["notes"])
        assert rows.shape == (len(first), 3)
        assert (rows[:, 0] * step == melody.onset[: len(first)]).all()
        assert (rows[:, 2] == melody.pitch[: len(first)]).all()
        assert (rows[:, 1] * step == np.minimum(melody.duration[: len(first)], stop - first.onset)).all()
        assert len(first) == (melody.onset < stop).sum()
        assert record["pickup"] * step == melody.pickup
        assert record["whole"] == (len(first) == len(melody))
        cut += not record["whole"]
    assert 0 < cut < 48


def test_the_beginning_has_the_pickup_and_ends_at_the_bar_line():
    melody = Melody.from_notes([(0, 1, 60), (1, 3, 62), (4, 2, 64), (6, 2, 65)], meter="4/4", pickup=TICKS)
    first = beginning(melody, 1)
    assert [tuple(note[:3]) for note in first.notes] == [(0, 1, 60), (1, 3, 62), (4, 1, 64)]
    assert first.pickup == TICKS
    assert beginning(melody, 9) == melody


def test_voices_are_kept():
    chorales = corpus.chorales()
    [record] = Browser(chorales, [chorales.table.index[0]], bars=2).tunes
    assert {note[3] if len(note) == 4 else 0 for note in record["notes"]} == {0, 1, 2, 3}
    assert record["collection"] == "Bach chorales"


def test_errors_say_what_was_wrong(cat):
    known = cat.table.index[0]
    for arguments, error, said in (
        ((cat.where(kind="tango"),), MusicError, "catalogue is empty"),
        ((cat, []), MusicError, "list of ids is empty"),
        ((cat, known), MusicError, "must be a list"),
        ((cat, [known, known]), MusicError, "twice"),
        ((cat, [known, "essen/nowhere/1"]), KeyError, "no tune 'essen/nowhere/1'"),
    ):
        with pytest.raises(error, match=said):
            Browser(*arguments)
    for options, error, said in (
        ({"n": 12_533}, MusicError, "12,533 tunes wanted, and the catalogue has 12,532"),
        ({"n": 0}, MusicError, "at least 1"),
        ({"bars": 0}, MusicError, "0 bars"),
        ({"n": 400}, MusicError, f"more than {HEAVIEST:,}"),
        ({"instrument": "kazoo"}, traitlets.TraitError, "kazoo"),
    ):
        with pytest.raises(error, match=said):
            Browser(cat, **options)


def test_selected_is_one_of_the_tunes(tunes):
    with pytest.raises(traitlets.TraitError, match="no tune 'essen/nowhere/1'"):
        tunes.selected = "essen/nowhere/1"
    seen = []
    tunes.observe(lambda change: seen.append(change["new"]), "selected")
    tunes.set_state({"selected": tunes.ids[7]})  # what the page sends
    assert seen == [tunes.ids[7]]


def test_state_is_small(cat):
    """48 tunes of 8 bars weigh 38 kB in the page, spaces and all (seed 0), and no seed comes near 60 kB."""
    sizes = []
    for seed in range(8):
        widget = Browser(cat, seed=seed)
        sizes.append(len(json.dumps(assets.slim({"state": dependency_state([widget], drop_defaults=False)}))))
    assert sizes[0] == pytest.approx(38_000, rel=0.05)
    assert max(sizes) < 45_000


def test_the_shared_parts_are_used_not_copied():
    own = (JS / "browser.js").read_text(encoding="utf-8")
    assert {"transport", "roll", "playerview", "bank", "text", "midi"} < set(Browser._esm.names)
    for part in ("AudioContext", "getContext", "requestMIDIAccess", "setInterval"):
        assert part not in own
