"""Mood pad and mood rating in a page without a kernel, in a real browser, and from Python."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
import traitlets
from pages import LOOKS, check_axe
from scipy.stats import pearsonr
from sounding import LISTEN, hears, pitches_started, position, slide, speed, wait_loud

from musicbook.music import mood
from musicbook.music.melody import Melody, MusicError
from musicbook.widgets import MoodPad, MoodRating
from musicbook.widgets._module import read_part

SCORES = read_part("moodscores", "js")
SETTINGS = [(60, 0, "own"), (300, -2, "major"), (97.5, 2, "minor"), (30, 1, "major"), (140, -1, "minor")]


def tune(k=0, **fields):
    """Sixteen eighths in D major: 4 s at tempo 120."""
    degrees = [0, 4, 7, 9, 11, 12, 4, 2]
    rows = [(i / 2, 0.5, 62 + degrees[(i + k) % 8]) for i in range(16)]
    return Melody.from_notes(rows, **{"title": f"Tune {k}"} | fields)


def clips(n=10):
    """Clips at different speeds, every second one in minor."""
    made = [tune(k, tempo=60 + 20 * k) for k in range(n)]
    return [mood.in_mode(each, "minor") if k % 2 else each for k, each in enumerate(made)]


def digits(value) -> str:
    return f"{value:.2f}".replace("-", "−")


# ---- the pad


def test_page_and_python_agree_on_real_tunes(show, cat, voices):
    page = show(MoodPad(tune()))
    program = f"""([notes, found, rule, tempo, octaves, mode]) => {{ {SCORES}
        const heard = inOctave(inMode(notes, found, mode, rule.to_minor), octaves);
        const cues = cuesOf(heard, tempo, rule);
        return [heard, cues, moodOf(cues, rule)]; }}"""
    melodies = [voices, *cat.sample(11, seed=5)]
    assert {mood.estimate_key(each)[1] for each in melodies} == {"major", "minor"}
    for melody in melodies:
        widget = MoodPad(melody)
        for tempo, octaves, mode in SETTINGS:
            widget.tempo, widget.octaves, widget.mode = tempo, octaves, mode
            notes, cues, there = page.evaluate(program, [widget.notes, widget.found, widget.rule, tempo, octaves, mode])
            heard = widget.melody()
            assert sorted(row[2] for row in notes) == sorted(heard.pitch.tolist())
            assert cues == pytest.approx(mood.cues(heard), abs=1e-9)
            assert there == pytest.approx(widget.mood(), abs=1e-9)
            assert heard.tempo == tempo


def test_python_gives_what_the_package_gives():
    widget = MoodPad(tune())
    assert widget.melody() == tune()
    assert widget.mood() == mood.predict(tune())
    widget.octaves, widget.mode, widget.tempo = -1, "minor", 80
    assert widget.melody() == mood.in_mode(tune(), "minor").transpose(-12).with_(tempo=80)
    assert MoodPad(tune(), 90).melody().tempo == 90
    assert MoodPad(tune(tempo=360)).tempo == 300  # where the slider ends; the hollow dot stays at 360
    assert MoodPad(tune(tempo=360)).own_tempo == 360
    assert [MoodPad(tune(), title=title).title for title in ("", "Mine")] == ["Tune 0", "Mine"]


def told(page, nth=0) -> str:
    return page.locator(".mb-mood-said").nth(nth).text_content()


def as_told(widget) -> str:
    """Give what a pad says of its tune."""
    cues, (valence, arousal) = mood.cues(widget.melody()), widget.mood()
    side = "below" if cues["register"] < 0 else "above"
    return (
        f"{cues['speed']:.2f} notes a second; majorness {digits(cues['majorness'])}; "
        f"register {abs(cues['register']):.2f} octaves {side} usual"
        f"Predicted: {mood.quadrant(widget.mood())} (valence {digits(valence)}, arousal {digits(arousal)})"
    )


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_what_is_heard_and_what_is_predicted_move_together(show, scheme):
    widget = MoodPad(tune(), tempo=300)
    page = show(widget, scheme=scheme, init=LISTEN)

    def expect(**traits):
        for name, value in traits.items():
            setattr(widget, name, value)
        page.evaluate("started.length = 0")
        hears(page, widget.melody().pitch)
        assert told(page) == as_told(widget)
        return told(page)

    assert told(page) == as_told(widget)
    page.get_by_role("button", name="Loop", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    slide(page, "Register", -1)
    low = expect(octaves=-1)
    page.get_by_role("button", name="Minor", exact=True).click()
    minor = expect(mode="minor")
    page.get_by_label("Register", exact=True).press("ArrowRight")
    page.get_by_label("Register", exact=True).press("ArrowRight")
    high = expect(octaves=1)
    page.get_by_role("button", name="Major", exact=True).click()
    major = expect(mode="major")
    page.get_by_role("button", name="As it is", exact=True).click()
    assert expect(mode="own") == major  # it is in major already
    assert len({low, minor, high, major}) == 4


def test_tempo_is_heard_and_told_at_once_and_the_place_is_kept(show):
    widget = MoodPad(tune())
    page = show(widget)
    slide(page, "Position", 4)
    slide(page, "Tempo", 30)
    widget.tempo = 30
    assert position(page) == pytest.approx(4, abs=0.1)
    assert told(page) == as_told(widget)
    assert page.get_by_label("Tempo").count() == 1  # not a second one among the player's controls
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    for tempo in (30, 120):
        slide(page, "Tempo", tempo)
        assert speed(page) == pytest.approx(tempo, rel=0.15)


SHADES = """(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, dots = [];
    for (let i = 0; i < d.length / 4; i++)
        if (d[4 * i] === RED) dots.push([i % c.width / c.width, Math.floor(i / c.width) / c.height]);
    return dots; }"""


def centre(page, red: int) -> tuple[float, float]:
    """Mean place, in shares of the plane, of the points whose colour has this much red."""
    return tuple(np.mean(page.locator(".mb-mood-plane").evaluate(SHADES.replace("RED", str(red))), axis=0))


def test_the_dot_moves_on_the_plane(show):
    page = show(MoodPad(tune()))
    before = centre(page, 0xC2)  # --mb-playhead
    page.get_by_role("button", name="Minor", exact=True).click()
    slide(page, "Tempo", 40)
    after = centre(page, 0xC2)
    assert after[0] < before[0] - 0.1
    assert after[1] > before[1] + 0.1
    label = page.locator(".mb-mood-plane").get_attribute("aria-label")
    was = mood.predict(tune())
    assert f"As it was: valence {digits(was.valence)}, arousal {digits(was.arousal)}." in label


def test_names_of_the_notes_follow_the_mode(show):
    page = show(MoodPad(tune(key="D")))
    page.get_by_text("Notes as text").click()
    assert "F♯" in page.locator(".mb-text").text_content()
    page.get_by_role("button", name="Minor", exact=True).click()
    words = page.locator(".mb-text").text_content()
    assert "F♯" not in words
    assert "B♭" in words
    assert "most likely D major" in page.locator(".mb-moodpad").text_content()


def test_a_tune_at_the_end_of_the_midi_numbers_moves_less_far(show):
    widget = MoodPad(tune().transpose(40))  # up to 114
    assert widget.reach == [-2, 1]
    assert MoodPad(tune().transpose(-50)).reach == [-1, 2]
    page = show(widget)
    assert page.get_by_label("Register", exact=True).get_attribute("max") == "1"
    widget.octaves = 1
    with pytest.raises(traitlets.TraitError, match="can move from -2 to 1"):
        widget.octaves = 2


def test_what_a_pad_cannot_take_is_refused():
    with pytest.raises(MusicError, match="without notes"):
        MoodPad(Melody([], [], [], []))
    with pytest.raises(MusicError, match="play for"):
        MoodPad(Melody.from_notes([(0, 9000, 60)]))
    with pytest.raises(MusicError, match="outside the MIDI numbers"):
        # C is the third of A flat major, and there is nothing below the lowest C.
        MoodPad(Melody.from_notes([(i, 1, pitch) for i, pitch in enumerate([0, 3, 8, 8, 8, 3])]))
    for tempo in (29, 301):
        with pytest.raises(traitlets.TraitError):
            MoodPad(tune(), tempo=tempo)
    with pytest.raises(traitlets.TraitError):
        MoodPad(tune()).mode = "dorian"


# ---- the rating


def some_ratings(rng, n=10, rated=7):
    ratings = [rng.uniform(-1, 1, 2).round(2).tolist() for _ in range(n)]
    for k in rng.permutation(n)[rated:]:
        ratings[k] = []
    return ratings


def test_page_and_python_agree_on_the_agreement(show, cat):
    widget = MoodRating.of(cat.sample(300), n=10)
    page = show(widget)
    program = (
        f"""([ratings, predictions, chance]) => {{ {SCORES} return agreementOf(ratings, predictions, chance); }}"""
    )
    rng = np.random.default_rng(0)
    for rated in (0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10):
        widget.ratings = some_ratings(rng, rated=rated)
        there = page.evaluate(program, [widget.ratings, widget.predictions, widget.chance])
        assert there == pytest.approx(widget.agreement(), abs=1e-9, nan_ok=True)
        assert there["n"] == rated
        assert math.isnan(there["valence"]) == (rated < 3)
    widget.ratings = [[0.1, x] for x in np.linspace(-1, 1, 10).round(2).tolist()]
    there = page.evaluate(program, [widget.ratings, widget.predictions, widget.chance])
    assert there == pytest.approx(widget.agreement(), abs=1e-9, nan_ok=True)
    assert math.isnan(there["valence"])
    assert not math.isnan(there["arousal"])


def test_agreement_is_pearsons_and_chance_is_that_of_its_test():
    widget = MoodRating(clips(), ratings=some_ratings(np.random.default_rng(2)))
    rated = [(mine, theirs) for mine, theirs in zip(widget.ratings, widget.predictions, strict=True) if mine]
    mine, theirs = np.array(rated).transpose(1, 2, 0)
    found = widget.agreement()
    for axis, name in enumerate(("valence", "arousal")):
        assert found[name] == pytest.approx(pearsonr(mine[axis], theirs[axis])[0], abs=1e-12)
    # Two rows of n numbers that correlate exactly so much have a p-value of exactly one in twenty.
    for n, chance in zip(range(3, 11), widget.chance, strict=True):
        x, y = np.linalg.qr(np.column_stack([np.ones(n), np.random.default_rng(n).normal(size=(n, 2))]))[0][:, 1:].T
        assert pearsonr(x, chance * x + math.sqrt(1 - chance**2) * y)[1] == pytest.approx(0.05, abs=1e-6)
    assert found["chance"] == widget.chance[7 - 3]


def test_predictions_are_those_of_the_clips_as_heard():
    widget = MoodRating(clips())
    assert widget.predictions == [list(mood.predict(clip)) for clip in clips()]
    assert [len(each["notes"]) for each in widget.tunes] == [16] * 10


def test_clips_of_a_catalogue_are_spread_and_always_the_same(cat):
    widget = MoodRating.of(cat)
    again = MoodRating.of(cat)
    assert (widget.titles, widget.tunes) == (again.titles, again.tunes)
    assert MoodRating.of(cat, seed=1).titles != widget.titles
    for each in widget.tunes:
        seconds = max(onset + duration for onset, duration, *_ in each["notes"]) * 60 / each["tempo"]
        assert 6 < seconds < 18
    quadrants = {mood.quadrant(mood.Mood(*each)) for each in widget.predictions}
    assert quadrants == set(mood.QUADRANTS.values())
    places = np.array(widget.predictions)
    assert np.all(np.ptp(places, axis=0) > 1.1)
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.5
    assert len(json.dumps([widget.tunes, widget.titles])) < 20_000


def test_clips_come_from_different_families(cat):
    few = cat.where(family=cat.table["family"].value_counts().index[:3].tolist())
    assert len(few) > 3
    assert len(MoodRating.of(few, n=3).tunes) == 3
    with pytest.raises(MusicError, match="4 clips wanted, and the catalogue has 3 families"):
        MoodRating.of(few, n=4)


def listed(page) -> list[str]:
    return page.locator(".mb-near-tune .mb-name").all_text_contents()


def spot(page, valence, arousal) -> tuple[float, float]:
    """Where a place lies in the window; the edges are those of moodplane.js."""
    box = page.locator(".mb-mood-plane").bounding_box()
    x = 16 + (valence + 1) / 2 * (box["width"] - 32)
    y = 28 + (1 - arousal) / 2 * (box["height"] - 56)
    return box["x"] + x, box["y"] + y


def place(page, valence, arousal):
    page.mouse.click(*spot(page, valence, arousal))


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_reader_rates_by_pointer_and_by_keys(show, scheme):
    widget = MoodRating(clips(4))
    page = show(widget, scheme=scheme, init=LISTEN, viewport={"width": 1440, "height": 1300})
    numbers = lambda: page.locator(".mb-near-number").all_text_contents()  # noqa: E731
    assert listed(page) == ["Clip 1", "Clip 2", "Clip 3", "Clip 4"]
    assert numbers() == ["not rated"] * 4
    assert told(page) == "0 of 4 clips ratedFrom 3 on you see how far you and the prediction agree."
    knobs = [page.get_by_label(label, exact=True) for label in ("Valence", "Arousal")]
    assert [knob.get_attribute("aria-valuetext") for knob in knobs] == ["not rated"] * 2

    page.mouse.move(*spot(page, -0.5, 0.5))
    page.mouse.down()
    assert numbers()[0] == "you (−0.50, 0.50)"
    page.mouse.move(*spot(page, 0.4, -0.6))
    page.mouse.up()
    assert numbers()[0] == "you (0.40, −0.60)"
    assert [knob.get_attribute("aria-valuetext") for knob in knobs] == ["0.40", "−0.60"]
    page.mouse.move(*spot(page, 0.9, 0.9))
    assert numbers()[0] == "you (0.40, −0.60)"  # only while the button is down

    page.get_by_role("button", name="Play Clip 2, not rated").click()
    wait_loud(page)
    page.wait_for_function("started.length > 1")
    assert set(pitches_started(page)) <= {row[2] for row in widget.tunes[1]["notes"]}
    assert page.get_by_role("button", name="Pause Clip 2, not rated").count() == 1
    assert "Where would you place clip 2?" in page.locator(".mb-mood-rating").text_content()
    knobs[0].focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert numbers()[1] == "you (−0.25, 1.00)"
    assert "Clip 2 is at (−0.25, 1.00), tense, angry" in page.locator(".mb-mood-plane").get_attribute("aria-label")
    assert told(page).startswith("2 of 4 clips rated")

    page.get_by_role("button", name="Play Clip 3, not rated").click()
    place(page, 0.8, 0.1)
    widget.ratings = [[0.4, -0.6], [-0.25, 1], [0.8, 0.1], []]
    found = widget.agreement()
    nbsp = "\u00a0"
    assert told(page) == (
        f"Agreement with the prediction: valence r{nbsp}={nbsp}{digits(found['valence'])}, "
        f"arousal r{nbsp}={nbsp}{digits(found['arousal'])}"
        f"3 of 4 clips rated. With 3 clips, pure chance reaches ±{found['chance']:.3f} once in twenty times."
    )


def test_ratings_that_are_all_alike_are_told(show):
    page = show(MoodRating(clips(4), ratings=[[0, 0.1], [0, 0.5], [0, -0.5], []]))
    assert "valence r undefined, as all are alike" in told(page)


def drawn(page, red: int) -> int:
    return len(page.locator(".mb-mood-plane").evaluate(SHADES.replace("RED", str(red))))


def test_predictions_are_hidden_until_asked_for(show):
    widget = MoodRating(clips(4), ratings=[[0.5, 0.5], [], [], []])
    page = show(widget)
    titles = [f"{k + 1}. {title}" for k, title in enumerate(widget.titles)]

    def hidden():
        words = page.locator(".mb-mood-rating").text_content()
        assert drawn(page, 0xC2) == 0
        assert "predicted" not in words
        assert not page.get_by_text("prediction", exact=True).is_visible()
        assert not re.search(r"Tune \d", words)

    hidden()
    button = page.get_by_role("button", name="Show the predictions")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert listed(page) == titles
    assert drawn(page, 0xC2) > 100
    valence, arousal = (digits(x) for x in widget.predictions[1])
    assert page.get_by_role("button", name=f"predicted ({valence}, {arousal})").count() == 1
    assert page.locator(".mb-player .mb-title").text_content() == titles[0]
    button.click()
    hidden()


def test_predictions_appear_when_all_clips_are_rated(show):
    widget = MoodRating(clips(3), ratings=[[0.5, 0.5], [-0.5, 0.1], []])
    assert not widget.revealed
    assert MoodRating(clips(3), ratings=[[0.5, 0.5], [-0.5, 0.1], [0, 0]]).revealed
    page = show(widget, viewport={"width": 1440, "height": 1300})
    page.clock.install()  # time passes only as it is told: a busy machine cannot let the pause run out
    page.locator(".mb-near-tune").nth(2).click()
    place(page, -0.3, -0.3)
    assert drawn(page, 0xC2) == 0  # the last dot may still be on its way
    page.clock.run_for(1200)
    place(page, -0.4, -0.4)
    page.clock.run_for(1200)
    assert drawn(page, 0xC2) == 0
    page.clock.run_for(2000)
    page.wait_for_selector(".mb-near-tunes[data-revealed=true]")
    assert drawn(page, 0xC2) > 100
    assert listed(page)[2] == "3. Tune 2"
    page.get_by_role("button", name="Show the predictions").click()
    place(page, 0.4, 0.4)
    page.clock.run_for(4000)
    assert drawn(page, 0xC2) == 0  # the reader has hidden them; they stay hidden


def test_what_a_rating_cannot_take_is_refused():
    with pytest.raises(MusicError, match="2 clips; an agreement needs at least 3"):
        MoodRating(clips(2))
    for ratings in ([[]] * 2, [[0.5], [], []], [[0, 1.5], [], []]):
        with pytest.raises(MusicError, match=r"ratings .* of 3 clips"):
            MoodRating(clips(3), ratings=ratings)
    with pytest.raises(MusicError, match="without notes"):
        MoodRating([*clips(3), Melody([], [], [], [])])
    with pytest.raises(MusicError, match="play for"):
        MoodRating([*clips(3), Melody.from_notes([(0, 9000, 60)])])


# ---- both


@LOOKS
def test_every_reader_can_use_them(show, theme, width):
    long = {"title": "A tune with a name that is so long that it does not fit a phone"}
    widgets = [
        MoodPad(tune(**long), caption="Move the sliders."),
        MoodRating([tune(k, **long) for k in range(3)], title="Rate", caption="Place the clips."),
        MoodRating(clips(), title="Rated", ratings=some_ratings(np.random.default_rng(0), rated=10)),
    ]
    page = show(*widgets, theme=theme, viewport={"width": width, "height": 1200})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    touched = ".mb-side, .mb-near-tune, .mb-mood-slider, .mb-moodpad .mb-tempo-slider"
    low = f"[...document.querySelectorAll('{touched}')].filter((x) => x.offsetHeight < 44 || x.offsetWidth < 44).length"
    assert page.evaluate(low) == 0
    bare = """[...document.querySelectorAll('.mb :is(button, select, input, summary)')]
        .filter((x) => !x.closest('[data-lm-suppress-shortcuts]')).length"""
    assert page.evaluate(bare) == 0
