"""How citations and the bibliography look, and which sources may be cited.

In the text a source is an author and a year. The bibliography therefore needs no numbers: its entries are sorted by
author and bear no visible label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.template import field, sentence
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


class KeyLabels(BaseLabelStyle):
    """Label each entry with its key: labels must differ; the pages leave them out."""

    def format_labels(self, sorted_entries: Iterable[Any]) -> Iterator[str]:
        """Yield the label of each entry."""
        for entry in sorted_entries:
            yield entry.key


class BookStyle(PlainStyle):
    """Pybtex's plain style, sorted by author, without numbers."""

    default_label_style = KeyLabels

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Keep the capitals of a title as the bibliography has them, names in lower case being wrong."""
        title = field(which_field)
        return sentence[title] if as_sentence else title


def known_keys(env: BuildEnvironment) -> set[str]:
    """Return the keys of every source in the bibliography files.

    Parameters
    ----------
    env : BuildEnvironment
        The build environment, once the domains are set up.

    Returns
    -------
    set of str
        BibTeX keys.
    """
    return set(env.get_domain("cite").bibdata.data.entries)


def setup(app: Sphinx) -> None:
    """Register the style under the name ``musicbook``."""
    register_plugin("pybtex.style.formatting", "musicbook", BookStyle)
