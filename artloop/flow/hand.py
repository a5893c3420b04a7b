"""The artist's hand in a run that goes on: where a request takes effect, and what it does there.

A request takes effect at the boundary before a step that has not begun. There it is a step of its own, so that a resume
and a replay find it at the same place; a boundary without a request leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable

from artloop.canonical import step_for
from artloop.errors import Halted
from artloop.events import RequestHeeded, VariantEnded
from artloop.flow.breeding import breed, can_breed
from artloop.flow.company import Company
from artloop.models import Brief, Heeded, Request, Requests, Variant
from artloop.ports import Attempt, Step, Workshop


class Ear:
    """What the artist has said to one variant so far; it hears more at the boundary of each of its steps."""

    def __init__(self, variant: Variant, brief: Brief, company: Company, shop: Workshop) -> None:
        self.variant, self.brief, self.company, self.shop = variant.id, brief, company, shop
        self.heeded = variant.heeded

    @property
    def notes(self) -> list[str]:
        """What implementer and critic are to know."""
        return [one.request.text for one in self.heeded if one.request.what == "note"]

    def told(self, variant: Variant) -> Variant:
        """The variant with everything that was asked of it."""
        return variant.model_copy(update={"heeded": self.heeded})

    async def listen(self, iteration: int, kind: str, ordinal: int = 0) -> None:
        """Take up what was asked by now, before the step of that kind. Raises `Halted` when it ends the variant."""
        for request in await taken_up(step_for(self.variant, iteration, kind, ordinal), self._is_new, self.shop):
            if request.what == "breed":
                await breed(request, self.brief, self.company, self.shop)
            else:
                self.heeded = [*self.heeded, heeded(request, self.variant, iteration, kind, self.shop)]
        asked = {one.request.what for one in self.heeded}
        if "drop" in asked:
            raise Halted("dropped by the artist", "dropped")
        if "stop" in asked:
            raise Halted("stopped by the artist", "stopped")

    def _is_new(self, request: Request) -> bool:
        known = {one.request.id for one in self.heeded}
        concerned = request.concerns(self.variant) and request.id not in known
        return concerned or can_breed(request, self.company, self.shop)


async def taken_up(following: Step, wanted: Callable[[Request], bool], shop: Workshop) -> list[Request]:
    """The requests that take effect before a step: those on record, or all wanted ones if it has not begun."""
    boundary = step_for(following.variant, following.iteration, f"before-{following.kind}", following.ordinal)
    found = [] if shop.steps.begun(following) else [one for one in shop.hand.requests(boundary) if wanted(one)]
    if not found and not shop.steps.begun(boundary):
        return []

    async def work(tried: Attempt) -> Requests:
        return Requests(requests=found)

    return (await shop.steps.perform(boundary, Requests, work)).requests


def heeded(request: Request, variant: str, iteration: int, before: str, shop: Workshop) -> Heeded:
    """Announce that a request takes effect here."""
    shop.emit(RequestHeeded(variant=variant, iteration=iteration, before=before, request=request))
    return Heeded(request=request, iteration=iteration, before=before)


async def settled(variants: list[Variant], shop: Workshop) -> list[Variant]:
    """The variants with the pins and drops that came after their last step: these count until the judging begins."""

    def wanted(request: Request) -> bool:
        return any(is_late(request, variant) for variant in variants)

    late = await taken_up(step_for("run", 0, "choose", 0), wanted, shop)
    return [judged_by_artist(variant, late, shop) for variant in variants]


def is_late(request: Request, variant: Variant) -> bool:
    """Whether it is a pin or drop of a variant that had no step left to hear it at."""
    known = {one.request.id for one in variant.heeded}
    return request.what in ("pin", "drop") and request.concerns(variant.id) and request.id not in known


def judged_by_artist(variant: Variant, late: list[Request], shop: Workshop) -> Variant:
    """An ended variant with the late requests that concern it."""
    fresh = [heeded(one, variant.id, 0, "choose", shop) for one in late if is_late(one, variant)]
    if not fresh:
        return variant
    more = variant.model_copy(update={"heeded": [*variant.heeded, *fresh]})
    if all(one.request.what != "drop" for one in fresh):
        return more
    shop.emit(VariantEnded(variant=variant.id, status="dropped", reason="dropped by the artist", session=shop.session))
    return more.model_copy(update={"status": "dropped"})
