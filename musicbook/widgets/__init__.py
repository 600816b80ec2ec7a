"""Widgets of the book: players, tune browser, concept graph, and what lets them run in a page without a kernel."""

from musicbook.widgets.bell import GaussianGame, GaussianKL
from musicbook.widgets.browser import Browser
from musicbook.widgets.compare import Compare
from musicbook.widgets.confusion import Confusion
from musicbook.widgets.graph import ConceptGraph
from musicbook.widgets.growth import GrowthExplorer
from musicbook.widgets.matrix import MatrixEditor
from musicbook.widgets.metrics import MetricExplorer
from musicbook.widgets.mood import MoodPad, MoodRating
from musicbook.widgets.neighbours import Neighbours
from musicbook.widgets.pad import Pad
from musicbook.widgets.player import Player
from musicbook.widgets.sqlbox import SqlBox
from musicbook.widgets.taste import Taste
from musicbook.widgets.tuner import Tuner

__all__ = [
    "Browser",
    "Compare",
    "ConceptGraph",
    "Confusion",
    "GaussianGame",
    "GaussianKL",
    "GrowthExplorer",
    "MatrixEditor",
    "MetricExplorer",
    "MoodPad",
    "MoodRating",
    "Neighbours",
    "Pad",
    "Player",
    "SqlBox",
    "Taste",
    "Tuner",
]
