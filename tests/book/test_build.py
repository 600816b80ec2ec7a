"""What a build leaves in the pages of a small book."""

from __future__ import annotations

import json
import re

import books
import pytest
from books import STRICT, build, page

from musicbook.book.offline import external_loads


def state_of(html: str) -> dict:
    found = re.search(r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(found.group(1))["state"]


def test_host_script_only_where_there_are_widgets(small):
    assert "_static/musicbook/host.js" in page(small, "one")
    assert "musicbook/host.js" not in page(small, "two")
    files = {path.name for path in (small / "_build/html/_static/musicbook").iterdir()}
    assert {"host.js", "widgets.js", "samples-piano.js"} <= files


def test_no_page_pulls_in_the_widget_files_by_itself(small):
    for path in (small / "_build/html").rglob("*.html"):
        assert not re.search(r"<script[^>]*(widgets|samples-\w+)\.js", path.read_text(encoding="utf-8")), path


def test_saved_state_has_no_program(small):
    models = [model["state"] for model in state_of(page(small, "one")).values()]
    players = [state for state in models if state.get("_anywidget_id") == "musicbook.Player"]
    assert len(players) == 1
    assert players[0]["notes"]
    assert not {"_esm", "_css"} & set(players[0])


def test_mathjax_only_where_there_are_formulas_and_from_the_book(small):
    assert re.search(r'src="\.\./_static/mathjax/tex-svg-full\.js', page(small, "one"))
    assert not re.search(r"mathjax/|window\.MathJax", page(small, "two"))
    assert (small / "_build/html/_static/mathjax/LICENSE").is_file()


def test_nothing_is_loaded_from_another_host(small):
    for path in (small / "_build/html").rglob("*.html"):
        assert external_loads(path.read_text(encoding="utf-8")) == [], path


def test_no_button_without_an_address(small):
    for name in ("one", "two"):
        assert not re.search(r"mybinder|colab|github\.com|fa-rocket", page(small, name))


def test_progress_bars_leave_nothing(small):
    assert page(small, "one").count("loading the tunes") == 1  # in the cell's code
    assert "FloatProgress" not in page(small, "one")


def test_figure_has_alt_and_caption(small):
    html = page(small, "one")
    figure = re.search(r'<figure[^>]*id="fig-line".*?</figure>', html, re.DOTALL).group()
    assert 'alt="Line that rises from zero to two"' in figure
    assert "It rises." in figure


def test_data_frame_scrolls_in_itself(small):
    html = page(small, "one")
    frame = re.search(
        r'<div class="pst-scrollable-table-container"[^>]*>\s*<table[^>]*dataframe.*?</table>', html, re.DOTALL
    )
    assert 'tabindex="0"' in frame.group()
    assert not re.search(r"<th[^>]*>\s*</th>", frame.group())


def test_erratum_box_and_its_entry_lead_to_each_other(small):
    box = re.search(r'<div class="erratum admonition" id="box-b-01">.*?</div>', page(small, "one"), re.DOTALL).group()
    assert 'href="errata.html#erratum-b-01"' in box
    assert 'href="#proof-b01"' in box
    assert "<em>four</em>" in box
    assert "Lee" in box
    assert '<span lang="zh-Hans">「错误」</span>' in box
    entries = page(small, "errata")
    assert 'id="erratum-b-01"' in entries
    assert 'href="one.html#box-b-01"' in entries
    assert 'href="one.html#proof-b01"' in entries
    assert 'id="proof-b01"' in page(small, "one")


def test_glossary_in_two_languages(small):
    html = page(small, "one")
    assert 'id="term-markov-chain"' in html
    assert '<span lang="zh-Hans">马尔可夫链</span>' in html
    assert '<span lang="zh-Hans">没有记忆的随机游走。</span>' in html


def test_bibliography_keeps_capitals_and_shows_no_keys(small):
    html = page(small, "bibliography")
    assert re.search(
        r'<div class="citation" id="[^"]+" role="listitem">\s*<p>Ada Lee\. <em>A Study of Led Tunes</em>', html
    )
    assert "lee2001" not in html


def test_status_page_reports_the_run(small):
    html = page(small, "status")
    row = re.search(r'<a href="one.html">.*?</tr>', html, re.DOTALL).group()
    seconds, peak, weight, players, _, origin = re.findall(r"<td>(.*?)</td>", row)
    assert 0 < float(seconds.split()[0]) < 60
    assert 60 < float(peak.split()[0]) < 600
    [image] = re.findall(r'src="\.\./_images/([^"]+)"', page(small, "one"))
    own = len(page(small, "one").encode()) + (small / "_build/html/_images" / image).stat().st_size
    assert float(weight.split()[0]) == pytest.approx(own / 1e3, abs=0.5)
    assert players == "1"
    assert origin == "this build"
    assert "two.html" not in re.search(r"<table class=\"table status-table\">.*?</table>", html, re.DOTALL).group()
    assert re.search(r'<th scope="row">numpy</th><td>[\d.]+</td>', html)


def test_second_build_executes_and_reads_nothing(small):
    done = build(small, *STRICT)
    assert done.returncode == 0, done.output
    assert "Executing notebook" not in done.output
    assert "0 added, 0 changed, 0 removed" in done.output
    assert "<td>cache</td>" in page(small, "status")
    assert books.page(small, "status").count('<a href="one.html">') == 1
