"""Make the notebook that a student works in from the one that holds the solutions.

There is one source. In a chapter, a solution stands between two markdown cells, ``{solution-start}`` and
``{solution-end}``, and each cell in between bears the tag ``solution``. In the student's copy:

- a code cell keeps its leading comment lines, which say what is asked, and its code becomes ``...``, or, where the answer is
  checked, ``answer = ...`` and the line that checks it;
- a markdown cell becomes a place to answer;
- the two marker cells go, since there is no longer anything to fold.

A cell between the markers without the tag would give its solution away, so it is an error. A solution in one cell, with
the ``{solution}`` directive, needs the tag too.

Run ``python -m musicbook.course.stubs chapters OUT`` to convert a folder of chapters.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

TAG = "solution"
ANSWER_TAG = "answer"
PLACE_TO_ANSWER = "*Write your answer here.*"

_START = re.compile(r"^\s*(?:`{3,}|:{3,})\{solution-start\}", re.MULTILINE)
_END = re.compile(r"^\s*(?:`{3,}|:{3,})\{solution-end\}", re.MULTILINE)
CHECK = re.compile(r'^check\("([\w-]+)", answer\)$', re.MULTILINE)
"""The line that checks an exercise; it is the last of the last code cell of its solution."""

_WHOLE = re.compile(r"^\s*(?:`{3,}|:{3,})\{solution\}", re.MULTILINE)


class ExerciseError(ValueError):
    """A chapter's solutions are not marked so that they can be taken out."""


def stub(notebook: NotebookNode) -> NotebookNode:
    """Take the solutions out of a notebook.

    Parameters
    ----------
    notebook : NotebookNode
        A chapter, in nbformat 4. It is not changed.

    Returns
    -------
    NotebookNode
        The student's copy, without the outputs of the cells that were emptied. Their tag is ``answer``.

    Raises
    ------
    ExerciseError
        If a cell between the markers is not tagged, a marker has no partner, or a whole solution is in an untagged
        cell.
    """
    result = copy.deepcopy(notebook)
    cells, opened = [], None
    for number, cell in enumerate(result.cells, start=1):
        markdown = cell.cell_type == "markdown"
        starts, ends = markdown and _START.search(cell.source), markdown and _END.search(cell.source)
        tagged = TAG in cell.metadata.get("tags", [])
        if starts:
            if opened:
                raise ExerciseError(f"cell {number} starts a solution inside the one that cell {opened} starts")
            opened = number
        if ends:
            if not opened:
                raise ExerciseError(f"cell {number} ends a solution that no cell starts")
            opened = None
        if starts or ends:
            continue
        if opened and not tagged:
            raise ExerciseError(f"cell {number} is inside a solution but lacks the tag '{TAG}'")
        if markdown and _WHOLE.search(cell.source) and not tagged:
            raise ExerciseError(f"cell {number} holds a solution but lacks the tag '{TAG}'")
        if tagged:
            _empty(cell)
        cells.append(cell)
    if opened:
        raise ExerciseError(f"the solution that cell {opened} starts has no end")
    result.cells = cells
    return result


def _empty(cell: NotebookNode) -> None:
    cell.metadata["tags"] = [ANSWER_TAG if tag == TAG else tag for tag in cell.metadata["tags"]]
    if cell.cell_type != "code":
        cell.source = PLACE_TO_ANSWER
        return
    kept = []
    for line in cell.source.splitlines():
        if not line.startswith("#"):
            break
        kept.append(line)
    check = CHECK.search(cell.source)
    cell.source = "\n".join([*kept, "answer = ...", check.group()] if check else [*kept, "..."])
    cell.outputs, cell.execution_count = [], None


def write_stubs(chapters: Path, out: Path) -> list[Path]:
    """Convert every notebook below a folder.

    Parameters
    ----------
    chapters : Path
        The worked notebooks.
    out : Path
        Where the students' notebooks go, under the same relative names. It must not be `chapters` or lie inside it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ExerciseError
        Names the notebook and the cell. Nothing is written then.
    """
    if chapters.resolve() in (out.resolve(), *out.resolve().parents):
        raise ExerciseError(f"{out} lies inside {chapters}: the solutions would be overwritten or converted again")
    made = {}
    for path in sorted(chapters.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        try:
            made[out / path.relative_to(chapters)] = stub(nbformat.read(path, as_version=4))
        except ExerciseError as error:
            raise ExerciseError(f"{path}: {error}") from error
    for path, notebook in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
    return list(made)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        The words after the program's name.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.stubs", description=__doc__.splitlines()[0])
    parser.add_argument("chapters", type=Path, help="folder with the worked notebooks")
    parser.add_argument("out", type=Path, help="folder for the students' notebooks")
    words = parser.parse_args(arguments)
    if not words.chapters.is_dir():
        parser.error(f"{words.chapters} is not a folder")
    try:
        written = write_stubs(words.chapters, words.out)
    except ExerciseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(written)} notebooks written to {words.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
