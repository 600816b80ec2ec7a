"""Show the buttons for Binder and Colab only when the book has a public address.

The address is ``repository: url`` in ``_config.yml``. While it is empty there is nothing to launch from, so every
button that needs it is taken away rather than left to point nowhere.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config

_NEED_ADDRESS = ("use_repository_button", "use_edit_page_button", "use_issues_button", "use_source_button")


def _drop_buttons_without_address(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    if options.get("repository_url"):
        return
    options.pop("repository_url", None)
    options["launch_buttons"] = {}
    for name in _NEED_ADDRESS:
        options[name] = False


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("config-inited", _drop_buttons_without_address)
