"""How far the drawings of a run are apart, read from their files: `ports.Distances`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from artloop.grafix.likeness import NEAR, Descriptor, distance, of_svg
from artloop.models import Place
from artloop.workspace import RunFolder, contained

__all__ = ["NEAR", "DrawingDistances"]
UNKNOWN = 1.0
"""Of a drawing that cannot be read: nothing known in common."""


class DrawingDistances:
    """Compares drawings by their descriptors, in a thread; each file is described once while it stays as it is."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._known: dict[tuple[Path, int, int], Descriptor] = {}

    async def __call__(self, one: Place, others: Sequence[Place]) -> list[float]:
        """From one drawing to each of the others: 0 the same to 1 nothing in common, or no drawing there."""
        return await asyncio.to_thread(self._all, one, others)

    def _all(self, one: Place, others: Sequence[Place]) -> list[float]:
        mine, theirs = self._described(one), [self._described(other) for other in others]
        return [distance(mine, each) if mine and each else UNKNOWN for each in theirs]

    def _described(self, place: Place) -> Descriptor | None:
        path = contained(self._folder.iteration(place.variant, place.iteration), "drawing.svg")
        try:
            seen = path.stat()
            key = (path, seen.st_mtime_ns, seen.st_size)
            if key not in self._known:
                self._known[key] = of_svg(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return self._known[key]
