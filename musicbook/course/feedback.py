"""The page that a student gets back: what was found, exercise by exercise, and what was run.

Conventions
    One HTML file that needs nothing else, can be read by a screen reader and printed, and says things in words before it shows
    them in colour. It never holds the answer: the messages are those of the records, which hold none. Whatever a student wrote
    is shown as text.

Functions
    ``page``
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicbook.course.grade import Result

MAX_SHOWN = 20_000
"""Characters of a student's cell that are shown."""

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #1d2330; --line: #8a93a3; --soft: #f2f4f8; --good: #14632f;
  --bad: #8f1d1d; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181f; --text: #e8ebf0; --line: #7d8798; --soft: #202632;
  --good: #7fdc9c; --bad: #ffaaa5; } }
body { background: var(--ground); color: var(--text); font: 1.05rem/1.55 system-ui, sans-serif; margin: 0 auto;
  max-width: 46rem; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
blockquote { border-left: .25rem solid var(--line); margin: .8rem 0; padding: .1rem 1rem; }
pre { background: var(--soft); overflow-x: auto; padding: .7rem; } summary { cursor: pointer; padding: .4rem 0; }
"""

HEADINGS = {
    "right": "Right",
    "unanswered": "Not answered",
    "unusable": "Not the kind of answer that was asked for",
    "outside": "Outside of where any answer lies",
    "error": "Stopped by an error",
    "no answer": "No answer reached us",
    "missing": "The exercise is missing",
    "time": "Out of time",
    "memory": "Out of memory",
    "ended": "The process ended",
    "flood": "Too much was written",
    "unreadable": "The file cannot be read",
    "refused": "The file was refused",
    "another chapter": "The file of another chapter",
    "unknown chapter": "No such assignment",
    "duplicate": "A second file",
    "not handed in": "Not handed in",
    "not graded": "Not graded, and not by your fault",
}


def page(student: str, rows: Sequence[Result], titles: Mapping[str, str], points: Sequence[int], force: str) -> str:
    """Make the page of one student.

    Parameters
    ----------
    student : str
        Name of the folder that was handed in.
    rows : sequence of Result
        This student's, sorted by chapter.
    titles : mapping
        Titles of chapters by name.
    points : sequence of int
        Reached, and of how many.
    force : str
        What protected the submissions from each other.
    """
    table = "".join(
        f'<tr><th scope="row">{_text(row.title or row.chapter or "file")}</th>'
        f"<td>{_verdict(row)}</td><td>{_points(row)}</td></tr>"
        for row in rows
    )
    parts = []
    for chapter, some in groupby(rows, key=lambda row: row.chapter):
        parts.append(f"<h2>{_text(titles.get(chapter, chapter or 'What was handed in'))}</h2>")
        parts += [_exercise(row) for row in some]
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Feedback for {_text(student)}</title><style>{STYLE}</style></head>
<body>
<main>
<h1>Feedback for {_text(student)}</h1>
<p><strong>{points[0]} of {points[1]} points.</strong></p>
<table><caption>All assigned exercises</caption>
<thead><tr><th scope="col">Exercise</th><th scope="col">Verdict</th><th scope="col">Points</th></tr></thead>
<tbody>{table}</tbody></table>
{"".join(parts)}
<h2>How this was graded</h2>
<p>Your answers were run anew by a program, after the chapter’s own cells, with a limit of time and memory.
What protected the submissions from each other: {_text(force)}.
A message never tells the answer. If you think that a verdict is wrong, ask your instructor, and bring this page.</p>
</main>
</body>
</html>
"""


def _verdict(row: Result) -> str:
    words = HEADINGS.get(row.verdict, "Not right yet")
    return f'<span class="{"good" if row.verdict == "right" else "bad"}">{_text(words)}</span>'


def _points(row: Result) -> str:
    return "open" if row.points is None else f"{row.points} of {row.of}" if row.of else "none to get"


def _exercise(row: Result) -> str:
    name = f"{_text(row.title)} <small>({_text(row.exercise)})</small>" if row.exercise else "A file"
    remarks = "".join(f"<p>{_text(each)}</p>" for each in row.remarks)
    return (
        f"<section><h3>{name}</h3><p>{_verdict(row)}, {_points(row)} points.</p>"
        f"<blockquote><p>{_text(row.reason)}</p></blockquote>{remarks}{_ran(row)}</section>"
    )


def _ran(row: Result) -> str:
    if not row.own and not row.steps:
        return "<p>Nothing was run.</p>"
    cells = "".join(
        f"<p>{_text(step.name[0].upper() + step.name[1:])}"
        f"{', which raised ' + _text(error) if error else ', which ran'}:</p>"
        f'<pre tabindex="0"><code>{_text(step.source[:MAX_SHOWN])}</code></pre>'
        for step, error in row.steps
    )
    own = f"{row.own} cells of the chapter" if row.own != 1 else "1 cell of the chapter"
    count = f"{len(row.steps)} of yours"
    return f"<details><summary>What was run in {row.seconds:.1f} s: {own}, then {count}</summary>{cells}</details>"


def _text(value: str) -> str:
    """Show any text as text; what cannot be shown becomes a mark."""
    return html.escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", value))
