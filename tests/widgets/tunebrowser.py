"""What the tests of the tune browser share: where its list is, and the browser that most of them look at."""

from __future__ import annotations

from musicbook.music import corpus
from musicbook.widgets import Browser

LINES = ".mb-list [role=option]"
CHOSEN = f"{LINES}[aria-selected=true]"


def forty_eight() -> Browser:
    return Browser(corpus.load(), caption="Forty-eight real tunes.")
