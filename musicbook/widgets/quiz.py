"""The quiz: questions with a choice of answers, each of which says at once why it is right or not.

Task
    A few questions check whether an idea has arrived. The reader chooses an answer; the first choice counts, and then every
    option tells its reason, the wrong ones too. The score stays in the reader's browser, where it allows that.

Conventions
    An option is ``(text, right, why)``. A question has 2 to 6 options, one of them right at least. ``answers`` holds for
    each question the number of the option that was chosen, -1 if none was. Chinese text is marked as such in the page.

Classes
    ``Quiz``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import traitlets

from musicbook.course import records
from musicbook.widgets._module import BookWidget, css, esm

MOST_OPTIONS = 6


class Quiz(BookWidget):
    """Choose an answer, read why.

    Parameters
    ----------
    questions : sequence of mapping
        Each with ``text`` and ``options``, which are ``(text, right, why)``.
    title, caption : str
        Above and below.
    key : str
        The answers are kept in the browser under this name; nothing is kept if it is empty.

    Raises
    ------
    ValueError
        If there is no question, or one has no right option, an option without reason, or too few or too many options.

    Notes
    -----
    The trait ``answers`` follows the reader.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Quiz").tag(sync=True)
    _esm = esm("theme", "controls", "quizscore", "quizcards")
    _css = css("theme", "quizcards")

    questions = traitlets.List().tag(sync=True)
    answers = traitlets.List(traitlets.Int(min=-1, max=MOST_OPTIONS - 1)).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)

    def __init__(self, questions: Sequence[Mapping], *, title: str = "", caption: str = "", key: str = ""):
        if not questions:
            raise ValueError("a quiz needs one question at least")
        read = [_question(each) for each in questions]
        super().__init__(questions=read, answers=[-1] * len(read), title=title, caption=caption, key=key)

    @classmethod
    def of(cls, chapter: str) -> Quiz:
        """Make the quiz of a chapter.

        Parameters
        ----------
        chapter : str
            Its name, such as ``"gan"``; the questions are in ``data/course``.

        Returns
        -------
        Quiz
            The answers are kept in the browser under the chapter's name.

        Raises
        ------
        RecordError
            If there is no such chapter.
        """
        questions = [{"text": each.text, "options": each.options} for each in records.quiz(chapter)]
        return cls(questions, title="Check yourself", key=chapter)

    def score(self) -> tuple[int, int]:
        """Give how many answers are right, and how many there are."""
        given = [(each["options"][a][1]) for each, a in zip(self.questions, self.answers, strict=True) if a >= 0]
        return sum(given), len(given)


def _question(each: Mapping) -> dict:
    text, options = str(each.get("text", "")).strip(), [list(option) for option in each.get("options", ())]
    if not text or not 2 <= len(options) <= MOST_OPTIONS:
        raise ValueError(f"{text!r} has {len(options)} options; a question has a text and 2 to {MOST_OPTIONS} options")
    for option in options:
        if len(option) != 3 or not isinstance(option[1], bool) or not option[0] or not option[2]:
            raise ValueError(f"{option} is not (text, right, why) with a text, True or False, and a reason")
    if not any(right for _, right, _ in options):
        raise ValueError(f"no option of {text!r} is right")
    return {"text": text, "options": options}
