"""What a child process does to itself before it works: channels, limits, and dying with the server."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import threading

SKETCH = "sketch.py"
"""The file name under which a sketch is compiled."""
MEMORY_EXIT = 77
"""Exit status of a child that used too much memory where the platform has no limit for it."""
DESCRIPTORS = 64
"""A child's open files, at most."""
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_MB = 1 << 20


def take_channels() -> tuple[int, int]:
    """Move the protocol away from stdin and stdout: (control, answer). Prints go to stderr, which is the log."""
    control, answer = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return control, answer


def die_with_parent(parent: int | None = None) -> None:
    """Linux: be killed when the parent dies, or has died: the one `handle` names. Elsewhere only `watch` sees it."""
    if sys.platform == "linux":
        parent = parent or int(sys.argv[1])
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def hide() -> None:
    """Linux: let nobody trace this process, or read its memory or environment, nor those it forks; no core dumps."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def watch(control: int, memory_mb: int) -> None:
    """End this process when the server closes the control pipe; off Linux also when it grows by `memory_mb`."""
    allowed = _resident() + memory_mb * _MB
    polled = sys.platform != "linux"

    def guard() -> None:
        while True:
            readable, _, _ = select.select([control], [], [], 0.1 if polled else None)
            if readable and not os.read(control, 1):
                os._exit(1)
            if polled and _resident() > allowed:
                os._exit(MEMORY_EXIT)

    threading.Thread(target=guard, daemon=True).start()


def limit(memory_mb: int, cpu_s: float, file_mb: int) -> None:
    """Memory beyond what is in use (Linux), processor time beyond what is spent, size and number of files; no cores."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + cpu_s) + 2
    _lower(resource.RLIMIT_CORE, 0, 0)
    _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
    _lower(resource.RLIMIT_FSIZE, file_mb * _MB, file_mb * _MB)
    _lower(resource.RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS)
    _lower(resource.RLIMIT_MEMLOCK, 0, 0)
    if sys.platform == "linux":
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        allowed = pages * resource.getpagesize() + memory_mb * _MB
        _lower(resource.RLIMIT_AS, allowed, allowed)


def _lower(which: int, soft: int, hard: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # the machine may allow less already
        resource.setrlimit(which, (soft, hard))


def _resident() -> int:
    """Largest resident size so far in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
