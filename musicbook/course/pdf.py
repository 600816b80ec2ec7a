"""The whole book as one PDF: to print, to search, to keep beside the archive.

The task
    The built pages are printed by a browser, after their widgets have drawn the scores and the rolls. What sounds cannot be
    printed, so under each player stand lines that lead to its tunes: MIDI files in the archive that lies around the PDF, or
    at the public address of the book.

Conventions
    A widget that looks through more than `MOST` tunes has no such lines. Links between pages lead to chapters of the PDF.

Functions
    ``parts``   the pages of the book, by the part that they belong to
    ``sounds``  the tunes of each widget of a page
    ``make``    prints the book
"""

from __future__ import annotations

import argparse
import html as markup
import io
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from tqdm import tqdm

import musicbook
from musicbook.course import archive

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
"""Names on the search path, and where macOS and Windows keep what is not on it. Edge, which Windows has, is Chromium too."""
INSTALL = {"darwin": "brew install --cask google-chrome", "win32": "winget install Google.Chrome"}
LISTEN, START = "https://listen.invalid/", "https://start.invalid/"
"""Stand for the book's place and for a page number until they are known."""
MOST = 8

MARGIN = {"top": "18mm", "bottom": "20mm", "left": "18mm", "right": "18mm"}
WIDTH = 658
"""Pixels between the margins of A4: the canvases are drawn as wide as they are printed."""
STYLE = Path(__file__).with_name("pdf.css")
_STATE = re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>', re.DOTALL)
_VIEW = re.compile(r'<script type="application/vnd\.jupyter\.widget-view\+json">(.*?)</script>', re.DOTALL)

_PREPARE = """async (widgets) => {
  for (const part of document.querySelectorAll('details')) part.open = true;
  for (const part of document.querySelectorAll('.toggle-hidden')) part.classList.remove('toggle-hidden');
  const make = (tag, name, ...children) => {
    const node = document.createElement(tag);
    node.className = name;
    node.append(...children);
    return node;
  };
  document.querySelectorAll('.musicbook-widget').forEach((widget, number) => {
    const { tunes, questions } = widgets[number];
    const links = tunes.map(([address, title]) => Object.assign(make('a', '', title), { href: address }));
    const listed = links.flatMap((link, n) => (n ? [', ', link] : [link]));
    if (links.length) widget.append(make('p', 'mb-listen', 'Listen: ', ...listed));
    const quiz = questions.length && widget.querySelector('.mb-quiz');
    if (quiz) {
      quiz.replaceChildren(...questions.map(({ text, options }, q) => make('div', 'mb-printed',
        make('p', 'mb-quiz-ask', `${q + 1}. ${text}`), make('ul', '', ...options.map(([words]) => make('li', '', words))))));
    }
  });
  await globalThis.MathJax?.startup?.promise;
  // The widgets draw anew what has changed its width.
  for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);
}"""

_FRONT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 10.5pt/1.4 Georgia, serif; }} .cover {{ break-after: page; padding-top: 60mm; text-align: center; }}
.cover h1 {{ font-size: 30pt; line-height: 1.2; }} h3 {{ margin: 4mm 0 1mm; break-after: avoid; }}
a {{ display: flex; gap: 1em; color: inherit; text-decoration: none; }}
a span:first-child {{ flex: 1; border-bottom: 1px dotted #999; }}
</style><div class="cover"><h1>{title}</h1><p>{author}</p><p>Version {version}</p></div>
<h2>Contents</h2>{rows}</html>"""

_NUMBERS = """<!doctype html><meta charset="utf-8"><style>@page {{ size: A4; margin: 0 }} body {{ margin: 0 }}
p {{ height: 296mm; margin: 0; break-after: page; position: relative; font: 9pt Georgia, serif; text-align: center; }}
span {{ position: absolute; bottom: 9mm; left: 0; right: 0; }}</style>{rows}"""


class PdfError(RuntimeError):
    """The book cannot be printed."""


def parts(root: Path) -> list[tuple[str, str]]:
    """List the pages in reading order as ``_toc.yml`` names them, each with the part that it belongs to ("" for the first)."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    inside = [(part["caption"], each["file"]) for part in toc["parts"] for each in part["chapters"]]
    return [("", toc["root"]), *inside]


def sounds(page: Path) -> list[dict]:
    """Say of each widget of a built page, in order, which tunes of the archive it plays and which questions it asks.

    Parameters
    ----------
    page : Path
        The page.

    Returns
    -------
    list of dict
        ``tunes``: pairs of file name and title, none if there are more than `MOST`; ``questions``: those of a quiz.
    """
    html = page.read_text(encoding="utf-8")
    models = {key: model for text in _STATE.findall(html) for key, model in json.loads(text)["state"].items()}
    every = archive.tunes_of(html)
    found = []
    for view in _VIEW.findall(html):
        shown = _with_children(models, json.loads(view)["model_id"])
        state = json.dumps({"state": shown})
        own = archive.tunes_of(f'<script type="application/vnd.jupyter.widget-state+json">{state}</script>')
        names = [
            (archive.sound_name(page.stem, every.index(tune) + 1, every[every.index(tune)]), tune.title) for tune in own
        ]
        asked = [question for model in shown.values() for question in model["state"].get("questions") or ()]
        found.append({"tunes": names if len(names) <= MOST else [], "questions": asked})
    return found


def _with_children(models: dict, key: str) -> dict:
    if key not in models:
        return {}
    inner = {}
    for child in models[key]["state"].get("children") or ():
        inner |= _with_children(models, child.removeprefix("IPY_MODEL_"))
    return {key: models[key], **inner}


def _print(browser: Browser, page_file: Path) -> tuple[bytes, str]:
    """Print one page; gives the PDF and its title."""
    widgets = [
        {**each, "tunes": [(LISTEN + name, title or "the tune") for name, title in each["tunes"]]}
        for each in sounds(page_file)
    ]
    size = {"width": WIDTH, "height": 1000}
    context = browser.new_context(viewport=size, device_scale_factor=2, color_scheme="light")
    try:
        page = context.new_page()
        page.emulate_media(media="print")
        page.add_init_script("localStorage.setItem('mode', 'light'); localStorage.setItem('theme', 'light');")
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        page.add_style_tag(path=STYLE)
        if widgets:
            page.wait_for_selector("html[data-musicbook=ready]", state="attached", timeout=60_000)
        page.evaluate(_PREPARE, widgets)
        title = page.locator(".bd-article h1").first.evaluate("""(el) => [...el.childNodes]
            .filter((node) => !node.matches?.('.headerlink')).map((node) => node.textContent).join('')""")
        return page.pdf(format="A4", margin=MARGIN, print_background=True, tagged=True, outline=True), title
    finally:
        context.close()


def _plain(browser: Browser, text: str, margin: dict | None = None) -> PdfReader:
    page = browser.new_page()
    page.set_content(text)
    data = page.pdf(format="A4", margin=margin, prefer_css_page_size=margin is None)
    page.close()
    return PdfReader(io.BytesIO(data))


def _readdress(writer: PdfWriter, html: Path, public: str, starts: dict[str, int]) -> None:
    """Let links lead to the pages of the PDF or to the book, wherever it lies, and not to the machine that printed it."""
    here = f"{html.resolve().as_uri()}/"
    for page in writer.pages:
        for annotation in page.get("/Annots") or ():
            action = annotation.get_object().get("/A", {})
            address = str(action.get("/URI", ""))
            inside = address.removeprefix(here).partition("#")[0].removesuffix(".html")
            if address.startswith(START):
                _lead(annotation.get_object(), writer, int(address.removeprefix(START)))
            elif address.startswith(here) and inside in starts:
                _lead(annotation.get_object(), writer, starts[inside])
            elif address.startswith(here):
                action[NameObject("/URI")] = TextStringObject((public or "html/") + address.removeprefix(here))
            elif address.startswith(LISTEN):
                action[NameObject("/URI")] = TextStringObject(public + address.removeprefix(LISTEN))


def _lead(annotation: DictionaryObject, writer: PdfWriter, number: int) -> None:
    goal = ArrayObject([writer.pages[number - 1].indirect_reference, NameObject("/Fit")])
    annotation[NameObject("/A")] = DictionaryObject({NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): goal})


def make(root: Path, path: Path, pages: list[str] | None = None) -> int:
    """Print the book.

    Parameters
    ----------
    root : Path
        The folder of the book, with the built pages in ``_build/html``.
    path : Path
        The PDF to write; what was there before stays until the new one is whole.
    pages : list of str, optional
        Only these pages, named as in ``_toc.yml``.

    Returns
    -------
    int
        Number of printed pages.

    Raises
    ------
    PdfError
        If the book has not been built, a page is not in it, or there is no Chromium.
    """
    html = root / "_build" / "html"
    if not (html / "index.html").is_file():
        raise PdfError(f"there is no built book in {html}: run make book first")
    wanted = [(part, name) for part, name in parts(root) if pages is None or name in pages]
    unknown = sorted({*(pages or ())} - {name for _, name in wanted})
    missing = unknown or [name for _, name in wanted if not (html / f"{name}.html").is_file()]
    if missing:
        raise PdfError(f"the book has no page {missing[0]}; if _toc.yml names it, run make book first")
    executable = find_browser()
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    public = config.get("html", {}).get("baseurl") or ""
    public = f"{public.rstrip('/')}/" if public else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        try:
            printed = []
            for part, name in tqdm(wanted, desc="printing", unit=" pages", file=sys.stderr):
                data, title = _print(browser, html / f"{name}.html")
                printed.append((part, title, PdfReader(io.BytesIO(data))))
            writer, starts = _bind(browser, printed, config)
        finally:
            browser.close()
    names = [name for _, name in wanted]
    _readdress(writer, html, public, dict(zip(names, starts, strict=True)))
    writer.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    writer.compress_identical_objects(remove_unreferenced=True)
    _write(writer, path)
    return len(writer.pages)


def find_browser() -> str:
    """Path of the Chromium or Chrome that is installed.

    Raises
    ------
    PdfError
        If there is none; says which command installs it.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        how = INSTALL.get(sys.platform, "apt-get install chromium, as root")
        raise PdfError(f"no Chromium or Chrome was found; this installs one: {how}")
    return found


def _write(writer: PdfWriter, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            writer.write(file)
        Path(name).chmod(0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _bind(browser: Browser, printed: list[tuple[str, str, PdfReader]], config: dict) -> tuple[PdfWriter, list[int]]:
    """Put title, contents and chapters together, with bookmarks and page numbers; gives where each chapter starts, too."""

    def front(starts: list[int]) -> PdfReader:
        rows, last = "", ""
        for (part, title, _), start in zip(printed, starts, strict=True):
            if part != last:
                rows += f"<h3>{markup.escape(part)}</h3>"
            last = part
            rows += f'<a href="{START}{start}"><span>{markup.escape(title)}</span><span>{start}</span></a>'
        words = {key: markup.escape(config[key]) for key in ("title", "author")}
        return _plain(browser, _FRONT.format(version=musicbook.__version__, rows=rows, **words), MARGIN)

    # The numbers are three digits wide in both rounds, so the contents are as long as before.
    before = len(front([100] * len(printed)).pages)
    starts, total = [], before
    for _, _, reader in printed:
        starts.append(total + 1)
        total += len(reader.pages)
    writer = PdfWriter()
    writer.append(front(starts), import_outline=False)
    writer.add_outline_item(title="Contents", page_number=1)
    last, above = "", None
    for (part, title, reader), start in zip(printed, starts, strict=True):
        writer.append(reader, import_outline=False)
        if part != last:
            above = writer.add_outline_item(title=part, page_number=start - 1)
        last = part
        writer.add_outline_item(title=title, page_number=start - 1, parent=above)
    rows = "".join(f"<p><span>{number if number > 1 else ''}</span></p>" for number in range(1, total + 1))
    for page, number in zip(writer.pages, _plain(browser, _NUMBERS.format(rows=rows)).pages, strict=False):
        page.merge_page(number)
        page.compress_content_streams()
    return writer, starts


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m musicbook.course.pdf", description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, nargs="?", default=Path("."), help="the folder of the book")
    parser.add_argument("--pages", nargs="+", metavar="PAGE", help="only these, named as in _toc.yml")
    parser.add_argument("--out", type=Path, help="the file to write")
    chosen = parser.parse_args(arguments)
    path = chosen.out or chosen.root / "_build" / f"musicbook-{musicbook.__version__}.pdf"
    try:
        number = make(chosen.root, path, chosen.pages)
    except PdfError as error:
        print(f"pdf: {error}", file=sys.stderr)
        return 2
    print(f"{number} pages, {path.stat().st_size / 1e6:.1f} MB: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
