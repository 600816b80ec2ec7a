"""Fail the build when a cell fails, and say which one where it is looked for: at the very end.

Three things are wrong with a stock build. A failed cell is a warning, so that the build is green unless warnings are
errors. The message scrolls away above a summary that says only "look above". And since the page was read, the next
build finds nothing to do and succeeds over the failure. So a failed cell sets the exit status, the last lines printed
name the notebook, the cell and the error, and after a build with any warning Sphinx forgets what it has read (executed
notebooks stay in their cache, so that reading again takes seconds).
"""

from __future__ import annotations

import atexit
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from myst_nb.sphinx_ import NbMetadataCollector
from nbclient.exceptions import DeadKernelError
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx

from .measure import executed_notebook, last_reading

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """A notebook that could not be executed to its end.

    Attributes
    ----------
    notebook : str
        Path of the notebook, relative to the book.
    cell : int or None
        Number of the cell among all cells, counted from 1; None if no cell had been started.
    line : str
        The first line of the cell.
    error : str
        The error, with its type, in one line.
    """

    notebook: str
    cell: int | None
    line: str
    error: str

    def __str__(self) -> str:
        where = f"cell {self.cell}: {self.line}" if self.cell else "before its first cell"
        return f"{self.notebook}, {where}\n    {self.error}"


def find_failure(name: str, notebook: nbformat.NotebookNode, traceback: str) -> Failure:
    """Find the cell at which the execution of a notebook stopped.

    Parameters
    ----------
    name : str
        Path of the notebook, for the message.
    notebook : NotebookNode
        The notebook as far as it was executed.
    traceback : str
        What the client reported. Its last line serves where the cell left no error of its own (it ran out of time).

    Returns
    -------
    Failure
        The cell with an error among its outputs, or else the last one that was started.
    """
    started = None
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        first = next((line for line in cell.source.splitlines() if line.strip()), "")
        for output in cell.outputs:
            if output.output_type == "error":
                return Failure(name, number, first, _one_line(f"{output.ename}: {output.evalue}"))
        if cell.execution_count is not None:
            started = (number, first)
    lines = [line for line in traceback.splitlines() if line.strip()]
    error = _one_line(lines[-1]) if lines else "no error was reported"
    if "CellTimeoutError" in traceback:
        error = "the cell ran longer than execute: timeout in _config.yml allows"
    return Failure(name, *(started or (None, "")), error)


def _one_line(text: str) -> str:
    return " ".join(_COLOURS.sub("", text).split())


def _failures(app: Sphinx) -> list[Failure]:
    found = []
    for docname in sorted(app.env.found_docs):
        execution = NbMetadataCollector.get_exec_data(app.env, docname)
        if execution and not execution["succeeded"]:
            name = Path(app.env.doc2path(docname)).relative_to(app.srcdir).as_posix()
            notebook = nbformat.read(executed_notebook(app, docname), 4)
            found.append(find_failure(name, notebook, execution["traceback"] or ""))
    return found


def _print_last(text: str) -> None:
    # Jupyter Book prints a box, or raises, after the build; only the end of the process comes later.
    atexit.register(lambda: print(text, file=sys.stderr, flush=True))


def _report(app: Sphinx, exception: Exception | None) -> None:
    if app.env is None:
        return
    if exception is not None:
        page = app.env.temp_data.get("docname")
        where = f" while it read {page}" if page else ""
        reading = last_reading() if isinstance(exception, DeadKernelError) else None
        memory = f"; a second before or less its kernel had taken {reading['peak_mb']:.0f} MB" if reading else ""
        _print_last(f"The build stopped{where}:\n    {_one_line(f'{type(exception).__name__}: {exception}')}{memory}")
        return
    found = _failures(app)
    if found:
        app.statuscode = 1
        several = "A notebook" if len(found) == 1 else f"{len(found)} notebooks"
        _print_last("\n".join([f"{several} failed. The first failed cell of each:", *map(str, found)]))
    if found or app._warncount:
        (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register the handler of this module, to run after all others."""
    app.connect("build-finished", _report, priority=900)
