"""MathJax is loaded only by the pages that have formulas.

Sphinx asks whether a page *or any page below it in the table of contents* has formulas, so that the first page of the
book would always load two megabytes of script.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def _is_mathjax(script: Any) -> bool:
    return "mathjax" in str(script.filename or "").lower() or "window.MathJax" in script.attributes.get("body", "")


def _drop_unused(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    formulas = (nodes.math, nodes.math_block)
    if doctree is None or not any(isinstance(node, formulas) for node in doctree.findall()):
        context["script_files"] = [script for script in context["script_files"] if not _is_mathjax(script)]


def setup(app: Sphinx) -> None:
    """Register the handler of this module, to run after Sphinx's own."""
    app.connect("html-page-context", _drop_unused, priority=900)
