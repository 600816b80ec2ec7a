"""A class is graded: right marks for all, whatever some of them tried."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import math
import re
import signal
import socket
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import classroom
import numpy as np
import pandas as pd
import psutil
import pytest

from musicbook.course import records, sandbox
from musicbook.course.assignments import prepare
from musicbook.course.checks import judge
from musicbook.course.grade import grade, main
from musicbook.course.stage import decode, encode

SECONDS, MEGABYTES = 10, 300


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def prints(*folders):
    """Fingerprints of all files below some folders."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[path] = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mode)
    return found


def command(submitted, out, book, *more):
    words = [sys.executable, "-m", "musicbook.course.grade", submitted, out, "--chapters", book.chapters]
    words += ["--records", book.records, *more]
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, cwd=classroom.ROOT, timeout=300
    )


def sleeping(seconds: int) -> bool:
    """Whether a process sleeps for so long, which nothing but a submission does."""
    return any(each.info["cmdline"] == ["sleep", str(seconds)] for each in psutil.process_iter(["cmdline"]))


class Graded:
    """The simulated class after one command."""

    def __init__(self, folder: Path):
        self.book = classroom.Book.copy(folder / "book")
        self.submitted, self.out = folder / "submitted", folder / "grades"
        self.calls = 0
        with socket.socket() as line, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as post:
            line.bind(("127.0.0.1", 0))
            line.listen()
            port = line.getsockname()[1]
            post.bind(("127.0.0.1", port))
            self.expected = classroom.populate(self.book, self.submitted, self.out, port)
            self.out.mkdir()
            (self.out / "grades.csv").write_text(
                "student\n", encoding="utf-8"
            )  # the grades of yesterday, which somebody tries to delete
            self.before = prints(self.submitted, self.book.chapters, self.book.records)
            began = time.monotonic()
            self.ended = command(self.submitted, self.out, self.book, "--seconds", SECONDS, "--memory", MEGABYTES)
            self.took = time.monotonic() - began
            for each in (line, post):
                each.setblocking(False)
                try:
                    each.recvfrom(1) if each is post else each.accept()
                    self.calls += 1
                except BlockingIOError:
                    pass


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    made = Graded(tmp_path_factory.mktemp("class"))
    if made.ended.returncode == 2 and "on this system a submission could" in made.ended.stderr:
        pytest.skip(f"the grader refuses: {made.ended.stderr.strip()}")
    return made


@pytest.mark.grader
def test_thirty_submissions_get_the_right_marks(graded, capsys):
    assert graded.ended.returncode == 0, graded.ended.stderr
    given = {(row["student"], row["chapter"]): row for row in rows(graded.out / "grades.csv")}
    assert len(graded.expected) == classroom.SIZE
    wrong = []
    for each in graded.expected:
        row = given.get((each.student, each.chapter), {})
        found = (row.get("verdict"), row.get("points"))
        if found != (each.verdict, str(each.points)) or each.says not in row["reason"]:
            wrong.append((each, found, row.get("reason")))
    assert wrong == []
    with capsys.disabled():
        print(f"\n{classroom.SIZE} submissions graded in {graded.took:.1f} s")


@pytest.mark.grader
def test_every_student_has_a_row_for_every_chapter_and_a_sum(graded):
    given = rows(graded.out / "grades.csv")
    students = {path.name for path in graded.submitted.iterdir()}
    assert {row["student"] for row in given} == students
    assert len(given) == 2 * len(students)
    handed = {(each.student, each.chapter) for each in graded.expected}
    assert {row["verdict"] for row in given if (row["student"], row["chapter"]) not in handed} == {"not handed in"}
    for row in rows(graded.out / "summary.csv"):
        mine = [each for each in given if each["student"] == row["student"]]
        assert int(row["points"]) == sum(int(each["points"]) for each in mine)
        assert int(row["of"]) == sum(int(each["of"]) for each in mine) > 0


@pytest.mark.grader
def test_nobody_harmed_the_others(graded):
    assert prints(graded.submitted, graded.book.chapters, graded.book.records) == graded.before
    assert {path.name for path in graded.out.iterdir()} == {"grades.csv", "summary.csv", "feedback"}
    assert graded.calls == 0
    assert not sleeping(classroom.STRAY)


@pytest.mark.grader
def test_feedback_tells_what_was_wrong_and_never_the_answer(graded):
    one, _ = graded.book.prepared()
    (task,) = one.assigned
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (graded.out / "feedback").iterdir()}
    assert set(pages) == {path.name for path in graded.submitted.iterdir()}
    swapped = pages["wrong-" + task.record.wrong[0].name.replace(" ", "-")]
    assert task.record.wrong[0].says in re.sub("&#x27;", "'", swapped)
    for value in task.record.answer:
        for name, page in pages.items():
            told = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)  # what the student wrote is shown as it is
            assert f"{value:g}" not in told, name
    assert "<script" not in "".join(pages.values())
    assert 'lang="en"' in swapped
    assert "of 2 points" in swapped
    assert "You changed" in pages["changes-the-chapter"]


# ---- what may go wrong around it --------------------------------------------------------------------------------


@pytest.fixture
def tiny_book(tmp_path):
    return classroom.tiny(tmp_path / "book")


def tiny_class(tiny_book, folder, **codes):
    """Hand in code for the last cell of the tiny chapter's assigned exercise."""
    one = classroom.Class(folder, prepare(tiny_book.chapters / "tiny.ipynb", tiny_book.records))
    for student, code in codes.items():
        one.hand_in(student, one.code(code), "")
    return folder


def graded_here(tiny_book, folder, out, **more):
    found, force = grade(folder, out, tiny_book.chapters, tiny_book.records, **{"seconds": 20, **more})
    return {row.student: row for row in found}, force


THREAD = """import os, threading, time
mine = os.getpid()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
base = 20"""


@pytest.mark.slow
def test_a_chapter_with_threads_is_run_anew_for_each(tmp_path):
    tiny_book = classroom.tiny(tmp_path / "book", before=THREAD)
    same = "answer = base + (1.123 if os.getpid() == mine else 0)"
    folder = tiny_class(tiny_book, tmp_path / "in", ada=same, bo="while True:\n    pass", cy="answer = base / 0")
    found, _ = graded_here(tiny_book, folder, tmp_path / "out", seconds=3)
    assert {name: row.verdict for name, row in found.items()} == {"ada": "right", "bo": "time", "cy": "error"}
    assert found["cy"].reason == "Your cell raised an error: ZeroDivisionError: division by zero (line 1)"


WAYS = [("namespaces",), ("user", "landlock"), ("namespaces", "user"), ("namespaces", "landlock")]


@pytest.mark.slow
@pytest.mark.parametrize("layers", WAYS, ids="+".join)
def test_it_grades_with_what_there_is(tmp_path, tiny_book, monkeypatch, layers):
    if not set(layers) <= set(sandbox.available()):
        pytest.skip("this system has no such layer")
    spy = f"answer = 21.123 if '21.123' in open({str(tiny_book.records / 'tiny.yml')!r}).read() else 0"
    stay = f"import subprocess\nsubprocess.Popen(['sleep', '{classroom.STRAY + 1}'], start_new_session=True)\nanswer = 10.123"
    folder = tiny_class(tiny_book, tmp_path / "in", ada="answer = base + 1.123", spy=spy, stay=stay)
    monkeypatch.setattr(sandbox, "available", lambda: layers)
    found, force = graded_here(tiny_book, folder, tmp_path / "out")
    assert {name: row.verdict for name, row in found.items()} == {"ada": "right", "spy": "error", "stay": "low"}
    # a Python in root's home is closed to another user, unless Landlock says what may be read
    assert force in (sandbox.describe(layers), sandbox.describe(layers[:1]))
    assert not sleeping(classroom.STRAY + 1)


@pytest.mark.slow
def test_without_walls_it_refuses_unless_told_to(tmp_path, tiny_book, monkeypatch, capsys):
    monkeypatch.setattr(sandbox, "available", lambda: ())
    folder = tiny_class(tiny_book, tmp_path / "in", ada="answer = base + 1.123")
    words = [
        str(folder),
        str(tmp_path / "out"),
        "--chapters",
        str(tiny_book.chapters),
        "--records",
        str(tiny_book.records),
    ]
    assert main(words) == 2
    assert (
        "a submission could read the key, write into the others' folders, change the modes" in capsys.readouterr().err
    )
    assert not (tmp_path / "out").exists()
    assert main([*words, "--unprotected"]) == 0
    assert "no protection of files; not enough" in capsys.readouterr().out
    assert "not enough" in (tmp_path / "out" / "feedback" / "ada.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("base = 1 / 0", "raised ZeroDivisionError: division by zero"),
        ("base = open(KEY).read()", "stay closed while a notebook is graded"),
        ("import os\nos._exit(4)", "ended by itself (exit code 4)"),
    ],
)
def test_a_chapter_that_fails_is_nobodys_fault(tmp_path, capsys, before, reason):
    key = tmp_path / "book" / "records" / "tiny.yml"
    tiny_book = classroom.tiny(tmp_path / "book", before=before.replace("KEY", repr(str(key))))
    folder = tiny_class(tiny_book, tmp_path / "in", ada="answer = 21.123")
    words = [
        str(folder),
        str(tmp_path / "out"),
        "--chapters",
        str(tiny_book.chapters),
        "--records",
        str(tiny_book.records),
    ]
    assert main(words) == 1
    assert reason in capsys.readouterr().err
    (row,) = rows(tmp_path / "out" / "grades.csv")
    assert (row["verdict"], row["points"], row["of"]) == ("not graded", "", "2")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere", "out"), "not a folder"),
        (("in", "in"), "lie in each other"),
        (("in", "in/grades"), "lie in each other"),
        (("in/ada", "in"), "lie in each other"),
        (("empty", "out"), "no submissions"),
        (("in", "out", "--seconds", "0"), "above 0"),
        (("in", "book"), "holds something else"),
    ],
)
def test_wrong_words_change_nothing(tmp_path, tiny_book, capsys, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    tiny_class(tiny_book, tmp_path / "in", ada="answer = 1")
    (tmp_path / "empty").mkdir()
    before = prints(tmp_path)
    assert main([*words, "--chapters", str(tiny_book.chapters), "--records", str(tiny_book.records)]) == 2
    assert message in capsys.readouterr().err
    assert prints(tmp_path) == before


@pytest.mark.slow
def test_an_interrupt_leaves_nothing_behind(tmp_path, tiny_book):
    folder = tiny_class(
        tiny_book, tmp_path / "in", ada=f"import subprocess\nsubprocess.run(['sleep', '{classroom.STRAY + 2}'])"
    )
    words = [sys.executable, "-m", "musicbook.course.grade", folder, tmp_path / "out", "--chapters", tiny_book.chapters]
    process = subprocess.Popen(
        [*map(str, words), "--records", str(tiny_book.records)],
        stderr=subprocess.PIPE,
        text=True,
        # Whoever starts the tests in the background may have them ignore the signal, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    while not sleeping(classroom.STRAY + 2) and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()
    assert not sleeping(classroom.STRAY + 2)


@pytest.mark.slow
def test_names_of_students_are_only_names(tmp_path, tiny_book):
    names = ("=HYPERLINK(1)", "<script>alert(1)<", "ünï ✓")
    folder = tmp_path / "in"
    for name in names:
        one = classroom.Class(folder, prepare(tiny_book.chapters / "tiny.ipynb", tiny_book.records))
        one.hand_in(name, one.code("raise ValueError('<b>bold</b> \\ud800 \\x1b')"), "error")
    graded_here(tiny_book, folder, tmp_path / "out")
    given = rows(tmp_path / "out" / "grades.csv")
    assert {row["student"] for row in given} == {"'=HYPERLINK(1)", *names[1:]}
    page = (tmp_path / "out" / "feedback" / "<script>alert(1)<.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;bold" in page


LOOP: list = []
LOOP += [LOOP, LOOP]


class Odd:
    """An answer whose methods do what nobody expects."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        raise self.error

    def __iter__(self):
        raise self.error


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        *(
            (value, "right")
            for value in (21.123, np.float32(21.123), np.array([21.123]), Fraction(21123, 1000), pd.Series([21.12]))
        ),
        *((value, "unanswered") for value in (..., None, "  ")),
        *(
            (value, "unusable")
            for value in ("21", True, [21, 2], {"a": 21}, float("nan"), -math.inf, 10**5000, np.zeros(1000))
        ),
        *(
            (value, "unusable")
            for value in ([[[[[[1]]]]]], Odd(ValueError()), object, b"21", np.array(["x"]), range(10**9))
        ),
        *((value, "unusable") for value in ({1, 2}, "x" * 10**6, itertools.count(), LOOP)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_answer_reaches_the_judge(tiny_book, answer, verdict):
    record = records.exercise("tiny-2", tiny_book.records)
    assert judge(record, decode(json.loads(json.dumps(encode(answer))))).name == verdict


@pytest.mark.parametrize("value", [{"is": "mapping"}, {"is": []}, {"is": "set", "of": [[1]]}, {}, [[[]]], 10**400, "a"])
def test_any_line_can_be_decoded(tiny_book, value):
    assert not judge(records.exercise("tiny-2", tiny_book.records), decode(value)).right


def test_letters_arrive_as_letters(tiny_book):
    record = records.exercise("tiny-1", tiny_book.records)
    for answer in ("b", ["b"], {"b"}, np.array(["b"]), " B "):
        assert judge(record, decode(json.loads(json.dumps(encode(answer))))).right
