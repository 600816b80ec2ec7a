"""Shared by the widget tests: a site with the shared files, a server for it, and a few tunes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import browser as chromium
import pages
import pytest
from tunebrowser import forty_eight

from musicbook.music import corpus
from musicbook.music.corpus import Catalogue
from musicbook.music.melody import Melody
from musicbook.widgets import Browser


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder as the built book: the shared files in _static/musicbook."""
    folder = tmp_path_factory.mktemp("site")
    pages.write_assets(folder / "_static" / "musicbook")
    return folder


@pytest.fixture(scope="session")
def address(site) -> str:
    """``http://`` address of the site."""

    with chromium.served(site) as address:
        yield address


@pytest.fixture
def show(browser, site, address, request):
    """Write a page with some widgets and open it: show(widget, ..., scheme="http", theme="light", ...)."""
    opened = []

    def opener(*widgets, scheme="http", theme="light", drop=(), init="", **context):
        name = f"{request.node.name}-{len(opened)}".replace("/", "-").replace("[", "-").replace("]", "")
        path = pages.write_page(
            site / "chapters" / "deep" / f"{name}.html", list(widgets), "../../_static/musicbook", theme, drop
        )
        page = chromium.open_page(browser, **context)
        opened.append(page)
        if init:
            page.add_init_script(init)
        page.goto(chromium.url_of(path) if scheme == "file" else f"{address}/{path.relative_to(site).as_posix()}")
        page.wait_for_selector("html[data-musicbook=ready]", timeout=20_000)
        return page

    yield opener
    for page in opened:
        assert page.strangers == []
        assert page.errors == []
        page.close()


@pytest.fixture(scope="session")
def cat() -> Catalogue:
    """The whole catalogue."""
    return corpus.load()


@pytest.fixture
def tunes() -> Browser:
    """A tune browser with 48 tunes."""
    return forty_eight()


@pytest.fixture(scope="session")
def scale() -> Melody:
    """Sixteen quarter notes up and down: 8 s at tempo 120."""
    pitches = [60, 62, 64, 65, 67, 69, 71, 72, 72, 71, 69, 67, 65, 64, 62, 60]
    return Melody.from_notes([(i, 1, pitch) for i, pitch in enumerate(pitches)], title="Scale", key="C")


@pytest.fixture(scope="session")
def voices() -> Melody:
    """Four voices with triplets and a pickup, in three flats."""
    third = Fraction(1, 3)
    rows = [(0, 1, 67, 0)] + [(1 + i * third, third, 72 + i % 5, 0) for i in range(24)]
    rows += [(1 + 2 * i, 2, 60 + i, 1) for i in range(4)] + [(1 + 4 * i, 4, 55, 2) for i in range(2)] + [(1, 8, 43, 3)]
    return Melody.from_notes(rows, title="Four voices", key="Eb", pickup=10080, tempo=96)
