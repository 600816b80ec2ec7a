"""Notebooks are executed two at a time before the pages are read, each once, and measured each by itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import joblib
import pytest
from books import STRICT, build, code, markdown, notebook, page, write_book

from musicbook.book.execute import earlier_seconds, next_job, plan

BROKEN = (
    "import pathlib\nlarge = bytearray(2 * 10**8)\nwith open('broken.txt', 'a') as file:\n    file.write('x')\n1 / 0"
)
"""Leaves a mark each time it is executed."""

OUTLAST = """
while not pathlib.Path("broken.txt").exists():
    time.sleep(0.1)
time.sleep(2)"""


def meet(me: str, other: str) -> str:
    """Code that says whether it saw another notebook while it ran: it cannot, where that is executed later."""
    return f"""import pathlib, time
here, other = pathlib.Path("{me}.txt"), pathlib.Path("{other}.txt")
here.write_text(here.read_text() + "x" if here.exists() else "x")
for _ in range(200):
    if other.exists():
        break
    time.sleep(0.1)
print("they met:", other.exists())"""


def job(name: str, source: str) -> tuple:
    return name, Path(f"{name}.ipynb"), notebook(code(source))


def test_what_takes_long_begins_early_and_tensorflow_first():
    jobs = plan(
        [job("short", "1"), job("known", "1"), job("long", "1" * 900), job("deep", "import tensorflow as tf")],
        {"known": 30.0},
    )
    assert [each.docname for each in jobs] == ["deep", "known", "long", "short"]
    assert [each.tensorflow for each in jobs] == [True, False, False, False]


def test_two_notebooks_with_tensorflow_never_run_beside_each_other():
    first, second, light = plan([job("a", "tensorflow"), job("b", "tensorflow"), job("c", "1")], {})
    assert next_job([second, light], []) == second
    assert next_job([second, light], [first]) == light
    assert next_job([second], [first]) is None
    assert next_job([second], [light]) == second


def test_a_notebook_that_starts_processes_runs_alone():
    light, busy = plan([job("a", "1" * 99), job("b", "import subprocess")], {})
    assert next_job([busy, light], []) == busy
    assert next_job([light], [busy]) is None
    assert next_job([busy], [light]) is None
    assert next_job([busy, light], [light]) == light


def test_seconds_of_earlier_builds_are_known(tmp_path):
    assert earlier_seconds(tmp_path / "missing") == {}
    runs = {"chapters/one 12ab": {"seconds": 7.5}, "chapters/one 34cd": {"seconds": 9.5}}
    (tmp_path / "musicbook-runs.json").write_text(json.dumps(runs), encoding="utf-8")
    assert earlier_seconds(tmp_path) == {"chapters/one": 9.5}


def test_two_are_executed_at_once_and_a_broken_one_is_still_named(tmp_path):
    if joblib.cpu_count() < 2:
        pytest.skip("One core executes one notebook at a time.")
    chapters = {
        "root": "# Root\n\n```{status-table}\n```\n",
        "one": notebook(markdown("# One"), code("memory = bytearray(2 * 10**8)"), code(meet("one", "two"))),
        "two": notebook(markdown("# Two"), code(meet("two", "one") + OUTLAST)),
        "broken": notebook(markdown("# Broken"), code(BROKEN)),
    }
    folder = write_book(tmp_path / "book", chapters, errata=(), terms=())
    done = build(folder, *STRICT)
    assert done.returncode != 0
    last = "\n".join(done.output.rstrip().splitlines()[-3:])
    assert "chapters/broken.ipynb, cell 2: import pathlib\n    ZeroDivisionError" in last
    assert "Executing notebooks: 3, 2 at a time" in done.output
    assert re.search(r"\d of 3: chapters/broken, CellExecutionError: left for its page", done.output)
    assert all("they met: True" in page(folder, name) for name in ("one", "two"))
    counts = {
        name: len((folder / "chapters" / f"{name}.txt").read_text(encoding="utf-8"))
        for name in ("one", "two", "broken")
    }
    assert counts == {"one": 1, "two": 1, "broken": 2}

    rows = re.findall(r'<a href="(\w+).html">.*?</th>(.*?)</tr>', page(folder, "root"))
    cells = {name: re.findall(r"<td>(.*?)</td>", row) for name, row in rows}
    assert set(cells) == {"one", "two"}
    assert all(row[-1] == "this build" for row in cells.values())
    assert (
        float(cells["one"][1].split()[0]) > float(cells["two"][1].split()[0]) + 150
    )  # two ended last, beside one and broken with their large memory

    (folder / "chapters" / "broken.ipynb").unlink()
    (folder / "chapters" / "broken.md").write_text("# Mended\n", encoding="utf-8")
    done = build(folder, *STRICT)
    assert done.returncode == 0, done.output
    assert "Executing notebook" not in done.output
