"""Work that goes on after the call that began it: started, asked after, cancelled, and kept for a day when done.

Knows nothing of renders: a job is whatever coroutine makes a tool's answer. Running jobs end with their server; what
came of them lies on disk, for over stdio a server ends with its client.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from mcp_types import CallToolResult
from pydantic import ValidationError

from artloop.errors import ArtloopError, StorageError, UsageError
from artloop.models import Value
from artloop.workspace import write_json

KEPT_SECONDS = 24 * 3600
KEPT_MAX = 256
"""Finished jobs on disk; the oldest go."""
JOB_ID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{32}")
"""When it was started, in seconds since 1970, and what nobody can guess."""
State = Literal["running", "finished", "failed", "cancelled"]
Tell = Callable[[int, int, str], Awaitable[None]]
"""Told (done, total, of what)."""


class Outcome(Value):
    """What came of a job, as it is kept."""

    state: State
    error: str | None = None
    answer: dict[str, Any] | None = None
    """The `CallToolResult` that a call which waited would have had."""

    def answered(self) -> CallToolResult | None:
        """The answer, if the job came to one."""
        return CallToolResult.model_validate(self.answer) if self.answer is not None else None


class Job:
    """A piece of work under way."""

    def __init__(self, job_id: str) -> None:
        self.id = job_id
        self.progress: tuple[int, int, str] = (0, 0, "")
        self.admitted = False
        self.outcome: Outcome | None = None
        self.task: asyncio.Task[None] | None = None
        self.settled = False
        self._news = asyncio.Event()

    def admit(self) -> None:
        """The work has what it needs and goes on: from now on the job exists for others."""
        self.admitted = True
        self.tell()

    def report(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        self.progress = (done, total, message)
        self.tell()

    def tell(self) -> None:
        """Wake all who wait for news."""
        told, self._news = self._news, asyncio.Event()
        told.set()

    async def news(self) -> None:
        """Wait until something has changed."""
        await self._news.wait()


Work = Callable[[Job], Awaitable[CallToolResult]]


class Jobs:
    """The jobs of a server, and those that any server with the same folder has finished. Make it with `jobs`."""

    def __init__(self, group: asyncio.TaskGroup, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._group = group
        self._folder = folder
        self._clock = clock
        self._running: dict[str, Job] = {}
        self._unkept: dict[str, Outcome] = {}

    async def start(self, work: Work) -> Job:
        """Begin `work`, and return once it is admitted or has ended without; then it has no id anybody may use."""
        job = Job(f"{int(self._clock()):08x}-{secrets.token_hex(16)}")
        job.task = self._group.create_task(self._run(job, work))
        try:
            while not (job.admitted or job.outcome):
                await job.news()
        except BaseException:  # whoever asked went away without the id
            job.task.cancel()
            raise
        return job

    async def wait(self, job_id: str, seconds: float, tell: Tell) -> Job:
        """The job once it has ended, or after that many seconds. Raises `UsageError` for an id that leads nowhere."""
        job = self._running.get(job_id)
        if job is None:
            return await self._ended(job_id)
        told = (0, 0, "")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while job.outcome is None:
                    if job.progress != told:
                        told = job.progress
                        await tell(*told)
                    await job.news()
        return job

    async def cancel(self, job_id: str) -> Job:
        """End a job; return once it has killed what it had started. One that has ended is returned as it is."""
        job = self._running.get(job_id)
        if job is None:
            return await self._ended(job_id)
        _cancel(job)
        while job.outcome is None:
            await job.news()
        return job

    def close(self) -> None:
        """Cancel what still runs."""
        for job in self._running.values():
            _cancel(job)

    async def _run(self, job: Job, work: Work) -> None:
        self._running[job.id] = job
        try:
            # A mistake of ours in one job must not take the others along: it comes back as a value, and is logged.
            (ended,) = await asyncio.gather(work(job), return_exceptions=True)
        except asyncio.CancelledError as error:
            ended = error
        job.settled = True
        outcome = _outcome(ended)
        if job.admitted:
            try:
                await asyncio.to_thread(self._keep, job.id, outcome)
            except StorageError as error:
                outcome = Outcome(state="failed", error=f"its result could not be kept: {error}")
                self._unkept[job.id] = outcome
        job.outcome = outcome
        del self._running[job.id]
        job.tell()

    async def _ended(self, job_id: str) -> Job:
        job = Job(job_id)
        job.outcome = self._unkept.get(job_id) or await asyncio.to_thread(self._kept, job_id)
        return job

    def _kept(self, job_id: str) -> Outcome:
        matched = JOB_ID.fullmatch(job_id)
        if matched is None:
            raise UsageError(f"{job_id[:80]!r} is no job id; give the one start_render answered with")
        if int(matched[1], 16) + KEPT_SECONDS < self._clock():
            raise UsageError(f"job {job_id} has expired: results are kept for {KEPT_SECONDS // 3600} hours; start anew")
        try:
            return Outcome.model_validate_json(self._path(job_id).read_bytes())
        except OSError as error:
            raise UsageError(
                f"there is no job {job_id}: the id is wrong, or its server was killed while it ran; start anew"
            ) from error
        except ValidationError as error:
            raise UsageError(f"the result of job {job_id} is damaged on disk; start anew") from error

    def _keep(self, job_id: str, outcome: Outcome) -> None:
        write_json(self._path(job_id), outcome)
        kept = []
        for path in self._folder.iterdir():
            with suppress(OSError):  # another server has just removed it
                kept.append((path.stat().st_mtime, path))
        kept.sort(reverse=True)
        for number, (since, path) in enumerate(kept):
            if number >= KEPT_MAX or since + KEPT_SECONDS < self._clock():
                with suppress(OSError):
                    path.unlink()

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.json"


@asynccontextmanager
async def jobs(folder: Path) -> AsyncIterator[Jobs]:
    """Jobs that end, at the latest, with the block; `folder` holds what came of them."""
    async with asyncio.TaskGroup() as group:
        made = Jobs(group, folder)
        try:
            yield made
        finally:
            made.close()


def _cancel(job: Job) -> None:
    if job.task and not job.settled:
        job.task.cancel()


def _outcome(ended: CallToolResult | BaseException) -> Outcome:
    match ended:
        case CallToolResult():
            return Outcome(state="finished", answer=ended.model_dump(mode="json", by_alias=True, exclude_none=True))
        case asyncio.CancelledError():
            return Outcome(state="cancelled", error="it was cancelled, or its server ended before it was done")
        case ArtloopError():
            return Outcome(state="failed", error=str(ended))
    logging.getLogger(__name__).error("a job failed by a mistake of ours", exc_info=ended)
    return Outcome(state="failed", error=f"a mistake of the server's ({type(ended).__name__}); see its log")
