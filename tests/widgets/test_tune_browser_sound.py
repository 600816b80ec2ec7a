"""The tune browser as it sounds in a page, and on a live model and a live kernel."""

from __future__ import annotations

import browser as chromium
import nbformat
import pytest
from sounding import level, position, slide, wait_beyond, wait_loud, wait_silent
from test_jupyterlab import lab, run_cell  # noqa: F401 (a fixture)
from tunebrowser import CHOSEN, LINES

from musicbook.music import corpus
from musicbook.widgets import Browser


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_tune_is_seen_and_heard(show, tunes, scheme):
    page = show(tunes, scheme=scheme)
    assert page.locator(LINES).count() == 48
    assert page.locator(CHOSEN).count() == 1
    assert page.locator(".mb-caption").text_content() == "Forty-eight real tunes."
    assert level(page) == 0
    picture = "document.querySelector('.mb-roll').toDataURL()"
    before = page.evaluate(picture)
    page.locator(LINES).nth(3).click()
    assert page.evaluate(picture) != before
    assert page.locator(".mb-title").text_content() == tunes.tunes[3]["title"]
    assert tunes.ids[3] in page.locator(".mb-facts").text_content()
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    assert page.evaluate("musicbook.banks.piano.then((bank) => bank.source)") == "samples"
    wait_beyond(page, position(page) + 0.4)
    page.get_by_role("button", name="Stop").click()
    wait_silent(page)


def test_the_next_tune_begins_at_its_beginning(show, tunes):
    page = show(tunes)
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    slide(page, "Tempo", 200)
    slide(page, "Position", 6)
    page.get_by_role("button", name="Next tune").click()
    assert position(page) < 2
    assert page.locator(".mb-beats").text_content() == f"♩ = {round(tunes.tunes[1]['tempo'])}"
    page.wait_for_timeout(500)
    wait_loud(page)
    page.get_by_role("button", name="Pause").click()
    assert position(page) > 0
    page.get_by_role("button", name="Next tune").click()
    assert position(page) == 0
    wait_silent(page)
    assert page.locator(".mb-player").get_attribute("data-state") == "stopped"


def test_reduced_motion_steps_from_note_to_note(show, tunes):
    slow = next(record["id"] for record in tunes.tunes if record["notes"][0][1] >= record["steps"])
    picture = "document.querySelector('.mb-roll').toDataURL()"
    for motion in ("reduce", "no-preference"):
        page = show(Browser(corpus.load(), [slow]), reduced_motion=motion)
        slide(page, "Tempo", 30)
        page.get_by_role("button", name="Play", exact=True).click()
        wait_loud(page)
        page.wait_for_timeout(200)
        first = page.evaluate(picture)
        if motion == "reduce":
            page.wait_for_timeout(400)
            assert page.evaluate(picture) == first
        else:
            page.wait_for_function(f"first => {picture} !== first", arg=first)


MODEL = """async ([text, state]) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const heard = {};
    globalThis.saved = [];
    globalThis.live = {
        get: (name) => state[name],
        set(name, value) {
            if (state[name] === value) return;
            state[name] = value;
            for (const answer of heard[`change:${name}`] ?? []) answer();
        },
        save_changes: () => saved.push(state.selected),
        on: (name, answer) => (heard[name] ??= []).push(answer),
        off: (name, answer) => (heard[name] = heard[name].filter((each) => each !== answer)),
        send() {},
    };
    const el = document.body.appendChild(document.createElement("div"));
    globalThis.leave = widget.render({ model: live, el });
    globalThis.heard = heard;
}"""


def test_selected_goes_both_ways_on_a_live_model(show, tunes):
    page = show(Browser(corpus.load(), n=1))
    page.evaluate("document.querySelector('.mb').remove()")
    state = {name: getattr(tunes, name) for name in tunes.traits(sync=True) if name in Browser.class_own_traits()}
    page.evaluate(MODEL, [str(tunes._esm), state])
    page.get_by_label("Mode").select_option("minor")
    page.locator(LINES).nth(1).click()
    chosen = page.evaluate("live.get('selected')")
    minor = [record["id"] for record in tunes.tunes if record["mode"] == "minor"]
    assert chosen == minor[1]
    assert page.evaluate("saved") == [chosen]
    # From Python: a tune that the filter hides is shown all the same, and not reported back as a choice of the reader.
    other = next(record for record in tunes.tunes if record["mode"] == "major")
    page.evaluate("(id) => live.set('selected', id)", other["id"])
    assert page.locator(".mb-title").text_content() == other["title"]
    assert page.locator(CHOSEN).is_visible()
    assert page.locator(LINES).count() == 48
    page.evaluate("live.set('instrument', 'flute')")
    assert page.get_by_label("Instrument").input_value() == "flute"
    page.evaluate("leave()")
    assert page.evaluate("Object.values(heard).flat().length") == 0


CELLS = (
    "from musicbook.music import corpus\nfrom musicbook.widgets import Browser\n"
    "browser = Browser(corpus.load(), n=6)\nbrowser",
    "print('picked', browser.ids.index(browser.selected))",
    "browser.selected = browser.ids[2]",
)
PUT = """async (notebook) => {
    const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
    const body = JSON.stringify({ type: "notebook", format: "json", content: notebook });
    const answer = await fetch("/api/contents/browser.ipynb", { method: "PUT", body, headers: { "X-XSRFToken": token } });
    return answer.status;
}"""


@pytest.mark.lab
def test_a_live_kernel_and_the_page_pick_tunes(browser, lab):  # noqa: F811
    page = chromium.open_page(browser, viewport={"width": 1300, "height": 1600})
    page.goto(f"{lab}/lab?reset")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    assert page.evaluate(PUT, notebook) == 201
    page.goto(f"{lab}/lab/tree/browser.ipynb")
    page.get_by_text("(ipykernel) | Idle").wait_for(timeout=60_000)
    run_cell(page, 0)
    page.wait_for_selector(LINES, timeout=60_000)
    titles = page.locator(".mb-cell-title").all_text_contents()
    page.get_by_role("listbox", name="Tunes").focus()
    page.keyboard.press("End")  # JupyterLab leaves the list its keys
    assert page.locator(".mb-title").text_content() == titles[5]
    run_cell(page, 1)
    said = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output").inner_text()
    assert said.strip() == "picked 5"
    run_cell(page, 2)
    page.wait_for_function("(title) => document.querySelector('.mb-title').textContent === title", arg=titles[2])
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page, timeout=20_000)
    assert page.evaluate("musicbook.banks.piano.then((bank) => bank.source)") == "samples"
    assert page.errors == []
    page.close()
