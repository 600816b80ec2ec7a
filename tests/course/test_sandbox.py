"""What an enclosed process cannot do, with each layer and with all of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from musicbook.course import sandbox
from musicbook.course.grade import SYSTEM
from musicbook.course.sandbox import FALLEN, Walls

resource = pytest.importorskip("resource", reason="Windows has no limits, and nothing is graded there")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are those of Linux")
LAYERS = sandbox.available()
STRONG = [layers for layers in (LAYERS, ("namespaces",), ("landlock",)) if set(layers) <= set(LAYERS) and layers]
READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/proc",
    sys.prefix,
    sys.base_prefix,
    str(Path(sandbox.__file__).parents[1]),
)
DONE, REFUSED = 0, 3


@pytest.fixture
def place():
    """A folder with a home, a secret, and somebody else's folder. It lies where an ordinary user may pass."""
    with tempfile.TemporaryDirectory(prefix="musicbook-test-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        for each in ("home", "key", "other"):
            (folder / each).mkdir()
        (folder / "key" / "key.yml").write_text("answer: 42", encoding="utf-8")
        (folder / "other" / "work.txt").write_text("mine", encoding="utf-8")
        yield folder


def walls(place, layers):
    return Walls(str(place / "home"), READABLE, (str(place / "key"), str(place / "other")), tuple(layers))


def refused(action):
    """Make a test of an action: `DONE` if it could be done, `REFUSED` if the system refused."""

    def test():
        try:
            action()
        except OSError:
            return REFUSED
        return DONE

    return test


def ids(layers):
    return "+".join(layers)


@pytest.mark.parametrize("layers", STRONG, ids=ids)
@pytest.mark.parametrize(
    "action",
    [
        lambda place: (place / "key" / "key.yml").read_text(encoding="utf-8"),
        lambda place: (place / "other" / "work.txt").read_text(encoding="utf-8"),
        lambda place: (place / "other" / "work.txt").write_text("yours", encoding="utf-8"),
        lambda place: (place / "other" / "work.txt").unlink(),
        lambda place: (place / "other" / "new.txt").touch(),
        lambda place: Path(f"/var/tmp/{place.name}").write_text("x", encoding="utf-8"),
        lambda place: os.rename(place / "other", place / "gone"),
    ],
    ids=["key", "read", "overwrite", "delete", "create", "elsewhere", "rename"],
)
def test_files_of_others_are_out_of_reach(place, layers, action):
    enclosed = walls(place, layers)
    assert sandbox.attempt(enclosed, refused(lambda: action(place))) == REFUSED
    assert (place / "other" / "work.txt").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in (place / "other").iterdir()] == ["work.txt"]


@pytest.mark.skipif("namespaces" not in LAYERS and "user" not in LAYERS, reason="needs namespaces or root")
def test_modes_of_files_stay(place):
    assert sandbox.attempt(walls(place, LAYERS), refused(lambda: (place / "other").chmod(0))) == REFUSED
    assert (place / "other").stat().st_mode & 0o700


@pytest.mark.parametrize("layers", [*STRONG, ("user",) if "user" in LAYERS else LAYERS], ids=ids)
def test_its_own_folder_can_be_used(place, layers):
    def test():
        path = Path.home() / "mine.txt"
        path.write_text("mine", encoding="utf-8")
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        return DONE if path.read_text(encoding="utf-8") == "mine" and Path.cwd() == Path.home() == place / "home" else 1

    assert sandbox.attempt(walls(place, layers), test) == DONE


@pytest.mark.parametrize("layers", STRONG, ids=ids)
def test_no_call_and_no_signal_reaches_the_outside(place, layers):
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        port, outside = line.getsockname()[1], os.getpid()
        enclosed = walls(place, layers)
        if "namespaces" in layers or sandbox.landlock_version() >= 4:
            call = refused(lambda: socket.create_connection(("127.0.0.1", port), timeout=2))
            assert sandbox.attempt(enclosed, call) == REFUSED
        if "namespaces" in layers or sandbox.landlock_version() >= 6:
            assert sandbox.attempt(enclosed, refused(lambda: os.kill(outside, 0))) == REFUSED


@pytest.mark.skipif("user" not in LAYERS, reason="needs root")
def test_who_reads_by_landlock_reads_nothing_else(place):
    """The right to read in spite of modes must not reach what Landlock does not name, such as the disk itself."""
    layers = tuple(each for each in LAYERS if each != "namespaces")
    assert not {"/", "/dev", "/etc", "/root", "/home", "/var", "/tmp"} & set(SYSTEM)
    enclosed = Walls(str(place / "home"), (*READABLE, *SYSTEM), (), layers)
    secrets = [
        path
        for path in (Path("/etc/shadow"), *Path("/dev").glob("[vs]da"), *Path("/dev").glob("nvme?n1"))
        if path.exists()
    ]
    for path in secrets:
        assert sandbox.attempt(enclosed, refused(lambda path=path: open(path, "rb").close())) == REFUSED, path


@pytest.mark.skipif("user" not in LAYERS, reason="needs root")
def test_root_becomes_nobody(place):
    def test():
        try:
            os.setuid(0)
        except OSError:
            return DONE if os.getuid() == sandbox.FIRST_USER and not os.getgroups() else 1
        return 2

    assert sandbox.attempt(walls(place, LAYERS), test) == DONE


@pytest.mark.slow
def test_limits(place):
    enclosed = walls(place, LAYERS)

    def limited(action):
        def test():
            sandbox.limit(1, 200, enclosed)
            try:
                action()
            except (MemoryError, OSError):
                return REFUSED
            return DONE

        return test

    def spin():
        while True:
            pass

    def fork():
        for _ in range(200):
            if os.fork() == 0:
                time.sleep(10)
                os._exit(0)

    assert sandbox.attempt(enclosed, limited(lambda: bytearray(150 << 20))) == DONE
    # What other tests left free in the heap of this process, some 64 MB, may be had besides.
    assert sandbox.attempt(enclosed, limited(lambda: bytearray(400 << 20))) == REFUSED
    signal_of_size = (-signal.SIGXFSZ, REFUSED)
    assert sandbox.attempt(enclosed, limited(lambda: Path("big").write_bytes(bytes(100 << 20)))) in signal_of_size
    assert sandbox.attempt(enclosed, limited(spin)) in (-signal.SIGXCPU, -signal.SIGKILL)
    assert sandbox.attempt(enclosed, limited(lambda: os._exit(resource.getrlimit(resource.RLIMIT_CPU)[0]))) < 60
    if "namespaces" in LAYERS:  # else the forked ones would stay behind
        assert sandbox.attempt(enclosed, limited(fork)) == REFUSED


def test_the_reserve_is_there_when_memory_is_not(place):
    def test():
        sandbox.limit(60, 100, enclosed)
        kept = []
        try:
            while True:
                kept.append(bytearray(1 << 20))
        except MemoryError:
            sandbox.give_reserve()
        kept.append(bytearray(32 << 20))
        return DONE if resource.getrlimit(resource.RLIMIT_AS)[0] > 0 else 1

    enclosed = walls(place, LAYERS)
    assert sandbox.attempt(enclosed, test) == DONE


@pytest.mark.slow
def test_strays_are_ended():
    """A process that was left behind belongs to who adopts, and ends."""
    script = (
        "import os, subprocess, sys, time\n"
        "from musicbook.course import sandbox\n"
        "sandbox.adopt()\n"
        "own = subprocess.Popen(['sleep', '30'])\n"
        "subprocess.run(['sh', '-c', 'setsid sleep 48299 & exec true'])\n"
        "while (before := len(sandbox.children())) < 2:\n"
        "    time.sleep(0.01)\n"
        "sandbox.end_strays({own.pid})\n"
        "print(before, len(sandbox.children()), own.poll())\n"
        "own.kill()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.stdout.split() == ["2", "1", "None"], ended.stderr


def test_a_wall_that_fell_is_told(place):
    enclosed = walls(place, ("landlock",))
    assert sandbox.attempt(walls(place / "nowhere", LAYERS), lambda: DONE) == FALLEN
    assert sandbox.attempt(enclosed, lambda: 1 / 0) == FALLEN


def test_holes_are_found(place):
    secret, other = place / "key" / "key.yml", place / "other"
    assert sandbox.holes(walls(place, LAYERS), secret, other) == []
    found = sandbox.holes(walls(place, ()), secret, other)
    assert found == [
        "read the key",
        "write into the others' folders",
        "change the modes of the others' folders",
        "send signals to the grader",
    ]
    assert "no protection of files" in sandbox.describe(())
    assert list(other.iterdir()) == [other / "work.txt"]
