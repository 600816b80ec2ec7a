"""Put the scripts, sounds and styles that the pages need beside the pages.

Jupyter Book loads every script that lies below a ``_static`` folder of the project on every page, samples included. So
nothing lies there: this module writes the files when the build starts, and a page asks for the widgets' host script
only if it shows a widget.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

WIDGET_FOLDER = "musicbook"
"""Folder below ``_static`` that holds the files of `musicbook.widgets.assets.static_files`."""

HOST = f"{WIDGET_FOLDER}/host.js"
"""The script, relative to ``_static``, that brings the saved widgets of a page to life without a kernel."""

STYLE = Path(__file__).parent / "static" / "book.css"


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file unless it already has this content.

    Parameters
    ----------
    path : Path
        The file; its folder is made when it is missing.
    content : bytes
        What the file is to hold.

    Returns
    -------
    bool
        Whether anything was written.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def sync_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold exactly the given files.

    Parameters
    ----------
    folder : Path
        The folder; files in it that are not named are removed.
    files : dict of str to bytes
        Content by name relative to the folder, with forward slashes.
    """
    for name, content in files.items():
        write_if_changed(folder / name, content)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()


def _point_widgets_at_host(app: Sphinx, config: Config) -> None:
    config.nb_ipywidgets_js = {HOST: {"defer": "defer"}}


def _write_files(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    from musicbook.widgets.assets import static_files

    static = Path(app.outdir) / "_static"
    sync_folder(static / WIDGET_FOLDER, static_files())
    write_if_changed(static / "book.css", STYLE.read_bytes())


def setup(app: Sphinx) -> None:
    """Register the handlers of this module."""
    app.connect("config-inited", _point_widgets_at_host)
    app.connect("builder-inited", _write_files)
    app.add_css_file("book.css", priority=900)
