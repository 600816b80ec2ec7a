"""Small parts of the extension, each by itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest
from pygments import highlight
from pygments.lexers import PythonLexer

from musicbook.book.assets import sync_folder
from musicbook.book.budgets import Run, overruns, shares
from musicbook.book.figures import fault_of_alt
from musicbook.book.measure import has_tensorflow
from musicbook.book.offline import external_loads
from musicbook.book.state import script_text
from musicbook.book.status import commit, page_weight
from musicbook.book.theme import ColourFormatter, repair_frames

LOADS = [
    ('<script src="https://a.org/x.js"></script>', ["https://a.org/x.js"]),
    ('<img src="//a.org/x.png" alt="">', ["//a.org/x.png"]),
    ('<img srcset="a.png 1x, https://a.org/b.png 2x" alt="">', ["https://a.org/b.png"]),
    ('<link rel="preload stylesheet" href="http://a.org/x.css">', ["http://a.org/x.css"]),
    ("<style>@font-face{src:url('https://a.org/f.woff2')}</style>", ["https://a.org/f.woff2"]),
    ('<p style="background:url(https://a.org/b.png)">x</p>', ["https://a.org/b.png"]),
    ('<script>const THEBE_JS_URL = "https://unpkg.com/thebe"</script>', ["https://unpkg.com/thebe"]),
    ('<script type="module">import x from "https://a.org/x.js"</script>', ["https://a.org/x.js"]),
    ('<iframe src="https://a.org"></iframe>', ["https://a.org"]),
    ('<a href="https://a.org">a link</a>', []),
    ('<link rel="canonical" href="https://a.org/page">', []),
    ('<script type="application/json">{"url": "https://a.org"}</script>', []),
    ('<script src="../_static/x.js"></script><img src="data:image/png;base64,//aa" alt="">', []),
    ("<p>https://a.org</p><script>// see https://a.org\n</script>", []),
]


@pytest.mark.parametrize(("html", "found"), LOADS)
def test_external_loads(html, found):
    assert external_loads(html) == found


@pytest.mark.parametrize(
    "title", ["</script><p>", "<!--<script>", "<!--<script></script>--></SCRIPT>", "a < b", "\\u003c"]
)
def test_a_title_stays_inside_the_saved_state(browser, title):
    saved = {"state": {"one": {"state": {"title": title}}}}
    page = browser.new_page()
    page.set_content(f"<body><script type='text/plain'>{script_text(saved)}</script><h1>After</h1></body>")
    assert page.locator("body > *").evaluate_all("all => all.map((el) => el.tagName)") == ["SCRIPT", "H1"]
    assert json.loads(page.locator("script").text_content()) == saved
    page.close()


@pytest.mark.parametrize(
    ("run", "weight", "words"),
    [
        (Run(60, 600, False, ""), 300, []),
        (Run(61, 600, False, ""), 300, ["took 61 s"]),
        (Run(1, 601, False, ""), 300, ["peaked at 601 MB, the budget is 600 MB"]),
        (Run(1, 1200, True, ""), 300, []),
        (Run(1, 1201, True, ""), 300, ["peaked at 1201 MB, the budget is 1200 MB"]),
        (Run(1, 900, None, ""), None, []),
        (Run(99, 9999, False, ""), 301, ["took", "peaked", "weighs 301 kB"]),
    ],
)
def test_budgets(run, weight, words):
    found = overruns(run, weight)
    assert len(found) == len(words)
    assert all(sentence.startswith(start) for sentence, start in zip(found, words, strict=True))


@pytest.mark.parametrize(
    ("run", "weight", "needed", "kept"),
    [
        (Run(40, 500, False, ""), 280, (40 / 60, 500 / 600, 280 / 300), (True, True, True)),
        (Run(41, 501, False, ""), 281, (41 / 60, 501 / 600, 281 / 300), (False, False, False)),
        (Run(9, 1000, True, ""), 3, (9 / 60, 1000 / 1200, 3 / 300), (True, True, True)),
        (Run(9, 1001, True, ""), 3, (9 / 60, 1001 / 1200, 3 / 300), (True, False, True)),
        (Run(9, 900, None, ""), 3, (9 / 60, 900 / 1200, 3 / 300), (True, True, True)),
    ],
)
def test_room_below_the_budgets(run, weight, needed, kept):
    found = shares(run, weight)
    assert list(found) == ["seconds", "memory", "page"]
    assert tuple(zip(*found.values(), strict=True)) == (pytest.approx(needed), kept)


def test_only_words_with_a_colour_of_their_own_are_marked():
    html = highlight("import a.b\nc = 1 + f(d)  # e\n", PythonLexer(), ColourFormatter(nowrap=True))
    assert html == (
        '<span class="kn">import</span> a.b\nc <span class="o">=</span> <span class="mi">1</span> '
        '<span class="o">+</span> f(d)  <span class="c1"># e</span>\n'
    )


@pytest.mark.parametrize("alt", ["", "  ", "figure.png", "../_images/ab12.svg", "A bar chart"])
def test_alt_that_says_nothing(alt):
    assert fault_of_alt(alt)


def test_alt_that_says_something():
    assert fault_of_alt("Bar chart: reels are the largest group") is None


def test_a_process_without_tensorflow_is_known():
    program = "print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        loaded = has_tensorflow(child.pid)
        child.communicate(b"\n")
    assert not loaded


def test_weight_counts_own_images_once(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_static").mkdir()
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.png").write_bytes(bytes(4000))
    (tmp_path / "_static" / "logo.png").write_bytes(bytes(9000))
    sources = ("../_images/a.png", "../_images/a.png", "../_static/logo.png", "https://a.org/b.png")
    html = "".join(f'<img src="{source}">' for source in sources)
    page = tmp_path / "chapters" / "one.html"
    page.write_text(html, encoding="utf-8")
    assert page_weight(page, tmp_path) == pytest.approx((len(html) + 4000) / 1e3)


def test_frames_without_empty_headings():
    frame = '<table border="1" class="dataframe"><thead><tr><th></th><th>a</th></tr></thead></table>'
    made = repair_frames(frame + "<table><th></th></table>")
    assert re.findall("Table [0-9]+", repair_frames(frame + frame, 4)) == ["Table 4", "Table 5"]
    assert "<td></td><th>a</th>" in made
    assert made.endswith("</div><table><th></th></table>")


def test_synced_folder_holds_exactly_the_files(tmp_path):
    (tmp_path / "old.js").write_text("old", encoding="utf-8")
    sync_folder(tmp_path, {"a.js": b"a", "deep/b.js": b"b"})
    stamp = (tmp_path / "a.js").stat().st_mtime_ns
    time.sleep(0.01)
    sync_folder(tmp_path, {"a.js": b"a"})
    assert [path.name for path in tmp_path.rglob("*.js")] == ["a.js"]
    assert (tmp_path / "a.js").stat().st_mtime_ns == stamp


def test_commit_outside_a_repository_is_empty(tmp_path):
    assert commit(tmp_path) == ""
