"""The status page: what the build measured of each chapter, and with which versions.

The weight of a page is known only when every page is written. So the directive ``{status-table}`` leaves two marks in
its page, and the text between them is written when the build is finished, in every build.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import unquote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .assets import write_if_changed
from .budgets import (
    AIM_KB,
    AIM_MB,
    AIM_MB_TENSORFLOW,
    AIM_SECONDS,
    PAGE_KB,
    PEAK_MB,
    PEAK_MB_TENSORFLOW,
    SECONDS,
    Run,
    overruns,
    shares,
)
from .measure import runs
from .state import widget_models

BEGIN, END = "<!-- musicbook status: begin -->", "<!-- musicbook status: end -->"

PACKAGES = (
    "musicbook",
    "numpy",
    "pandas",
    "scikit-learn",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "music21",
    "symusic",
    "verovio",
    "anywidget",
    "jupyter-book",
    "sphinx",
    "myst-nb",
)

_PLAYERS = (
    "musicbook.Player",
    "musicbook.Compare",
    "musicbook.Browser",
    "musicbook.Tuner",
    "musicbook.Pad",
    "musicbook.GaussianGame",
    "musicbook.GaussianKL",
)
_VIEW = re.compile(r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>', re.DOTALL)
_MODEL = re.compile(r'"model_id":\s*"([^"]+)"')
_IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]+)"')


def page_weight(page: Path, root: Path) -> float:
    """Weigh a built page with what belongs to it alone.

    Parameters
    ----------
    page : Path
        The HTML file.
    root : Path
        The folder of the built book. Images below its ``_static`` are shared by all pages and do not count.

    Returns
    -------
    float
        kB (10^3 bytes), uncompressed: the HTML, with the saved widgets, and each image once.
    """
    html = page.read_text(encoding="utf-8")
    images = set()
    for source in _IMAGE.findall(html):
        if source.startswith("data:") or urlsplit(source).scheme:
            continue
        image = (page.parent / unquote(urlsplit(source).path)).resolve()
        if image.is_file() and root.resolve() / "_static" not in image.parents:
            images.add(image)
    return (page.stat().st_size + sum(image.stat().st_size for image in images)) / 1e3


def count_players(env: BuildEnvironment, docname: str, html: str) -> int:
    """Count the tune players, comparison players and tune browsers that a page shows.

    Parameters
    ----------
    env : BuildEnvironment
        The build environment.
    docname : str
        The page.
    html : str
        Its HTML.

    Returns
    -------
    int
        Views whose saved model is one of the three.
    """
    models = widget_models(env, docname)
    shown = [match.group(1) for view in _VIEW.findall(html) if (match := _MODEL.search(view))]
    return sum(models.get(key, {}).get("_anywidget_id") in _PLAYERS for key in shown)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the main packages that are installed."""
    found = {"Python": ".".join(map(str, sys.version_info[:3]))}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit(folder: Path) -> str:
    """Name the commit that a folder is at.

    Parameters
    ----------
    folder : Path
        The project.

    Returns
    -------
    str
        The short hash, with a note if files differ from it; empty outside a git repository.
    """

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, timeout=20, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + (", with changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


class StatusTable(SphinxDirective):
    """The place in a page that the build fills at its end."""

    def run(self) -> list[nodes.Node]:
        """Leave the marks."""
        self.env.musicbook_status_page = self.env.docname
        return [nodes.raw("", BEGIN + END, format="html")]


def _row(title: str, link: str, run: Run, weight: float, players: int, fresh: bool) -> str:
    over = overruns(run, weight)
    note = f'<br><strong class="over-budget">{escape("; ".join(over))}</strong>' if over else ""
    used = {
        name: f" <small>({share:.0%}{'' if kept else ' *'})</small>"
        for name, (share, kept) in shares(run, weight).items()
    }
    tensorflow = ' <abbr title="with TensorFlow loaded">TF</abbr>' if run.tensorflow else ""
    date = datetime.fromisoformat(run.date).strftime("%Y-%m-%d %H:%M")
    cells = [
        f"{run.seconds:.1f}{used['seconds']}",
        f"{run.peak_mb:.0f}{tensorflow}{used['memory']}",
        f"{weight:.0f}{used['page']}",
        str(players),
        f'<time datetime="{run.date}">{date}</time>',
        "this build" if fresh else "cache",
    ]
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row"><a href="{escape(link)}">{escape(title)}</a>{note}</th>{body}</tr>'


def _table(caption: str, head: list[str], rows: list[str]) -> str:
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    return (
        f'<div class="pst-scrollable-table-container" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="table status-table"><caption>{caption}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def render(app: Sphinx, page: str, started: datetime) -> str:
    """Write the tables of the status page.

    Parameters
    ----------
    app : Sphinx
        The application, when every page has been written.
    page : str
        The status page, from which the links start.
    started : datetime
        When the build started: a run that ended later was made by it.

    Returns
    -------
    str
        HTML.
    """
    rows, total = [], 0.0
    measured = runs(app.env)
    for docname in (name for name in _reading_order(app) if name in measured):
        run = measured[docname]
        total += run.seconds
        target = Path(app.builder.get_outfilename(docname))
        rows.append(
            _row(
                app.env.titles[docname].astext(),
                app.builder.get_relative_uri(page, docname),
                run,
                page_weight(target, Path(app.outdir)),
                count_players(app.env, docname, target.read_text(encoding="utf-8")),
                datetime.fromisoformat(run.date) >= started.replace(microsecond=0),
            )
        )
    head = ["Chapter", "Seconds", "Peak MB", "Page kB", "Players", "Executed", "Outputs from"]
    text = (
        f"<p>{len(rows)} notebooks, {total:.0f} seconds of execution in all. The budgets: {SECONDS:.0f} seconds, "
        f"{PEAK_MB:.0f} MB of memory ({PEAK_MB_TENSORFLOW:.0f} MB with TensorFlow) and {PAGE_KB:.0f} kB of page; "
        "in brackets is what a notebook needs of each. The aims leave room below them, since no two machines are alike: "
        f"{AIM_SECONDS:.0f} seconds, {AIM_MB:.0f} MB ({AIM_MB_TENSORFLOW:.0f} MB with TensorFlow) and {AIM_KB:.0f} kB; "
        "a star marks what is above its aim. "
        "A page's weight is its HTML, with the saved widgets, and its images, uncompressed; what all pages share "
        "(styles, scripts, fonts, the sound samples) is not counted.</p>"
    )
    installed = [f'<tr><th scope="row">{name}</th><td>{number}</td></tr>' for name, number in versions().items()]
    built = commit(Path(app.srcdir))
    source = f" from commit <code>{escape(built)}</code>" if built else ""
    stamp = f"<p>Built {started.strftime('%Y-%m-%d %H:%M %Z')}{source} on {escape(sys.platform)}.</p>"
    return (
        text
        + _table("Notebooks as executed by the build", head, rows)
        + _table("Versions", ["Package", "Version"], installed)
        + stamp
    )


def _reading_order(app: Sphinx) -> list[str]:
    order, waiting = [], [app.config.root_doc]
    while waiting:
        docname = waiting.pop(0)
        if docname not in order:
            order.append(docname)
            waiting = app.env.toctree_includes.get(docname, []) + waiting
    return order


def _note_start(app: Sphinx) -> None:
    app.musicbook_started = datetime.now().astimezone()


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    if getattr(env, "musicbook_status_page", None) == docname:
        env.musicbook_status_page = None


def _fill(app: Sphinx, exception: Exception | None) -> None:
    page = getattr(app.env, "musicbook_status_page", None)
    if exception is not None or app.builder.format != "html" or page is None:
        return
    path = Path(app.builder.get_outfilename(page))
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    filled = before + BEGIN + render(app, page, app.musicbook_started) + END + after
    write_if_changed(path, filled.encode("utf-8"))


def setup(app: Sphinx) -> None:
    """Register the directive and handlers of this module."""
    app.add_directive("status-table", StatusTable)
    app.connect("builder-inited", _note_start)
    app.connect("env-purge-doc", _purge)
    app.connect("build-finished", _fill)
