"""Widgets of the book: players, tune browser, concept graph, and what lets them run in a page without a kernel.

A widget's module is imported when the widget is first asked for, so that a notebook loads, and depends on, those that it shows.
"""

from __future__ import annotations

import importlib

HOMES = {
    "Browser": "browser",
    "Compare": "compare",
    "ConceptGraph": "graph",
    "Confusion": "confusion",
    "Exercise": "exercise",
    "Explorer": "explorer",
    "Feed": "feed",
    "FilterTable": "filtertable",
    "GaussianGame": "bell",
    "GaussianKL": "bell",
    "GrowthExplorer": "growth",
    "MatrixEditor": "matrix",
    "MetricExplorer": "metrics",
    "MoodPad": "mood",
    "MoodRating": "mood",
    "Neighbours": "neighbours",
    "Pad": "pad",
    "Player": "player",
    "Practice": "practice",
    "Quiz": "quiz",
    "Room": "room",
    "Screening": "screening",
    "Sketch": "sketch",
    "SqlBox": "sqlbox",
    "Studio": "studio",
    "Taste": "taste",
    "Tuner": "tuner",
}
"""The module of this package in which each widget is defined."""

__all__ = sorted(HOMES)


def __getattr__(name: str):
    """Import a widget from its module and keep it."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its widgets: {', '.join(HOMES)}")
    globals()[name] = getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    return globals()[name]
