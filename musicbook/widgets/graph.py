"""The concept graph: what the parts of the book are, and what flows between them, drawn from data and called for real.

Task
    Draw the graph of ``data/concepts.yml``. The reader clicks an edge, sees what goes in and what comes out, and hears
    it where it is a tune; switches an edge off and sees what is lost; looks at the graph as the article draws it, as
    its text describes it, and complete; and follows one tune round the loop.

Conventions
    An edge is a dict with an ``id`` such as ``"B-E"`` and its ends ``from`` and ``to``. An edge that names a
    ``function`` is that function: :func:`call` calls it on real data and refuses any other, so the data file and the
    program cannot drift apart. An edge without one says in which chapter it will be built. Results travel in the
    widget's state: the page needs no kernel.

Functions
    ``load_concepts``, ``check``   read the data, and say what is wrong with them
    ``seen_in``                    the edges of one of the three pictures
    ``reached``, ``has_loop``      what can be reached, and whether anything comes back
    ``call``                       run the function of an edge and keep what went in and came out
    ``ConceptGraph``               the widget

Sources
    The article's flow chart (section 2), its text, and what both leave out: errata B-04. Chapter "Concepts".
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd
import traitlets
import yaml

from musicbook.music.corpus import data_folder
from musicbook.music.melody import TICKS, Melody
from musicbook.widgets._module import PARTS, BookWidget, css, esm
from musicbook.widgets.player import rows

VIEWS = {"article": ("article",), "text": ("article", "text"), "complete": ("article", "text", "added")}
"""The three pictures: the article's flow chart, what its text claims, and with what both lack."""

NODE_FIELDS = {"id", "label", "zh", "kind", "at", "data"}
EDGE_FIELDS = {"id", "from", "to", "label", "source", "what", "lost", "function", "chapter", "planned"}


def load_concepts() -> dict:
    """Read ``data/concepts.yml``: a dict with ``nodes``, ``edges`` and ``journey``."""
    return yaml.safe_load((data_folder() / "concepts.yml").read_text(encoding="utf-8"))


def check(concepts: dict) -> None:
    """Require that a graph can be drawn.

    Raises
    ------
    ValueError
        Names the node, edge or step of the journey and what is wrong with it.
    """
    names = [node["id"] for node in concepts["nodes"]]
    if len(set(names)) < len(names):
        raise ValueError(f"two nodes share an id: {names}")
    for kind, wanted in (("nodes", NODE_FIELDS), ("edges", EDGE_FIELDS)):
        for item in concepts[kind]:
            if missing := wanted - set(item):
                raise ValueError(f"{item.get('id', item)} in {kind} lacks {', '.join(sorted(missing))}")
    places = [tuple(node["at"]) for node in concepts["nodes"]]
    if len(set(places)) < len(places):
        raise ValueError(f"two nodes stand in the same place: {places}")
    for edge in concepts["edges"]:
        if edge["id"] != f"{edge['from']}-{edge['to']}" or not {edge["from"], edge["to"]} <= set(names):
            raise ValueError(f"edge {edge['id']} does not join the nodes {edge['from']} and {edge['to']}")
        if edge["source"] not in ("article", "text", "added"):
            raise ValueError(f"edge {edge['id']} has the source {edge['source']}, not article, text or added")
    known = {edge["id"] for edge in concepts["edges"]}
    for step in concepts["journey"]:
        if step["edge"] not in known:
            raise ValueError(f"the journey goes along {step['edge']}, which is no edge")


def seen_in(concepts: dict, view: str) -> list[dict]:
    """Give the edges of a picture: ``"article"``, ``"text"`` or ``"complete"``."""
    return [edge for edge in concepts["edges"] if edge["source"] in VIEWS[view]]


def reached(edges: list[dict], start: str, off: tuple | list = ()) -> set[str]:
    """Give the nodes that something can flow to from ``start``, along edges that are not switched off."""
    found, waiting = set(), [start]
    while waiting:
        here = waiting.pop()
        new = {edge["to"] for edge in edges if edge["from"] == here and edge["id"] not in off} - found
        found |= new
        waiting.extend(new)
    return found


def has_loop(edges: list[dict]) -> bool:
    """Tell whether anything that flows along these edges can come back to where it started."""
    sorter = TopologicalSorter()
    for edge in edges:
        sorter.add(edge["to"], edge["from"])
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False


@dataclass(frozen=True)
class Flow:
    """What went into the function of an edge and what came out.

    Attributes
    ----------
    edge : str
        Id of the edge.
    function : str
        Dotted name of the function that was called.
    given, result : object
        Its input and its output.
    hear_given, hear_result : Melody or None
        What to play for them.
    """

    edge: str
    function: str
    given: object
    result: object = field(repr=False)
    hear_given: Melody | None = field(default=None, repr=False)
    hear_result: Melody | None = field(default=None, repr=False)

    def state(self) -> dict:
        """Give what the page shows: two sides, each with words and perhaps notes."""
        sides = ((self.given, self.hear_given), (self.result, self.hear_result))
        given, result = ({"words": describe(value), "tune": _tune(heard)} for value, heard in sides)
        return {"function": self.function, "given": given, "result": result}


def call(
    edge: str, function, *args, hear_given=None, hear_result=None, concepts: dict | None = None, **options
) -> Flow:
    """Call the function of an edge, and keep what went in and what came out.

    Parameters
    ----------
    edge : str
        Id of the edge, such as ``"B-K"``.
    function : callable
        It must be the function that the data name for this edge; a method of an object will do.
    *args, **options
        Handed to the function, and shown as its input; for a method of a tune the tune is shown instead.
    hear_given, hear_result : callable, optional
        Turn the input or the output into a Melody to be played, where it is not one.
    concepts : dict, optional
        The graph; the book's own if not given.

    Returns
    -------
    Flow
        Its ``result`` is what the function returned.

    Raises
    ------
    ValueError
        If there is no such edge, or its function is another one.
    """
    edges = {item["id"]: item for item in (concepts or load_concepts())["edges"]}
    if edge not in edges:
        raise ValueError(f"there is no edge {edge}; the edges are {', '.join(edges)}")
    name = f"{function.__module__}.{function.__qualname__}"
    if edges[edge]["function"] != name:
        raise ValueError(f"the function of edge {edge} is {edges[edge]['function']}, not {name}")
    given = _given(function, args, options)
    result = function(*args, **options)
    heard = [_heard(value, hear) for value, hear in ((given, hear_given), (result, hear_result))]
    return Flow(edge, name, given, result, *heard)


def _given(function, args, options):
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Melody):
        return owner
    arguments = inspect.signature(function).bind(*args, **options).arguments
    if not arguments:
        return owner
    return next(iter(arguments.values())) if len(arguments) == 1 else dict(arguments)


def _heard(value, hear) -> Melody | None:
    if hear:
        return hear(value)
    return value if isinstance(value, Melody) else None


def describe(value) -> str:
    """Say in a line what a value is, for people who read the graph."""
    if isinstance(value, Melody):
        return f"{value.title or 'a tune'}: {len(value)} notes in {value.meter}"
    if isinstance(value, np.ndarray):
        values = value.reshape(-1)[:12]
        shape = " x ".join(map(str, value.shape))
        return f"{shape} numbers: {' '.join(map(str, values.tolist()))}{' ...' if value.size > len(values) else ''}"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_short(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        if len(value) > 2 and all(isinstance(row, np.ndarray) for row in value):
            return f"{len(value):,} rows of numbers, {sum(map(len, value)):,} in all"
        return ", ".join(map(_short, value))
    return _short(value)


def _short(value) -> str:
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"{' x '.join(f'{n:,}' for n in value.shape)} numbers"
    if isinstance(value, pd.DataFrame):
        return f"a table of {len(value):,} rows: {', '.join(map(str, value.columns))}"
    if isinstance(value, list | tuple) and len(value) > 12:
        return f"{len(value):,} entries from {value[0]} to {value[-1]}"
    if isinstance(value, Melody):
        return value.title or "a tune"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _tune(melody: Melody | None) -> dict | None:
    if melody is None:
        return None
    pickup = melody.pickup / TICKS
    fields = {"title": melody.title, "meter": melody.meter, "pickup": pickup, "tempo": melody.tempo}
    return {"notes": rows(melody), **fields}


class ConceptGraph(BookWidget):
    """Show the concept graph.

    Parameters
    ----------
    flows : iterable of Flow
        What :func:`call` gave, at most one for each edge.
    concepts : dict, optional
        Another graph than the book's own, in the same form.
    view : str
        The picture to begin with: ``"article"``, ``"text"`` or ``"complete"``.
    caption : str
        A line under the graph.

    Raises
    ------
    ValueError
        If the graph cannot be drawn, a flow belongs to no edge of it, or an edge that has a function was not called:
        the graph shows nothing that did not happen.
    """

    _anywidget_id = traitlets.Unicode("musicbook.ConceptGraph").tag(sync=True)
    _esm = esm(*PARTS, "graphlogic", "graphlayout", "graph")
    _css = css("theme", "graph")

    nodes = traitlets.List().tag(sync=True)
    edges = traitlets.List().tag(sync=True)
    journey = traitlets.List().tag(sync=True)
    flows = traitlets.Dict().tag(sync=True)
    view = traitlets.Enum(list(VIEWS), "complete").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    off = traitlets.List().tag(sync=True)
    step = traitlets.Int(-1).tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)

    def __init__(self, flows=(), *, concepts: dict | None = None, view: str = "complete", caption: str = ""):
        concepts = concepts or load_concepts()
        check(concepts)
        states = {flow.edge: flow.state() for flow in flows}
        known = {edge["id"]: edge for edge in concepts["edges"]}
        if strangers := set(states) - set(known):
            raise ValueError(f"no edge of this graph: {', '.join(sorted(strangers))}")
        silent = [id_ for id_, edge in known.items() if edge["function"] and id_ not in states]
        if silent:
            raise ValueError(f"these edges have a function and were not called: {', '.join(silent)}")
        graph = {name: concepts[name] for name in ("nodes", "edges", "journey")}
        super().__init__(**graph, flows=states, view=view, caption=caption)
