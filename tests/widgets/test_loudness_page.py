"""Equal loudness: what the page works out from the notes against what is measured on the finished sound."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musicbook.music import sound
from musicbook.music.melody import Melody
from musicbook.widgets import Player
from musicbook.widgets._module import SOUND, esm

GAINS = """async ([program, tunes]) => {
  const blob = new Blob([program + "\\nexport { loadBank, tuneGain };"], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  const { loadBank, tuneGain } = await import(url);
  const gains = [];
  for (const { notes, tempo, instrument } of tunes) gains.push(tuneGain(notes, tempo, await loadBank(instrument)));
  return gains;
}"""


def tunes() -> list[Melody]:
    draw = np.random.default_rng(0)
    pitches = 60 + np.cumsum(draw.integers(-4, 5, 32)) % 20
    fast = Melody.from_notes([(i / 2, 0.5, int(p)) for i, p in enumerate(pitches)], tempo=180)
    slow = Melody.from_notes([(2 * i, 2, int(p)) for i, p in enumerate(pitches[:8])], tempo=70)
    dense = Melody.from_notes(
        [(i, 1, int(p) + d, v) for i, p in enumerate(pitches[:16]) for v, d in enumerate((0, -5, -12, 7))]
    )
    gaps = Melody.from_notes([(2 * i, 0.5, int(p)) for i, p in enumerate(pitches[:12])], tempo=100)
    return [fast, slow, dense, gaps]


def test_page_and_package_agree(show, scale):
    cases = [(tune, name) for tune in tunes() for name in sound.INSTRUMENTS]
    page = show(Player(scale))
    wanted = [
        {"notes": [[float(o), float(d), p, v] for o, d, p, v in tune.notes], "tempo": tune.tempo, "instrument": name}
        for tune, name in cases
    ]
    found = page.evaluate(GAINS, [esm(*SOUND), json.loads(json.dumps(wanted))])
    errors = []
    for (tune, name), gain in zip(cases, found, strict=True):
        raw = sound.mix(tune, name, 22_050)
        errors.append(20 * np.log10(gain) - (sound.LOUDNESS - sound.loudness(raw, 22_050)))
    assert max(np.abs(errors)) < 1.5, np.round(errors, 2)
    assert np.std(errors) < 1, np.round(errors, 2)


def test_the_gain_matters():
    # Without it the same tunes would differ by far more than the ear's just noticeable difference of about 1 dB.
    raw = [sound.loudness(sound.mix(tune, "piano", 22_050), 22_050) for tune in tunes()]
    assert max(raw) - min(raw) > 4
    same = [sound.loudness(sound.render(tune, "piano", 22_050), 22_050) for tune in tunes()]
    assert same == pytest.approx([sound.LOUDNESS] * 4, abs=0.1)
