"""A page of the book loads nothing from another host.

The configuration leaves out what the stock theme would fetch (thebe, RequireJS, the widget manager, comments), and
MathJax lies in ``_vendor/``. This module checks the result after every build, so that a new extension or a pasted embed
cannot bring a foreign address back unseen. Links that a reader follows by hand are no loads.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

_LOADING = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "embed": ("src",),
    "object": ("data",),
    "track": ("src",),
    "form": ("action",),
    "link": ("href",),
}
_PASSIVE_LINKS = {"canonical", "license", "author", "help"}
_FOREIGN = re.compile(r"(?:https?:)?//[^\s\"'),]+")
_IN_STYLE = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^\s\"')]+)")
_IN_SCRIPT = re.compile(
    r"(?:import\s*\(?\s*|from\s+|\.src\s*=\s*|fetch\(\s*|[A-Z_]*URL[A-Z_]*\s*=\s*)[\"'`]((?:https?:)?//[^\"'`]+)"
)


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._inside = tag if tag in {"script", "style"} else ""
        if tag == "script" and "json" in values.get("type", ""):
            self._inside = ""
        if tag == "link" and _PASSIVE_LINKS & set(values.get("rel", "").split()):
            return
        for name in _LOADING.get(tag, ()):
            addresses = values.get(name, "").split(",") if name == "srcset" else [values.get(name, "")]
            self.found += [match.group() for address in addresses if (match := _FOREIGN.match(address.strip()))]
        self.found += _IN_STYLE.findall(values.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += _IN_STYLE.findall(data)
        elif self._inside == "script":
            self.found += _IN_SCRIPT.findall(data)


def external_loads(html: str) -> list[str]:
    """List what a page would load from another host.

    Parameters
    ----------
    html : str
        The page.

    Returns
    -------
    list of str
        Addresses, in order: of scripts, styles, images, sound, frames and forms, in style sheets within the page, and
        in scripts within the page where they are imported, fetched or kept as a setting. A link in the text is not one.
    """
    parser = _Loads()
    parser.feed(html)
    return parser.found


def _check_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for docname in sorted(app.env.found_docs):
        page = Path(app.builder.get_outfilename(docname))
        for address in external_loads(page.read_text(encoding="utf-8")):
            logger.warning("the page would load %s", address, location=docname, type="musicbook", subtype="offline")


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("build-finished", _check_pages)
