"""The process in which a chapter stands ready, and from which each submission gets a process of its own.

Task
    Most of the time that a notebook takes is the chapter's own: reading the corpus, fitting a model. A stage runs the
    chapter's cells once, up to the first answer, and forks for each submission. The fork is enclosed (`sandbox`) before it
    runs a line of a student's, and tells what `check` was given, through a pipe of its own. Nothing is judged here: the key is
    in another process, and a guard refuses to open it here.

Conventions
    ``python -m musicbook.course.stage FOLDER`` finds its orders in ``FOLDER/stage.json``: the cells, and the walls. A line
    ``N`` on its standard input starts the job of the folder ``job-N``, which holds ``job.json`` (the cells), ``pipe`` (where the
    child writes to) and ``home``; the line ``-N`` ends it. Lines on its standard output, all JSON, say what became of them:
    ``{"ready": 1, "forks": whether}``, ``{"failed": why}``, ``{"ended": N, "code": exit code}``.

    A process with several threads, or with TensorFlow, cannot be forked safely. Then the stage says so, runs nothing more,
    and is started anew with ``"alone"``: each job runs the chapter's cells itself, inside the walls.

    A child writes one JSON object a line: ``{"ready": 1}``; ``{"at": i}``, it begins its cell ``i``;
    ``{"error": i, "name": ..., "says": ..., "line": ...}``; ``{"answer": exercise, "value": ...}`` (see `encode`, `decode`);
    ``{"done": 1}``.

Functions
    ``main``; ``encode``, ``decode``   an answer as JSON, and back
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicbook.course import sandbox

MAX_LINE, MAX_TEXT, MAX_ITEMS = 60_000, 400, 101
POLL = 0.02
BROKEN = 70
"""Exit code of a process that could not say what went wrong."""
_ANSWER = re.compile(r"^answer\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)


def encode(value: Any, depth: int = 0) -> Any:
    """Write an answer, whatever it is, as JSON.

    Parameters
    ----------
    value : object
        Numbers, texts and collections of them stay what they are; anything else becomes a note of its type.
    depth : int
        How deep in collections it lies; at most three.
    """
    if value is None or isinstance(value, bool):
        return value
    if value is Ellipsis:
        return {"is": "dots"}
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, str) and len(value) < 1000:
        return str(value)
    note = {"is": "other", "type": type(value).__name__[:80]}
    if depth > 3 or isinstance(value, str | bytes):
        return note
    try:
        if hasattr(value, "numpy"):  # of TensorFlow
            value = value.numpy()
        if hasattr(value, "tolist"):  # of NumPy and pandas
            few = value.item() if value.size == 1 else value.tolist() if value.size < MAX_ITEMS else object()
            return encode(few, depth + 1)
        if isinstance(value, Mapping):
            pairs = [(str(key)[:80], encode(each, depth + 1)) for key, each in list(value.items())[:MAX_ITEMS]]
            return {"is": "mapping", "of": dict(pairs)}
        if hasattr(value, "__float__"):  # a fraction, a decimal, a tensor
            return float(value)
        some = [encode(each, depth + 1) for each, _ in zip(value, range(MAX_ITEMS), strict=False)]
        return {"is": "set", "of": some} if isinstance(value, set | frozenset) else some
    except Exception:  # its methods are a student's, and may raise whatever they like
        return note


def decode(value: Any) -> Any:
    """Read what `encode` wrote; what it cannot have written, too, becomes an object that no exercise accepts."""
    if isinstance(value, list):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("is") == "dots":
        return Ellipsis
    if value.get("is") == "mapping" and isinstance(value.get("of"), dict):
        return {key: decode(each) for key, each in value["of"].items()}
    if value.get("is") == "set" and isinstance(value.get("of"), list):
        return frozenset(each for each in map(decode, value["of"]) if isinstance(each, str | int | float))
    return object()


class Player:
    """Runs cells as a kernel does, and tells what happens.

    Parameters
    ----------
    forbidden : str
        Folder whose files must not be opened by the chapter's own cells: the key.
    """

    def __init__(self, forbidden: str):
        from IPython.core.history import HistoryManager
        from IPython.core.interactiveshell import InteractiveShell
        from tqdm import tqdm

        import musicbook
        from musicbook import widgets

        HistoryManager.enabled = False
        tqdm.monitor_interval = 0  # its thread would forbid to fork
        self.shell = InteractiveShell.instance()
        self.shell.showtraceback = self.shell.showsyntaxerror = lambda *_, **__: None
        self.answers: dict[str, Any] = {}
        self.pipe: int | None = None
        self.at = 0
        musicbook.check = self.check
        for name in ("Exercise", "Quiz"):  # they would read the records, and nobody looks at them here
            setattr(widgets, name, _Silent)
        guard = os.path.realpath(forbidden) + os.sep

        def refuse(event: str, arguments: tuple) -> None:
            named = event == "open" and isinstance(arguments[0], str | bytes | os.PathLike)
            if named and os.path.realpath(os.fsdecode(arguments[0])).startswith(guard):
                raise PermissionError("the records of the exercises stay closed while a notebook is graded")

        sys.addaudithook(refuse)

    def check(self, exercise: str, answer: Any) -> Any:
        """Take the place of `musicbook.check`: note the answer."""
        self.answers[str(exercise)[:80]] = encode(answer)
        self.tell(answer=str(exercise)[:80], value=self.answers[str(exercise)[:80]])
        return None

    def tell(self, **what: Any) -> None:
        """Write a line into the pipe."""
        line = json.dumps(what).encode()
        if self.pipe is not None and len(line) < MAX_LINE:
            os.write(self.pipe, line + b"\n")

    def run(self, source: str) -> BaseException | None:
        """Run a cell; give what it raised."""
        try:
            found = self.shell.run_cell(source, store_history=False, silent=True)
        except Exception as error:  # a text that cannot be encoded, say, fails before it is a cell's
            return error
        error = found.error_before_exec or found.error_in_exec
        if isinstance(error, MemoryError):
            sandbox.give_reserve()
        return error

    def prepare(self, cells: list[dict], to_fork: bool) -> str:
        """Run the chapter's own cells; say which one failed, and why, if one did.

        If the process is to be forked, stop as soon as it cannot be.
        """
        for cell in cells:
            error = self.run(cell["source"])
            if error is not None:
                return f"{cell['name']} raised {type(error).__name__}: {error}"
            if to_fork and "tensorflow" in sys.modules:
                break
        return ""

    def play(self, cells: list[dict]) -> None:
        """Run a submission's cells in order; a mistake in one does not stop the next."""
        for number, cell in enumerate(cells):
            self.tell(at=number)
            error = self.run(cell["source"])
            if error is not None:
                self.tell(error=number, **_describe(error))
            exercise = cell.get("ends")
            if exercise and exercise not in self.answers and error is None and _ANSWER.search(cell["source"]):
                # `check` was renamed or written over: what the cell calls its answer is one all the same
                self.check(exercise, self.shell.user_ns.get("answer"))
        self.tell(done=1)


class _Silent:
    """Stands for a widget that asks something."""

    def __init__(self, *_: Any, **__: Any):
        pass

    of = classmethod(lambda cls, *_, **__: cls())


def _describe(error: BaseException) -> dict:
    line, trace = None, error.__traceback__
    while trace is not None:
        if "ipykernel" in trace.tb_frame.f_code.co_filename or "ipython-input" in trace.tb_frame.f_code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno
    try:
        says = str(error)
    except Exception:  # the error's class may be a student's
        says = ""
    return {"name": type(error).__name__[:80], "says": says[:MAX_TEXT], "line": line}


class Stage:
    """Serves the orders of one grader."""

    def __init__(self, folder: Path, say: int):
        orders = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
        self.folder, self.say = folder, say
        self.cells, self.alone, self.forbidden = orders["cells"], orders["alone"], orders["forbidden"]
        self.walls, self.seconds, self.megabytes = orders["walls"], orders["seconds"], orders["megabytes"]
        self.running: dict[int, int] = {}
        """Process that waits for each job, by its number."""
        self.inner: dict[int, int] = {}
        """Process that runs it."""
        self.own: set[int] = set()
        """Processes that the chapter's own cells started."""
        self.player: Player | None = None

    def tell(self, **what: Any) -> None:
        """Write a line to the grader."""
        os.write(self.say, json.dumps(what).encode() + b"\n")

    def serve(self) -> None:
        """Prepare, then start and end jobs until there are no more orders."""
        sandbox.adopt()
        if not self.alone:
            self.player = Player(self.forbidden)
            failed = self.player.prepare(self.cells, to_fork=True)
            if failed:
                self.tell(failed=failed)
                return
        self.own = sandbox.children()
        self.tell(ready=1, forks=sandbox.threads() == 1 and "tensorflow" not in sys.modules)
        waiting = b""
        while True:
            if select.select([0], [], [], POLL)[0]:
                got = os.read(0, 4096)
                if not got:
                    break
                *lines, waiting = (waiting + got).split(b"\n")
                for line in lines:
                    number = int(line)
                    self.start(number) if number > 0 else self.end(-number)
            self.collect()
        for number in list(self.running):
            self.end(number)
        while self.running:
            self.collect()
            time.sleep(POLL)

    def start(self, number: int) -> None:
        """Fork the process of a job, and learn which one it is."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(reading)
                code = self.warden(number, writing)
            finally:
                os._exit(code)
        os.close(writing)
        self.running[number] = pid
        inner = os.read(reading, 20)
        os.close(reading)
        if inner:
            self.inner[number] = int(inner)

    def warden(self, number: int, writing: int) -> int:
        """Wait for the enclosed process, in the outer world; it ends as the other did."""
        os.setpgid(0, 0)
        walls = sandbox.Walls(
            home=str(self.folder / f"job-{number}" / "home"),
            readable=tuple(self.walls["readable"]),
            hidden=tuple(self.walls["hidden"]),
            layers=tuple(self.walls["layers"]),
            user=sandbox.FIRST_USER + number % 300,
        )
        sandbox.divide(walls)
        pid = os.fork()
        if pid == 0:
            try:
                os.close(writing)
                self.child(number, walls)
            except BaseException:
                traceback.print_exc()  # nobody reads it once a student's cells run
            finally:
                os._exit(BROKEN)
        os.write(writing, b"%d" % pid)
        os.close(writing)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return code if code >= 0 else 128 - code

    def child(self, number: int, walls: sandbox.Walls) -> None:
        """Run one submission; never returns."""
        os.setsid()
        place = self.folder / f"job-{number}"
        pipe = os.open(place / "pipe", os.O_WRONLY)
        cells = json.loads((place / "job.json").read_text(encoding="utf-8"))
        os.close(self.say)
        sandbox.enclose(walls)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        player = self.player
        if player is None:
            player = Player(self.forbidden)
            player.pipe = pipe
            failed = player.prepare(self.cells, to_fork=False)
            if failed:
                player.tell(failed=failed)
                os._exit(0)
        player.pipe = pipe
        player.tell(ready=1)
        os.dup2(nothing, 2)
        sandbox.limit(self.seconds, self.megabytes, walls)
        player.play(cells)
        os._exit(0)

    def end(self, number: int) -> None:
        """Kill a job's processes."""
        for pid in (self.inner.get(number), self.running.get(number)):
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                if pid == self.inner.get(number):
                    return  # who waits for it ends by itself, and tells how it went

    def collect(self) -> None:
        """Tell of the jobs that have ended, and end what they left behind."""
        for number, pid in list(self.running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                continue
            del self.running[number]
            for group in (pid, self.inner.pop(number, pid)):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)
            sandbox.end_strays(self.own | set(self.running.values()))
            self.tell(ended=number, code=os.waitstatus_to_exitcode(status))


def main(arguments: list[str] | None = None) -> int:
    """Run a stage until its standard input ends."""
    folder = Path((sys.argv[1:] if arguments is None else arguments)[0])
    say = os.dup(1)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)  # what the chapter's cells print is not wanted
    Stage(folder, say).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
