"""Note which files of some folders a Python process opens to read, as it opens them.

The kernels of a build run this before their first cell, so it needs nothing but the standard library. The noting ends
with the process. What is opened by a library written in C that does not ask Python, and what child processes open, is
not seen.

Functions
    ``watch``

Sources
    PEP 578, "Python runtime audit hooks": every ``open``, an import's included, raises the event ``open``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable


def watch(note: str, roots: Iterable[str]) -> None:
    """Write the name of each file below some folders into a file, once, when it is opened to be read.

    Parameters
    ----------
    note : str
        The file to write: a name a line, relative to the folder, with slashes.
    roots : iterable of str
        The folders. What lies in a folder within them whose name begins with a dot or an underscore does not count, such as
        an environment or a build, but for compiled Python.
    """
    places = [os.path.join(os.path.realpath(root), "") for root in roots]
    written: set[str] = set()
    # Open for as long as the process lives; writing to it raises no event, opening it each time would.
    out = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hear(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], str) or set(arguments[1] or "") & set("wax+"):
            return
        path = os.path.abspath(arguments[0])
        for place in places:
            name = path.removeprefix(place).replace(os.sep, "/")
            hidden = any(part.startswith((".", "_")) and part != "__pycache__" for part in name.split("/")[:-1])
            if path.startswith(place) and not hidden and name not in written and os.path.isfile(path):
                written.add(name)
                os.write(out, f"{name}\n".encode())

    sys.addaudithook(hear)
