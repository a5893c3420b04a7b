"""Confines a worker with Landlock and seccomp: prepared once in the zygote, entered by every worker in a few calls.

Linux only. What the kernel cannot do is left out here; `probe` shows what the rest is worth. Limits of resources are in
`process`.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from landlockpy import Ruleset
    from seccompy import Filter

LAYERS = frozenset({"landlock", "seccomp", "rlimits"})
"""What confines a worker beside being a process of its own; tests take one away."""

_ALLOWED = """
    read readv pread64 write writev lseek close close_range open openat stat fstat lstat newfstatat statx getdents64
    access faccessat faccessat2 readlink readlinkat getcwd poll ppoll select pselect6
    brk mmap mprotect munmap mremap madvise futex futex_wait futex_wake membarrier
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack pause restart_syscall exit exit_group
    getpid getppid gettid getuid geteuid getgid getegid uname sysinfo times getrusage getcpu sched_getaffinity
    sched_yield clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom
"""
"""Enough for Python, numpy and Numba's compiler. No call makes a process or a thread: a bomb of threads with tiny
stacks needs no memory that a limit would count. None signals, locks, links, sends, or holds memory of the kernel's."""
_ABSENT = ("clone3", "mseal", "openat2")
"""libc does without these, if told that there are none."""
_FCNTL = (0, 1, 2, 3, 4, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN and F_SETSIG: they signal others."""
_IOCTL = (0x5401, 0x5413, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONCLEX, FIOCLEX."""
_COMMAND = 0xFFFFFFFF
"""The kernel reads commands as 32 bits: the upper half must not hide one."""


class Jail:
    """A ruleset and a filter, ready; None where this kernel or processor has none."""

    def __init__(self, ruleset: Ruleset | None, syscalls: Filter | None) -> None:
        self._ruleset = ruleset
        self._syscalls = syscalls

    @property
    def descriptors(self) -> list[int]:
        """What a worker must not close before it enters."""
        return [self._ruleset.fileno()] if self._ruleset else []

    def enter(self, layers: Collection[str]) -> None:
        """Confine this process for good. Raises OSError when that fails: run nothing then."""
        if self._ruleset:
            if "landlock" in layers:
                self._ruleset.restrict()
            self._ruleset.close()
        if self._syscalls and "seccomp" in layers:
            self._syscalls.load()


def prepared(readable: Iterable[Path]) -> Jail:
    """A jail whose inmates read these, and write nothing."""
    return Jail(_ruleset(readable), _filter()) if sys.platform == "linux" else Jail(None, None)


def lacking() -> list[str]:
    """What this machine has not of that which a jail is made of, in words."""
    if sys.platform != "linux":
        return ["Landlock and seccomp are Linux's"]
    import landlockpy
    import seccompy

    parts = (
        ("Landlock is not in this kernel, or forbidden here", landlockpy.supported),
        ("seccomp is not in this kernel, or forbidden here", seccompy.supported),
    )
    return [words for words, supported in parts if not supported()]


def _ruleset(readable: Iterable[Path]) -> Ruleset | None:
    from landlockpy import AccessFS, Ruleset, Scope

    try:
        ruleset = Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
    except OSError:  # no Landlock, or a container that forbids it
        return None
    for path in {path.resolve() for path in readable}:
        ruleset.allow_path(path, AccessFS.READ_FILE | (AccessFS.READ_DIR if path.is_dir() else AccessFS.NONE))
    return ruleset


def _filter() -> Filter | None:
    """Whatever is not named fails with EPERM; system calls of another architecture kill."""
    from seccompy import Action, ArgCmp, CmpOp, Filter, arch, supported
    from seccompy.syscalls import AARCH64_SYSCALLS, X86_64_SYSCALLS

    try:
        known = {"x86_64": X86_64_SYSCALLS, "aarch64": AARCH64_SYSCALLS}[arch()]
        if not supported():
            return None
    except OSError:  # another processor, or a container that forbids it
        return None
    made = Filter(default=Action.ERRNO | errno.EPERM)
    for name in filter(known.__contains__, _ALLOWED.split()):
        made.allow(name)
    for name in filter(known.__contains__, _ABSENT):
        made.errno(name, errno.ENOSYS)
    for name, commands in (("fcntl", _FCNTL), ("ioctl", _IOCTL)):
        for command in commands:
            made.allow(name, args=[ArgCmp(1, CmpOp.MASKED_EQ, command, mask=_COMMAND)])
    made.allow("prlimit64", args=[ArgCmp(0, CmpOp.EQ, 0), ArgCmp(2, CmpOp.EQ, 0)])  # its own, and only to read them
    made.program  # noqa: B018 - assembled here, not in every worker
    return made
