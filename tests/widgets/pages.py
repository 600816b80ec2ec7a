"""A static page as Jupyter Book writes it: the saved widget state, a view for each widget, and the host script."""

from __future__ import annotations

import json
from pathlib import Path

import browser as chromium
import pytest
from ipywidgets.embed import dependency_state, embed_data

from musicbook.widgets import assets

LOOKS = pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("dark", 390),
        ("light", 1440),
        *(pytest.param(*each, marks=pytest.mark.looks) for each in (("light", 390), ("dark", 1440))),
    ],
)
"""Each theme and each width once; the other two by night, as the pages of the book."""

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"

# The variables that pydata-sphinx-theme 0.15 sets, as far as the widgets read them.
THEME = """
html { --pst-color-text-base: #222832; --pst-color-text-muted: #48566b; --pst-color-background: #fff; }
html[data-theme="dark"] { --pst-color-text-base: #ced6dd; --pst-color-text-muted: #9ca4af;
                          --pst-color-background: #14181e; }
body { margin: 0; background: var(--pst-color-background); color: var(--pst-color-text-base); font-family: sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
"""


def write_assets(folder: Path) -> None:
    """Write the files that the site shares, as the book's Sphinx extension does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in assets.static_files().items():
        (folder / name).write_bytes(content)


def write_page(path: Path, widgets: list, static: str, theme: str = "light", drop: tuple = ()) -> Path:
    """Write a page with these widgets.

    Parameters
    ----------
    path : Path
        The HTML file.
    widgets : list of ipywidgets.Widget
    static : str
        Address of the shared folder, relative to the page.
    theme : str
        ``data-theme`` of the page.
    drop : tuple of str
        Model ids to leave out of the saved state.
    """
    data = embed_data(views=widgets, state=dependency_state(widgets, drop_defaults=False))
    state = assets.slim(data["manager_state"])
    for model in drop:
        del state["state"][model]
    # myst-nb breaks up closing tags inside its scripts in the same way.
    views = "".join(
        f'<div class="output"><script type="{VIEW}">{json.dumps(view)}</script></div>' for view in data["view_specs"]
    )
    text = json.dumps(state).replace("</", r"<\/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<!DOCTYPE html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>A chapter</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{THEME}</style>'
        f'<script type="{STATE}">{text}</script><script src="{static}/host.js"></script></head>'
        f"<body><main><h1>A chapter</h1>{views}</main></body></html>",
        encoding="utf-8",
    )
    return path


def check_axe(page, **options) -> None:
    """Require that axe finds nothing."""
    result = chromium.axe(page, **options)
    assert result.violations_count == 0, result.generate_report()
