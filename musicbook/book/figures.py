"""Every image has words for a reader who does not see it, and a caption for everybody.

For the output of a code cell both are written in the cell's metadata::

    {"mystnb": {"image": {"alt": "Bar chart: reels are the largest group ..."},
                "figure": {"name": "fig-kinds", "caption": "Tune types in Ryan's collection."}}}

and for an image file with the ``figure`` directive. An image that lacks one of them is a warning, hence an error in a
build with ``-W``.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

MIN_WORDS = 4
"""A text alternative with fewer words does not say what is to be seen."""

_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|svg|gif|webp)$", re.IGNORECASE)


def fault_of_alt(alt: str) -> str | None:
    """Judge a text alternative.

    Parameters
    ----------
    alt : str
        The text, empty if there is none.

    Returns
    -------
    str or None
        What is wrong with it, or None.
    """
    text = alt.strip()
    if not text:
        return "has no text alternative"
    if _FILE_NAME.search(text):
        return f"has a file name as its text alternative: {text}"
    if len(text.split()) < MIN_WORDS:
        return f"has a text alternative of fewer than {MIN_WORDS} words: {text}"
    return None


def _has_caption(node: nodes.Node | None) -> bool:
    while node is not None:
        if isinstance(node, nodes.figure):
            return any(isinstance(child, nodes.caption) and child.astext().strip() for child in node.children)
        node = node.parent
    return False


def _check_images(app: Sphinx, doctree: nodes.document) -> None:
    for image in doctree.findall(nodes.image):
        faults = [fault_of_alt(image.get("alt", ""))]
        if not _has_caption(image):
            faults.append("has no caption")
        for fault in filter(None, faults):
            logger.warning("an image %s", fault, location=image, type="musicbook", subtype="figure")


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("doctree-read", _check_images)
