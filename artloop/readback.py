"""A run as far as its journal goes: the flow itself, performed on committed steps only, without any hands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from artloop.errors import NotYet, StepParked
from artloop.events import Chosen, Estimated, Event, RunEnded, RunStarted, VariantEnded
from artloop.flow.hand import settled
from artloop.flow.stopping import by_rule
from artloop.flow.studio import worked
from artloop.journal import Journal
from artloop.lock import driver
from artloop.models import (
    Caps,
    Concept,
    Critique,
    Estimate,
    Place,
    Request,
    RunRecord,
    RunStatus,
    RunSummary,
    Selection,
    Usage,
    Value,
    Variant,
)
from artloop.ports import Attempt, Step, Workshop
from artloop.workspace import RunFolder

T = TypeVar("T", bound=Value)


class Story(Value):
    """What is known of a run, finished or not."""

    variants: list[Variant]
    selection: Selection
    status: RunStatus
    reason: str
    usage: Usage
    estimate: Estimate | None
    caps: Caps
    """Those of the last session."""
    seconds: float


class Committed:
    """`ports.Steps` that performs nothing."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        """The committed result, or `NotYet`; a parked step says what its last error was."""
        known = self.journal.committed(step.key, result)
        if known is not None:
            return known
        if parked := self.journal.parked(step.key):
            raise parked
        raise NotYet(step.key)

    def begun(self, step: Step) -> bool:
        """Whether the step was ever started."""
        return self.journal.begun(step)


class NoHands:
    """Stands for artists, render and shelf where every step is already done."""

    def fingerprint(self, role: str) -> str:
        """Inputs are not compared when reading back."""
        return ""

    def place(self, variant: str, iteration: int) -> Place:
        """Never used to write."""
        return Place(variant=variant, iteration=iteration)

    async def keep_concept(self, variant: str, concept: Concept) -> None:
        """Already on disk."""

    async def keep_revision(self, variant: str, iteration: int, attempt: int, source: str, diff: str) -> None:
        """Already on disk."""

    async def keep_variant(self, variant: Variant) -> None:
        """Already on disk."""

    async def keep_critique(self, variant: str, iteration: int, critique: Critique) -> None:
        """Already on disk."""

    async def keep_selection(self, selection: Selection) -> None:
        """Already on disk."""

    def requests(self, before: Step) -> list[Request]:
        """What has not taken effect yet is no part of the story."""
        return []


def read_back(folder: RunFolder) -> Story:
    """Everything the journal knows of a run. Raises `RunDamaged` when it cannot be read."""
    record = folder.read_record()
    with Journal.read(folder) as journal:
        ends: dict[str, VariantEnded] = {}
        last_end: RunEnded | None = None
        estimate: Estimate | None = None
        caps = Caps()
        selection, session, events = Selection(winner=None), journal.session() - 1, journal.events()
        for _, _, event in events:
            if isinstance(event, VariantEnded):
                ends[event.variant] = event
            elif isinstance(event, RunStarted):
                caps = event.caps
            elif isinstance(event, Estimated):
                estimate = event.estimate
            elif isinstance(event, Chosen):
                selection = event.selection
            elif isinstance(event, RunEnded):
                last_end = event
        hands: Any = NoHands()
        steps, challenges = Committed(journal), record.challenges
        shop = Workshop(hands, hands, steps, hands, lambda event: None, hands, hands, hands, challenges=challenges)
        try:
            variants = asyncio.run(_variants(record.brief, shop, ends))
        except (NotYet, StepParked):
            variants = []
        over = last_end if last_end and last_end.session == session else None
        status, reason = (over.status, over.reason) if over else standing(folder)
        return Story(
            variants=variants,
            selection=selection,
            status=status,
            reason=reason,
            usage=owed(journal.usage(), record),
            estimate=estimate,
            caps=caps,
            seconds=round(worked_seconds(events), 1),
        )


def owed(usage: Usage, record: RunRecord) -> Usage:
    """What calls came to; those of the house that were lost with their driver can cost nobody anything."""
    free = set(record.models.values()) == {"house"}
    return usage.model_copy(update={"unanswered": 0}) if free else usage


def worked_seconds(events: Iterable[tuple[int, float, Event]]) -> float:
    """How long all sessions took; one that has not ended, or was killed, as far as it is heard of."""
    done, began, heard = 0.0, 0.0, 0.0
    for _, at, event in events:
        if isinstance(event, RunStarted):
            done, began = done + heard - began, at
        heard = at
        if isinstance(event, RunEnded):
            done, began = done + event.seconds, at
    return done + heard - began


async def _variants(brief: Any, shop: Workshop, ends: dict[str, VariantEnded]) -> list[Variant]:
    """The variants as the flow makes them of committed steps, each with the end it came to."""
    found = await settled(await worked(brief, shop, by_rule(brief)), shop)
    return [
        variant.model_copy(update={"status": end.status, "failure": end.reason if end.status == "failed" else None})
        if (end := ends.get(variant.id))
        else variant
        for variant in found
    ]


def standing(folder: RunFolder) -> tuple[RunStatus, str]:
    """Whether a run that has not ended is being driven at this moment."""
    if holder := driver(folder):
        return "running", f"driven by process {holder.pid} since {holder.since}"
    return "interrupted", "its driver was killed; resume goes on"


def over(folder: RunFolder) -> RunStatus | None:
    """How a run ended that no resume takes any further; None of one that goes on or can."""
    if not folder.journal.exists() or driver(folder):
        return None
    status = read_back(folder).status
    return status if status in ("finished", "stalled", "stopped") else None


def summary(folder: RunFolder) -> RunSummary:
    """One row of `artloop list`."""
    record, story = folder.read_record(), read_back(folder)
    return RunSummary(
        id=folder.id,
        brief=record.brief.text,
        status=story.status,
        created=record.created,
        winner=story.selection.winner,
        iterations=sum(len(variant.iterations) for variant in story.variants),
        cost_usd=story.usage.cost_usd,
        origin=record.origin,
        fork=record.fork,
        folder=str(folder.path),
    )
