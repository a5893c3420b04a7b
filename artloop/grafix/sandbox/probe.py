"""The sketch of the start-up self-test: tries the ways out of a worker, prints those that it found, and draws.

Run like any other sketch, so that it shows what confines sketches here and now. Does no harm where it gets out.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from typing import Any

from grafix import G

LIBC = ctypes.CDLL(None, use_errno=True)


def read_a_file() -> None:
    """One that every machine has, and that no module is imported from."""
    with open(sys.executable, "rb"):
        os.listdir("/")


def write_a_file() -> None:
    """In the only folder that is a worker's own."""
    with open("probe", "w"):
        os.unlink("probe")


def use_the_network() -> None:
    """Nothing is sent."""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def start_a_process() -> None:
    """One that ends at once."""
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def start_a_program() -> None:
    """There is none of this name: whoever is told so has got through."""
    os.execv("./probe", ["probe"])


def signal_the_parent() -> None:
    """Signal 0 only asks whether one might."""
    os.kill(os.getppid(), 0)


def see_the_environment() -> None:
    """Python's copy and C's."""
    if not os.environ and not LIBC.getenv(b"PATH"):
        raise PermissionError


def read_the_parents_memory() -> None:
    """From an address where nothing is: whoever is told so has got through."""
    nowhere = (ctypes.c_void_p * 2)(1, 1)
    if LIBC.process_vm_readv(os.getppid(), nowhere, 1, nowhere, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


for attack in (
    read_a_file,
    write_a_file,
    use_the_network,
    start_a_process,
    start_a_program,
    signal_the_parent,
    see_the_environment,
    read_the_parents_memory,
):
    try:
        attack()
    except PermissionError:
        continue
    except OSError:
        pass  # refused by what it met outside
    sys.stdout.write(f"{attack.__name__}\n")


def draw(t: float) -> Any:
    """Needs a compiled module that nobody has imported yet, so that honest sketches are known to work."""
    from decimal import Decimal

    return G.polygon(n_sides=6, scale=float(Decimal(10)))
