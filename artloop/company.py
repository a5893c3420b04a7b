"""What the variants of one run know of each other while they are at work."""

from __future__ import annotations

from artloop.models import Place


class Company:
    """The drawings that variants have hung so far. What is seen of it goes on record before anybody acts on it."""

    def __init__(self) -> None:
        self._hung: list[Place] = []

    def hang(self, place: Place) -> None:
        """Show the siblings a drawing that is kept."""
        self._hung.append(place)

    def hung_beside(self, variant: str) -> list[Place]:
        """The siblings' drawings."""
        return [place for place in self._hung if place.variant != variant]
