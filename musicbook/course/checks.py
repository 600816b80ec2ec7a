"""Judge an answer: one message for each way to be wrong, never the answer.

Task
    `check` is what a notebook calls. It reads the record of the exercise, compares, and gives a verdict that shows itself as
    one line. The published page judges by the same record, sealed (`seal`); the grader calls `judge`.

Conventions
    The right answer is tried first, then the named wrong ones in their order; what fits none gets the exercise's general
    message. A number fits within the absolute tolerance of the record. ``...`` and None are no answer yet. Options are given
    by their letters.

Functions
    ``check``   judge an answer by the exercise's name
    ``judge``   judge an answer by its record
    ``read``    an answer as the record's kind writes it
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from musicbook.course import records
from musicbook.course.records import Exercise

UNANSWERED = "Nothing to check yet: put your answer in place of the dots."
SLACK = 1e-9
"""Share of the tolerance that is added to it, so that a value on its border is not lost to rounding."""


class UnusableError(ValueError):
    """An answer is not of the kind that the exercise asks for."""


@dataclass(frozen=True)
class Verdict:
    """What an answer was found to be.

    Attributes
    ----------
    right : bool
        Whether it is the answer.
    name : str
        ``right``, ``unanswered``, ``unusable`` (of another kind), ``outside`` (of where any answer lies), the name of the
        mistake, or ``otherwise``.
    says : str
        The message.
    """

    right: bool
    name: str
    says: str

    def __repr__(self) -> str:
        return f"{'✓' if self.right else '✗'} {self.says}"


def check(exercise: str, answer: Any) -> Verdict:
    """Check an answer to an exercise of the book.

    Parameters
    ----------
    exercise : str
        Its name, such as ``"gan-2"``; it stands beside the exercise.
    answer : object
        What you found: a number, some numbers, the letter of an option, some letters, or all letters in order.

    Returns
    -------
    Verdict
        Shows itself as one line: what was right, or what was done wrong. It never tells the answer.

    Raises
    ------
    RecordError
        If there is no such exercise.
    """
    return judge(records.exercise(exercise), answer)


def judge(made: Exercise, answer: Any) -> Verdict:
    """Judge an answer by the exercise's record.

    Parameters
    ----------
    made : Exercise
        The record.
    answer : object
        As for `check`.

    Returns
    -------
    Verdict
        Whatever the answer is, nothing is raised.
    """
    if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer.strip()):
        return Verdict(False, "unanswered", UNANSWERED)
    try:
        given = read(made, answer)
    except UnusableError as error:
        return Verdict(False, "unusable", str(error))
    if made.within and not all(made.within[0] <= each <= made.within[1] for each in _tuple(given)):
        return Verdict(False, "outside", made.outside)
    if fits(made, given, made.answer):
        return Verdict(True, "right", made.right)
    for wrong in made.wrong:
        if fits(made, given, wrong.value):
            return Verdict(False, wrong.name, wrong.says)
    return Verdict(False, "otherwise", made.otherwise)


def fits(made: Exercise, given: Any, value: Any) -> bool:
    """Tell whether a given answer is a certain value, within the tolerance of a number."""
    if not made.tolerance:
        return given == value
    pairs = zip(_tuple(given), _tuple(value), made.tolerance, strict=True)
    return all(abs(a - b) <= tolerance * (1 + SLACK) for a, b, tolerance in pairs)


def wanted(made: Exercise) -> str:
    """Say what an answer to this exercise looks like."""
    letters = ", ".join(key for key, _ in made.options)
    return {
        "number": "Give one finite number, such as 0.25.",
        "numbers": f"Give {len(made.fields)} finite numbers, in this order: {', '.join(made.fields)}.",
        "choice": f"Give one letter of {letters}.",
        "several": f"Give letters of {letters}, all that apply and each once.",
        "order": f"Give all of the letters {letters}, each once, in your order.",
    }[made.kind]


def read(made: Exercise, answer: Any) -> Any:
    """Read an answer as the record writes it.

    Parameters
    ----------
    made : Exercise
        The record.
    answer : object
        Numbers may be those of NumPy or a tensor; some numbers a sequence, an array, or a mapping by the fields' names;
        letters a string (``"ac"``, ``"a, c"``) or a sequence.

    Returns
    -------
    float, str or tuple
        See `records`.

    Raises
    ------
    UnusableError
        If it is of another kind; says what is wanted.
    """
    try:
        if made.kind == "number":
            return _number(answer)
        if made.kind == "numbers":
            if isinstance(answer, Mapping):
                answer = [answer[name] for name in made.fields]
            if isinstance(answer, str | bytes | set | frozenset):
                raise UnusableError
            numbers = tuple(_number(each) for each in _few(answer))
            if len(numbers) != len(made.fields):
                raise UnusableError
            return numbers
        return _letters(made, answer)
    except Exception as error:  # an answer may be any object of a student, whose methods may raise whatever they like
        raise UnusableError(wanted(made)) from error


def _tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def _few(values: Iterable) -> list:
    """Take what an iterable gives, but not for ever."""
    found = []
    for each in values:
        found.append(each)
        if len(found) > 100:
            raise UnusableError
    return found


def _number(answer: Any) -> float:
    # A truth value is a number to Python, and never what was asked for.
    if isinstance(answer, bool | str | bytes) or str(getattr(answer, "dtype", "")) == "bool":
        raise UnusableError
    value = float(answer.item() if hasattr(answer, "item") else answer)
    if not math.isfinite(value):
        raise UnusableError
    return value


def _letters(made: Exercise, answer: Any) -> Any:
    keys = [key for key, _ in made.options]
    given = re.findall(r"\w", answer) if isinstance(answer, str) else _few(answer)
    letters = [str(each).strip().lower() for each in given]
    if not letters or len(set(letters)) < len(letters) or not set(letters) <= set(keys):
        raise UnusableError
    if made.kind == "choice":
        if len(letters) > 1:
            raise UnusableError
        return letters[0]
    if made.kind == "order":
        if len(letters) < len(keys):
            raise UnusableError
        return tuple(letters)
    return tuple(sorted(letters))
