"""The Sphinx extension that turns the chapters into the published book.

`jupyter-book build .` loads it by name from ``_config.yml``. Each module below is one idea and registers its own
handlers in its ``setup``. They are imported there and not before: chapters read the book's records without Sphinx.

- `assets`: puts the widgets' scripts and the style sheet beside the pages;
- `offline`: refuses a page that would load anything from another host;
- `maths`: MathJax only where there are formulas;
- `withheld`: keeps the solutions of assigned exercises out of what is published;
- `state`: keeps the code of the widgets out of the saved state of each page;
- `cache`: a notebook is executed again when something changes that it depends on, and not when anything else does;
- `depends`: what that is: the modules that it imports, the files that it is declared to read, the versions of packages;
- `trace`: notes in each kernel what it really reads, so that a wrong declaration is found;
- `execute`: what the cache lacks is executed two at a time, before the first page is read;
- `measure`: seconds and peak memory of each notebook's kernel;
- `failures`: a failed cell fails the build and is named in the last lines printed;
- `figures`: every image has a text alternative and a caption;
- `images`: pictures in few colours, so that pages are light;
- `errata`, `glossary`, `coverage`, `bibliography`, `exercises`, `teaching`: pages and boxes made from the files in ``data/``;
- `status`: the page that reports what the build measured, beside the budgets of `budgets`;
- `theme`: small repairs of the theme for readers who use a keyboard or a screen reader;
- `launch`: the buttons for Binder and Colab, once the book has a public address.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PARTS = (
    "withheld",
    "theme",
    "launch",
    "cache",
    "assets",
    "bibliography",
    "maths",
    "measure",
    "execute",
    "state",
    "figures",
    "images",
    "errata",
    "glossary",
    "coverage",
    "exercises",
    "teaching",
    "status",
    "offline",
    "failures",  # last, so that it also sees what the others found wrong
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part of the extension with Sphinx.

    Parameters
    ----------
    app : Sphinx
        The application that is being set up.

    Returns
    -------
    dict
        What Sphinx wants to know about an extension. Reading in parallel is ruled out: the notebooks are executed two at a
        time before, and the rest is quick.
    """
    for part in PARTS:
        importlib.import_module(f"{__name__}.{part}").setup(app)
    # Jupyter Book sets this option of an extension that the book leaves out; unknown, it would be a warning.
    app.add_config_value("comments_config", {}, "")
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
