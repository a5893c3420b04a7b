"""The sketch of the start-up self-test: tries the ways out of a worker, prints those that it found, and draws.

Run like any other sketch, so that it shows what confines sketches here and now. Does no harm where it gets out.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
from typing import Any

from grafix import G

LIBC = ctypes.CDLL(None, use_errno=True)


def read_a_file() -> None:
    """The shell: every machine has one, and no module is imported from it. Where it is not, it has been hidden."""
    try:
        open("/bin/sh", "rb").close()
    except FileNotFoundError:
        raise PermissionError from None


def write_a_file() -> None:
    """Where everybody may: one without a name where there are such, which nobody has to remove."""
    if hasattr(os, "O_TMPFILE"):
        os.close(os.open("/dev/shm" if os.path.isdir("/dev/shm") else "/tmp", os.O_TMPFILE | os.O_WRONLY))
    else:
        name = f"/tmp/artloop-probe-{os.getpid()}"
        open(name, "x").close()
        os.unlink(name)


def use_the_network() -> None:
    """Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.connect(("127.0.0.1", 9))


def start_a_process() -> None:
    """One that ends at once."""
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def start_a_program() -> None:
    """One that ends at once, and this sketch with it: not to be heard of again is to have got through."""
    sys.stdout.flush()
    os.execv("/bin/sh", ["sh", "-c", ":"])


def signal_the_parent() -> None:
    """Signal 0 only asks whether one might."""
    os.kill(os.getppid(), 0)


def see_the_environment() -> None:
    """Python's copy and C's."""
    if not os.environ and not LIBC.getenv(b"PATH"):
        raise PermissionError


def read_the_parents_memory() -> None:
    """From an address where nothing is: whoever is told so has got through."""
    if not hasattr(LIBC, "process_vm_readv"):
        raise PermissionError
    nowhere = (ctypes.c_void_p * 2)(1, 1)
    if LIBC.process_vm_readv(os.getppid(), nowhere, 1, nowhere, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


for attack in (
    read_a_file,
    write_a_file,
    use_the_network,
    start_a_process,
    signal_the_parent,
    see_the_environment,
    read_the_parents_memory,
    start_a_program,
):
    try:
        attack()
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            continue  # any other error is what it met outside
    sys.stdout.write(f"{attack.__name__}\n")


def draw(t: float) -> Any:
    """Needs a compiled module that nobody has imported yet, so that honest sketches are known to work."""
    from decimal import Decimal

    return G.polygon(n_sides=6, scale=float(Decimal(10)))
