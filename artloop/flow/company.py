"""What the variants of one run know of each other while they are at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from artloop.models import Concept, Place, Variant

MOST_SHARED = 12
"""Lessons of others that an implementer is told; the newest."""


class Company:
    """Who is at work, what hangs, what was shared. What is taken from it goes on record before anybody acts on it."""

    def __init__(self, concepts: dict[str, Concept] | None = None) -> None:
        self.concepts = concepts or {}
        """What the variants of the brief began with."""
        self.standing: dict[str, Variant] = {}
        """Each variant as it stands."""
        self.born: Callable[[Variant], None] = lambda variant: None
        """Takes in a variant that was bred."""
        self._bred: set[str] = set()
        self._shared: list[tuple[str, str]] = []
        self._hung: list[Place] = []
        self._reached: dict[str, int] = {}
        self._at_work: set[str] = set(self.concepts)
        self._moved = asyncio.Event()

    def siblings(self, variant: str) -> list[Concept]:
        """What the others began with."""
        return [concept for name, concept in self.concepts.items() if name != variant]

    def hang(self, place: Place) -> None:
        """Show the siblings a drawing that is kept."""
        self._hung.append(place)

    def hung_beside(self, variant: str) -> list[Place]:
        """The siblings' drawings."""
        return [place for place in self._hung if place.variant != variant]

    def enter(self, variant: Variant) -> None:
        """A variant is at work."""
        self.standing[variant.id] = variant
        self._at_work.add(variant.id)

    def leave(self, variant: str) -> None:
        """A variant draws no more, for good or until the next round."""
        self._at_work.discard(variant)
        self._move()

    def pass_by(self, variant: str, iteration: int) -> None:
        """A variant has hung the drawing of an iteration, or has none to hang."""
        self._reached[variant] = iteration
        self._move()

    async def earlier(self, variant: str, iteration: int) -> list[Place]:
        """What the variants before it hang up to that iteration, waited for: the same whoever is faster."""
        before = [name for name in self.standing if name < variant]
        while any(name in self._at_work and self._reached.get(name, 0) < iteration for name in before):
            await self._moved.wait()
        return sorted(
            (place for place in self._hung if place.variant in before and place.iteration <= iteration),
            key=lambda place: (place.variant, place.iteration),
        )

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def share(self, lessons: Sequence[tuple[str, str]]) -> None:
        """Let everybody know what these variants have learned."""
        self._shared = [*self._shared, *lessons]

    def shared_with(self, variant: str) -> list[str]:
        """What the others have shared, oldest first."""
        return [f"{name}: {lesson}" for name, lesson in self._shared if name != variant][-MOST_SHARED:]

    def bear(self, request: str, variant: Variant) -> None:
        """Take in the variant that a request bred, once."""
        if request not in self._bred:
            self._bred.add(request)
            self.standing[variant.id] = variant
            self.born(variant)
