"""How sketches can be confined, best first, and which of the ways this machine shows to work.

A way is taken when the sketch of `probe`, run like any other, draws and finds no way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from artloop.grafix.sandbox.forks import AVAILABLE, RECYCLE_AFTER, Forks
from artloop.grafix.sandbox.handle import Child, Children
from artloop.grafix.sandbox.jail import LAYERS
from artloop.grafix.sandbox.spares import Spares
from artloop.grafix.sandbox.walls import bubblewrap, seatbelt
from artloop.settings import IsolationChoice

CONFINED = frozenset({"full", "bwrap", "seatbelt"})
"""Levels at which a stranger's sketch may run. `full`: Landlock and seccomp; `bwrap`: bubblewrap and seccomp;
`seatbelt`: macOS's sandbox-exec. At `process` a sketch has a process of its own with limits, and no more."""


class Source(Protocol):
    """Where warm workers come from."""

    def refill(self) -> None:
        """See to it in the background that there are some."""
        ...

    async def worker(self) -> Child:
        """One that is nobody else's. Raises `RenderServerError`."""
        ...

    def close(self) -> None:
        """Start no more."""
        ...


@dataclass(frozen=True)
class Way:
    """A level, the workers that are confined at it, and the layers of `jail` that they put on themselves."""

    level: str
    source: Source
    layers: frozenset[str] = frozenset()


@contextmanager
def ways(
    wanted: IsolationChoice, group: asyncio.TaskGroup, children: Children, kernels: Path, size: int
) -> Iterator[list[Way]]:
    """The ways that may be tried on this machine, the last of which confines nothing; their workers end with the block.

    Asked for one way, it is that one or none.
    """
    found = []
    forked = Forks(group, children, kernels, RECYCLE_AFTER)
    if wanted == "auto" and AVAILABLE:
        found.append(Way("full", forked, LAYERS))
    if wanted in ("auto", "bwrap") and AVAILABLE and (wall := bubblewrap(kernels)):
        found.append(Way("bwrap", Forks(group, children, kernels, RECYCLE_AFTER, wall), LAYERS - {"landlock"}))
    if wanted in ("auto", "seatbelt") and (wall := seatbelt(kernels)):
        found.append(Way("seatbelt", Spares(group, children, kernels, size, wall)))
    if wanted == "auto" and AVAILABLE:
        found.append(Way("process", forked, LAYERS))
    else:
        found.append(Way("process", Spares(group, children, kernels, size)))
    try:
        yield found
    finally:
        for way in found:
            way.source.close()
