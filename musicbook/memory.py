"""How much memory a process took: the one place where it is read, for each system by what that system keeps; and letting go.

Task
    The budgets of the notebooks, the table of the recommenders and the benchmark compare peaks of memory, so all of them
    must be read alike. What is read is the greatest resident set: the most that a process had in physical memory at once.

Conventions
    Bytes. On Linux it is ``VmHWM``, never ``ru_maxrss``: that one is inherited, so a small process that was started by a
    large one would report the large one's. On Windows it is ``peak_wset``, which psutil gives. macOS keeps a peak for the
    process that asks only (``ru_maxrss``, in bytes there, and each process has its own).

Functions
    ``peak_memory``; ``give_back``

Sources
    The manual pages proc_pid_status(5), proc_pid_smaps(5), getrusage(2), madvise(2) and malloc_trim(3);
    psutil's ``Process.memory_info``.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import sys
from pathlib import Path

_DONTNEED = 4  # of madvise(2)
_LARGE = 2**24
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ [1-9]\d* +/")
"""A private mapping of a file, to be read or executed."""


def peak_memory(pid: int | None = None) -> float:
    """Read the greatest resident set that a process had so far.

    Parameters
    ----------
    pid : int, optional
        A running process; the calling one if not given.

    Returns
    -------
    float
        Bytes; 0 if the process is gone or may not be read. Of another process on macOS it is what that has at the moment,
        since the system keeps no peak of it: ask often, and keep the greatest answer.
    """
    if sys.platform.startswith("linux"):
        try:
            status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return 0.0
        lines = (line.split() for line in status.splitlines())
        return next((float(words[1]) * 1024 for words in lines if words[0] == "VmHWM:"), 0.0)
    if sys.platform == "darwin" and pid in (None, os.getpid()):
        import resource  # not there on Windows

        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    import psutil  # three milliseconds that Linux and macOS do without

    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0.0
    return float(getattr(memory, "peak_wset", memory.rss))


def give_back() -> None:
    """Collect what nothing holds any more, and give it back to the system.

    What Python frees, the C library keeps for the process, which is 80 MB after a training. Linux's (glibc) lets go when it
    is asked to. The pages of large libraries that were only read go, too: loading TensorFlow reads 300 MB of its file, of
    which a training uses a fifth. What is used is back at once, from the system's cache. Elsewhere what was collected is at
    least used again.
    """
    gc.collect()
    library = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
        library.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        for start, size in _only_read():
            library.madvise(start, size, _DONTNEED)


def _only_read() -> list[tuple[int, int]]:
    """Give start and size of each mapping of a large file in which nothing may be written, and nothing was: proc_pid_smaps(5)."""
    found, here = [], None
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace").splitlines():
        if match := _MAPPING.match(line):
            start, end = (int(number, 16) for number in match.groups())
            here = (start, end - start) if end - start >= _LARGE else None
        elif line[0] in "0123456789abcdef":
            here = None
        elif here and line.split() == ["Anonymous:", "0", "kB"]:
            found.append(here)
    return found
