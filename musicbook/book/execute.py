"""Execute the notebooks that the cache does not hold yet, two at a time, before Sphinx reads any page.

Sphinx reads one page after the other, and MyST-NB executes each notebook when its page is read: one core works and the
others wait. So before the first page is read, the notebooks are executed here by two workers, and the results are put
into the cache, where MyST-NB finds them. A notebook that fails is put nowhere. MyST-NB executes it once more, and reports
it as ever.

Four things keep the measurements true and the machine usable:

- each worker has one core: the libraries of linear algebra, and TensorFlow, which would use all of them, are told so (with
  two cores TensorFlow does two steps of an update at a time, and a training takes 20 MB more);
- notebooks that import TensorFlow never run beside each other, since each of them takes a gigabyte;
- a notebook that starts processes of its own keeps both cores busy, so it runs alone, and its seconds are its own;
- what takes long begins early, and TensorFlow first, so that no worker is left alone at the end. How long a notebook took
  is known from earlier builds; where it is not, the length of its code is a guess.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from .measure import MeasuringProvisioner, last_reading, notebook_key, remember, remembered

WORKERS = 2
"""A third kernel would ask for more memory than a small machine has."""

SECONDS_PER_CHARACTER = 0.002
"""What a notebook takes by the length of its code: 20 seconds for 10,000 characters, roughly right for this book."""

ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A notebook to execute.

    Attributes
    ----------
    docname : str
        Name of its page.
    path : Path
        The file; it is executed in the file's folder.
    notebook : NotebookNode
        What stands in it. It is filled with outputs.
    seconds : float
        How long it may take.
    tensorflow : bool
        Whether its code imports TensorFlow.
    alone : bool
        Whether its code starts processes of its own.
    """

    docname: str
    path: Path
    notebook: nbformat.NotebookNode
    seconds: float
    tensorflow: bool
    alone: bool = False


def plan(notebooks: Iterable[tuple[str, Path, nbformat.NotebookNode]], seconds: dict[str, float]) -> list[Job]:
    """Put notebooks into the order in which they are begun.

    Parameters
    ----------
    notebooks : iterable of (str, Path, NotebookNode)
        The page's name, the file and what stands in it.
    seconds : dict of str to float
        How long the notebooks of some pages took before.

    Returns
    -------
    list of Job
        Those with TensorFlow first, and the long ones before the short ones.
    """
    jobs = []
    for docname, path, notebook in notebooks:
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        expected = seconds.get(docname, SECONDS_PER_CHARACTER * len(code))
        jobs.append(Job(docname, path, notebook, expected, "tensorflow" in code, "subprocess" in code))
    return sorted(jobs, key=lambda job: (not job.tensorflow, -job.seconds))


def next_job(waiting: list[Job], running: Iterable[Job]) -> Job | None:
    """Choose what a free worker begins.

    Parameters
    ----------
    waiting : list of Job
        In the order of `plan`.
    running : iterable of Job
        What the other workers are at.

    Returns
    -------
    Job or None
        The first that may run beside the others; None if there is none.
    """
    others = list(running)
    if any(job.alone for job in others):
        return None
    taken = any(job.tensorflow for job in others)
    return next((job for job in waiting if not (job.tensorflow and taken) and not (job.alone and others)), None)


def earlier_seconds(folder: Path) -> dict[str, float]:
    """Read how long the notebooks took in earlier builds.

    Parameters
    ----------
    folder : Path
        The cache of executed notebooks; it need not exist.

    Returns
    -------
    dict of str to float
        Seconds by page.
    """
    return {key.split()[0]: run["seconds"] for key, run in remembered(folder).items()}


def _execute(job: Job, timeout: int | None, allow_errors: bool) -> tuple[ExecutionResult, dict[str, Any] | None]:
    result = single_nb_execution(job.notebook, cwd=str(job.path.parent), timeout=timeout, allow_errors=allow_errors)
    return result, last_reading()


def _notebooks(app: Sphinx, docnames: Iterable[str]) -> Iterable[tuple[str, Path, nbformat.NotebookNode]]:
    for docname in docnames:
        path = Path(app.env.doc2path(docname))
        if path.suffix == ".ipynb":
            # What the extensions make of the source is what MyST-NB will look for.
            source = [path.read_text(encoding="utf-8")]
            app.emit("source-read", docname, source)
            yield docname, path, nbformat.reads(source[0], 4)


def _execute_ahead(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    config = env.mystnb_config
    workers = min(WORKERS, joblib.cpu_count())
    if config.execution_mode != "cache" or workers < 2:
        return
    cache = get_cache(config.execution_cache_path)
    known = {record.hashkey for record in cache.list_cache_records()}
    missing = {}
    for docname, path, notebook in _notebooks(app, docnames):
        missing.setdefault(cache.create_hashed_notebook(notebook)[1], (docname, path, notebook))
    seconds = earlier_seconds(Path(config.execution_cache_path))
    waiting = plan((found for key, found in missing.items() if key not in known), seconds)
    if len(waiting) < 2:
        return
    total, done = len(waiting), 0
    logger.info("Executing notebooks: %d, %d at a time", total, workers)
    running: dict[Future, Job] = {}
    MeasuringProvisioner.environment = {name: os.environ.get(name, one) for name, one in ONE_CORE.items()}
    try:
        with ThreadPoolExecutor(workers) as pool:
            try:
                while waiting or running:
                    while len(running) < workers and (job := next_job(waiting, running.values())):
                        waiting.remove(job)
                        task = pool.submit(_execute, job, config.execution_timeout, config.execution_allow_errors)
                        running[task] = job
                    for task in wait(running, return_when=FIRST_COMPLETED).done:
                        job, done = running.pop(task), done + 1
                        left = sum(job.seconds for job in (*waiting, *running.values())) / workers
                        told = (done, total, job.docname, _keep(cache, job, task), left)
                        logger.info("%d of %d: %s, %s; about %.0f s left", *told)
            except BaseException:
                MeasuringProvisioner.kill_all()  # or an interrupted build would wait for the notebooks to end
                raise
    finally:
        MeasuringProvisioner.environment = {}


def _keep(cache: Any, job: Job, task: Future) -> str:
    """Put the result of a job into the cache; say how it went."""
    failure = task.exception()
    if failure is None:
        result, reading = task.result()
        failure = result.err
    if failure is not None:
        return f"{type(failure).__name__}: left for its page"
    bundle = CacheBundleIn(result.nb, str(job.path), data={"execution_seconds": result.time})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    remember(cache.path, f"{job.docname} {notebook_key(result.nb)}", result.time, reading)
    return f"{result.time:.1f} seconds"


def setup(app: Sphinx) -> None:
    """Register the handler of this module."""
    app.connect("env-before-read-docs", _execute_ahead)
