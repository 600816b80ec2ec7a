"""A place where code of strangers can do no harm: what it may write, read, reach and use up.

Task
    The grader runs what students hand in. A notebook may delete files, read the key, look at what others handed in, fill the
    memory or start a thousand processes, by mistake or not. Before its first line runs, its process is enclosed.

Conventions
    There are three layers, each used where the system has it:

    ``namespaces``
        Linux: processes, network and mounts of its own. Everything is read-only but one folder, which lives in memory; the
        hidden folders are empty. When the first process ends, all that it started end with it.
    ``user``
        for root: a user that owns nothing, and none of root's powers. With Landlock it may still read whatever Landlock
        lets it, so that a Python in root's home works.
    ``landlock``
        Linux 5.13 and later: writes below one folder, reads of a list of places, no TCP (6.7), no signals to the outside (6.12).

    `available` tries each layer in a process of its own, and `holes` tries to break out: what the grader says to be in force
    has been seen to be. Limits of time, memory, processes and size of files (``setrlimit``) come on top everywhere.
    All of it is made of what Linux and macOS have and Windows has not, see `require`.

Functions
    ``require``   whether this system is one of those
    ``available``, ``attempt``, ``holes``, ``describe``   what there is
    ``divide``, ``enclose``, ``limit``   for the process that is to run foreign code, in this order
    ``adopt``, ``end_strays``            for the process that started it

Sources
    The manual pages landlock(7), namespaces(7), user_namespaces(7), capabilities(7), setrlimit(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

LAYERS = ("namespaces", "user", "landlock")
FIRST_USER = 60_800
"""First number of the users that students' code runs as: one that no system gives to anybody."""
MAX_PROCESSES, MAX_FILES, MAX_FILE_MB, MAX_FOLDER_MB = 64, 256, 64, 256
RESERVE_MB = 64
"""Memory that is left for telling that there was too little."""
FALLEN = 125
"""Exit code of a process that could not be enclosed."""

_LIBC = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 1, 2, 4, 0x4000, 0x40000
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_KEEPCAPS, _NO_NEW_PRIVS, _AMBIENT, _DUMPABLE, _CHILD_SUBREAPER = 8, 38, 47, 4, 36
_READ_SEARCH = 2  # the capability CAP_DAC_READ_SEARCH
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # Landlock's system calls have these numbers on every machine

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL


class SandboxError(RuntimeError):
    """A layer cannot be put around a process."""


@dataclass(frozen=True)
class Walls:
    """What is left to an enclosed process.

    Attributes
    ----------
    home : str
        The folder that it may write.
    readable : tuple of str
        Files and folders that it may read (Landlock).
    hidden : tuple of str
        Folders that it must not see (namespaces; they are never among the readable ones).
    layers : tuple of str
        See the module.
    user : int
        Number of the user that root becomes.
    """

    home: str
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    layers: tuple[str, ...]
    user: int = FIRST_USER


def require() -> None:
    """Refuse a system that has neither forks nor limits (Windows).

    Raises
    ------
    SandboxError
        Says what to do instead.
    """
    try:
        import resource  # noqa: F401
    except ImportError:
        raise SandboxError(
            f"nothing can be graded on this system ({sys.platform}), which has no way to run a stranger's code under limits: "
            "grade on Linux or macOS (on Windows in WSL, its subsystem for Linux)"
        ) from None


def available() -> tuple[str, ...]:
    """Tell which layers this system has, by putting each around a process that does nothing.

    Raises
    ------
    SandboxError
        See `require`.
    """
    require()
    if not sys.platform.startswith("linux"):
        return ("user",) if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix="musicbook-") as home:
        layers = LAYERS if os.geteuid() == 0 else [each for each in LAYERS if each != "user"]
        return tuple(each for each in layers if attempt(Walls(home, ("/",), (), (each,)), lambda: 0) == 0)


def attempt(walls: Walls, test: Callable[[], int]) -> int:
    """Run a function inside of walls, in a process of its own.

    Parameters
    ----------
    walls : Walls
        What to put around it.
    test : callable
        Gives a number below `FALLEN`.

    Returns
    -------
    int
        That number; `FALLEN` if the walls could not be put up or the function failed; less than 0 if a signal ended it.
    """
    outer = os.fork()
    if outer == 0:
        code = FALLEN
        try:
            divide(walls)
            inner = os.fork()
            if inner == 0:
                try:
                    os.setsid()
                    enclose(walls)
                    code = test()
                finally:
                    os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 0xFF
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(outer, 0)[1])
    return code if code <= FALLEN else code - 256


def holes(walls: Walls, secret: Path, other: Path) -> list[str]:
    """Try to break out, and tell in words what could be done.

    Parameters
    ----------
    walls : Walls
        What would be put around a student's process.
    secret : Path
        A file that must not be read.
    other : Path
        A folder that must not be written.
    """
    outside, trial, mode = os.getpid(), other / ".musicbook-trial", other.stat().st_mode & 0o7777

    def write() -> None:
        trial.touch()
        trial.unlink()

    ways = {
        "read the key": secret.read_bytes,
        "write into the others' folders": write,
        "change the modes of the others' folders": lambda: other.chmod(mode),
        "send signals to the grader": lambda: os.kill(outside, 0),
    }

    def breaks_out() -> int:
        done = 0
        for bit, way in enumerate(ways.values()):
            with contextlib.suppress(OSError):
                way()
                done |= 1 << bit
        return done

    done = attempt(walls, breaks_out)
    if not 0 <= done < FALLEN:
        return ["run without any walls"]
    return [name for bit, name in enumerate(ways) if done & 1 << bit]


def describe(layers: Iterable[str]) -> str:
    """Say in words what is in force."""
    words = {
        "namespaces": "processes, network and files of its own",
        "user": "a user without rights",
        "landlock": f"Landlock (version {landlock_version()})",
    }
    found = [words[each] for each in layers]
    return "; ".join(found) if found else "limits of time and memory only, no protection of files"


def landlock_version() -> int:
    """Version of Landlock's interface that the kernel has, 0 for none."""
    return max(0, _LIBC.syscall(_CREATE, None, 0, 1)) if sys.platform.startswith("linux") else 0


def divide(walls: Walls) -> None:
    """Give the next process that is forked a world of its own; the caller stays outside, and only waits for it."""
    if "namespaces" not in walls.layers:
        return
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _NEWPID | _NEWNS | _NEWNET | _NEWIPC | (0 if user == 0 else _NEWUSER))
    if user:  # who is not root is root in a world of users of its own, as far as mounts go, and owns what was theirs
        Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="utf-8")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="utf-8")


def enclose(walls: Walls) -> None:
    """Put the walls around the calling process, for ever.

    Parameters
    ----------
    walls : Walls
        With namespaces, the caller must have been forked after `divide`.

    Raises
    ------
    SandboxError
        If a layer cannot be put up. The caller must then end.
    """
    root = os.geteuid() == 0
    if "namespaces" in walls.layers:
        _mount(walls, root)
    elif root and "user" in walls.layers:
        os.chown(walls.home, walls.user, walls.user)
    rules = _rules(walls) if "landlock" in walls.layers else None
    if sys.platform.startswith("linux"):
        _call("prctl", _NO_NEW_PRIVS, 1, 0, 0, 0)
    if root and "user" in walls.layers:
        # To read in spite of a folder's mode is safe only where Landlock says what may be read.
        _become(walls.user, {_READ_SEARCH} if rules is not None else set())
    elif "namespaces" in walls.layers:
        _become(None, set())
    if rules is not None:
        _syscall(_RESTRICT, rules, 0)
        os.close(rules)
    os.chdir(walls.home)
    for name in ("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = walls.home
    tempfile.tempdir = None


def limit(seconds: float, megabytes: int, walls: Walls) -> None:
    """Limit what the calling process may use, above what it has used already.

    Parameters
    ----------
    seconds : float
        Of the processor.
    megabytes : int
        Address space.
    walls : Walls
        Tells whether the number of processes can be limited: only that of a user, or of a world, who is alone.
    """
    import resource  # not there on Windows

    used = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + seconds) + 2,
        resource.RLIMIT_FSIZE: MAX_FILE_MB << 20,
        resource.RLIMIT_NOFILE: MAX_FILES,
    }
    # Elsewhere the system counts other things as address space, and a limit would break what is right.
    size = Path("/proc/self/statm")
    if size.exists():
        pages = int(size.read_text(encoding="utf-8").split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + (megabytes << 20)
    if ("user" in walls.layers and os.geteuid() == walls.user) or "namespaces" in walls.layers:
        wanted[resource.RLIMIT_NPROC] = MAX_PROCESSES + threads()
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]
        last = most + (RESERVE_MB << 20 if what == resource.RLIMIT_AS else 0)
        last = last if hard == resource.RLIM_INFINITY else min(last, hard)
        resource.setrlimit(what, (min(most, last), last))


def give_reserve() -> None:
    """Let the calling process use the memory that was kept for telling that there is no more."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS)[1:] * 2)


def adopt() -> None:
    """Let the calling process inherit what its children leave behind, so that it can end them (Linux)."""
    if sys.platform.startswith("linux"):
        _call("prctl", _CHILD_SUBREAPER, 1, 0, 0, 0)


def end_strays(known: set[int]) -> None:
    """End all children of the calling process but the known ones, and what they leave (Linux; see `adopt`)."""
    while True:
        strays = {pid for pid in children() if pid not in known}
        if not strays:
            return
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
        for pid in strays:
            os.waitpid(pid, 0)


def children() -> set[int]:
    """Numbers of the calling process's children (Linux; elsewhere none)."""
    found, mine = set(), str(os.getpid())
    if not os.path.isdir("/proc/self"):
        return found
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                status = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it ended meanwhile
            if status.rpartition(")")[2].split()[1] == mine:
                found.add(int(entry.name))
    return found


def threads() -> int:
    """Count the threads of the calling process, those of its libraries too where the system tells."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def _mount(walls: Walls, root: bool) -> None:
    owner = walls.user if root and "user" in walls.layers else os.geteuid()
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    read_only = (ctypes.c_uint64 * 4)(_MS_RDONLY, 0, 0, 0)
    _syscall(_MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, ctypes.byref(read_only), ctypes.sizeof(read_only))
    for place in walls.hidden:
        if os.path.isdir(place):
            _tmpfs(place, "size=4k,mode=755", _MS_RDONLY)
    _tmpfs(walls.home, f"size={MAX_FOLDER_MB}m,mode=700,uid={owner}")
    if os.path.isdir("/dev/shm"):
        _tmpfs("/dev/shm", f"size={MAX_FILE_MB}m,mode=1777")
    # Its own processes only. Where a container does not allow it the old one stays, and the kernel guards what is secret in it.
    _LIBC.mount(b"proc", b"/proc", b"proc", _MS_NOSUID | _MS_NODEV, None)


def _tmpfs(place: str, options: str, more: int = 0) -> None:
    _call("mount", b"tmpfs", os.fsencode(place), b"tmpfs", _MS_NOSUID | _MS_NODEV | more, options.encode())


def _become(user: int | None, keep: set[int]) -> None:
    """Become another user (or stay who one is) with the kept capabilities alone."""
    linux = sys.platform.startswith("linux")
    if user is not None:
        if linux:
            _call("prctl", _KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(user, user, user) if linux else os.setgid(user)
        os.setresuid(user, user, user) if linux else os.setuid(user)
    if not linux:
        return
    bits = sum(1 << each for each in keep)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    _call("capset", ctypes.byref(header), ctypes.byref(sets))
    for each in keep:  # so that a Python that it starts can read its library, too
        _call("prctl", _AMBIENT, 2, each, 0, 0)
    _call("prctl", _DUMPABLE, 1, 0, 0, 0)  # else its own /proc belongs to root


def _rules(walls: Walls) -> int:
    """Make Landlock's rules; return their file descriptor."""
    version = landlock_version()
    everything = (1 << 13) - 1 | (1 << 13 if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    everything |= _IOCTL if version >= 5 else 0
    handled = (ctypes.c_uint64 * 3)(everything, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _syscall(_CREATE, ctypes.byref(handled), size, 0)
    look = _EXECUTE | _READ_FILE | _READ_DIR
    own = ["/dev/shm"] if "namespaces" in walls.layers else []
    for place, rights in (
        *((each, look) for each in walls.readable),
        *((each, everything & ~_IOCTL) for each in (walls.home, *own)),
        ("/dev/null", _READ_FILE | _WRITE_FILE | everything & _TRUNCATE),
    ):
        try:
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, PermissionError):
            continue  # what is not there, or not for this user, needs no leave
        allowed = rights if os.path.isdir(place) else rights & _OF_FILES
        rule = ctypes.create_string_buffer(allowed.to_bytes(8, sys.byteorder) + opened.to_bytes(4, sys.byteorder))
        _syscall(_ADD, rules, 1, rule, 0)
        os.close(opened)
    return rules


def _call(name: str, *arguments) -> int:
    found = getattr(_LIBC, name)(*arguments)
    if found < 0:
        raise SandboxError(f"{name}: {os.strerror(ctypes.get_errno())}")
    return found


def _syscall(number: int, *arguments) -> int:
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    found = _LIBC.syscall(ctypes.c_long(number), *wide)
    if found < 0:
        raise SandboxError(f"system call {number}: {os.strerror(ctypes.get_errno())}")
    return found
