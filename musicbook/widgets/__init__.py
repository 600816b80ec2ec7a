"""Widgets of the book: tune player, comparison player, tune browser, and what lets them run in a page without a kernel."""

from musicbook.widgets.browser import Browser
from musicbook.widgets.compare import Compare
from musicbook.widgets.player import Player

__all__ = ["Browser", "Compare", "Player"]
