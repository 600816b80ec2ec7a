"""The grader's side of a stage: give it jobs, listen to what they answer, and stop who takes too long.

Task
    Run some submissions of one chapter, a few at a time, and tell of each what it answered and how it ended. Whatever a
    submission does, the others get their turn.

Conventions
    What a submission writes is heard up to ``MAX_BYTES``; then it is stopped. Its time counts from its own first cell.
    An answer that was heard counts, whatever came after it.

Functions
    ``run``
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from musicbook.course.stage import decode
from musicbook.course.submissions import Step

MAX_BYTES = 1_000_000
PREPARE_SECONDS = 600
"""A chapter's own cells may take a minute; on a slow machine, with a cold cache, some more."""
TICK = 0.1
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "MUSICBOOK_DATA", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""Of the environment, the rest of which may hold secrets."""


class StageError(RuntimeError):
    """The chapter's own cells cannot be run: nobody's fault who handed in."""


@dataclass(frozen=True)
class Rules:
    """What holds for each submission."""

    seconds: float
    megabytes: int
    jobs: int
    layers: tuple[str, ...]
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    forbidden: str
    cache: str


@dataclass
class Outcome:
    """How a submission went.

    Attributes
    ----------
    ended : str
        ``done``, ``time``, ``flood``, or ``died``.
    code : int
        Exit code of the process.
    at : int
        The step that it began last, -1 for none.
    """

    ended: str = "died"
    code: int = 0
    at: int = -1
    seconds: float = 0.0
    answers: dict[str, Any] = field(default_factory=dict)
    errors: dict[int, dict] = field(default_factory=dict)


class _Job:
    """One submission that is running."""

    def __init__(self, folder: Path, steps: list[Step]):
        self.outcome, self.began, self.heard, self.rest = Outcome(), None, 0, b""
        self.stopped, self.started = False, time.monotonic()
        (folder / "home").mkdir(parents=True, mode=0o711)
        folder.chmod(0o711)
        (folder / "home").chmod(0o700)
        content = [{"source": step.source, "ends": step.ends} for step in steps]
        (folder / "job.json").write_text(json.dumps(content), encoding="utf-8")
        (folder / "job.json").chmod(0o600)
        os.mkfifo(folder / "pipe", 0o600)
        self.pipe = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    def hear(self) -> bool:
        """Read what there is; tell whether there was anything."""
        try:
            got = os.read(self.pipe, 65_536)
        except BlockingIOError:
            return False
        self.heard += len(got)
        if self.heard > MAX_BYTES:
            return bool(got)
        *lines, self.rest = (self.rest + got).split(b"\n")
        for line in lines:
            try:
                self._note(json.loads(line))
            except (ValueError, RecursionError, TypeError, KeyError):
                continue  # what is no line of ours was written by the student, and says nothing
        return bool(got)

    def _note(self, what: dict) -> None:
        if self.began is None:
            if "failed" in what:
                raise StageError(str(what["failed"]))
            self.began = time.monotonic() if "ready" in what else None
        elif "answer" in what:
            self.outcome.answers[str(what["answer"])] = decode(what["value"])
        elif "error" in what:
            self.outcome.errors[int(what["error"])] = {
                key: str(what.get(key))[:400] for key in ("name", "says", "line")
            }
        elif "at" in what:
            self.outcome.at = int(what["at"])
        elif "done" in what:
            self.outcome.ended = "done"


def run(before: list[Step], jobs: list[list[Step]], rules: Rules, work: Path) -> Iterator[tuple[int, Outcome]]:
    """Run submissions of one chapter.

    Parameters
    ----------
    before : list of Step
        The chapter's own cells up to the first answer.
    jobs : list of list of Step
        Each submission's steps from there. Who reads the outcomes may append to it.
    rules : Rules
        Limits and walls.
    work : Path
        An empty folder.

    Yields
    ------
    tuple
        Number of a job, and its outcome, as they end.

    Raises
    ------
    StageError
        If the chapter's own cells fail.
    """
    alone = False
    with _stage(before, rules, work, alone) as stage:
        alone = not stage.forks
        if not alone:
            yield from stage.run(jobs)
    if alone:
        with _stage(before, rules, work, alone) as stage:
            yield from stage.run(jobs)


@contextlib.contextmanager
def _stage(before: list[Step], rules: Rules, work: Path, alone: bool) -> Iterator[_Stage]:
    folder = Path(tempfile.mkdtemp(dir=work))
    folder.chmod(0o711)
    orders = {
        "cells": [asdict(step) for step in before],
        "alone": alone,
        "forbidden": rules.forbidden,
        "walls": {"readable": rules.readable, "hidden": rules.hidden, "layers": rules.layers},
        "seconds": rules.seconds,
        "megabytes": rules.megabytes,
    }
    (folder / "stage.json").write_text(json.dumps(orders), encoding="utf-8")
    stage = _Stage(folder, rules)
    try:
        stage.wait_until_ready()
        yield stage
    finally:
        stage.close()


class _Stage:
    """One running stage."""

    def __init__(self, folder: Path, rules: Rules):
        self.folder, self.rules, self.forks, self.rest = folder, rules, False, b""
        own = folder / "own"
        own.mkdir()
        self.errors = open(folder / "errors", "w+b")  # noqa: SIM115 (closed in `close`)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            **{name: str(own) for name in ("HOME", "TMPDIR", "IPYTHONDIR")},
            **{
                f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "TF_INTRAOP", "TF_INTEROP")
            },
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "MPLBACKEND": "agg",
            "MUSICBOOK_CACHE": rules.cache,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "musicbook.course.stage", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            cwd=own,
            start_new_session=True,  # an interrupt from the keyboard is the grader's to deal with
        )

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def hear(self, seconds: float) -> list[dict]:
        """Lines that the stage wrote meanwhile."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return []
        got = os.read(self.process.stdout.fileno(), 65_536)
        if not got:
            self.errors.seek(0)
            said = self.errors.read()[-500:].decode("utf-8", "replace").strip()
            raise StageError(f"the chapter's process ended by itself (exit code {self.process.wait()}): {said}")
        *lines, self.rest = (self.rest + got).split(b"\n")
        return [json.loads(line) for line in lines]

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PREPARE_SECONDS
        while time.monotonic() < until:
            for what in self.hear(TICK):
                if "failed" in what:
                    raise StageError(what["failed"])
                self.forks = what["forks"]
                return
        raise StageError(f"the chapter's own cells took more than {PREPARE_SECONDS} s")

    def order(self, number: int) -> None:
        self.process.stdin.write(b"%d\n" % number)
        self.process.stdin.flush()

    def run(self, jobs: list[list[Step]]) -> Iterator[tuple[int, Outcome]]:
        begun, running = 0, {}
        try:
            while begun < len(jobs) or running:
                while begun < len(jobs) and len(running) < self.rules.jobs:
                    begun += 1
                    running[begun] = _Job(self.folder / f"job-{begun}", jobs[begun - 1])
                    self.order(begun)
                for number in [what for what in self._listen(running) if what in running]:
                    job = running.pop(number)
                    while job.hear():
                        pass
                    yield number - 1, self._close(number, job)
        finally:
            for job in running.values():
                os.close(job.pipe)  # the stage ends what still runs when it is closed

    def _listen(self, running: dict[int, _Job]) -> list[int]:
        """Hear the stage and the jobs for a moment, stop who is to be stopped, and give those that ended."""
        ended = []
        pipes = {job.pipe: (number, job) for number, job in running.items()}
        ready = select.select([self.process.stdout], [], [], 0.02)[0]
        for number, job in pipes.values():
            while not job.stopped and job.hear():
                if job.heard > MAX_BYTES:
                    job.outcome.ended = "flood"
                    self._stop(number, job)
            allowed = self.rules.seconds if job.began else PREPARE_SECONDS
            if not job.stopped and time.monotonic() - (job.began or job.started) > allowed:
                job.outcome.ended = "time"
                self._stop(number, job)
        if ready:
            for what in self.hear(0):
                number = what["ended"]
                job = running[number]
                job.outcome.code = what["code"]
                ended.append(number)
        return ended

    def _stop(self, number: int, job: _Job) -> None:
        job.stopped = True
        self.order(-number)

    def _close(self, number: int, job: _Job) -> Outcome:
        os.close(job.pipe)
        shutil.rmtree(self.folder / f"job-{number}", ignore_errors=True)
        if job.began is None:
            self.errors.seek(0)
            said = self.errors.read()[-500:].decode("utf-8", "replace").strip()
            raise StageError(f"a submission's process could not be started (exit code {job.outcome.code}): {said}")
        job.outcome.seconds = time.monotonic() - job.began
        return job.outcome
