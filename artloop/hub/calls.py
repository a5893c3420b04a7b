"""What the hub's tools share, and whom they speak to: an agent is spoken for by the key it registered with alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context
from pydantic import Field

from artloop.errors import UsageError, first_of
from artloop.hub.roles import Caller, caller_of
from artloop.hub.runs import Runs
from artloop.hub.sketches import Sketches
from artloop.taskboard.board import Board
from artloop.taskboard.words import AgentRecord, Task

T = TypeVar("T")
LONGEST_WAIT_S = 55
"""Many clients give a call up after a minute."""
PROGRESS_S = 10.0
"""How often a call that waits says so."""

AgentArg = Annotated[str, Field(description="Your agent_id, as register_agent gave it.", max_length=64)]
TaskArg = Annotated[str, Field(description="A task's id.", max_length=64)]
WaitArg = Annotated[
    float,
    Field(
        description=f"Wait up to this many seconds, {LONGEST_WAIT_S} at most; 0: answer at once.",
        ge=0,
        le=LONGEST_WAIT_S,
    ),
]


@dataclass(frozen=True)
class Hub:
    """What the tools share while the hub is served."""

    board: Board
    runs: Runs
    sketches: Sketches


def hub_of(ctx: Context[Hub]) -> Hub:
    """The hub of a call."""
    return ctx.request_context.lifespan_context


def calling(ctx: Context[Hub]) -> Caller:
    """Who makes a call."""
    return caller_of(ctx.request_context.request)


async def own_agent(ctx: Context[Hub], agent_id: str, *, managed: bool = False) -> AgentRecord:
    """The record of the caller's own agent; `managed`: an orchestrator's of any. Raises `UsageError`."""
    agent, caller = await hub_of(ctx).board.agent(agent_id), calling(ctx)
    if agent.owner != caller.name and not (managed and caller.role == "orchestrator"):
        raise UsageError(f"agent {agent_id} is spoken for by another key; register an agent of your own")
    return agent


async def seen_task(ctx: Context[Hub], task_id: str) -> Task:
    """A task, as far as it is the caller's to see: a worker sees those of its agents, and their subtasks."""
    board, caller = hub_of(ctx).board, calling(ctx)
    task = await board.get(task_id)
    if caller.role == "worker":
        known = [task, *([await board.get(task.parent)] if task.parent else [])]
        doers = {attempt.agent for one in known for attempt in one.attempts}
        if caller.name not in {(await board.agent(doer)).owner for doer in doers}:
            raise UsageError(f"task {task_id} is none of your agents'; a worker sees only its own")
    return task


async def told_meanwhile(ctx: Context[Any], work: Awaitable[T], seconds: float) -> T:
    """What the work comes to; a client that wants progress is told that it goes on."""

    async def tell() -> None:
        passed = 0.0
        while True:
            await ctx.report_progress(passed, seconds, "waiting")
            await asyncio.sleep(PROGRESS_S)
            passed += PROGRESS_S

    try:
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(tell())
            try:
                return await work
            finally:
                telling.cancel()
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
