"""Sends a run's steps out and takes in what comes back: calls, events, files and the answer or the error."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from artloop import telemetry
from artloop.distributed.errand import Entry, Errand, Outcome, Work, error_of
from artloop.distributed.files import Hashes, cleared, fetched, mentioned, sent
from artloop.distributed.post import LAST_WORDS_S, Post
from artloop.distributed.trail import retold
from artloop.errors import StorageError
from artloop.events import Emit
from artloop.models import Place, RunRecord, Value
from artloop.ports import Attempt, Blobs, CallRecord, Calls
from artloop.workspace import RunFolder

T = TypeVar("T", bound=Value)


@dataclass(frozen=True)
class Sender:
    """What all errands of a run have in common, and what their outcomes go into."""

    folder: RunFolder
    record: RunRecord
    post: Post
    blobs: Blobs
    calls: Calls
    """Where the calls of workers are kept; they are priced there."""
    answers: Callable[[str, int], list[CallRecord]]
    """The recorded calls of a step's execution."""
    counted: Callable[[], None]
    tell: Emit
    alike: Callable[[Work], dict[str, str]]
    """What must be the same here and at the worker."""
    max_deaths: int
    hashes: Hashes = field(default_factory=Hashes)
    there: set[str] = field(default_factory=set)
    """Contents known to be among the blobs."""

    async def ask(self, work: Work, task: Value, answer: type[T], attempt: Attempt, place: Place | None = None) -> T:
        """Have a worker do it. Raises what the worker's own try raised, and `WorkersDied`."""
        errand = self._errand(work, task, attempt, place, await self._laid_open(work, task))
        try:
            outcome = await self.post.outcome(errand)
        except asyncio.CancelledError:
            with contextlib.suppress(StorageError, TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    self._kept(await self.post.trail(errand))
                    await self._forget(errand)
            raise
        self._kept(outcome.trail)
        for event in outcome.events:
            self.tell(event)
        if outcome.fault or work == "measure":
            await self._forget(errand)  # the same may be asked again
        if outcome.fault:
            raise error_of(outcome.fault)
        if outcome.artifacts or work == "render":
            try:
                await asyncio.to_thread(self._fetched, errand, outcome)
            except StorageError:
                await self._forget(errand)  # what it made is lost: a resume has it made again
                raise
        return answer.model_validate_json(outcome.result)

    async def _laid_open(self, work: Work, task: Value) -> dict[str, str]:
        """Put what the errand may look at among the blobs; a render looks at nothing."""
        if work in ("render", "measure"):
            return {}
        return await asyncio.to_thread(self._sent, task)

    def _sent(self, task: Value) -> dict[str, str]:
        return sent(mentioned(task, self.folder), self.folder, self.blobs, self.hashes, self.there)

    def _errand(self, work: Work, task: Value, attempt: Attempt, place: Place | None, inputs: dict[str, str]) -> Errand:
        return Errand(
            name=f"{self.record.id}/{attempt.step}/{attempt.generation}",
            run=self.record,
            workspace=self.folder.workspace,
            work=work,
            task=task.model_dump_json(),
            attempt=attempt,
            place=place,
            inputs=inputs,
            calls=self.answers(attempt.step, attempt.generation),
            alike=self.alike(work),
            trace=telemetry.traceparent(),
            max_deaths=self.max_deaths,
        )

    def _kept(self, trail: list[Entry]) -> None:
        retold(trail, self.calls)
        if trail:
            self.counted()

    async def _forget(self, errand: Errand) -> None:
        await self.calls.kept()  # what is forgotten there must be on record here
        await self.post.forget(errand)

    def _fetched(self, errand: Errand, outcome: Outcome) -> None:
        fetched(outcome.artifacts, self.folder, self.blobs, self.hashes)
        self.there.update(outcome.artifacts.values())
        if errand.work == "render" and errand.iteration:
            cleared(self.folder, errand.iteration, outcome.artifacts)
