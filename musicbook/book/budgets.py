"""What a notebook and its page may cost, and whether one costs too much.

Seconds are wall-clock seconds of executing the notebook. Memory is the peak resident set of its kernel in MB (10^6
bytes). A page's weight is what belongs to it alone, uncompressed, in kB (10^3 bytes): its HTML, with the saved widgets,
and its images. Files that all pages share (style sheets, fonts, the widgets' scripts, the sound samples, MathJax) are
fetched once for the whole book and not counted.

The budgets are what a small machine has. A measurement varies by some per cent from build to build and from machine to
machine, so a notebook that just keeps its budget will not keep it everywhere: the aims lie below, and the room between
the two is what the book keeps free.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SECONDS = 60.0
PEAK_MB = 600.0
PEAK_MB_TENSORFLOW = 1200.0
PAGE_KB = 300.0

AIM_SECONDS = 40.0
AIM_MB = 500.0
AIM_MB_TENSORFLOW = 1000.0
AIM_KB = 280.0


@dataclass(frozen=True)
class Run:
    """One measured execution of a notebook.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    peak_mb : float
        Peak resident memory of the kernel, MB.
    tensorflow : bool or None
        Whether the kernel had TensorFlow loaded; None where the system does not tell.
    date : str
        When it ended, ISO 8601 with the offset from UTC.
    opened : list of str
        The files of the book and of the package that it read, as `trace` noted them.
    """

    seconds: float
    peak_mb: float
    tensorflow: bool | None
    date: str
    opened: list[str] = field(default_factory=list)


def overruns(run: Run, page_kb: float | None = None) -> list[str]:
    """Compare a run, and its page, with the budgets.

    Parameters
    ----------
    run : Run
        The measurement. Where it is unknown whether TensorFlow was loaded, the larger budget of memory holds.
    page_kb : float, optional
        Weight of the page, kB.

    Returns
    -------
    list of str
        One sentence for each budget that is exceeded.
    """
    memory = PEAK_MB if run.tensorflow is False else PEAK_MB_TENSORFLOW
    found = []
    if run.seconds > SECONDS:
        found.append(f"took {run.seconds:.0f} s, the budget is {SECONDS:.0f} s")
    if run.peak_mb > memory:
        found.append(f"peaked at {run.peak_mb:.0f} MB, the budget is {memory:.0f} MB")
    if page_kb is not None and page_kb > PAGE_KB:
        found.append(f"weighs {page_kb:.0f} kB, the budget is {PAGE_KB:.0f} kB")
    return found


def shares(run: Run, page_kb: float) -> dict[str, tuple[float, bool]]:
    """Tell how much of each budget a run, and its page, need.

    Parameters
    ----------
    run : Run
        The measurement.
    page_kb : float
        Weight of the page, kB.

    Returns
    -------
    dict of str to (float, bool)
        For ``"seconds"``, ``"memory"`` and ``"page"``: the share of the budget, 1 where all of it is needed, and whether
        the aim is kept.
    """
    memory = (AIM_MB, PEAK_MB) if run.tensorflow is False else (AIM_MB_TENSORFLOW, PEAK_MB_TENSORFLOW)
    measured = {
        "seconds": (run.seconds, AIM_SECONDS, SECONDS),
        "memory": (run.peak_mb, *memory),
        "page": (page_kb, AIM_KB, PAGE_KB),
    }
    return {name: (value / budget, value <= aim) for name, (value, aim, budget) in measured.items()}
