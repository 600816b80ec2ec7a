"""Widgets of the book: players, tune browser, concept graph, and what lets them run in a page without a kernel."""

from musicbook.widgets.bell import GaussianGame, GaussianKL
from musicbook.widgets.browser import Browser
from musicbook.widgets.compare import Compare
from musicbook.widgets.confusion import Confusion
from musicbook.widgets.exercise import Exercise
from musicbook.widgets.explorer import Explorer
from musicbook.widgets.feed import Feed
from musicbook.widgets.filtertable import FilterTable
from musicbook.widgets.graph import ConceptGraph
from musicbook.widgets.growth import GrowthExplorer
from musicbook.widgets.matrix import MatrixEditor
from musicbook.widgets.metrics import MetricExplorer
from musicbook.widgets.mood import MoodPad, MoodRating
from musicbook.widgets.neighbours import Neighbours
from musicbook.widgets.pad import Pad
from musicbook.widgets.player import Player
from musicbook.widgets.practice import Practice
from musicbook.widgets.quiz import Quiz
from musicbook.widgets.room import Room
from musicbook.widgets.screening import Screening
from musicbook.widgets.sketch import Sketch
from musicbook.widgets.sqlbox import SqlBox
from musicbook.widgets.studio import Studio
from musicbook.widgets.taste import Taste
from musicbook.widgets.tuner import Tuner

__all__ = [
    "Browser",
    "Compare",
    "ConceptGraph",
    "Confusion",
    "Exercise",
    "Explorer",
    "Feed",
    "FilterTable",
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
    "Practice",
    "Quiz",
    "Room",
    "Screening",
    "Sketch",
    "SqlBox",
    "Studio",
    "Taste",
    "Tuner",
]
