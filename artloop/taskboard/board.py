"""The task board: what may be asked of it. Each call is a transaction; the rules lie beside it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Literal, Self

from artloop.errors import UsageError
from artloop.ports import Clock
from artloop.settings import HubSettings
from artloop.taskboard import agents, keeping, leases, outcomes, shared
from artloop.taskboard.cards import find, shown, words
from artloop.taskboard.clockwork import AT_ONCE, Clockwork
from artloop.taskboard.endings import CANCELLED, Ending, end
from artloop.taskboard.filing import file_batch
from artloop.taskboard.limits import BATCH, RESULT_BYTES, check_spec, measured
from artloop.taskboard.schemas import check_schema, flaw
from artloop.taskboard.splitting import split
from artloop.taskboard.store import Store
from artloop.taskboard.turn import Turn
from artloop.taskboard.waiting import Ask
from artloop.taskboard.words import (
    ENDED,
    AgentRecord,
    Assignment,
    Beat,
    BoardEvent,
    Counts,
    Json,
    State,
    Task,
    TaskError,
    TaskSpec,
)

LARGE_BYTES = 100_000
"""Such a result is checked in a thread."""


class Board:
    """Tasks wait here for agents. While it is entered, what falls due happens and who waits is served."""

    def __init__(self, store: Store, settings: HubSettings, clock: Clock, chance: random.Random | None = None) -> None:
        self._works = Clockwork(store, settings, clock, chance or random.Random())
        self._do, self._waiting = self._works.do, self._works.waiting
        self._service: AbstractAsyncContextManager[None] | None = None

    async def __aenter__(self) -> Self:
        self._service = self._works.running()
        await self._service.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._service is not None:
            await self._service.__aexit__(kind, error, trace)

    # -- agents ------------------------------------------------------------------------------------------------------

    async def register(
        self, agent_type: str, capabilities: Sequence[str] = (), name: str = "", owner: str = ""
    ) -> AgentRecord:
        """Enter a new agent."""
        return await self._do(lambda turn: agents.join(turn, agent_type, capabilities, name, owner))

    async def unregister(self, agent_id: str) -> AgentRecord:
        """An agent goes; its tasks are offered to others at once."""
        return await self._do(lambda turn: leases.leave(turn, agent_id))

    async def drain(self, agent_id: str) -> AgentRecord:
        """Give an agent no new tasks; it finishes those it has."""
        return await self._do(lambda turn: agents.drain(turn, agent_id))

    async def agent(self, agent_id: str) -> AgentRecord:
        """Who that is; also one that has gone."""
        return await self._do(lambda turn: agents.known(turn, agent_id))

    async def agents(
        self, agent_type: str | None = None, state: Literal["active", "draining", "gone"] | None = None
    ) -> list[AgentRecord]:
        """Those who have registered, the eldest first."""
        found = await self._do(agents.everybody)
        return [one for one in found if agent_type in (None, one.agent_type) and state in (None, one.state)]

    # -- tasks, for those who want them done ---------------------------------------------------------------------------

    async def create(self, specs: list[TaskSpec]) -> list[Task]:
        """Put tasks up, all or none; one whose key is known is the task there is."""
        _check_batch(specs)

        async def rule(turn: Turn) -> list[Task]:
            return [await shown(turn, card) for card in await file_batch(turn, specs)]

        return await self._do(rule)

    async def get(self, id: str) -> Task:
        """A task with its result."""

        async def rule(turn: Turn) -> Task:
            return await shown(turn, await find(turn, id))

        return await self._do(rule)

    async def wait(self, id: str, seconds: float) -> Task:
        """The task as soon as it has ended, or as it is when the time is up."""
        until = asyncio.get_running_loop().time() + seconds
        with self._waiting.for_end(id) as ended:
            while True:
                ended.clear()
                if (task := await self.get(id)).state in ENDED:
                    return task
                try:
                    async with asyncio.timeout_at(until):
                        await ended.wait()
                except TimeoutError:
                    return task

    async def tasks(
        self,
        state: State | None = None,
        agent_type: str | None = None,
        run: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Task]:
        """Tasks by age, those made after `after`; without contexts and results, which `get` has."""
        most = _between(limit, 1, 1000, "limit")

        async def rule(turn: Turn) -> list[Task]:
            cards = await keeping.listed(turn, state=state, agent_type=agent_type, run=run, limit=most, after=after)
            return [await shown(turn, card, whole=False) for card in cards]

        return await self._do(rule)

    async def cancel(self, id: str, reason: str) -> Task:
        """End a task with its parts and reviews, and all that depends on it; one that has ended stays as it is."""

        async def rule(turn: Turn) -> Task:
            error = TaskError(kind=CANCELLED, message=reason[:2000], retryable=False)
            await end(turn, Ending(id, "failed", error))
            return await shown(turn, await find(turn, id))

        return await self._do(rule)

    async def dead(self, limit: int = 100) -> list[Task]:
        """Tasks whose attempts are used up, each with the error of every attempt."""
        return await self.tasks(state="dead", limit=limit)

    async def retry(self, task_id: str) -> Task:
        """Try a dead letter anew, and what failed because of it."""

        async def rule(turn: Turn) -> Task:
            return await shown(turn, await outcomes.reopen(turn, task_id))

        return await self._do(rule)

    # -- tasks, for those who do them ----------------------------------------------------------------------------------

    async def poll(self, agent_id: str, max_tasks: int = 1, wait_seconds: float = 0) -> list[Assignment]:
        """Take the first tasks the agent fits; without any, wait for some. Waiting needs the board to be entered."""
        most = _between(max_tasks, 1, AT_ONCE, "max_tasks")

        async def rule(turn: Turn) -> tuple[AgentRecord, list[Assignment]]:
            agent = await agents.present(turn, agent_id)
            return agent, await leases.hand_out(turn, agent, most)

        before = self._waiting.news
        agent, given = await self._do(rule)
        if given or wait_seconds <= 0:
            return given
        ask = Ask(agent.id, agent.agent_type, most)
        return await self._waiting.work(ask, wait_seconds, missed=self._waiting.news != before)

    async def heartbeat(self, agent_id: str, task_ids: list[str] | None = None) -> Beat:
        """The agent is at work on these of its tasks; None: on all of them."""

        async def rule(turn: Turn) -> Beat:
            return await leases.renew(turn, await agents.known(turn, agent_id), task_ids)

        return await self._do(rule)

    async def submit(
        self,
        agent_id: str,
        task_id: str,
        status: Literal["completed", "failed"],
        result: Json = None,
        error: TaskError | None = None,
        attempt: int | None = None,
    ) -> Task:
        """Hand in what became of a task. Raises `Refused` when nobody waits for it any more."""
        flawed = error or TaskError(kind="failed", message="the agent gave no reason")
        if status == "completed":
            found = await self._flaw(agent_id, task_id, attempt, result)
        else:
            found = flawed

        async def rule(turn: Turn) -> Task:
            card = await leases.held(turn, agent_id, task_id, attempt)
            if found is None:
                await outcomes.done(turn, card, result)
            else:
                await outcomes.came_to_nothing(turn, card, found)
            return await shown(turn, await find(turn, task_id))

        return await self._do(rule)

    async def split(self, agent_id: str, task_id: str, specs: list[TaskSpec]) -> list[Task]:
        """Hand parts of a task to others; it comes back when they have ended."""
        _check_batch(specs)

        async def rule(turn: Turn) -> list[Task]:
            card = await leases.held(turn, agent_id, task_id, None)
            return [await shown(turn, part) for part in await split(turn, card, specs)]

        return await self._do(rule)

    async def _flaw(self, agent_id: str, task_id: str, attempt: int | None, result: Json) -> TaskError | None:
        """What is wrong with a result, if anything."""
        size = len(measured(result, f"the result of {task_id}", RESULT_BYTES))

        async def rule(turn: Turn) -> dict[str, Json] | None:
            await leases.held(turn, agent_id, task_id, attempt)
            return (await words(turn, task_id)).result_schema

        schema = await self._do(rule)
        if schema is None:
            return None
        if size < LARGE_BYTES:
            return flaw(schema, result)
        return await asyncio.to_thread(flaw, schema, result)

    # -- shared state, and the board as a whole ------------------------------------------------------------------------

    async def get_state(self, key: str) -> Json:
        """A value that agents share; None: there is none."""
        return await self._do(lambda turn: shared.look(turn, key))

    async def set_state(self, key: str, value: Json, ttl_s: float | None = None) -> None:
        """Share a value, for a while or until it is removed by None."""
        await self._do(lambda turn: shared.leave(turn, key, value, ttl_s))

    async def counts(self) -> Counts:
        """How much there is of everything."""
        return await self._do(keeping.counted)

    def events(self) -> AsyncIterator[BoardEvent]:
        """All that happens from now on, for as long as the iterator is kept; needs the board to be entered."""
        return self._waiting.listen()

    async def next_due(self) -> float | None:
        """The Unix time at which something is to happen by itself; None: never."""
        return await self._works.next_due()

    async def tick(self) -> float | None:
        """Do what is due by now; when the next thing is."""
        return await self._works.tick()

    async def prune(self, older_than_s: float) -> int:
        """Remove what ended as long ago and nothing open needs, and agents not heard of since; how many tasks."""
        before, removed, more = self._works.date() - older_than_s, 0, True
        while more:
            count, more = await self._do(lambda turn: keeping.clear(turn, before))
            removed += count
        await self._do(lambda turn: keeping.clear_agents(turn, before))
        return removed


def _check_batch(specs: list[TaskSpec]) -> None:
    if not 0 < len(specs) <= BATCH:
        raise UsageError(f"a batch has 1 to {BATCH} tasks, this one {len(specs)}; make it several")
    for spec in specs:
        check_spec(spec)
        if spec.result_schema is not None:
            check_schema(spec.result_schema)


def _between(value: int, low: int, high: int, name: str) -> int:
    if not low <= value <= high:
        raise UsageError(f"{name} is {value}; it must be from {low} to {high}")
    return value
