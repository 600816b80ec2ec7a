"""The confusion matrix in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, pitches_started, press, wait_loud

from musicbook.music.melody import MusicError
from musicbook.music.style import Guesses
from musicbook.widgets import Confusion
from musicbook.widgets._module import read_part

LABELS = np.array(["hornpipe", "jig", "reel", "slip jig", "strathspey"])


def guesses(ids, truth, right, seed):
    """Guesses of which about a share is right."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(5), len(ids))
    hit = rng.random(len(ids)) < right
    p[hit, np.searchsorted(LABELS, truth[hit])] += 1
    return Guesses(ids, truth, LABELS, p / p.sum(axis=1, keepdims=True))


@pytest.fixture(scope="module")
def two(cat):
    table = cat.where(kind=LABELS.tolist()).table.groupby("kind").head(40)
    ids, truth = table.index.to_numpy(str), table["kind"].to_numpy(str)
    return {"Without metre": guesses(ids, truth, 0.5, 1), "With metre": guesses(ids, truth, 0.9, 2)}


@pytest.fixture
def confusion(two, cat):
    return Confusion(two, cat, bars=2, title="What is taken for what?", caption="Try the cells.")


def test_the_cells_hold_the_tunes_that_belong_there(confusion, two, cat):
    found = two["Without metre"]
    for i, true in enumerate(LABELS):
        for j, guess in enumerate(LABELS):
            inside = (found.truth == true) & (found.guess == guess)
            assert confusion.counts[0][i][j] == inside.sum()
            confusion.cell = [i, j]
            assert len(confusion.heard()) == min(2, inside.sum())
            titles = [confusion.names[number] for number in confusion.heard()]
            assert set(titles) <= set(cat.table.loc[found.ids[inside], "title"])
    assert confusion.recall().mean() == pytest.approx(found.balanced)


def test_page_and_python_agree(show, confusion, two):
    page = show(confusion)
    program = (
        f"(counts) => {{ {read_part('confusionscores', 'js')} return [recalls(counts), balancedAccuracy(counts)]; }}"
    )
    for version, found in enumerate(two.values()):
        confusion.version = version
        shares, balanced = page.evaluate(program, confusion.counts[version])
        np.testing.assert_allclose(shares, confusion.recall(), atol=1e-12)
        assert balanced == pytest.approx(found.balanced, abs=1e-12)
    empty = [[0, 0], [1, 2]]
    assert page.evaluate(program, empty) == [[0, 2 / 3], 1 / 3]


def test_cells_and_versions_change_what_is_shown_and_played(show, confusion):
    page = show(confusion, init=LISTEN)

    def expect(version, i, j):
        confusion.version, confusion.cell = version, [i, j]
        listed = page.locator(".mb-near-tunes .mb-name").all_text_contents()
        assert listed == [confusion.names[number] for number in confusion.heard()]
        for true, row in enumerate(confusion.counts[version]):
            assert page.locator(".mb-cell").all_text_contents()[5 * true : 5 * true + 5] == [str(n) for n in row]
        assert f"Balanced accuracy {confusion.recall().mean():.3f}" in page.locator(".mb-near-verdict").text_content()

    def heard():
        press(page, page.locator(".mb-near-tunes button").first)
        wait_loud(page)
        notes = confusion.tunes[confusion.heard()[0]]["notes"]
        page.wait_for_function("started.length > 3")
        assert set(pitches_started(page)) <= {note[2] for note in notes}
        page.get_by_role("button", name="Stop").click()

    expect(0, 0, 0)
    heard()
    page.get_by_role("button", name="reel, guessed hornpipe").click()
    expect(0, 2, 0)
    heard()
    page.get_by_role("button", name="With metre", exact=True).click()
    expect(1, 2, 0)
    page.get_by_role("button", name="jig, guessed jig").first.click()
    expect(1, 1, 1)
    heard()


@LOOKS
def test_every_reader_can_use_it(show, confusion, theme, width):
    page = show(confusion, theme=theme, viewport={"width": width, "height": 1200})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-confusion :is(.mb-cell, .mb-side, .mb-near-tune)"
    assert page.evaluate(f"[...document.querySelectorAll('{touched}')].every((x) => x.offsetHeight >= 44)")
    cells = page.locator(".mb-cell")
    cells.first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert cells.nth(1).get_attribute("aria-pressed") == "true"


def test_what_does_not_fit_is_refused(two, cat):
    with pytest.raises(MusicError, match="at least one version"):
        Confusion({}, cat)
    found = two["With metre"]
    other = Guesses(found.ids, found.truth, np.array(["a", "b", "c", "d", "e"]), found.probability)
    with pytest.raises(MusicError, match="different labels"):
        Confusion({"one": found, "two": other}, cat)
