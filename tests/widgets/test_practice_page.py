"""Practice in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import functools
import random
from fractions import Fraction

import numpy as np
import pytest
from pages import LOOKS, check_axe
from sounding import LISTEN, pitches_started, press, slide, wait_loud

from musicbook.compose.practice import TOPICS, bank
from musicbook.music.melody import Melody
from musicbook.music.questions import spell, wrong_bar
from musicbook.recommend import elo
from musicbook.widgets import Practice
from musicbook.widgets._module import read_part


@functools.cache
def exercises():
    return bank(4)


@pytest.fixture
def practice():
    return Practice(exercises(), title="Practice", caption="Try.")


def test_python_gives_what_the_package_gives(practice):
    practice.log = [[0, 0], [13, 1], [1, 2]]
    skill, answers = np.zeros(3), np.zeros(3, int)
    for item, option in practice.log:
        each = exercises()[item]
        topic = TOPICS.index(each.question.topic)
        right = option == each.question.right
        skill[topic], _ = elo.update(
            skill[topic], round(each.difficulty, 2), right, answers[topic], options=len(each.question.options)
        )
        answers[topic] += 1
    np.testing.assert_allclose(practice.ratings()[-1], skill)
    practice.level, practice.topic = 2, 1
    assert (
        practice.exercises[practice.recommended()] | {"level": 2, "topic": 1}
        == practice.exercises[practice.recommended()]
    )
    assert abs(practice.expected(practice.recommended()) - 0.75) < 0.2


def test_page_and_python_agree_at_twenty_settings(show, practice):
    page, rng = show(practice), random.Random(5)
    program = f"""([exercises, log, wishes, now]) => {{ {read_part("eloscore", "js")}
        const state = eloReplay(exercises, log, 3);
        const {{ topic, d, options }} = exercises[now];
        const chance = eloExpected(state.skills[topic], d / 100, options.length);
        return [state.history, eloChoose(exercises, state, wishes), chance]; }}"""
    for _ in range(20):
        log = [[item, rng.randrange(len(exercises()[item].question.options))] for item in rng.choices(range(36), k=15)]
        wishes = {"level": rng.randrange(4), "topic": rng.randrange(-1, 3), "target": rng.choice([0.6, 0.75, 0.9])}
        wishes |= {"weight": rng.random(), "interest": [round(rng.random(), 1) for _ in range(3)]}
        practice.log = log
        for trait, value in wishes.items():
            setattr(practice, trait, value)
        now = rng.randrange(36)
        history, best, chance = page.evaluate(program, [practice.exercises, log, wishes, now])
        np.testing.assert_allclose(history, practice.ratings(), atol=1e-12)
        assert best == practice.recommended()
        assert chance == pytest.approx(practice.expected(now))


def test_a_reader_practises(show, practice):
    page = show(practice, init=LISTEN)
    said, ask, next_one = (
        page.locator(".mb-quiz-said"),
        page.locator(".mb-quiz-ask"),
        page.get_by_role("button", name="Next exercise"),
    )
    now, log = practice.now, []
    for right in (True, False, True):
        each, tune = practice.exercises[now], practice.tunes[now]
        assert ask.text_content() == each["text"]
        assert (page.locator(".mb-staff").count() == 1) == (each["staff"] is not None)
        assert not page.locator(".mb-practice .mb-roll").is_visible(), "the roll would tell"
        assert next_one.is_disabled()
        press(page, page.get_by_role("button", name="Play exercise"))
        wait_loud(page)
        page.wait_for_function(f"started.length >= {min(len(tune['notes']), 3)}")
        assert set(pitches_started(page)) <= {note[2] for note in tune["notes"]}
        if len(tune["notes"]) <= 3:
            assert set(pitches_started(page)) == {note[2] for note in tune["notes"]}
        page.get_by_role("button", name="Pause exercise").click()
        option = each["right"] if right else (each["right"] + 1) % len(each["options"])
        page.locator(".mb-quiz-option").nth(option).click()
        log.append([now, option])
        practice.log = log
        ratings = [row[each["topic"]] for row in practice.ratings()[-2:]]
        assert said.text_content().startswith("Right." if right else "Not this one:")
        assert each["why"] in said.text_content()
        assert f"from {ratings[0]:.2f} to {ratings[1]:.2f}" in said.text_content()
        assert page.locator(".mb-practice .mb-roll").is_visible()
        next_one.click()
        now = practice.recommended()
        assert page.evaluate("document.activeElement.className") == "mb-quiz-ask"
    page.get_by_role("button", name="Start again").click()
    practice.log = []
    assert ask.text_content() == practice.exercises[practice.recommended()]["text"]


def test_wishes_change_what_comes_next(show, practice):
    page = show(practice)

    def shown():
        return page.locator(".mb-practice-what").text_content(), page.locator(".mb-quiz-ask").text_content()

    def expect(**traits):
        for trait, value in traits.items():
            setattr(practice, trait, value)
        each = practice.exercises[practice.recommended()]
        chance = f"{100 * practice.expected(practice.recommended()):.0f} %"
        assert shown()[1] == each["text"]
        assert shown()[0].startswith(f"Level {each['level']}")
        assert shown()[0].endswith(chance)
        return shown()

    seen = {expect()}
    page.get_by_label("Level", exact=True).select_option("3")
    seen.add(expect(level=3))
    page.get_by_label("Topic", exact=True).select_option("2")
    seen.add(expect(topic=2))
    page.get_by_role("button", name="90 %").click()
    page.get_by_label("Level", exact=True).select_option("0")
    seen.add(expect(level=0, target=0.9))
    assert len(seen) >= 3
    page.get_by_label("Topic", exact=True).select_option("-1")
    practice.topic = -1
    liked = (practice.exercises[practice.recommended()]["topic"] + 1) % 3
    slide(page, f"Interest in {TOPICS[liked]}", 1)
    expect(interest=[1 if k == liked else 0.5 for k in range(3)])
    assert practice.exercises[practice.recommended()]["topic"] == liked


def test_staff_writes_what_is_meant(show):
    pitches = [62, 66, 67, 65, 61, 81]
    notes = [(k / 2, Fraction(1, 2), pitch) for k, pitch in enumerate(pitches)] + [(3, 1, 62), (4, 4, 64)]
    tune = Melody.from_notes(notes, key="D")
    widget = Practice([exercises()[0]._replace(question=wrong_bar(tune, 0))])
    rows = widget.exercises[0]["staff"]["rows"]
    assert [row[2] for row in rows] == [spell(pitch, "D")[0] for pitch in tune.pitch.tolist()]
    assert [row[3] for row in rows] == ["", "", "", "♮", "", "", "", ""], "F natural, where the key has F sharp"
    page = show(widget)
    words = page.locator(".mb-staff").get_attribute("aria-label")
    assert words.startswith(
        "Treble staff, 2 sharps; bar 1: eighth just below line 1, eighth in space 1, eighth on line 2"
    )
    for place in ("eighth natural in space 1, eighth 2 steps below line 1", "bar 2: whole on line 1"):
        assert place in words
    heads = page.locator(".mb-staff ellipse")
    tops = heads.evaluate_all("(all) => all.map((x) => Number(x.getAttribute('cy')))")
    assert np.argsort(tops, kind="stable").tolist() == np.argsort([-row[2] for row in rows], kind="stable").tolist()
    assert page.locator(".mb-staff text").all_text_contents() == ["♯", "♯", "♮"]


@LOOKS
def test_every_reader_can_use_it(show, practice, theme, width):
    practice.now = next(k for k, each in enumerate(practice.exercises) if each["staff"] and each["level"] == 3)
    page = show(practice, theme=theme, viewport={"width": width, "height": 1400})
    for answered in (False, True):
        if answered:
            page.locator(".mb-quiz-option").first.click()
            page.mouse.move(0, 0)
        check_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    touched = ".mb-practice :is(.mb-quiz-option, .mb-quiz-go, .mb-practice-pick select, .mb-practice-slider)"
    assert page.evaluate(f"[...document.querySelectorAll('{touched}')].every((x) => x.offsetHeight >= 44)")


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="0 exercises"):
        Practice([])
