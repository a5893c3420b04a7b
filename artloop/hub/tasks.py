"""The tools of orchestrators: ask for tasks, see how they stand, have their results, call them off."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from artloop.grafix.answers import result
from artloop.hub.calls import Hub, TaskArg, WaitArg, hub_of, seen_task, told_meanwhile
from artloop.models import Ident, Value
from artloop.taskboard.words import (
    AgentType,
    Attempted,
    Capability,
    Counts,
    Json,
    Key,
    Review,
    Reviewed,
    State,
    Task,
    TaskError,
    TaskSpec,
)

SHOWN = 300
"""Characters of a description in a list."""


class TaskStatus(Value):
    """How a task stands, without its context and its result."""

    id: Ident
    agent_type: AgentType
    state: State
    task_description: str
    """Its beginning."""
    priority: int
    key: str | None
    run: Ident | None
    dependencies: list[str]
    created: float
    """Unix time, as all times here."""
    not_before: float
    """A retry waits until then."""
    agent: Ident | None
    """Who has it, or had it last."""
    lease_until: float | None
    attempts: list[Attempted]
    error: TaskError | None
    """The last one."""
    ended: float | None
    parent: Ident | None
    subtasks: list[Ident]
    reviews: list[Reviewed]
    met: bool | None
    """Of a reviewed task that is completed: whether the last review met the target."""


class Tasks(Value):
    """Tasks and how they stand."""

    tasks: list[TaskStatus]


class TaskResult(Value):
    """What came of a task so far."""

    id: Ident
    state: State
    """Ended: completed, failed, dead."""
    result: Json = None
    error: TaskError | None
    met: bool | None
    reviews: list[Reviewed]


def brief(task: Task) -> TaskStatus:
    """A task as lists show it."""
    spec = task.spec.model_dump(include={"agent_type", "priority", "key", "run", "dependencies"})
    kept = {name: getattr(task, name) for name in TaskStatus.model_fields if name in Task.model_fields}
    return TaskStatus(**spec, **kept, task_description=task.spec.task_description[:SHOWN])


async def create_task(
    ctx: Context[Hub],
    agent_type: Annotated[AgentType, Field(description="Who is to do it: the type agents register with.")],
    task_description: Annotated[str, Field(description="What to do, so that a stranger can.", min_length=1)],
    context: Annotated[dict[str, Any], Field(description="What they need for it, as data.")] = {},  # noqa: B006
    dependencies: Annotated[
        list[str], Field(description="Tasks that must be completed before; it is given their results.")
    ] = [],  # noqa: B006
    priority: Annotated[int, Field(description="Higher first; among equals the older.", ge=-100, le=100)] = 0,
    result_schema: Annotated[
        dict[str, Any] | None, Field(description="JSON Schema that a result must meet; left out: anything.")
    ] = None,
    requires: Annotated[list[Capability], Field(description="Capabilities an agent must have.")] = [],  # noqa: B006
    max_attempts: Annotated[int | None, Field(description="Then it is a dead letter.", ge=1, le=20)] = None,
    lease_s: Annotated[float | None, Field(description="How long an agent may be silent.", ge=1, le=86_400)] = None,
    may_split: Annotated[bool, Field(description="Whether the agent may break it up for others.")] = False,
    review: Annotated[
        Review | None, Field(description="Who checks a result before it counts; below target it goes back.")
    ] = None,
    key: Annotated[Key | None, Field(description="Your own name for it: sent twice, it is made once.")] = None,
    thread: Annotated[
        Key | None, Field(description="Whoever completed the last task of this thread is offered it first.")
    ] = None,
    run: Annotated[Ident | None, Field(description="The artloop run it belongs to.")] = None,
    trace: Annotated[str, Field(description="W3C traceparent, if you trace.", max_length=256)] = "",
) -> Annotated[CallToolResult, TaskStatus]:
    """Put one task on the board. Returns it with its id, for get_result (what it came to) and cancel_task."""
    spec = TaskSpec(
        agent_type=agent_type,
        task_description=task_description,
        context=context,
        dependencies=dependencies,
        priority=priority,
        result_schema=result_schema,
        requires=requires,
        max_attempts=max_attempts,
        lease_s=lease_s,
        may_split=may_split,
        review=review,
        key=key,
        thread=thread,
        run=run,
        trace=trace,
    )
    (task,) = await hub_of(ctx).board.create([spec])
    return result(brief(task))


async def create_tasks(
    ctx: Context[Hub],
    tasks: Annotated[list[TaskSpec], Field(description="As create_task takes them.", min_length=1, max_length=1000)],
) -> Annotated[CallToolResult, Tasks]:
    """Put several tasks on the board, all or none. As dependencies they may name each other by their keys."""
    return result(Tasks(tasks=[brief(task) for task in await hub_of(ctx).board.create(tasks)]))


async def get_task_status(ctx: Context[Hub], task_id: TaskArg) -> Annotated[CallToolResult, TaskStatus]:
    """Say how a task stands: its state, who has it, every attempt and what went wrong in it."""
    return result(brief(await seen_task(ctx, task_id)))


async def get_result(
    ctx: Context[Hub], task_id: TaskArg, wait_seconds: WaitArg = 30.0
) -> Annotated[CallToolResult, TaskResult]:
    """Wait for a task to end and return its result. Still pending, blocked or in_progress: call again."""
    await seen_task(ctx, task_id)
    task = await told_meanwhile(ctx, hub_of(ctx).board.wait(task_id, wait_seconds), wait_seconds)
    kept = {name: getattr(task, name) for name in TaskResult.model_fields}
    return result(TaskResult(**kept))


async def list_tasks(
    ctx: Context[Hub],
    state: Annotated[State | None, Field(description="Only in this state.")] = None,
    agent_type: Annotated[AgentType | None, Field(description="Only for agents of this type.")] = None,
    run: Annotated[Ident | None, Field(description="Only of this run.")] = None,
    limit: Annotated[int, Field(description="So many at most.", ge=1, le=1000)] = 100,
    after: Annotated[str | None, Field(description="Go on after this task, the last one of the page before.")] = None,
) -> Annotated[CallToolResult, Tasks]:
    """List tasks in the order they were made, without their contexts and results."""
    found = await hub_of(ctx).board.tasks(state, agent_type, run, limit, after)
    return result(Tasks(tasks=[brief(task) for task in found]))


async def cancel_task(
    ctx: Context[Hub],
    task_id: TaskArg,
    reason: Annotated[str, Field(description="Told to whoever works on it.", max_length=1000)] = "",
) -> Annotated[CallToolResult, TaskStatus]:
    """Call a task off, with its subtasks and reviews; tasks that depend on it fail."""
    return result(brief(await hub_of(ctx).board.cancel(task_id, reason)))


async def list_dead(
    ctx: Context[Hub], limit: Annotated[int, Field(description="So many at most.", ge=1, le=1000)] = 100
) -> Annotated[CallToolResult, Tasks]:
    """List the dead letters: tasks whose attempts are used up, each with every attempt's error."""
    return result(Tasks(tasks=[brief(task) for task in await hub_of(ctx).board.dead(limit)]))


async def retry_task(ctx: Context[Hub], task_id: TaskArg) -> Annotated[CallToolResult, TaskStatus]:
    """Open a dead letter again, with the tasks that failed because of it; it has all its attempts again."""
    return result(brief(await hub_of(ctx).board.retry(task_id)))


async def get_counts(ctx: Context[Hub]) -> Annotated[CallToolResult, Counts]:
    """Count the tasks by state, those that wait for an agent by type, and the active agents by type."""
    return result(await hub_of(ctx).board.counts())
