"""The Python side of the players, and the files of a static page."""

from __future__ import annotations

import json
import re

import pytest
import traitlets
from ipywidgets.embed import dependency_state, embed_data

from musicbook.music import sound
from musicbook.music.melody import Melody, MusicError
from musicbook.widgets import Compare, Player, assets
from musicbook.widgets._module import JS, registered


def test_notes_are_short_and_exact(voices):
    rows = Player(voices).notes
    assert rows[0] == [0, 1, 67, 0]
    assert rows == json.loads(json.dumps(rows))
    for row, (onset, duration, pitch, voice) in zip(rows, voices.notes, strict=True):
        assert round(row[0] * 10080) == onset * 10080
        assert round(row[1] * 10080) == duration * 10080
        assert row[2:] == [pitch, voice]


def test_bad_values_are_refused(scale):
    for arguments in ({"instrument": "kazoo"}, {"tempo": 4}, {"tempo": 5000}):
        with pytest.raises(traitlets.TraitError):
            Player(scale, **arguments)
    with pytest.raises(MusicError, match="without notes"):
        Player(Melody([], [], [], []))
    with pytest.raises(MusicError, match="play for"):
        Player(Melody.from_notes([(0, 9000, 60)], tempo=60))
    player = Player(scale)
    with pytest.raises(traitlets.TraitError):
        player.volume = 1.5
    with pytest.raises(MusicError, match="play for"):
        player.show(Melody.from_notes([(0, 9000, 60)], tempo=60))
    assert len(player.notes) == len(scale)  # a refused melody changes nothing


def test_another_melody_keeps_the_readers_settings(scale, voices):
    player = Player(scale, score=True, instrument="violin", tempo=77)
    before = player.score_svg
    player.show(voices)
    assert (player.title, player.key, player.pickup) == ("Four voices", "Eb", 1)
    assert (player.instrument, player.tempo) == ("violin", 77)
    assert player.score_svg != before
    assert len(player.notes) == len(voices)


def test_kernel_answers_with_samples(scale):
    player, sent = Player(scale), []
    player.send = lambda content, buffers=None: sent.append((content, buffers))
    player._handle_custom_msg({"kind": "samples", "instrument": "flute"}, [])
    player._handle_custom_msg({"kind": "samples", "instrument": "../../etc/passwd"}, [])
    player._handle_custom_msg({"kind": "other"}, [])
    [(content, buffers)] = sent
    assert content["instrument"] == "flute"
    assert len(content["index"]["notes"]) == 14
    assert buffers == [sound.sample_file("flute")]


def test_static_files_are_whole_and_the_same_every_time():
    files = assets.static_files()
    assert files == assets.static_files()
    assert {"host.js", "widgets.js", "samples-piano.js", "samples-guitar.js"} <= set(files)
    lines = files["widgets.js"].decode().removesuffix(";\n").split(";\nmusicbook.programs = ")
    parts, programs = json.loads(lines[0].removeprefix("musicbook.parts = ")), json.loads(lines[1])
    assert {"musicbook.Player", "musicbook.Compare"} <= set(programs)
    assert set(programs) == set(registered())
    for program in programs.values():
        text = "".join(parts["js"][name] for name in program["js"])
        assert text.count("export default { render };") == 1
        assert not re.search(r"^import ", text, re.M)
    # Loaded once for the whole site; it may grow with the number of widgets, and each may not grow.
    assert len(files["host.js"]) + len(files["widgets.js"]) < 18_750 * len(programs)


def test_slim_state_loses_only_the_programs(scale):
    widgets = [Player(scale), Compare([scale, scale], ["a", "b"])]
    state = embed_data(views=widgets, state=dependency_state(widgets, drop_defaults=False))["manager_state"]
    slim = assets.slim(state)
    assert "_esm" in json.dumps(state)
    assert "_esm" not in json.dumps(slim)
    assert len(json.dumps(slim)) < 8_000
    for key, model in slim["state"].items():
        assert set(state["state"][key]["state"]) - set(model["state"]) <= {"_esm", "_css"}


def test_javascript_files_are_small_and_self_contained():
    for path in JS.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 350, path.name
        assert text.startswith("//"), path.name
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http://", ""), path.name
