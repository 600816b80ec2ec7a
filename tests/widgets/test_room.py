"""The room in a page without a kernel: what both ears get, in numbers and at the sound card."""

from __future__ import annotations

import numpy as np
import pytest
import traitlets
from pages import LOOKS, check_axe
from sounding import slide, wait_loud

from musicbook.music import binaural
from musicbook.music.melody import Melody, MusicError
from musicbook.widgets import Room
from musicbook.widgets._module import read_part

SIDES = """() => new Promise((done) => {
    const { context, master } = musicbook;
    const splitter = context.createChannelSplitter(2);
    const ears = [0, 1].map((k) => { const a = context.createAnalyser(); a.fftSize = 8192; splitter.connect(a, k); return a; });
    master.connect(splitter);
    const sums = [0, 0];
    let left = 8;
    const look = () => {
        ears.forEach((ear, k) => { const f = new Float32Array(8192); ear.getFloatTimeDomainData(f);
            sums[k] += f.reduce((s, x) => s + x * x, 0); });
        if (--left) setTimeout(look, 90); else { master.disconnect(splitter); done(sums.map(Math.sqrt)); }
    };
    setTimeout(look, 350);
})"""


def one_voice(**options) -> Room:
    melody = Melody.from_notes([(k, 1, 60 + k % 5, 0) for k in range(32)], title="Steps", tempo=120)
    return Room(melody, ["flute"], **({"places": [(2, 0)], "instrument": "flute"} | options))


def three(**options) -> Room:
    notes = [(k, 1, pitch, v) for k in range(16) for v, pitch in enumerate((72, 64, 48))]
    return Room(
        Melody.from_notes(notes, title="Chords"), ["high", "middle", "low"], title="Room", caption="Walk.", **options
    )


def test_page_and_python_agree_on_both_ears(show):
    page, rng = show(one_voice()), np.random.default_rng(0)
    program = f"""(cases) => {{ {read_part("roomears", "js")}
        return cases.map((each) => roomEars(...roomRelative(...each)).flatMap((e) => [e.delay, e.gain, e.cutoff]));
    }}"""
    cases = [
        [rng.uniform(-5, 5, 2).tolist(), rng.uniform(-5, 5, 2).tolist(), float(rng.integers(-180, 181))]
        for _ in range(50)
    ]
    cases += [[[0, 2], [0, 0], 0], [[2, 0], [0, 0], 0], [[1, 1], [1, 1], 30]]
    there = page.evaluate(program, cases)
    here = [np.concatenate(binaural.ears(*binaural.relative(*case))) for case in cases]
    np.testing.assert_allclose(there, here, rtol=1e-9, atol=1e-12)


def test_the_page_sounds_as_python_renders(show):
    page, noise = show(one_voice()), np.random.default_rng(1).normal(size=600)
    program = f"""async ([wave, azimuth]) => {{ {read_part("roomears", "js")}
        const context = new OfflineAudioContext(2, 700, 44100);
        const buffer = new AudioBuffer({{ length: wave.length, sampleRate: 44100 }});
        buffer.getChannelData(0).set(wave);
        const source = new AudioBufferSourceNode(context, {{ buffer }});
        const chain = roomChain(context, context.destination);
        chain.move(roomEars(azimuth, 2), 0);
        source.connect(chain.input);
        source.start();
        const out = await context.startRendering();
        return [0, 1].map((k) => [...out.getChannelData(k)]); }}"""
    for azimuth in (-70, 25, 150):
        there = np.array(page.evaluate(program, [noise.tolist(), azimuth])).T
        here = binaural.render(noise, 44_100, azimuth, 2)
        np.testing.assert_allclose(there[: len(here)], here, atol=1e-5)


def test_turning_the_head_changes_which_ear_hears_more(show):
    page = show(one_voice())
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    left, right = page.evaluate(SIDES)
    assert right > 1.2 * left
    slide(page, "Your head, turned to the right", 180)
    left, right = page.evaluate(SIDES)
    assert left > 1.2 * right
    assert "90° to the left, 2.0 m" in page.locator(".mb-room-told").text_content()


def test_sliders_buttons_and_dragging_move_what_is_chosen(show):
    page = show(three())
    told = page.locator(".mb-room-told")
    widget = three()
    assert widget.places == [[-1.7, 1.0], [0.0, 2.0], [1.7, 1.0]]
    assert told.text_content().startswith("high: 60° to the left, 2.0 m. middle: straight ahead, 2.0 m.")
    page.get_by_role("button", name="low").click()
    slide(page, "To the right", -3)
    slide(page, "To the front", 0)
    assert told.text_content().endswith("low: 90° to the left, 3.0 m.")
    page.get_by_role("button", name="You").click()
    knob = page.get_by_label("To the front", exact=True)
    knob.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert "middle: straight ahead, 1.0 m." in told.text_content()
    box = page.locator(".mb-room-map").bounding_box()
    metre, middle = box["width"] / 11, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0], middle[1] - 2 * metre)
    page.mouse.down()
    page.mouse.move(middle[0] + 3 * metre, middle[1] - metre, steps=4)
    page.mouse.up()
    assert "middle: 90° to the right, 3.0 m." in told.text_content()
    assert page.get_by_role("button", name="middle").get_attribute("aria-pressed") == "true"


@LOOKS
def test_every_reader_can_use_it(show, theme, width):
    page = show(three(), theme=theme, viewport={"width": width, "height": 1200})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    own = ".mb-room-mover, .mb-room-slider"
    assert page.evaluate(f"[...document.querySelectorAll('{own}')].every((x) => x.offsetHeight >= 44)")


def test_python_knows_what_is_heard():
    widget = three(turned=90)
    assert widget.ears()[1] == binaural.ears(-90, 2)
    widget.listener = [0.0, -2.0]
    assert widget.ears()[1][0].gain == pytest.approx(1 / 4)
    tune = Melody.from_notes([(0, 1, 60 + v, v) for v in range(5)])
    with pytest.raises(MusicError, match="5 voices"):
        Room(tune)
    with pytest.raises(MusicError, match="give one each"):
        one_voice(places=[(0, 1), (1, 0)])
    with pytest.raises(MusicError, match="from -5 to 5"):
        one_voice(listener=(6, 0))
    with pytest.raises(traitlets.TraitError):
        one_voice(turned=200)
