"""The tune browser: what it draws from the catalogue, how much it weighs, and how it behaves in a real browser."""

from __future__ import annotations

import json

import browser as chromium
import nbformat
import numpy as np
import pytest
import traitlets
from axe_playwright_python.sync_playwright import Axe
from ipywidgets.embed import dependency_state
from sounding import LOUD, level, position, slide, wait_loud, wait_silent
from test_accessible import AA
from test_jupyterlab import lab, run_cell  # noqa: F401 (a fixture)

from musicbook.music import corpus, sources
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import TICKS, Melody, MusicError
from musicbook.widgets import Browser, assets
from musicbook.widgets._module import JS
from musicbook.widgets.browser import HEAVIEST, NAMES, beginning, stratified

LINES = ".mb-list [role=option]"
CHOSEN = f"{LINES}[aria-selected=true]"
FACETS = {"Collection": "collection", "Region": "region", "Tune type": "kind", "Metre": "meter", "Mode": "mode"}


@pytest.fixture(scope="module")
def cat() -> Catalogue:
    return corpus.load()


@pytest.fixture
def tunes(cat) -> Browser:
    return Browser(cat, caption="Forty-eight real tunes.")


def words(table):
    """The catalogue's columns as the reader sees them."""
    shown = table[list(FACETS.values())].copy()
    shown["collection"] = shown["collection"].map(NAMES)
    return shown.replace({"region": {"": "not given"}, "kind": {"": "not given"}, "meter": {"none": "free"}})


# ---- the sample ----------------------------------------------------------------------------------------------------


def test_every_collection_and_every_large_region_is_there(cat):
    ids = stratified(cat.table, 48, seed=0)
    assert len(set(ids)) == 48
    found = cat.table.loc[ids]
    essen = cat.table[cat.table["collection"] == "essen"]
    large = [region for region, share in essen["region"].value_counts(normalize=True).items() if share >= 0.01]
    assert len(large) == 10
    assert set(found["collection"]) == set(sources.COLLECTIONS)
    assert set(large) < set(found.loc[found["collection"] == "essen", "region"])
    # Sixteen places are one more than there are strata, and still none is left out.
    few = cat.table.loc[stratified(cat.table, 16, seed=0)]
    assert set(large) < set(few["region"])
    # By the root of their sizes: Germany has 58 times as many tunes as Alsace or the Netherlands, about 7 as the root.
    drawn = found["region"].value_counts()
    assert drawn["Germany"] == drawn.max()
    assert drawn["Germany"] / drawn["Netherlands"] < 8


def test_the_seed_decides(cat):
    assert stratified(cat.table, 48, 3) == stratified(cat.table, 48, 3)
    assert stratified(cat.table, 48, 3) != stratified(cat.table, 48, 4)
    shuffled = cat.table.sample(frac=1, random_state=1)
    assert len(stratified(shuffled, 30, 3)) == 30


def test_a_small_sample_takes_collections_first_and_a_whole_one_takes_all(cat):
    assert set(cat.table.loc[stratified(cat.table, 5), "collection"]) == set(sources.COLLECTIONS)
    few = cat.where(collection="misc")
    assert set(stratified(few.table, len(few))) == set(few.table.index)


def test_exactly_the_wanted_ids(cat):
    wanted = list(cat.table.index[[5000, 3, 12000]])
    browser = Browser(cat, wanted)
    assert browser.ids == wanted
    assert browser.selected == wanted[0]


def test_notes_are_whole_numbers_and_exact(cat, tunes):
    cut = 0
    for record in tunes.tunes:
        melody = cat[record["id"]]
        first = beginning(melody, 8)
        stop = melody.pickup + 8 * melody.bar
        step = TICKS // record["steps"]
        assert all(type(value) is int for row in record["notes"] for value in row)
        rows = np.array(record["notes"])
        assert rows.shape == (len(first), 3)
        assert (rows[:, 0] * step == melody.onset[: len(first)]).all()
        assert (rows[:, 2] == melody.pitch[: len(first)]).all()
        assert (rows[:, 1] * step == np.minimum(melody.duration[: len(first)], stop - first.onset)).all()
        assert len(first) == (melody.onset < stop).sum()
        assert record["pickup"] * step == melody.pickup
        assert record["whole"] == (len(first) == len(melody))
        cut += not record["whole"]
    assert 0 < cut < 48


def test_the_beginning_has_the_pickup_and_ends_at_the_bar_line():
    melody = Melody.from_notes([(0, 1, 60), (1, 3, 62), (4, 2, 64), (6, 2, 65)], meter="4/4", pickup=TICKS)
    first = beginning(melody, 1)
    assert [tuple(note[:3]) for note in first.notes] == [(0, 1, 60), (1, 3, 62), (4, 1, 64)]
    assert first.pickup == TICKS
    assert beginning(melody, 9) == melody


def test_voices_are_kept():
    chorales = corpus.chorales()
    [record] = Browser(chorales, [chorales.table.index[0]], bars=2).tunes
    assert {note[3] if len(note) == 4 else 0 for note in record["notes"]} == {0, 1, 2, 3}
    assert record["collection"] == "Bach chorales"


def test_errors_say_what_was_wrong(cat):
    known = cat.table.index[0]
    for arguments, error, said in (
        ((cat.where(kind="tango"),), MusicError, "catalogue is empty"),
        ((cat, []), MusicError, "list of ids is empty"),
        ((cat, known), MusicError, "must be a list"),
        ((cat, [known, known]), MusicError, "twice"),
        ((cat, [known, "essen/nowhere/1"]), KeyError, "no tune 'essen/nowhere/1'"),
    ):
        with pytest.raises(error, match=said):
            Browser(*arguments)
    for options, error, said in (
        ({"n": 12_533}, MusicError, "12,533 tunes wanted, and the catalogue has 12,532"),
        ({"n": 0}, MusicError, "at least 1"),
        ({"bars": 0}, MusicError, "0 bars"),
        ({"n": 400}, MusicError, f"more than {HEAVIEST:,}"),
        ({"instrument": "kazoo"}, traitlets.TraitError, "kazoo"),
    ):
        with pytest.raises(error, match=said):
            Browser(cat, **options)


def test_selected_is_one_of_the_tunes(tunes):
    with pytest.raises(traitlets.TraitError, match="no tune 'essen/nowhere/1'"):
        tunes.selected = "essen/nowhere/1"
    seen = []
    tunes.observe(lambda change: seen.append(change["new"]), "selected")
    tunes.set_state({"selected": tunes.ids[7]})  # what the page sends
    assert seen == [tunes.ids[7]]


def test_state_is_small(cat):
    """48 tunes of 8 bars weigh 38 kB in the page, spaces and all (seed 0), and no seed comes near 60 kB."""
    sizes = []
    for seed in range(8):
        widget = Browser(cat, seed=seed)
        sizes.append(len(json.dumps(assets.slim({"state": dependency_state([widget], drop_defaults=False)}))))
    assert sizes[0] == pytest.approx(38_000, rel=0.05)
    assert max(sizes) < 45_000


def test_the_shared_parts_are_used_not_copied():
    own = (JS / "browser.js").read_text()
    assert {"transport", "roll", "playerview", "bank", "text", "midi"} < set(Browser._esm.names)
    for part in ("AudioContext", "getContext", "requestMIDIAccess", "setInterval"):
        assert part not in own


# ---- in the page ---------------------------------------------------------------------------------------------------


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
    place = position(page)
    page.wait_for_timeout(600)
    assert position(page) > place + 0.4
    page.get_by_role("button", name="Stop").click()
    wait_silent(page)


def counts(page) -> dict[str, dict[str, int]]:
    """What the select boxes say: ``{label: {choice: tunes}}``."""
    found = {}
    for label in FACETS:
        texts = page.get_by_label(label, exact=True).locator("option").all_text_contents()
        pairs = [text.removesuffix(")").rsplit(" (", 1) for text in texts]
        found[label] = {choice: int(number) for choice, number in pairs}
    return found


def test_counts_agree_with_the_catalogue(show, cat, tunes):
    page = show(tunes)
    table = words(cat.table.loc[tunes.ids])
    chosen = {}

    def wanted(label):
        others = [table[FACETS[other]] == value for other, value in chosen.items() if other != label]
        left = table[np.logical_and.reduce(others)] if others else table
        every = {value: 0 for value in table[FACETS[label]]}
        return {"any": len(left), **every, **left[FACETS[label]].value_counts().to_dict()}

    for label, value in (("", ""), ("Collection", "Essen"), ("Mode", "minor"), ("Metre", "4/4")):
        if label:
            page.get_by_label(label, exact=True).select_option(value)
            chosen[label] = value
        assert counts(page) == {each: wanted(each) for each in FACETS}
        expected = int(np.logical_and.reduce([table[FACETS[k]] == v for k, v in chosen.items()] or [[True] * 48]).sum())
        assert expected > 0
        assert page.locator(LINES).count() == expected
        assert page.locator(".mb-left").text_content() == f"{expected} of 48 tunes"
    dead = page.get_by_label("Region", exact=True).locator("option:disabled").all_text_contents()
    assert dead
    assert all(text.endswith("(0)") for text in dead)
    page.get_by_role("button", name="Clear the filters").click()
    assert page.locator(LINES).count() == 48
    assert page.get_by_role("button", name="Clear the filters").count() == 0
    assert page.evaluate("document.activeElement.type") == "search"


def test_search_needs_neither_capitals_nor_accents(show, cat):
    table = cat.table.copy()
    names = list(table.index[:3])
    table.loc[names, "title"] = ["Frühling läßt sein blaues Band", "Fruehlingslied", "Ein alter Brief"]
    page = show(Browser(Catalogue(table, cat._notes), names))
    for typed, found in (("fruhling", 1), ("FRÜH", 1), ("fru", 2), (" brief ", 1), ("b", 2), ("(", 0), ("", 3)):
        page.get_by_label("Title").fill(typed)
        assert page.locator(LINES).count() == found, typed


def test_nothing_left_is_said_and_what_plays_goes_on(show, tunes):
    page = show(tunes)
    assert page.locator(".mb-left").get_attribute("role") == "status"
    page.get_by_role("button", name="Play", exact=True).click()
    wait_loud(page)
    page.get_by_label("Title").fill("zzzz")
    assert page.locator(".mb-left").text_content() == "No tune has all of this"
    assert not page.get_by_role("listbox").is_visible()
    assert page.get_by_role("button", name="Next tune").is_disabled()
    page.wait_for_timeout(300)
    assert level(page) > LOUD
    page.get_by_label("Title").fill("")
    assert page.locator(LINES).count() == 48


def test_keyboard_in_the_list(show, tunes):
    page = show(tunes, viewport={"width": 390, "height": 600})
    box = page.get_by_role("listbox")
    box.focus()
    top = page.evaluate("scrollY")
    for key, place in (
        ("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("PageDown", 9), ("End", 47), ("ArrowDown", 47),
        ("PageUp", 39), ("Home", 0), ("ArrowUp", 0), ("End", 47),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert page.locator(".mb-title").text_content() == tunes.tunes[place]["title"], key
        active = box.get_attribute("aria-activedescendant")
        assert page.locator(CHOSEN).get_attribute("id") == active
    # The last line is inside the list's box, which has scrolled; the page has not.
    frame, line = box.bounding_box(), page.locator(CHOSEN).bounding_box()
    assert frame["y"] <= line["y"]
    assert line["y"] + line["height"] <= frame["y"] + frame["height"]
    assert page.evaluate("scrollY") == top
    page.keyboard.press("Enter")
    wait_loud(page)
    page.keyboard.press("Space")
    wait_silent(page)


def test_next_and_previous_go_round_what_is_left(show, tunes):
    page = show(tunes)
    page.get_by_label("Collection").select_option("Ryan")
    titles = [record["title"] for record in tunes.tunes if record["collection"] == "Ryan"]
    assert len(titles) > 2
    # The tune that is shown is not in the list any more, so the list begins at its beginning.
    for k in (*range(len(titles)), 0):
        page.get_by_role("button", name="Next tune").click()
        assert page.locator(".mb-title").text_content() == titles[k]
        said = page.locator(".mb-browser > [role=status]").text_content()
        assert said == f"{titles[k]}, tune {k + 1} of {len(titles)}"
    page.get_by_role("button", name="Previous tune").click()
    assert page.locator(".mb-title").text_content() == titles[-1]


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
    assert level(page) > LOUD
    page.get_by_role("button", name="Pause").click()
    assert position(page) > 0
    page.get_by_role("button", name="Next tune").click()
    assert position(page) == 0
    wait_silent(page)
    assert page.locator(".mb-player").get_attribute("data-state") == "stopped"


def test_reduced_motion_steps_from_note_to_note(show, cat, tunes):
    slow = next(record["id"] for record in tunes.tunes if record["notes"][0][1] >= record["steps"])
    picture = "document.querySelector('.mb-roll').toDataURL()"
    for motion, same in (("reduce", True), ("no-preference", False)):
        page = show(Browser(cat, [slow]), reduced_motion=motion)
        slide(page, "Tempo", 30)
        page.get_by_role("button", name="Play", exact=True).click()
        wait_loud(page)
        page.wait_for_timeout(200)
        first = page.evaluate(picture)
        page.wait_for_timeout(400)
        assert (page.evaluate(picture) == first) is same


def test_two_browsers_in_a_page_do_not_share_ids(show, cat):
    page = show(Browser(cat, n=5), Browser(cat, n=5, seed=1))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((el) => el.id)")
    assert len(ids) == len(set(ids)) == 10


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


def test_selected_goes_both_ways_on_a_live_model(show, cat, tunes):
    page = show(Browser(cat, n=1))
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
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_axe_violation_and_nothing_sideways(show, tunes, theme, width):
    page = show(tunes, theme=theme, viewport={"width": width, "height": 900})

    def check():
        results = Axe().run(page, options=AA)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    check()
    page.get_by_label("Mode").select_option("minor")
    page.locator(LINES).nth(2).click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector(".mb[data-state=playing]")
    page.get_by_text("Notes as text").click()
    check()
    controls = ".mb-browser :is(button, select, input, summary, [role=option], [role=listbox])"
    small = page.evaluate(
        """(which) => [...document.querySelectorAll(which)].filter((el) => el.offsetParent)
        .map((el) => [el.className, el.offsetWidth, el.offsetHeight]).filter(([, w, h]) => w < 24 || h < 24)""",
        controls,
    )
    assert small == []
    bare = (
        "(which) => [...document.querySelectorAll(which)].filter((el) => !el.closest('[data-lm-suppress-shortcuts]'))"
    )
    assert page.evaluate(f"({bare})(`{controls}`).length") == 0
    page.get_by_label("Title").fill("zzzz")
    check()
