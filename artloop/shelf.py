"""Puts what people want to read into a run's folder: in threads, for each file waits for the disk."""

from __future__ import annotations

import asyncio

from artloop.models import Concept, Critique, Place, Selection, Variant
from artloop.workspace import RunFolder


class FolderShelf:
    """`ports.Shelf` in a run's folder."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def place(self, variant: str, iteration: int) -> Place:
        """Where the renders of an iteration go."""
        return self._folder.place(variant, iteration)

    async def keep_concept(self, variant: str, concept: Concept) -> None:
        """`variants/vNN/concept.json`."""
        await asyncio.to_thread(self._folder.keep_concept, variant, concept)

    async def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        """A drawing's source and its diff to its parent's."""
        await asyncio.to_thread(self._folder.keep_revision, variant, iteration, attempt, source, diff)

    async def keep_variant(self, variant: Variant) -> None:
        """`variants/vNN/variant.json`."""
        await asyncio.to_thread(self._folder.keep_variant, variant)

    async def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """`critique.json` beside the picture it speaks of."""
        await asyncio.to_thread(self._folder.keep_critique, variant, iteration, critique)

    async def keep_selection(self, selection: Selection) -> None:
        """`selection.json`, and the winner's files in `final/`."""
        await asyncio.to_thread(self._folder.keep_selection, selection)
