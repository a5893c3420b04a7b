"""Workers that are started, not forked: one-shot, warm before they are needed, each behind a wall of its own if any.

The way of macOS, and of whoever asks for no confinement at all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from pathlib import Path

from artloop.errors import RenderServerError
from artloop.grafix.sandbox.handle import OPEN, Child, Children
from artloop.grafix.sandbox.walls import Wall

MODULE = "artloop.grafix.sandbox.child"


class Spares:
    """Keeps `size` workers warm."""

    def __init__(
        self, group: asyncio.TaskGroup, children: Children, kernels: Path, size: int, wall: Wall = OPEN
    ) -> None:
        self._group = group
        self._children = children
        self._kernels = kernels
        self._size = size
        self._wall = wall
        self._idle: deque[Child] = deque()
        self._starting = 0

    def refill(self) -> None:
        """Start workers in the background until enough are idle or on their way."""
        for _ in range(self._size - len(self._idle) - self._starting):
            self._starting += 1
            self._group.create_task(self._add())

    async def worker(self) -> Child:
        """An idle worker, or a new one. Raises `RenderServerError`."""
        return self._idle.popleft() if self._idle else await self._started()

    def close(self) -> None:
        """Start no more workers, and end those that are idle."""
        self._size = 0
        while self._idle:
            self._children.stop(self._idle.popleft())

    async def _add(self) -> None:
        with suppress(RenderServerError):  # whoever needs a worker will start one, and be told
            self._idle.append(await self._started())
        self._starting -= 1

    async def _started(self) -> Child:
        return await self._children.start(MODULE, self._kernels, wall=self._wall)
