"""The comparison player in a page without a kernel, in a real browser."""

from __future__ import annotations

import pytest
from sounding import place_and_clock, slide, wait_loud

from musicbook.music.melody import MusicError
from musicbook.widgets import Compare

NAMES = ["First", "Second", "Third"]
SHARPS = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"]


@pytest.fixture
def three(scale):
    return [scale, scale.transpose(3).with_(title="b"), scale.transpose(7).with_(title="c", tempo=90)]


def guess(page, answer: str, n: int = 3) -> None:
    for k in range(n):
        page.get_by_label("Your guess for tune").nth(k).select_option(answer)


def test_switching_keeps_the_place_and_the_sound(show, three):
    page = show(Compare(three, NAMES))
    slide(page, "Position", 5)
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    place, clock = place_and_clock(page)
    page.get_by_role("button", name="Second").click()
    assert page.get_by_role("button", name="Second").get_attribute("aria-pressed") == "true"
    then, later = place_and_clock(page)
    assert then == pytest.approx(place + 2 * (later - clock), abs=0.3)  # two quarters a second
    page.wait_for_timeout(400)
    wait_loud(page)
    page.keyboard.press("3")
    assert page.get_by_role("button", name="Third").get_attribute("aria-pressed") == "true"
    assert page.locator(".mb-time").text_content().endswith("0:10")  # sixteen quarters at 90


def test_names_are_shown_unless_blind(show, three):
    page = show(Compare(three, NAMES), Compare(three, NAMES, blind=True))
    open_names, hidden = (page.locator(".mb-compare").nth(k).locator(".mb-pick").all_inner_texts() for k in (0, 1))
    assert [text.split()[-1] for text in open_names] == NAMES
    assert [text.split("\n")[-1] for text in hidden] == ["Tune A", "Tune B", "Tune C"]


def test_a_round_scores_and_survives_a_reload(show, three):
    page = show(Compare(three, NAMES, answers=["person", "machine", "machine"], blind=True, key="reload"))
    reveal = page.get_by_role("button", name="Reveal")
    assert reveal.is_disabled()
    guess(page, "machine")
    reveal.click()
    assert "2 of 3 right" in page.locator(".mb-score-line").text_content()
    assert sorted(text.split("\n")[-1] for text in page.locator(".mb-pick").all_inner_texts()) == sorted(NAMES)
    verdicts = page.locator(".mb-verdict").all_inner_texts()
    assert sorted(verdicts) == ["✓ Right: machine", "✓ Right: machine", "✗ You said machine; it is person"]
    page.reload()
    page.wait_for_selector("html[data-musicbook=ready]")
    assert "Your score: 2 of 3 in 1 round." in page.locator(".mb-score-line").text_content()
    guess(page, "machine")
    page.get_by_role("button", name="Reveal").click()
    page.get_by_role("button", name="Another round").click()
    assert "Your score: 4 of 6 in 2 rounds." in page.locator(".mb-score-line").text_content()
    assert page.get_by_label("Your guess for tune").first.input_value() == ""
    page.get_by_role("button", name="Reset score").click()
    page.reload()
    page.wait_for_selector("html[data-musicbook=ready]")
    assert "Your score" not in page.locator(".mb-score-line").text_content()


def test_the_focus_stays_with_the_reader(show, three):
    page = show(Compare(three, NAMES, blind=True, key="focus"))

    def press(name: str) -> str:
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        return page.evaluate("document.activeElement.innerText").split("\n")[-1]

    guess(page, NAMES[0])
    assert press("Reveal") == "Another round"
    assert press("Another round") == "Tune A"
    assert press("Reset score") == "Tune A"
    guess(page, NAMES[0])
    assert press("Reveal") == "Another round"
    assert press("Reset score") == "Another round"


def order(page) -> list[str]:
    guess(page, NAMES[0])
    page.get_by_role("button", name="Reveal").click()
    return [text.split("\n")[-1] for text in page.locator(".mb-pick").all_inner_texts()]


def test_seeded_rounds_repeat_and_fresh_ones_do_not(show, three):
    seeded = [order(show(Compare(three, NAMES, blind=True, seed=4, key="s"))) for _ in range(2)]
    assert seeded[0] == seeded[1]
    page = show(Compare(three, NAMES, blind=True, key="fresh"))
    seen = set()
    for _ in range(12):
        seen.add(tuple(order(page)))
        page.get_by_role("button", name="Another round").click()
    assert len(seen) > 1  # twelve equal draws of six orders: one in 360 million


@pytest.fixture
def pool(scale):
    """Five tunes each by a person and by two machines, and who made them."""
    makers = ["book"] * 5 + ["chain"] * 5 + ["net"] * 5
    answers = ["a person"] * 5 + ["a machine"] * 10
    tunes = [scale.transpose(k - 7) for k in range(15)]
    return {"melodies": tunes, "names": makers, "answers": answers, "blind": True, "cards": 2}


def test_rounds_are_drawn_from_a_pool_as_python_says(show, pool):
    game = Compare(**pool, seed=3, key="pool")
    page = show(game)
    page.evaluate(
        """() => { window.heard = [];
        const start = AudioBufferSourceNode.prototype.start;
        AudioBufferSourceNode.prototype.start = function (...args) { heard.push(1); return start.apply(this, args); } }"""
    )
    page.get_by_text("Notes as text").click()
    page.locator(".mb-text").nth(1).wait_for()
    recognised = {}
    for round_ in range(10):
        slots = game.drawn(round_)
        assert {pool["answers"][k] for k in slots} == {"a person", "a machine"}
        before = page.evaluate("heard.length")
        page.get_by_role("button", name="Tune B").click()
        page.wait_for_function(f"heard.length > {before}")
        shown = page.locator(".mb-text").all_inner_texts()
        for k, text in zip(slots, shown, strict=True):
            first = int(pool["melodies"][k].pitch[0])
            assert f"Bar 1: {SHARPS[first % 12]}{first // 12 - 1} 1" in text
        guess(page, "a person", 2)
        page.get_by_role("button", name="Reveal").click()
        assert [text.split("\n")[-1] for text in page.locator(".mb-pick").all_inner_texts()] == [
            pool["names"][k] for k in slots
        ]
        for k in slots:
            hit, all_ = recognised.get(pool["names"][k], (0, 0))
            recognised[pool["names"][k]] = (hit + (pool["answers"][k] == "a person"), all_ + 1)
        page.get_by_role("button", name="Another round").click()
    said = " · ".join(f"{maker} {hit} of {all_}" for maker, (hit, all_) in sorted(recognised.items()))
    assert page.locator(".mb-makers").text_content() == f"Recognised: {said}."
    assert set(recognised) == {"book", "chain", "net"}


def test_no_side_is_favoured(pool):
    game = Compare(**pool, seed=0)
    left = [pool["answers"][game.drawn(round_)[0]] for round_ in range(400)]
    assert 160 < left.count("a person") < 240  # four standard deviations around one half
    with pytest.raises(MusicError, match="pass seed=0"):
        Compare(**pool).drawn(0)
    with pytest.raises(MusicError, match="cards=2 asks for blind=True and tunes by 2 makers, got 1"):
        Compare(**pool | {"names": ["book"] * 15})
    with pytest.raises(MusicError, match="2 of 1 tunes"):
        Compare(**{k: v[:1] if isinstance(v, list) else v for k, v in pool.items()})


@pytest.mark.parametrize("broken", ["throws", "damaged"])
def test_harmless_without_storage(show, three, broken):
    init = {
        "throws": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })",
        "damaged": "localStorage.setItem('musicbook.compare.k', '{\"right\": \"a\"')",
    }[broken]
    page = show(Compare(three, NAMES, answers=["x", "y", "y"], blind=True, key="k"), init=init)
    guess(page, "y")
    page.get_by_role("button", name="Reveal").click()
    line = page.locator(".mb-score-line").text_content()
    assert "Your score: 2 of 3 in 1 round" in line
    assert ("until you leave the page" in line) is (broken == "throws")


def test_bad_input_is_refused(scale):
    for message, arguments in {
        "1 tunes to compare": ([scale],),
        "10 tunes to compare": ([scale] * 10,),
        "1 names for 2 tunes": ([scale, scale], ["a"]),
        "two tunes have the same name": ([scale, scale],),
        "names is empty": ([scale, scale], ["a", ""]),
    }.items():
        with pytest.raises(MusicError, match=message):
            Compare(*arguments)
    with pytest.raises(MusicError, match="3 answers for 2 tunes"):
        Compare([scale, scale], ["a", "b"], answers=["x", "y", "z"])
