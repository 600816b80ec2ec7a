"""The built book in a real browser, every page: quiet, whole, in reach of every reader, and sounding.

The pages are those that ``make book`` left in ``_build/html``; nothing is built here. Each is opened twice: from its file on
a dark phone, and from a server on a light desk. In these two visits everything is looked at; the other two looks, the light
phone and the dark desk, have a loop of their own. Every host but this machine is unknown to the browser, and an attempt to
reach one is a failure. What axe found on a page goes to ``_build/axe``, and by night its pictures to ``_build/screenshots``.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections import Counter
from pathlib import Path

import browser as chromium
import pytest
from PIL import Image
from pygments.token import STANDARD_TYPES

from chapters import rules
from musicbook.book.budgets import AIM_KB, AIM_MB, AIM_MB_TENSORFLOW, PAGE_KB, PEAK_MB, PEAK_MB_TENSORFLOW, SECONDS
from musicbook.book.status import page_weight
from musicbook.book.theme import PLAIN

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
SHOTS = ROOT / "_build" / "screenshots"
FINDINGS = ROOT / "_build" / "axe"
PHONE, DESK = 390, 1440
ALIKE = """() => {
  const seen = new Set(), alike = [];
  for (const word of document.querySelectorAll('.highlight pre span[class]:not(:has(*))')) {
    const code = word.closest('pre'), looks = getComputedStyle(word);
    const key = [word.className, looks.color, looks.backgroundColor, looks.fontWeight, looks.fontSize,
      getComputedStyle(code).backgroundColor, getComputedStyle(code.parentElement).backgroundColor].join();
    if (seen.has(key)) alike.push(word);
    seen.add(key);
  }
  for (const word of alike) word.replaceWith(...word.childNodes);
}"""
"""Leaves one word of each look in the coloured code: axe spends two thirds of its time on the thousands that look alike."""
ROOTS = {
    "Player": ".mb-player:not(.mb-tuner, .mb-pad, .mb-bell, .mb-moodpad)"
    ":not(.mb-browser *, .mb-matrix *, .mb-neighbours *, .mb-metrics *, .mb-room *, .mb-studio *, .mb-practice *)",
    "Compare": ".mb-compare",
    "Browser": ".mb-browser",
    "ConceptGraph": ".mb-graph",
    "Tuner": ".mb-tuner",
    "Pad": ".mb-pad",
    "GaussianGame": ".mb-bell-game",
    "GaussianKL": ".mb-bell-kl",
    "Screening": ".mb-screening",
    "Sketch": ".mb-sketch",
    "SqlBox": ".mb-sql",
    "FilterTable": ".mb-filter",
    "Practice": ".mb-practice",
    "Exercise": ".mb-ex",
    "Quiz": ".mb-quiz",
    "Room": ".mb-room",
    "Studio": ".mb-studio",
    "Taste": ".mb-taste",
    "Confusion": ".mb-confusion",
    "Explorer": ".mb-explore",
    "Feed": ".mb-feed",
    "GrowthExplorer": ".mb-growth",
    "MatrixEditor": ".mb-matrix",
    "Neighbours": ".mb-neighbours:not(.mb-feed, .mb-sketch, .mb-taste, .mb-confusion, .mb-mood-rating, .mb-screening)",
    "MetricExplorer": ".mb-metrics",
    "MoodPad": ".mb-moodpad",
    "MoodRating": ".mb-mood-rating",
}
"""What each widget draws, by the name that makes it. A tune browser has a player inside, which is not one of its own."""
REFRESH = re.compile(r'<meta http-equiv="Refresh" content="0; url=([^"]+)"')
TOTAL_SECONDS = 15 * 60
"""Budget of executing all notebooks."""
LOUD = 0.01
"""Root mean square that the page's own meter must reach; a tune gives about 0.06, silence 0."""
PIECE = 4000
"""Height of what is pictured at once, in pixels."""
CARDS = {"chapters/errata.html", "chapters/01_background/background.html"}
"""Pages with a table that a phone shows as cards."""


def built_pages() -> list[str]:
    """Pages of the built book, relative to its folder; one stand-in that fails when there is no book."""
    if not (HTML / "index.html").is_file():
        return ["(no book)"]
    chapters = sorted(path.relative_to(HTML).as_posix() for path in (HTML / "chapters").rglob("*.html"))
    return ["index.html", *chapters, "genindex.html", "search.html"]


PAGES = built_pages()


@pytest.fixture(scope="session")
def book() -> Path:
    if not (HTML / "index.html").is_file():
        pytest.fail(f"There is no built book in {HTML}: run make book first.", pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def address(book) -> str:
    with chromium.served(book) as address:
        yield address


@pytest.fixture
def visit(browser, book, address):
    """Open a page of the book: visit(name, scheme, width, theme)."""
    opened = []

    def opener(name, scheme, width, theme):
        page = chromium.open_page(browser, viewport={"width": width, "height": 900}, color_scheme=theme)
        opened.append(page)
        page.complaints = []
        page.on("console", lambda message: complain(page, message))
        page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
        page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}');")
        onward = REFRESH.search((book / name).read_text(encoding="utf-8"))
        page.goto(
            chromium.url_of(book / name) if scheme == "file" else f"{address}/{name}",
            wait_until="commit" if onward else "load",
        )
        if onward:
            page.wait_for_url(f"**/{onward[1]}", wait_until="load")
        if page.locator("script[type='application/vnd.jupyter.widget-view+json']").count():
            page.wait_for_selector("html[data-musicbook=ready]", timeout=30_000)
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        return page

    yield opener
    for page in opened:
        page.close()


def complain(page, message) -> None:
    """Keep an error that the browser wrote to its console, but for the picture that it asks of any server by itself."""
    where = message.location["url"]
    if message.type == "error" and not where.endswith("/favicon.ico"):
        page.complaints.append(f"{message.text} ({where})")


@pytest.mark.parametrize("name", PAGES)
def test_opened_as_a_file_on_a_dark_phone(visit, name):
    """Without a server, and where the page is narrow and colours are seldom chosen for: axe looks here.

    Each widget shows something else once one of its controls was used, and the first player plays.
    """
    page = visit(name, "file", PHONE, "dark")
    check_width(page, name, PHONE)
    axe_finds_nothing(page, name, PHONE, "dark")
    check_mounted(page, name)
    unfold(page)
    for player in players(page)[:1]:
        play_one(page, player)
    for widget in page.locator(".musicbook-widget:not(:has(> figure.mb .mb-seek))").all():
        assert answers(page, widget), f"{name}: a widget does not answer: {widget.inner_text()[:200]}"
    check_quiet(page, name)


@pytest.mark.parametrize("name", PAGES)
def test_served_to_a_light_desk(visit, name):
    """All players but the first play."""
    page = visit(name, "http", DESK, "light")
    check_width(page, name, DESK)
    unfold(page)
    for player in players(page)[1:]:
        play_one(page, player)
    check_quiet(page, name)


@pytest.mark.looks
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "theme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")])
def test_every_look_has_its_picture(visit, name, width, theme):
    page = visit(name, "http", width, theme)
    check_width(page, name, width)
    take_picture(page, f"{name.removesuffix('.html').replace('/', '-')}-{width}-{theme}")
    if (width, theme) != (PHONE, "dark"):  # there axe has looked already
        axe_finds_nothing(page, name, width, theme)
    check_quiet(page, name)


def check_width(page, name: str, width: int) -> None:
    """Require that a page fits into the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways:\n{sideways(page)}"
    if width == PHONE:
        cards = page.eval_on_selector_all(".stacked-table tbody td", "cells => cells.map((cell) => cell.clientWidth)")
        assert min(cards, default=0 if name in CARDS else width) > 250, f"{name}: a card of a table is narrow"


def take_picture(page, stem: str) -> None:
    """Keep a picture of the whole page, piece by piece: of a very long one a browser paints but a part at once.

    A busy machine hands over a piece before it is painted. Then it is taken again.
    """
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    whole = Image.new("RGB", (width, height))
    for top in range(0, height, PIECE):
        clip = {"x": 0, "y": top, "width": width, "height": min(PIECE, height - top)}
        for _ in range(10):
            piece = Image.open(io.BytesIO(page.screenshot(type="jpeg", full_page=True, clip=clip)))
            if not (missing := blank(piece)):
                break
        assert not missing, f"{stem}: {len(missing)} parts of the picture are blank below {top} pixels: {missing}"
        whole.paste(piece, (0, top))
    SHOTS.mkdir(parents=True, exist_ok=True)
    whole.save(SHOTS / f"{stem}.jpg")


def blank(picture: Image.Image, band: int = 500) -> list[int]:
    """Give where bands of a picture begin that have one colour alone: no page has so much empty room between its parts."""
    tops = range(0, picture.height - band + 1, band)
    colours = {top: picture.crop((0, top, picture.width, top + band)).getextrema() for top in tops}
    return [top for top, ranges in colours.items() if all(low == high for low, high in ranges)]


def check_quiet(page, name: str) -> None:
    """Require that a page asked no other host for anything, raised no error and lacked no file."""
    found = {"asked other hosts": page.strangers, "errors": page.errors, "complaints": page.complaints}
    assert not any(found.values()), f"{name}: {found}"


def axe_finds_nothing(page, name: str, width: int, theme: str) -> None:
    page.evaluate(ALIKE)
    result = chromium.axe(page)
    keep(result, f"{name.removesuffix('.html').replace('/', '-')}-{width}-{theme}", name, width, theme)
    assert result.violations_count == 0, f"{name} {width} {theme}\n{result.generate_report()}"


def keep(result, stem: str, name: str, width: int, theme: str) -> None:
    """Leave what axe found in a file, where the counts of the course look for it."""
    found = {
        "page": name,
        "width": width,
        "theme": theme,
        "violations": result.violations_count,
        "rules": [violation["id"] for violation in result.response["violations"]],
        "axe": result.response["testEngine"]["version"],
    }
    FINDINGS.mkdir(parents=True, exist_ok=True)
    (FINDINGS / f"{stem}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def sideways(page) -> str:
    """Name what sticks out of the page."""
    return page.evaluate(
        """[...document.querySelectorAll('body *')].filter((el) => el.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map((el) => el.outerHTML.slice(0, 150)).join('\\n')"""
    )


def check_mounted(page, name: str) -> None:
    """Require that every widget of a page is there: those of the saved state, and those that the chapter's code shows."""
    shown = page.locator("script[type='application/vnd.jupyter.widget-view+json']").count()
    assert page.locator(".musicbook-widget").count() == shown
    assert page.locator(".musicbook-missing").count() == 0
    path = ROOT / f"{name.removesuffix('.html')}.ipynb"
    if path.is_file():
        mounted = {name: page.locator(root).count() for name, root in ROOTS.items()}
        # There may be more than calls: one call in a loop makes several.
        assert Counter(mounted) >= widgets_in(path), mounted


def players(page) -> list:
    """Give the players of a page; an exercise that is to be read shows none before it is answered."""
    found = page.locator("figure.mb:has(.mb-seek)").all()
    inside = "xpath=ancestor::*[contains(@class, 'mb-practice')]"
    return [player for player in found if player.is_visible() or not player.locator(inside).count()]


def unfold(page) -> None:
    """Open all solutions: they have widgets, too."""
    folded = page.locator("button.toggle-button-hidden")
    while folded.count():
        folded.first.click()


PLAYED = """([player, loud]) => new Promise((done) => {
  const bar = player.querySelector('.mb-seek'), lit = () => player.querySelector('.mb-score .mb-on');
  const found = { sounds: false, moves: bar.max < 0.5, lights: !player.querySelector('.mb-score') };
  const began = Date.now();
  const look = () => {
    found.sounds ||= musicbook.level() > loud;
    found.moves ||= Number(bar.value) > 0;
    found.lights ||= Boolean(lit());
    if (Object.values(found).every(Boolean) || Date.now() > began + 15000) done(found);
    else setTimeout(look, 20);
  };
  look();
})"""
"""Whether a player was heard, moved its playhead and lit a note of its score: each may last for a moment only.

Where a tune is shorter than half a quarter, the playhead is back before anybody looks.
"""


def play_one(page, player) -> None:
    """Require that a player sounds, moves, has its samples, and stops."""
    label = f"{page.url}: {player.get_attribute('aria-label')}"
    player.get_by_role("button", name="Play", exact=True).click()
    found = page.evaluate(PLAYED, [player.element_handle(), LOUD])
    assert all(found.values()), f"{label}: {found}"
    assert player.locator(".mb-note").first.text_content() == "", label
    if player.locator(".mb-knob").count():
        turn(page, player)
    player.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_function("musicbook.level() < 1e-3", timeout=5000)


def turn(page, tuner) -> None:
    """Move the first slider of a tuner, pad or bell from end to end while it plays: it tells another place, and sounds on.

    The place or the notes must change. Not both: a collapsed generator writes the same notes everywhere, and the numbers of
    two bells are the same on either side.
    """
    knob = tuner.locator(".mb-knob").first
    tuner.locator(".mb-details summary").click()
    ends = []
    for key in ("End", "Home"):
        knob.press(key)
        ends.append([tuner.locator(part).text_content() for part in (".mb-where", ".mb-text")])
        page.wait_for_function(f"musicbook.level() > {LOUD}", timeout=15_000)
    assert ends[0] != ends[1]


def widgets_in(path: Path) -> Counter:
    """Count the calls in a notebook that make a widget and show it, by its name; ``Taste(...)`` and ``Taste.of(...)`` alike."""
    found = []
    for cell in rules.read(path).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        ends = [node for node in tree.body[-1:] if isinstance(node, ast.Expr)]
        shown = {node.id for end in ends for node in ast.walk(end) if isinstance(node, ast.Name)}
        named = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        kept = [node.value for node in named if getattr(node.targets[0], "id", "") not in shown]
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node not in kept):
            maker = call.func.value if isinstance(call.func, ast.Attribute) else call.func
            found.append(getattr(maker, "id", ""))
    return Counter(name for name in found if name in ROOTS)


WATCH = """(el) => {
  const before = el.innerHTML;
  window.answered = new Promise((done) => {
    const watcher = new MutationObserver(() => el.innerHTML !== before && done(true));
    watcher.observe(el, { subtree: true, childList: true, characterData: true, attributes: true });
    setTimeout(() => { watcher.disconnect(); done(false); }, 1000);
  });
}"""
USABLE = ", ".join(f"{kind}:visible:enabled" for kind in ("input", "select", "button"))


def answers(page, widget) -> bool:
    """Use one control after another until what the widget shows has changed; a choice often waits for a button."""
    controls = widget.locator(USABLE)
    kinds = controls.evaluate_all("all => all.map((el) => el.type)")[:15]
    for n, kind in sorted(enumerate(kinds), key=lambda each: each[1] in ("radio", "checkbox")):
        control = controls.nth(n)
        widget.evaluate(WATCH)
        if kind == "range":
            control.press("End" if control.evaluate("el => el.value !== el.max") else "Home")
        elif kind == "select-one":
            control.select_option(index=1)
        elif kind in ("text", "search"):
            control.fill("a")
            control.press("Enter")
        else:
            control.click()
        if page.evaluate("window.answered"):
            return True
    return False


def test_every_chapter_has_a_widget():
    assert [rules.name(path) for path in rules.notebooks() if not widgets_in(path)] == []


def status_rows(status: str) -> list[dict]:
    found = []
    for link, body in re.findall(r'<th scope="row"><a href="([^"]+)">.*?</th>(.*?)</tr>', status, re.DOTALL):
        seconds, memory, weight, players = re.findall(r"<td>(.*?)</td>", body)[:4]
        found.append(
            {
                "page": link,
                "seconds": float(seconds.split()[0]),
                "peak": float(memory.split()[0]),
                "tensorflow": "TF" in memory,
                "weight": float(weight.split()[0]),
                "players": int(players),
            }
        )
    return found


def test_budgets_hold(book):
    status = (book / "chapters" / "status.html").read_text(encoding="utf-8")
    rows = {row["page"]: row for row in status_rows(status)}
    listed = re.findall(r"(?:root|file): chapters/(\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert set(rows) == {f"{name}.html" for name in listed if (ROOT / "chapters" / f"{name}.ipynb").is_file()}
    assert sum(row["seconds"] for row in rows.values()) <= TOTAL_SECONDS
    for row in rows.values():
        assert 0 < row["seconds"] <= SECONDS, row
        assert 0 < row["peak"] <= (PEAK_MB_TENSORFLOW if row["tensorflow"] else PEAK_MB), row


def test_the_memory_of_every_notebook_leaves_room(book):
    """Importing TensorFlow alone takes 650 to 720 MB of it, as the system maps its files: most where they were just installed."""
    rows = status_rows((book / "chapters" / "status.html").read_text(encoding="utf-8"))
    assert rows
    assert [row for row in rows if row["peak"] > (AIM_MB_TENSORFLOW if row["tensorflow"] else AIM_MB)] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("chapters/")])
def test_page_weight(book, name):
    weight = page_weight(book / name, book)
    assert weight <= PAGE_KB
    assert weight <= AIM_KB, "within the budget, but without the room that the book keeps below it"


def test_unmarked_words_of_code_have_the_colour_of_their_block(book):
    css = (book / "_static" / "pygments.css").read_text(encoding="utf-8")
    for theme in ("light", "dark"):
        start = rf'html\[data-theme="{theme}"\] \.highlight '
        block = re.search(start + r"\{ background: \S+; (color: \S+) \}", css)[1]
        assert {re.search(start + rf"\.{STANDARD_TYPES[kind]} \{{ (.+) \}}", css)[1] for kind in PLAIN} == {block}


def test_no_program_is_stored_in_a_page(book):
    for path in book.rglob("*.html"):
        for state in re.findall(
            r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>',
            path.read_text(encoding="utf-8"),
            re.DOTALL,
        ):
            for model in json.loads(state)["state"].values():
                assert "_esm" not in model["state"], path
