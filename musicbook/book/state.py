"""Keep the code of the widgets out of the pages.

A notebook saves the state of its widgets, and anywidget stores the whole source of a widget (``_esm``, ``_css``) in the
state of each instance. On the published pages ``widgets.js`` carries each source once for the whole book, so the copies
are dropped. So are progress bars, and widgets that no place of the page shows. The notebook itself is left alone: in
JupyterLab the source comes from the kernel.
"""

from __future__ import annotations

import json
import re
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

_VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
_MODEL = re.compile(r'"model_id":\s*"([^"]+)"')
_REFERENCE = re.compile(r'"IPY_MODEL_([^"]+)"')
_PROGRESS = {"FloatProgressModel", "IntProgressModel"}

STATE_FILE = "ipywidgets_state"
"""Name under which MyST-NB keeps the saved state among the scripts of a page."""


def widget_models(env: Any, docname: str) -> dict[str, dict[str, Any]]:
    """Read the saved widget models of a page.

    Parameters
    ----------
    env : BuildEnvironment
        The build environment, after the page was read.
    docname : str
        The page.

    Returns
    -------
    dict
        State of each model by model id; empty for a page without widgets.
    """
    scripts = NbMetadataCollector.get_js_files(env, docname)
    if STATE_FILE not in scripts:
        return {}
    models = json.loads(scripts[STATE_FILE][1]["body"])["state"]
    return {key: model["state"] for key, model in models.items()}


def drop_progress(saved: dict[str, Any]) -> set[str]:
    """Remove progress bars, with the boxes and labels around them, from a saved widget state.

    A bar appears only in the run that fills a cache, and in a page it would be dead.

    Parameters
    ----------
    saved : dict
        A notebook's ``application/vnd.jupyter.widget-state+json``. Changed in place.

    Returns
    -------
    set of str
        Ids of the models that were removed.
    """
    models = saved["state"]
    bars = {key for key, model in models.items() if model["model_name"] in _PROGRESS}
    gone = set(bars)
    for key, model in models.items():
        children = {child.removeprefix("IPY_MODEL_") for child in model["state"].get("children", [])}
        if children & bars:
            gone |= {key} | children
    for key in gone:
        models.pop(key, None)
    return gone


def drop_unseen(saved: dict[str, Any], seen: set[str]) -> None:
    """Remove the models that nothing on the page shows: neither a place of it nor a widget that is shown.

    Parameters
    ----------
    saved : dict
        A notebook's ``application/vnd.jupyter.widget-state+json``. Changed in place.
    seen : set of str
        Ids of the models that the page shows.
    """
    models, reached, waiting = saved["state"], set(), seen & set(saved["state"])
    while waiting:
        key = waiting.pop()
        reached.add(key)
        named = _REFERENCE.findall(json.dumps(models[key]["state"]))
        waiting |= {name for name in named if name in models} - reached
    for key in set(models) - reached:
        del models[key]


def script_text(saved: dict[str, Any]) -> str:
    """Write a saved widget state as JSON that a script element can hold.

    Parameters
    ----------
    saved : dict
        A notebook's ``application/vnd.jupyter.widget-state+json``.

    Returns
    -------
    str
        JSON of the same value. ``</script`` would end the element; after ``<!--`` and ``<script`` its own end tag no
        longer would (HTML Living Standard, 13.1.2.1, "Restrictions on the contents of script elements"). So neither
        ``</`` nor ``<!--`` is left; in JSON they can stand only within strings, where an escape changes nothing.
    """
    text = json.dumps(saved, separators=(",", ":"))
    return text.replace("</", r"<\/").replace("<!--", r"\u003c!--")


def _strip_page(app: Sphinx, doctree: nodes.document) -> None:
    scripts = NbMetadataCollector.get_js_files(app.env, app.env.docname)
    if STATE_FILE in scripts:
        from musicbook.widgets.assets import slim

        attributes = scripts[STATE_FILE][1]
        saved = slim(json.loads(attributes["body"]))
        gone = drop_progress(saved)
        seen = set()
        for view in [node for node in doctree.findall(nodes.raw) if _VIEW_TYPE in node.astext()]:
            shown = set(_MODEL.findall(view.astext()))
            if shown & gone:
                view.parent.remove(view)
            else:
                seen |= shown
        drop_unseen(saved, seen)
        attributes["body"] = script_text(saved)


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("doctree-read", _strip_page)
