"""The widgets on a live kernel: a real JupyterLab server, driven by the browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request

import browser as chromium
import nbformat
import pytest
import yaml
from sounding import LISTEN, LOUD, level, pitches_started, position, slide, speed, wait_loud, wait_silent
from test_exercise import course_records

pytestmark = pytest.mark.lab
MAKE = """\
from musicbook.music.melody import Melody
from musicbook.widgets import Player
tune = Melody.from_notes([(i, 1, 60 + (i * 2) % 15) for i in range(64)], title="From the kernel", tempo=90)
player = Player(tune, score=True)
player"""
FASTER = "player.tempo = 240"
WHERE = "print('at', round(player.position, 2), player.playing, player.tempo)"
OTHER = "player.show(tune.excerpt(0, 2).with_(title='Another')); player.playing = False"
AGAIN = "player.instrument = 'flute'; player.playing = True"

BETWEEN = """\
import numpy as np
from musicbook.music.melody import Melody
from musicbook.widgets import Pad, Tuner
rows = np.full((4, 16), 1)
rows[:, ::4] = np.arange(4)[:, None] + 7
one = lambda pitch: Melody.from_notes([(i, 1, round(pitch)) for i in range(4)])
options = {"tempo": 600, "caption": "live"}
tuner = Tuner(rows, labels=list("abcd"), axis="knob", source=lambda at: one(70 + 10 * at), **options)
tuner"""
PLANE = """\
pad = Pad(rows.reshape(2, 2, 16), x=[0, 10], y=[0, 1], axes=("across", "up"), source=lambda x, y: one(50 + x + y), **options)
pad"""
ASK = """\
import tempfile
from pathlib import Path
from musicbook.recommend.log import Log
from musicbook.widgets import SqlBox
log = Log(Path(tempfile.mkdtemp()) / "log.sqlite")
log.add_listeners(["Ada", "Ben"])
SqlBox(log, {"How many?": "SELECT COUNT(*) AS n FROM listeners"}, caption="live")"""
EDIT = """\
import numpy as np
from musicbook.music.melody import Melody
from musicbook.widgets import MatrixEditor
tunes = [Melody.from_notes([(i, 1, 60 + 3 * k) for i in range(4)], title=f"Tune {k}") for k in range(4)]
plays = np.array([[5, 3, 0, 1], [4, 0, 1, 0], [0, 1, 4, 0]])
editor = MatrixEditor(plays, tunes, listeners=["Ada", "Ben", "Cleo"], caption="live")
editor"""
CHANGE = "editor.plays = [[5, 3, 0, 1], [4, 0, 1, 0], [9, 1, 4, 0]]; editor.method = 'EASE'"
SAY = "print(editor.plays[0][1], editor.method)"
MOOD = """\
from musicbook.widgets import MoodPad
scale = [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0, 0]
pad = MoodPad(Melody.from_notes([(i / 2, 0.5, 60 + p) for i, p in enumerate(scale)]), caption="live")
pad"""
SLOWER = "pad.tempo = 40; pad.mode = 'minor'"
FELT = "print(pad.octaves, round(pad.mood().arousal, 2))"
ANSWER = """\
from musicbook import check
from musicbook.music.melody import Melody
from musicbook.widgets import Exercise, Player, Quiz
player = Player(Melody.from_notes([(i, 1, 60) for i in range(8)]), tempo=60)
display(player, Exercise("small-1"), Exercise("small-7", watching=(player, "tempo")), Quiz.of("small"))"""
STUB = 'answer = ...\ncheck("small-1", answer)'
MISTAKE = 'check("small-1", 4.375)'
SOLVED = 'check("small-1", 2.5 + 1.75)'
NOTEBOOKS = {
    "course": (ANSWER, STUB, MISTAKE, SOLVED),
    "lab": (MAKE, FASTER, WHERE, OTHER, AGAIN),
    "between": (BETWEEN, PLANE),
    "recommend": (ASK, EDIT, CHANGE, SAY, MOOD, SLOWER, FELT),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab server whose folder holds the notebooks."""
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    for name, cells in NOTEBOOKS.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
    (home / "small.yml").write_text(yaml.safe_dump(course_records(), sort_keys=False), encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    # No question about news: it would lie over the notebook.
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    log = (home / "log").open("w+", encoding="utf-8")
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("WORKSPACES", "SETTINGS")}
    places["MUSICBOOK_COURSE"] = str(home)
    server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **places})
    address = f"http://127.0.0.1:{port}"
    try:
        limit = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2)
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > limit:
                    pytest.fail(f"JupyterLab did not start:\n{(home / 'log').read_text(encoding='utf-8')[-2000:]}")
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def run_cell(page, n: int) -> None:
    """Run the n-th cell and wait until it has its execution count."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(n)
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        "(n) => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')[n].textContent)",
        arg=n,
        timeout=60_000,
    )


def open_notebook(browser, lab, name: str, init: str = ""):
    """Open a notebook, wait for its kernel, and run the first cell."""
    page = chromium.open_page(browser, viewport={"width": 1300, "height": 1400})
    page.add_init_script(init)
    page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    # A cell that is run before the kernel has answered is dropped by JupyterLab.
    page.get_by_text("(ipykernel) | Idle").wait_for(timeout=60_000)
    run_cell(page, 0)
    return page


def test_a_live_kernel_drives_the_player(browser, lab):
    page = open_notebook(browser, lab, "lab")
    page.wait_for_selector(".mb-player", timeout=60_000)

    # Samples come from the kernel: a live page has no scripts beside it.
    assert page.evaluate("musicbook.root") is None
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page, timeout=20_000)
    assert page.evaluate("musicbook.banks.piano.then((bank) => bank.source)") == "samples"
    assert page.locator(".mb-note").text_content() == ""
    assert speed(page) == pytest.approx(90, rel=0.1)
    assert page.locator(".mb-on").count() == 1

    # Python sets the tempo: seen and heard, without a stop.
    run_cell(page, 1)
    page.wait_for_function("document.querySelector('.mb-beats').textContent === '♩ = 240'")
    assert speed(page) == pytest.approx(240, rel=0.1)
    assert level(page) > LOUD

    # The page reports its place to Python.
    run_cell(page, 2)
    said = page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output").inner_text().split()
    assert said[0] == "at"
    assert 0 < float(said[1]) <= position(page)
    assert said[2:] == ["True", "240.0"]

    # A control keeps its keys: the arrow moves the place by a beat, not the notebook by a cell.
    page.get_by_role("button", name="Pause", exact=True).click()
    wait_silent(page)
    place = position(page)
    page.get_by_label("Position").focus()
    page.keyboard.press("ArrowLeft")
    assert position(page) == pytest.approx(place - 1, abs=0.01)

    # Python puts in another tune, and starts it on another instrument.
    run_cell(page, 3)
    page.wait_for_function("document.querySelector('.mb-title').textContent === 'Another'")
    run_cell(page, 4)
    wait_loud(page, timeout=20_000)
    assert page.evaluate("musicbook.banks.flute.then((bank) => bank.source)") == "samples"
    assert page.errors == []
    assert page.strangers == []
    page.close()


def test_a_live_kernel_plays_the_places_between_the_stops(browser, lab):
    page = open_notebook(browser, lab, "between", LISTEN)
    page.wait_for_selector(".mb-tuner", timeout=60_000)
    page.wait_for_function(
        "document.querySelector('.mb-tuner .mb-knob').step === '0.05'"
    )  # told that there is a source

    def heard() -> set[int]:
        page.evaluate("started.length = 0")
        page.wait_for_timeout(1000)  # two rounds of four quarters at 600
        return set(pitches_started(page))

    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page, timeout=20_000)
    assert heard() == {60}
    for at in (0.5, 1.25, 2.95):
        slide(page, "knob", at)
        page.wait_for_timeout(500)  # there and back
        assert heard() == {round(70 + 10 * at)}
    slide(page, "knob", 3)
    assert heard() == {63}
    page.get_by_role("button", name="Stop", exact=True).click()

    run_cell(page, 1)
    pad = page.locator(".mb-pad")
    pad.wait_for(timeout=60_000)
    page.wait_for_function("document.querySelector('.mb-pad .mb-knob').step === '0.1'")
    pad.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page, timeout=20_000)
    slide(page, "across", 0.4)
    page.wait_for_timeout(500)
    assert heard() == {54}
    slide(page, "up", 1)
    page.wait_for_timeout(500)
    assert heard() == {55}
    assert page.errors == []
    assert page.strangers == []
    page.close()


def said_by(page, n: int) -> str:
    return page.locator(".jp-CodeCell").nth(n).locator(".jp-OutputArea-output").inner_text().strip()


def test_a_live_kernel_and_the_widgets_of_recommendation_follow_each_other(browser, lab):
    page = open_notebook(browser, lab, "recommend")
    # A question that nobody foresaw goes to the log.
    box = page.locator(".mb-sql")
    box.wait_for(timeout=60_000)
    box.get_by_role("textbox").fill("SELECT id FROM listeners ORDER BY id DESC")
    box.get_by_role("button", name="Ask").click()
    page.wait_for_function("document.querySelector('.mb-sql').textContent.includes('Ben')", timeout=20_000)

    # The matrix: Python changes it, then the reader.
    run_cell(page, 1)
    editor = page.locator(".mb-matrix")
    editor.wait_for(timeout=60_000)
    run_cell(page, 2)
    page.wait_for_function("document.querySelector('.mb-matrix select').value === 'EASE'")
    assert editor.get_by_label("Plays of A by Cleo").input_value() == "9"
    editor.get_by_label("Plays of B by Ada").fill("8")
    run_cell(page, 3)
    assert said_by(page, 3) == "8 EASE"

    # The mood: tempo and mode from Python, the register from the page.
    run_cell(page, 4)
    pad = page.locator(".mb-moodpad")
    pad.wait_for(timeout=60_000)
    status = pad.get_by_role("status").filter(has_text="Predicted")
    before = status.inner_text()
    run_cell(page, 5)
    page.wait_for_function(
        "(was) => ![...document.querySelectorAll('.mb-moodpad [role=status]')].some((x) => x.innerText === was)",
        arg=before,
    )
    assert "sad" in status.inner_text()
    slide(page, "Register", 1)
    run_cell(page, 6)
    octaves, arousal = said_by(page, 6).split()
    assert octaves == "1"
    assert f"arousal {float(arousal):.2f}".replace("-", "−") in status.inner_text()
    assert page.errors == []
    assert page.strangers == []
    page.close()


def test_a_student_answers_in_the_form_and_in_a_cell(browser, lab):
    page = open_notebook(browser, lab, "course")
    first = page.get_by_role("group", name="Exercise small-1", exact=True)
    first.wait_for(timeout=60_000)
    said = first.locator(".mb-ex-said")
    for text, words in (("4.375", "✗ You multiplied."), ("9", "✗ Not yet."), ("4.25", "✓ Right.")):
        first.get_by_role("textbox").fill(text)
        page.keyboard.press("Enter")
        assert said.text_content() == words

    # The form of an exercise about another widget finds it through the live kernel, too.
    other = page.get_by_role("group", name="Exercise small-7", exact=True)
    other.get_by_role("button", name="Check").click()
    assert other.locator(".mb-ex-said").text_content() == "✗ Too slow."
    page.get_by_role("slider", name="Tempo").fill("91")
    other.get_by_role("button", name="Check").click()
    assert other.locator(".mb-ex-said").text_content() == "✓ Right."

    for n, words in ((1, "✗ Nothing to check yet"), (2, "✗ You multiplied."), (3, "✓ Right.")):
        run_cell(page, n)
        assert words in page.locator(".jp-CodeCell").nth(n).locator(".jp-OutputArea-output").inner_text()

    # Run once more: the form comes back with what was solved.
    run_cell(page, 0)
    page.get_by_text("✓ solved, 3 tries").wait_for(timeout=20_000)
    assert page.errors == []
    assert page.strangers == []
    page.close()
