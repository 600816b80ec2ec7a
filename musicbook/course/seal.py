"""What a page without a kernel may hold of an exercise, so that it can judge and does not tell.

Task
    The published page judges an answer at once, and whoever reads its source shall not read the answer there. So each answer
    that the record knows is one *case*: a digest by which it is recognised, and its message, locked with a key that only that
    answer gives. This keeps an answer out of sight, out of the search and out of a copy of the page. It does not keep it from
    somebody who tries all answers by program: four options are four attempts. What counts for a mark is judged elsewhere
    (`grade`).

Conventions
    An answer becomes one string, its *canonical form*: letters joined, or for each number the place of its cell on a grid of
    cells as wide as twice the tolerance, laid so that the case's value is the middle of one. The digest is the first 16
    hexadecimal digits of ``sha256("ID|CASE|FORM")``; the message, in UTF-8 after a ``+`` (right) or ``-``, is added modulo 2
    to the bytes of ``sha256("ID|CASE|FORM|BLOCK")``, BLOCK = 0, 1, .... The same arithmetic is in ``exercisejudge.js``.

Functions
    ``sealed``      a record as the page gets it
    ``canonical``   an answer as a string
"""

from __future__ import annotations

import base64
import math
from hashlib import sha256
from typing import Any

from musicbook.course import checks
from musicbook.course.records import Exercise


def sealed(made: Exercise) -> dict[str, Any]:
    """Give what a page holds of an exercise.

    Parameters
    ----------
    made : Exercise
        The record.

    Returns
    -------
    dict
        JSON: what is shown, how an answer is read, and the sealed cases, the right one first.
    """
    cases = [(made.answer, f"+{made.right}"), *((each.value, f"-{each.says}") for each in made.wrong)]
    return {
        "id": made.id,
        "kind": made.kind,
        "goal": made.goal,
        "hint": made.hint,
        "ask": made.ask,
        "assigned": made.assigned,
        "otherwise": made.otherwise,
        "unusable": checks.wanted(made),
        "fields": list(made.fields),
        "unit": made.unit,
        "within": list(made.within) if made.within else None,
        "outside": made.outside,
        "options": [list(each) for each in made.options],
        "slider": list(made.slider) if made.slider else None,
        "watch": made.watch,
        "cases": [_case(made, number, value, message) for number, (value, message) in enumerate(cases)],
    }


def grid(made: Exercise, value: Any) -> list[list[float]]:
    """Lay the grids of a case: for each number the place of a border, and the width of a cell.

    The border published is the one next above 0: it tells the value only up to whole cells.
    """
    values = value if isinstance(value, tuple) else (value,)
    laid = []
    for each, tolerance in zip(values, made.tolerance, strict=True):
        half = tolerance * (1 + checks.SLACK)
        laid.append([math.fmod(each - half, 2 * half) % (2 * half), 2 * half])
    return laid


def canonical(made: Exercise, given: Any, laid: list[list[float]]) -> str:
    """Write an answer, read by `checks.read`, as the string that a case is recognised by."""
    if not made.tolerance:
        return "".join(given)
    values = given if isinstance(given, tuple) else (given,)
    cells = [math.floor((each - border) / width) for each, (border, width) in zip(values, laid, strict=True)]
    return ",".join(str(cell) for cell in cells)


def _case(made: Exercise, number: int, value: Any, message: str) -> dict[str, Any]:
    laid = grid(made, value) if made.tolerance else []
    lock = f"{made.id}|{number}|{canonical(made, value, laid)}"
    data = message.encode()
    stream = b"".join(sha256(f"{lock}|{block}".encode()).digest() for block in range(len(data) // 32 + 1))
    locked = bytes(a ^ b for a, b in zip(data, stream, strict=False))
    return {
        "grid": laid,
        "digest": sha256(lock.encode()).hexdigest()[:16],
        "message": base64.b64encode(locked).decode(),
    }
