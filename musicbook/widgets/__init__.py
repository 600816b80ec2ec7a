"""Widgets of the book: the tune player, the comparison player, and what lets them run in a page without a kernel."""

from musicbook.widgets.compare import Compare
from musicbook.widgets.player import Player

__all__ = ["Compare", "Player"]
