"""The tune player in a page without a kernel, in a real browser."""

from __future__ import annotations

import io

import mido
import pytest
from ipywidgets import HTML, HBox, IntSlider, VBox
from sounding import LISTEN, LOUD, level, position, slide, speed, wait_beyond, wait_loud, wait_silent

from musicbook.music.melody import TICKS, Melody
from musicbook.widgets import Player


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_plays_and_stops(show, scale, scheme):
    page = show(Player(scale, score=True), scheme=scheme)
    assert level(page) == 0
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    assert page.evaluate("musicbook.banks.piano.then((bank) => bank.source)") == "samples"
    assert page.locator(".mb-note").text_content() == ""
    wait_beyond(page, position(page) + 0.5)
    assert page.locator(".mb-on").count() == 1
    page.get_by_role("button", name="Stop").click()
    wait_silent(page)
    assert position(page) == 0
    assert page.locator(".mb-on").count() == 0


def test_notes_light_in_time(show, scale):
    page = show(Player(scale, score=True, tempo=60))
    for place, index in ((0.5, 0), (5.5, 5), (11.2, 11)):
        slide(page, "Position", place)
        page.get_by_role("button", name="Play").click()
        page.wait_for_selector(".mb-on")
        assert page.locator(".mb-on").get_attribute("id").endswith(f"-{index}")
        page.get_by_role("button", name="Pause").click()


def test_ends_by_itself(show, scale):
    page = show(Player(scale, tempo=300))
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    page.get_by_role("button", name="Play").wait_for(timeout=8000)
    assert position(page) == 0
    wait_silent(page)


def test_tempo_changes_the_speed(show, scale):
    page = show(Player(scale, tempo=60))
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    assert speed(page) == pytest.approx(60, rel=0.06)
    before = position(page)
    slide(page, "Tempo", 180)
    assert position(page) == pytest.approx(before, abs=0.4)
    assert speed(page) == pytest.approx(180, rel=0.06)
    assert page.locator(".mb-beats").text_content() == "♩ = 180"


def test_pause_keeps_the_place(show, scale):
    page = show(Player(scale))
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    page.get_by_role("button", name="Pause").click()
    wait_silent(page)
    place = position(page)
    assert place > 0
    page.wait_for_timeout(300)
    assert position(page) == place
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    assert position(page) >= place


def test_seek_by_pointer(show, scale):
    page = show(Player(scale))
    box = page.locator(".mb-roll").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 20)
    assert position(page) == pytest.approx(12, abs=0.1)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 20, steps=4)
    page.mouse.up()
    assert position(page) == pytest.approx(8, abs=0.1)
    page.mouse.move(box["x"], box["y"])
    assert position(page) == pytest.approx(8, abs=0.1)


def test_keyboard_alone(show, scale):
    page = show(Player(scale))
    bar = page.get_by_label("Position")
    bar.focus()
    for key, place in (("ArrowRight", 1), ("PageUp", 5), ("PageDown", 1), ("ArrowLeft", 0), ("End", 16), ("Home", 0)):
        page.keyboard.press(key)
        assert position(page) == pytest.approx(place, abs=0.01), key
    assert bar.get_attribute("aria-valuetext") == "bar 1, beat 1"
    page.keyboard.press("Space")
    wait_loud(page)
    page.keyboard.press("Space")
    wait_silent(page)


def test_loop_goes_round(show):
    short = Melody.from_notes([(0, 1, 60), (1, 1, 67)], title="Two notes", tempo=240)
    page = show(Player(short), init=LISTEN)
    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    page.wait_for_function("started.length > 6")  # three times its length
    assert level(page) > LOUD
    assert page.get_by_role("button", name="Pause").count() == 1


def test_one_tune_at_a_time(show, scale):
    page = show(Player(scale), Player(scale, instrument="flute"))
    page.get_by_role("button", name="Play").first.click()
    wait_loud(page)
    page.get_by_role("button", name="Play").last.click()
    page.wait_for_function("document.querySelectorAll('.mb')[1].dataset.state === 'playing'")
    assert page.locator(".mb").first.get_attribute("data-state") == "paused"


def test_instrument_changes_while_it_plays(show, scale):
    page = show(Player(scale))
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    page.get_by_label("Instrument").select_option("violin")
    page.wait_for_function("'violin' in musicbook.banks")
    page.wait_for_timeout(400)
    wait_loud(page)
    assert page.get_by_role("button", name="Pause").count() == 1


def test_volume_is_heard(show, scale):
    page = show(Player(scale, instrument="flute"))
    slide(page, "Volume", 1)
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    page.wait_for_timeout(500)
    full = level(page)
    slide(page, "Volume", 0.5)  # a quarter of the amplitude
    page.wait_for_timeout(500)
    assert level(page) == pytest.approx(full / 4, rel=0.6)
    slide(page, "Volume", 0)
    wait_silent(page)


def test_midi_file_holds_the_same_notes(show, voices):
    page = show(Player(voices, instrument="violin"))
    with page.expect_download() as caught:
        page.get_by_role("button", name="MIDI file").click()
    assert caught.value.suggested_filename == "four-voices.mid"
    file = mido.MidiFile(file=io.BytesIO(caught.value.path().read_bytes()))
    assert file.ticks_per_beat == TICKS
    found, programs = [], set()
    for voice, track in enumerate(file.tracks[1:]):
        now, begun = 0, {}
        for message in track:
            now += message.time
            if message.type == "program_change":
                programs.add(message.program)
            elif message.type == "note_on":
                begun[message.note] = now
            elif message.type == "note_off":
                start = begun.pop(message.note)
                found.append((start, voice, message.note, now - start))
    wanted = zip(voices.onset, voices.voice, voices.pitch, voices.duration, strict=True)
    assert sorted(found) == sorted(tuple(int(x) for x in row) for row in wanted)
    assert programs == {40}
    head = {message.type: message for message in file.tracks[0]}
    assert mido.tempo2bpm(head["set_tempo"].tempo) == pytest.approx(96)
    assert (head["time_signature"].numerator, head["time_signature"].denominator) == (4, 4)


def test_notes_as_text(show, voices):
    page = show(Player(voices))
    page.get_by_text("Notes as text").click()
    text = page.locator(".mb-text").inner_text()
    assert "Pickup: G4 1" in text
    assert "D♭5 ⅓" in text  # flats, because the key has them
    assert "Bar 1: G2 8" in text


def test_boxes_nest(show, scale):
    page = show(VBox([HTML("<b>Two of them</b>"), HBox([Player(scale), Player(scale)])]))
    assert page.get_by_text("Two of them").count() == 1
    assert page.get_by_role("button", name="Play").count() == 2


def test_what_is_missing_is_said_in_words(show, scale):
    gone = Player(scale)
    page = show(gone, IntSlider(), drop=(gone.model_id,))
    words = page.locator(".musicbook-missing")
    assert "was not saved with the page" in words.nth(0).text_content()
    assert '"IntSliderModel" is missing from this page' in words.nth(1).text_content()


def test_without_samples_a_plain_tone_sounds_and_is_named(show, scale):
    page = show(Player(scale))
    page.evaluate("musicbook.root = musicbook.root + 'nowhere/'")
    page.get_by_role("button", name="Play").click()
    wait_loud(page)
    assert "a plain tone stands in" in page.locator(".mb-note").text_content()


def test_long_tune_turns_its_pages(show):
    reel = Melody.from_notes([(i / 2, 0.5, 62 + i * 5 % 17) for i in range(512)], title="Long", tempo=200)
    page = show(Player(reel), viewport={"width": 390, "height": 800})
    picture = "document.querySelector('.mb-roll').toDataURL()"
    first = page.evaluate(picture)
    slide(page, "Position", 200)
    assert page.evaluate(picture) != first
    box = page.locator(".mb-roll").bounding_box()
    page.mouse.click(box["x"] + 1, box["y"] + 20)
    assert 100 < position(page) < 200  # the left edge is the start of the page, not of the tune


def test_reduced_motion_steps_from_note_to_note(show):
    long = Melody.from_notes([(0, 8, 60), (8, 8, 62)], title="Long notes", tempo=60)
    picture = "document.querySelector('.mb-roll').toDataURL()"
    for motion in ("reduce", "no-preference"):
        page = show(Player(long), reduced_motion=motion)
        page.get_by_role("button", name="Play").click()
        wait_loud(page)
        page.wait_for_timeout(200)
        first = page.evaluate(picture)
        if motion == "reduce":
            page.wait_for_timeout(500)
            assert page.evaluate(picture) == first
        else:
            page.wait_for_function(f"first => {picture} !== first", arg=first)
