"""The SQL box in a page without a kernel, in a real browser, and its answers in Python."""

from __future__ import annotations

import pytest
from pages import LOOKS, check_axe

from musicbook.recommend.log import Log, LogError
from musicbook.widgets import SqlBox

EXAMPLES = {
    "How often was each tune played?": "SELECT tune, SUM(count) AS plays FROM events GROUP BY tune ORDER BY plays DESC",
    "Which kinds of events are there?": "SELECT kind, COUNT(*) AS events FROM events GROUP BY kind",
    "Everything": "SELECT * FROM events",
}


@pytest.fixture
def log(tmp_path):
    with Log(tmp_path / "log.sqlite") as log:
        log.add_listeners(["ada"])
        log.add_tunes([("t1", "One", "ryan"), ("t2", "Two", "ryan")])
        rows = [
            {"event_id": f"e{n}", "listener": "ada", "tune": f"t{1 + n % 2}", "kind": "play", "time": n}
            for n in range(20)
        ]
        log.add_events([*rows, {"event_id": "s", "listener": "ada", "tune": "t2", "kind": "share", "time": 50}])
        yield log


def cells(page):
    return page.locator(".mb-sql-answer tbody tr").evaluate_all(
        "(rows) => rows.map((r) => [...r.cells].map((c) => c.textContent))"
    )


def test_a_question_of_the_list_is_answered_in_the_page(show, log):
    page = show(SqlBox(log, EXAMPLES, caption="Ask."))
    assert cells(page) == [["t2", "11"], ["t1", "10"]]
    page.get_by_label("Question", exact=True).select_option(label="Which kinds of events are there?")
    assert cells(page) == [["play", "20"], ["share", "1"]]
    assert "GROUP BY kind" in page.get_by_label("Question in SQL").input_value()
    page.get_by_label("Question", exact=True).select_option(label="Everything")
    assert len(cells(page)) == 15
    assert page.locator(".mb-sql-said").text_content() == "21 rows, the first 15"


def test_without_a_kernel_a_question_of_one_s_own_says_what_it_needs(show, log):
    page = show(SqlBox(log, EXAMPLES))
    page.get_by_label("Question in SQL").fill("SELECT 1")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_function(
        "document.querySelector('.mb-sql-said').textContent.includes('running kernel')", timeout=8000
    )
    assert cells(page) == []


def test_with_a_kernel_any_question_is_answered_or_its_fault_named(log):
    box = SqlBox(log, EXAMPLES)
    box.sql = "SELECT 1 + 1 AS two"
    assert box.answer == {"to": "SELECT 1 + 1 AS two", "columns": ["two"], "rows": [["2"]], "total": 1}
    box.sql = "DROP TABLE events"
    assert "readonly" in box.answer["error"]
    box.sql = "SELECT x FROM events"
    assert "no such column: x" in box.answer["error"]
    assert len(log.query("SELECT * FROM events")) == 21
    with pytest.raises(LogError, match="no such table"):
        SqlBox(log, {"?": "SELECT * FROM absent"})
    with pytest.raises(ValueError, match="one example at least"):
        SqlBox(log, {})


@LOOKS
def test_every_reader_can_use_it(show, log, theme, width):
    page = show(SqlBox(log, EXAMPLES, caption="Ask."), theme=theme, viewport={"width": width, "height": 900})
    page.get_by_label("Question", exact=True).select_option(label="Everything")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    assert page.evaluate(
        "[...document.querySelectorAll('.mb-sql :is(button, select)')].every((x) => x.offsetHeight >= 44)"
    )
    assert page.locator(".mb-sql :is(button, select, textarea):not([data-lm-suppress-shortcuts])").count() == 0
