"""The form of an exercise: the reader answers, and is told at once what is right or wrong about the answer.

Task
    An exercise of the book is judged where it stands: in the published page without a kernel, and in a notebook. The form
    holds the record sealed (`musicbook.course.seal`); what the reader did stays in the browser, where it allows that.

Conventions
    An answer is a list of texts: what stands in the fields, or the letters of the options. An exercise about another widget
    of the page reads a trait of that one, a number or a list of numbers.

Classes
    ``Exercise``
"""

from __future__ import annotations

import ipywidgets
import traitlets

from musicbook.course import records, seal
from musicbook.widgets._module import BookWidget, css, esm


class Exercise(BookWidget):
    """Ask for an answer and judge it.

    Parameters
    ----------
    id : str
        The exercise's name, such as ``"gan-2"``; the record is in ``data/course``.
    watching : tuple, optional
        ``(widget, trait)`` that the reader sets, for an exercise whose record says ``watch``.

    Raises
    ------
    RecordError
        If there is no such exercise.
    ValueError
        If the exercise is about another widget and none is given, or the other way round, or the widget has no such trait.

    Notes
    -----
    The traits ``given`` and ``solved`` follow the reader.
    """

    _anywidget_id = traitlets.Unicode("musicbook.Exercise").tag(sync=True)
    _esm = esm("theme", "controls", "sha256", "exercisejudge", "exerciseforms", "exercise")
    _css = css("theme", "exercise")

    record = traitlets.Dict().tag(sync=True)
    watched = traitlets.Instance(ipywidgets.Widget, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    trait = traitlets.Unicode("").tag(sync=True)
    given = traitlets.List(traitlets.Unicode()).tag(sync=True)
    solved = traitlets.Bool(False).tag(sync=True)

    def __init__(self, id: str, watching: tuple[ipywidgets.Widget, str] | None = None):
        made = records.exercise(id)
        if bool(made.watch) != bool(watching):
            needs = f"watching=(widget, trait): {made.watch}" if made.watch else "no widget to watch"
            raise ValueError(f"the exercise {id} needs {needs}")
        widget, trait = watching or (None, "")
        if widget is not None and trait not in widget.keys:
            raise ValueError(
                f"{type(widget).__name__} has no synchronised trait {trait!r}; it has {sorted(widget.keys)}"
            )
        super().__init__(record=seal.sealed(made), watched=widget, trait=trait)
