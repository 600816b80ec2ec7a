"""What a page without a kernel needs to run the book's widgets, as files.

Task
    Jupyter Book saves the state of every widget in the page. These files turn that state into working widgets, with
    no other host, no module loader and no kernel, from ``http://`` and from ``file://``.

Files
    ``host.js``           finds the saved state and the places for the widgets, and runs their programs
    ``widgets.js``        the parts of all programs and style sheets, once for the whole site, and which widget is
                          made of which
    ``samples-NAME.js``   the recorded notes of an instrument, as text (a page opened from a disk may run a script that
                          lies beside it, but not read a file), loaded at the first Play

Functions
    ``static_files``   name -> content of all of these
    ``slim``           a notebook's saved state without the programs that ``widgets.js`` carries
"""

from __future__ import annotations

import base64
import copy
import importlib
import json
import pkgutil

import musicbook.widgets
from musicbook.music import sound
from musicbook.widgets._module import read_part, registered, sample_index


def static_files() -> dict[str, bytes]:
    """Give every file that the static page needs.

    Returns
    -------
    dict of str to bytes
        File name (all in one folder) and content; the same bytes on every call.
    """
    classes = dict(sorted(_classes().items()))
    programs = {name: {"js": cls._esm.names, "css": cls._css.names} for name, cls in classes.items()}
    parts = {
        kind: {name: read_part(name, kind) for name in sorted({n for p in programs.values() for n in p[kind]})}
        for kind in ("js", "css")
    }
    widgets = f"musicbook.parts = {_js(parts)};\nmusicbook.programs = {_js(programs)};\n"
    files = {"host.js": read_part("host", "js"), "widgets.js": widgets}
    for name in sound.INSTRUMENTS:
        samples = {"index": sample_index(name), "base64": base64.b64encode(sound.sample_file(name)).decode()}
        files[f"samples-{name}.js"] = f"musicbook.raw[{_js(name)}] = {_js(samples)};\n"
    return {name: text.encode() for name, text in files.items()}


def _classes() -> dict[str, type]:
    """Give every widget class by its identity, whichever were imported before."""
    for module in pkgutil.iter_modules(musicbook.widgets.__path__):
        # Importing a module defines its widgets, so that none is forgotten in a list kept by hand.
        importlib.import_module(f"musicbook.widgets.{module.name}")
    return registered()


def _js(value) -> str:
    """Write a value as JavaScript, in ASCII (JSON allows two line ends in strings that older JavaScript does not)."""
    return json.dumps(value, separators=(",", ":"))


def slim(state: dict) -> dict:
    """Take the programs out of a saved widget state.

    Parameters
    ----------
    state : dict
        Content of ``application/vnd.jupyter.widget-state+json``.

    Returns
    -------
    dict
        A copy in which the book's own widgets have no ``_esm`` and ``_css``; others keep theirs.
    """
    state = copy.deepcopy(state)
    known = _classes()
    for model in state.get("state", {}).values():
        if model.get("state", {}).get("_anywidget_id") in known:
            for name in ("_esm", "_css"):
                model["state"].pop(name, None)
    return state
