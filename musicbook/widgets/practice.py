"""Practice: exercises by ear and by eye, ratings that follow the answers, and what to practise next.

Task
    A bank of exercises travels in the page, with questions, answers and reasons. The reader answers; a rating for each topic
    moves with every answer; and the next exercise is the one that she will probably solve at the rate that she chose, of a topic
    that she likes. The page computes; this module computes the same from Python.

Conventions
    Ratings and difficulties are those of :mod:`musicbook.recommend.elo`. ``log`` holds ``[exercise, option]`` for each answer.
    ``interest`` is from 0 to 1 for each topic; ``level`` 0 and ``topic`` -1 mean any. Difficulties are hundredths.

Classes
    ``Practice``

Sources
    Pelánek (2016).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from musicbook.compose.practice import TOPICS, Exercise, bank
from musicbook.music.levels import LEVELS, key_of, signs_of
from musicbook.music.melody import TICKS, Melody
from musicbook.music.questions import signature, spell
from musicbook.recommend import elo
from musicbook.widgets._module import PARTS, SoundingWidget, css, esm
from musicbook.widgets.player import check_length, number, rows

TARGETS = (0.6, 0.75, 0.9)


class Practice(SoundingWidget):
    """Answer, read why, see your ratings move, and take what is recommended next.

    Parameters
    ----------
    exercises : sequence of Exercise, optional
        :func:`musicbook.compose.practice.bank` if not given.
    target : float
        Probability of a right answer that the next exercise shall have.
    title, caption : str
        Above and below.

    Raises
    ------
    ValueError
        If there is no exercise, or one of an unknown topic.

    Notes
    -----
    The traits ``now`` (the exercise on the screen), ``log``, ``target``, ``interest``, ``level`` and ``topic`` follow the reader.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Practice").tag(sync=True)
    _esm = esm(*PARTS, "charts", "playerview", "jukebox", "eloscore", "staff", "practice")
    _css = css("theme", "player", "quizcards", "practice")

    exercises = traitlets.List().tag(sync=True)
    tunes = traitlets.List().tag(sync=True)
    topics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    levels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    log = traitlets.List().tag(sync=True)
    now = traitlets.Int(0, min=0).tag(sync=True)
    answer = traitlets.Int(-1, min=-1).tag(sync=True)
    target = traitlets.Float(0.75, min=0, max=1).tag(sync=True)
    interest = traitlets.List(traitlets.Float(min=0, max=1)).tag(sync=True)
    weight = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    level = traitlets.Int(0, min=0).tag(sync=True)
    topic = traitlets.Int(-1, min=-1).tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self, exercises: Sequence[Exercise] | None = None, *, target: float = 0.75, title: str = "", caption: str = ""
    ):
        exercises = bank() if exercises is None else list(exercises)
        strange = {each.question.topic for each in exercises} - set(TOPICS)
        if not exercises or strange:
            raise ValueError(
                f"{len(exercises)} exercises of the topics {sorted(strange)}; the topics are {', '.join(TOPICS)}"
            )
        super().__init__(
            exercises=[_exercise(each) for each in exercises],
            tunes=[_tune(each.question.heard) for each in exercises],
            topics=list(TOPICS),
            levels=[level.name for level in LEVELS],
            interest=[0.5] * len(TOPICS),
            target=target,
            title=title,
            caption=caption,
        )
        self.now = self.selected = self.recommended()

    def ratings(self) -> list[list[float]]:
        """Give the ratings before the first answer and after each: one row of len(topics) a time."""
        found, answers = [[0.0] * len(self.topics)], [0] * len(self.topics)
        for item, option in self.log:
            each = self.exercises[item]
            topic, row = each["topic"], list(found[-1])
            right = option == each["right"]
            row[topic], _ = elo.update(row[topic], each["d"] / 100, right, answers[topic], options=len(each["options"]))
            answers[topic] += 1
            found.append([float(value) for value in row])
        return found

    def expected(self, item: int) -> float:
        """Give the probability that the reader solves an exercise, by her ratings now."""
        each = self.exercises[item]
        return float(elo.expected(self.ratings()[-1][each["topic"]], each["d"] / 100, len(each["options"])))

    def recommended(self) -> int:
        """Give the exercise that is worth most now, among those of the chosen level and topic."""
        items = [
            k
            for k, each in enumerate(self.exercises)
            if self.level in (0, each["level"]) and self.topic in (-1, each["topic"])
        ] or list(range(len(self.exercises)))
        table = [self.exercises[k] for k in items]
        topic = np.array([each["topic"] for each in table])
        difficulty = np.array([each["d"] for each in table]) / 100
        options = np.array([len(each["options"]) for each in table])
        seen = np.array([sum(item == k for item, _ in self.log) for k in items])
        skills, interest = np.array([self.ratings()[-1]]), np.array([self.interest])
        best = elo.choose(skills, topic, difficulty, options, interest, seen[None], self.target, self.weight)
        return items[int(best[0])]


def _exercise(each: Exercise) -> dict:
    question = each.question
    return {
        "topic": TOPICS.index(question.topic),
        "level": each.level,
        "d": round(100 * each.difficulty),
        "text": question.text,
        "options": list(question.options),
        "right": question.right,
        "why": question.why,
        "staff": None if question.seen is None else _staff(question.seen),
    }


def _tune(melody: Melody) -> dict:
    check_length(melody)
    return {"notes": rows(melody), "meter": melody.meter, "pickup": melody.pickup / TICKS, "tempo": melody.tempo}


def _staff(melody: Melody) -> dict:
    """Give what the page must know to write a melody: the signs of the key, and rows [onset, length, step, mark]."""
    key = key_of(melody)
    altered = signature(key)
    written = []
    for onset, length, pitch, _ in melody.notes:
        step, sign = spell(int(pitch), key)
        usual = altered.get("CDEFGAB"[step % 7], 0)
        mark = "" if sign == usual else {0: "♮", 1: "♯", -1: "♭"}[sign]
        written.append([number(onset), number(length), step, mark])
    return {"signs": signs_of(key), "bar": melody.bar / TICKS, "rows": written}
