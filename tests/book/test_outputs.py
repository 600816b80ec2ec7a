"""What the prose quotes is what the cells printed when this book was built.

``make book`` executed every notebook and stopped at any error; here the outputs that it left in its cache are compared with the
committed ones, cell by cell. That is what nbval compares, too (``make nbval``), without executing everything a second time;
the last test makes sure that nbval itself works on these notebooks.
"""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import books
import pytest

from chapters import rules

ROOT = Path(__file__).parents[2]


def printed(outputs) -> str:
    """Give what a cell printed and what its last line gave, as text; blanks at the ends of lines and blank lines do not count."""
    texts = []
    for out in outputs:
        if out.output_type == "stream" and out.name == "stdout":
            texts.append(out.text)
        elif out.output_type == "execute_result":
            texts.append(out.data.get("text/plain", ""))
    lines = (line.strip() for line in "".join(texts).splitlines())
    return "\n".join(line for line in lines if line)


def differences(committed, executed) -> list[str]:
    """Say where two copies of a notebook differ: in the code of any cell, or in the output of a checked one."""
    found = []
    for i, (cell, run) in enumerate(zip(committed.cells, executed.cells, strict=True)):
        if cell.cell_type != "code":
            continue
        if cell.source != run.source:
            found.append(f"cell {i} was built from other code:\n{run.source}")
        elif checked(cell) and (old := printed(cell.outputs)) != (new := printed(run.outputs)):
            found.append(f"cell {i}:\n{cell.source}\nis committed with\n{old}\nand gave\n{new}")
    return found


@pytest.mark.book
@pytest.mark.parametrize("path", rules.notebooks(), ids=rules.name)
def test_the_build_printed_what_is_committed(path):
    executed = books.executed(ROOT, path)
    if executed is None:
        pytest.fail("This notebook was not executed by the last build: run make book first.", pytrace=False)
    assert differences(rules.read(path), executed) == []


def test_a_changed_output_and_a_changed_cell_are_noticed():
    path = next(path for path in rules.notebooks() if any(checked(cell) for cell in rules.read(path).cells))
    committed = rules.read(path)
    place = next(i for i, cell in enumerate(committed.cells) if checked(cell))
    for change in (lambda cell: cell.outputs[0].update(text="42"), lambda cell: cell.update(source="print(42)")):
        other = copy.deepcopy(committed)
        change(other.cells[place])
        assert len(differences(committed, other)) == 1 + len(differences(committed, committed))


def checked(cell) -> bool:
    return rules.CHECKED in cell.metadata.get("tags", ())


@pytest.mark.nbval
def test_nbval_runs_on_a_chapter():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "nbval",
        "--nbval-lax",
        "chapters/02_concepts/concepts.ipynb",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-2000:]
    assert " passed" in run.stdout
