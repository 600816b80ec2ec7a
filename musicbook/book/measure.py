"""Measure the peak memory of the kernel that executes each notebook, note what it reads, and remember both with the cache.

The kernels of a build are started by `MeasuringProvisioner`, which reads the high-water mark of the kernel's memory
while it lives and once more when it is asked to stop. `musicbook.memory` says how exact that is on each system.

A thread executes one notebook at a time, so its last reading belongs to that notebook: in the main thread to the page that
is being read, and in the threads of `execute` to what each of them was given. Time and memory are kept in a file beside
the executed notebooks, because a notebook that is taken from the cache has no kernel to measure. So are the files that the
kernel opened (`trace`): if one of them is missing from what the notebook is known to depend on, the build says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import psutil
from docutils import nodes
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from musicbook.memory import peak_memory

from .assets import write_if_changed
from .budgets import Run
from .cache import FIELD, VERSIONS, code_of
from .depends import DECLARED, undeclared

PROVISIONER = "musicbook-measuring-provisioner"
RECORD = "musicbook-runs.json"
TRACE = str(Path(__file__).with_name("trace.py"))

logger = logging.getLogger(__name__)

_here = threading.local()


def has_tensorflow(pid: int) -> bool | None:
    """Tell whether a process has the library of TensorFlow loaded.

    Parameters
    ----------
    pid : int
        A running process.

    Returns
    -------
    bool or None
        None where the system does not list the files of a process (macOS), or the process is gone.
    """
    try:
        maps = psutil.Process(pid).memory_maps()
    except (AttributeError, OSError, psutil.Error):
        return None
    return any("tensorflow" in entry.path for entry in maps) if maps else None


def last_reading() -> dict[str, Any] | None:
    """Return ``peak_mb``, ``tensorflow`` and ``opened`` of this thread's last kernel; None before it was read."""
    return getattr(_here, "reading", None)


class MeasuringProvisioner(LocalProvisioner):
    """Start kernels as usual and note how much memory they took.

    Attributes
    ----------
    environment : dict of str to str
        Variables that are set for every kernel, besides those of this process.
    roots : list of str
        Folders in which the files that a kernel opens are noted.
    running : set of MeasuringProvisioner
        Those whose kernel has not been cleaned up.
    """

    environment: ClassVar[dict[str, str]] = {}
    roots: ClassVar[list[str]] = []
    running: ClassVar[set[MeasuringProvisioner]] = set()

    @classmethod
    def kill_all(cls) -> None:
        """Kill the kernels that run, from whatever thread they were started."""
        for provisioner in list(cls.running):
            if provisioner.has_process:
                provisioner.process.kill()

    def _read(self) -> None:
        if not self.has_process:
            return
        kept = last_reading() or {"peak_mb": 0.0, "tensorflow": None, "opened": []}
        loaded = has_tensorflow(self.pid)
        kept["peak_mb"] = max(kept["peak_mb"], peak_memory(self.pid) / 1e6)
        if loaded is not None:  # a kernel that is about to end may have let go of the library already
            kept["tensorflow"] = kept["tensorflow"] or loaded
        if self._note.is_file():
            kept["opened"] = self._note.read_text(encoding="utf-8").splitlines()
        _here.reading = kept

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Encrypt the channel to the kernel, which otherwise warns on every start that it is not; set its variables."""
        kwargs.setdefault("transport_encryption", "auto")
        kwargs["env"] = {**kwargs.get("env", os.environ), **self.environment}
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel and forget the readings of the one before."""
        _here.reading = None
        self.running.add(self)
        self._note = Path(tempfile.mkdtemp(prefix="musicbook-kernel-"), "opened.txt")
        watch = f"__import__('runpy').run_path({TRACE!r})['watch']({str(self._note)!r}, {self.roots!r})"
        return await super().launch_kernel([*cmd, f"--IPKernelApp.exec_lines={watch}"], **kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Forget a kernel that has ended."""
        self.running.discard(self)
        shutil.rmtree(self._note.parent, ignore_errors=True)
        await super().cleanup(restart=restart)

    async def poll(self) -> int | None:
        """Read the memory whenever the client asks whether the kernel is alive."""
        status = await super().poll()
        if status is None:
            self._read()
        return status

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Read the memory a last time: the kernel has been told to stop and has not had the time to."""
        self._read()
        await super().shutdown_requested(restart=restart)


def notebook_key(notebook: nbformat.NotebookNode) -> str:
    """Identify what a notebook executes.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook; its code cells count, and the key of what they depend on.

    Returns
    -------
    str
        A hash in hexadecimal.
    """
    inputs = notebook.metadata.get("kernelspec", {}).get(FIELD, "")
    return hashlib.sha256("\0".join([inputs, *code_of(notebook)]).encode()).hexdigest()


def remember(folder: Path, key: str, seconds: float, reading: dict[str, Any]) -> None:
    """Keep what was measured of a notebook that has just been executed.

    Parameters
    ----------
    folder : Path
        The cache of executed notebooks.
    key : str
        The page and the `notebook_key`, with a space between them.
    seconds : float
        Wall-clock time.
    reading : dict
        The `last_reading` of the thread that executed it.
    """
    date = datetime.now().astimezone().isoformat(timespec="seconds")
    page = key.split()[0]
    known = remembered(folder)
    # The oldest go, as they do in the cache.
    for old in [name for name in known if name.split()[0] == page][: -(VERSIONS - 1)]:
        del known[old]
    known[key] = asdict(Run(seconds=seconds, date=date, **reading))
    write_if_changed(folder / RECORD, json.dumps(known, indent=1).encode())


def remembered(folder: Path) -> dict[str, dict[str, Any]]:
    """Give what `remember` kept of each key, the latest last; nothing where there is no cache yet."""
    record = folder / RECORD
    return json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}


def executed_notebook(app: Sphinx, docname: str) -> Path:
    """Return where MyST-NB leaves the executed copy of a notebook."""
    return Path(app.env.mystnb_config.output_folder) / f"{docname}.ipynb"


def runs(env: BuildEnvironment) -> dict[str, Run]:
    """Return the measured runs of a build, by page.

    Parameters
    ----------
    env : BuildEnvironment
        The build environment.

    Returns
    -------
    dict of str to Run
        One for each page that is an executed notebook. The dictionary is the stored one.
    """
    if not hasattr(env, "musicbook_runs"):
        env.musicbook_runs = {}
    return env.musicbook_runs


def _start(app: Sphinx) -> None:
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[PROVISIONER] = EntryPoint(
        PROVISIONER, f"{__name__}:{MeasuringProvisioner.__name__}", factory.GROUP_NAME
    )
    factory.default_provisioner_name = PROVISIONER
    MeasuringProvisioner.roots = [app.srcdir.__fspath__(), str(app.musicbook_dependencies.package.parent)]


def _stop(app: Sphinx, exception: Exception | None) -> None:
    KernelProvisionerFactory.clear_instance()


def _forget(app: Sphinx, docname: str, source: list[str]) -> None:
    _here.reading = None


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    runs(env).pop(docname, None)


def _record(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    execution = NbMetadataCollector.get_exec_data(app.env, docname)
    if not execution or not execution["succeeded"]:
        return
    folder = Path(app.env.mystnb_config.execution_cache_path)
    notebook = nbformat.read(executed_notebook(app, docname), as_version=4)
    key = f"{docname} {notebook_key(notebook)}"
    if reading := last_reading():
        remember(folder, key, execution["runtime"], reading)
    if found := remembered(folder).get(key):
        runs(app.env)[docname] = run = Run(**found)
        for name in undeclared(app.musicbook_dependencies.of(docname, code_of(notebook)), run.opened):
            logger.warning(
                "it read %s, which %s does not declare: a change there would leave stale outputs",
                name,
                DECLARED,
                location=docname,
            )


def setup(app: Sphinx) -> None:
    """Register the handlers of this module."""
    app.connect("builder-inited", _start)
    app.connect("source-read", _forget)
    app.connect("env-purge-doc", _purge)
    app.connect("doctree-read", _record)
    app.connect("build-finished", _stop)
