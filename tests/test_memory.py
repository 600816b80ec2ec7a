"""The greatest memory of a process: right, and its own, on each system."""

from __future__ import annotations

import ast
import ctypes
import mmap
import os
import subprocess
import sys
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from musicbook import memory
from musicbook.memory import peak_memory

ROOT = Path(__file__).parents[1]
HELD = 150_000_000


@contextmanager
def process(code: str):
    """Run a program up to its ``input()``; gives its number."""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        try:
            yield child.pid
        finally:
            child.communicate(b"\n")


def test_it_is_the_high_water_mark_of_another_process_until_that_is_gone():
    with process(f"x = bytearray({HELD}); del x; print('ready', flush=True); input()") as pid:
        assert HELD < peak_memory(pid) < HELD + 60e6
    assert peak_memory(pid) == 0


def asked(before: str = "pass") -> float:
    """What a process says of itself; only the module is loaded there."""
    code = f"import runpy; ask = runpy.run_path({memory.__file__!r})['peak_memory']; {before}; print(ask())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def test_it_is_the_high_water_mark_of_the_process_that_asks():
    assert HELD < asked(f"x = bytearray({HELD}); del x") < HELD + 60e6


def test_a_process_does_not_inherit_the_peak_of_the_one_that_started_it():
    held = np.ones(HELD // 8)
    assert asked() < HELD / 2 < held.nbytes < peak_memory()


def test_windows_tells_the_peak(monkeypatch):
    Told = namedtuple("Told", "rss, peak_wset")
    monkeypatch.setattr(memory.sys, "platform", "win32")
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: Told(100, 7000 + (self.pid != os.getpid())))
    assert (peak_memory(), peak_memory(os.getppid())) == (7000, 7001)


def test_macos_tells_the_peak_of_who_asks_and_the_size_of_others(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    used = namedtuple("Usage", "ru_maxrss")(5000)
    monkeypatch.setitem(sys.modules, "resource", SimpleNamespace(RUSAGE_SELF=0, getrusage=lambda who: used))
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: namedtuple("Told", "rss")(100))
    assert (peak_memory(), peak_memory(os.getpid()), peak_memory(os.getppid())) == (5000, 5000, 100)


def test_a_process_that_is_gone_has_none_there_either(monkeypatch):
    with process("print('ready', flush=True); input()") as pid:
        pass
    monkeypatch.setattr(memory.sys, "platform", "win32")
    assert peak_memory(pid) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what was written of a mapping")
def test_what_was_only_read_of_a_large_file_is_let_go_and_what_was_written_stays(tmp_path):
    path, size = tmp_path / "large", 4 * memory._LARGE
    path.write_bytes(bytes(size // 2) + b"1" * (size // 2))
    with open(path, "rb") as file:
        only_read, written = (
            mmap.mmap(file.fileno(), size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | more)
            for more in (0, mmap.PROT_WRITE)
        )
    written[5] = 7
    place = ctypes.c_char.from_buffer(written)
    ctypes.CDLL(None).mprotect(ctypes.c_void_p(ctypes.addressof(place)), ctypes.c_size_t(size), mmap.PROT_READ)
    assert only_read[-1:] == b"1"
    assert only_read[:] == path.read_bytes()
    before = psutil.Process().memory_info().rss
    memory.give_back()
    assert psutil.Process().memory_info().rss < before - 0.9 * size
    assert written[5] == 7
    assert only_read[:] == path.read_bytes()


def names(path: Path) -> set[str]:
    """Attributes and strings of a module's code, its docstrings left out."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {word for text in texts for word in text.rstrip(":").split("\n")} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def test_it_is_read_in_one_place():
    readers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("musicbook", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if names(path) & {"VmHWM", "ru_maxrss", "peak_wset"}
    }
    assert readers == {"musicbook/memory.py"}
