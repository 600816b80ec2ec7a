"""The table to filter, in a page without a kernel and from Python."""

from __future__ import annotations

import pytest
from pages import LOOKS, check_axe

from musicbook.widgets import FilterTable
from musicbook.widgets._module import read_part

ROWS = [
    ("Deep Learning", "book", "https://www.deeplearningbook.org"),
    ("NumPy", "library", "https://numpy.org"),
    ("SciPy", "library", "version 1"),
]


@pytest.fixture
def table():
    return FilterTable(ROWS, ["title", "kind", "where"], filters=["kind"], title="Resources", caption="Three.")


def visible(page):
    return page.locator(".mb-filter tbody tr:visible th").all_text_contents()


@pytest.mark.parametrize(
    ("kind", "words", "found"),
    [
        ("", "", [0, 1, 2]),
        ("library", "", [1, 2]),
        ("library", "NUMPY", [1]),
        ("", "py  1", [2]),
        ("book", "scipy", []),
    ],
)
def test_menus_and_words_filter_in_page_and_python(show, table, kind, words, found):
    page = show(table)
    page.get_by_label("kind", exact=True).select_option(kind)
    page.get_by_label("Words", exact=True).fill(words)
    table.wanted, table.words = [kind], words
    assert table.shown() == found
    assert visible(page) == [ROWS[k][0] for k in found]
    assert page.locator(".mb-filter-said").text_content() == f"{len(found)} of 3"
    program = f"([r, f, w, t]) => {{ {read_part('filterrows', 'js')} return filterRows(r, f, w, t); }}"
    assert page.evaluate(program, [table.rows, table.filters, [kind], words]) == found


@LOOKS
def test_every_reader_can_use_it(show, table, theme, width):
    page = show(table, theme=theme, viewport={"width": width, "height": 900})
    check_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.querySelectorAll('.mb-filter .mb-menu')].every((x) => x.offsetHeight >= 44)")
    link = page.get_by_role("link", name="deeplearningbook.org")
    assert link.get_attribute("href") == ROWS[0][2]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="each of 1 rows"):
        FilterTable([("a",)], ["x", "y"])
    with pytest.raises(ValueError, match="no column z"):
        FilterTable([("a",)], ["x"], filters=["z"])
