"""The tools of agents: register, wait for work, keep it, hand it in, or break it up for others."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic import Field

from artloop.grafix import answers
from artloop.hub.calls import AgentArg, Hub, TaskArg, WaitArg, calling, hub_of, own_agent, seen_task, told_meanwhile
from artloop.hub.tasks import Tasks, TaskStatus, brief
from artloop.models import Value
from artloop.taskboard.words import AgentRecord, AgentType, Assignment, Beat, Capability, Json, TaskError, TaskSpec

PICTURES, PICTURE = "pictures", "image/png"
"""In a context: pictures as base64 of this type. An agent asks for them, and is not sent them as text."""
TypeArg = Annotated[
    AgentType,
    Field(description="What you do: planning, implementation, testing, documentation, imagine, draw, critique, ..."),
]


def without_pictures(task: Assignment) -> Assignment:
    """The task as a model reads it: how many pictures there are instead of their bytes."""
    shown = task.context.get(PICTURES)
    if not isinstance(shown, list):
        return task
    return task.model_copy(update={"context": {**task.context, PICTURES: len(shown)}})


class Given(Value):
    """What there was to do."""

    tasks: list[Assignment]


class Agents(Value):
    """Agents that have registered."""

    agents: list[AgentRecord]


class Shown(Value):
    """What `get_task_pictures` shows."""

    pictures: int
    """How many; they themselves are the content."""


async def register_agent(
    ctx: Context[Hub],
    agent_type: TypeArg,
    capabilities: Annotated[
        list[Capability], Field(description="What you can do besides; tasks may require some of it.", max_length=100)
    ] = [],  # noqa: B006 - never changed
    name: Annotated[str, Field(description="What people shall call you.", max_length=256)] = "",
) -> Annotated[CallToolResult, AgentRecord]:
    """Join the board as an agent. Returns your record; its id is the agent_id of all your other calls.

    Then repeat: poll_tasks, do what the task says, submit_result; with a heartbeat in time when it takes long.
    """
    return answers.result(await hub_of(ctx).board.register(agent_type, capabilities, name, calling(ctx).name))


async def unregister_agent(ctx: Context[Hub], agent_id: AgentArg) -> Annotated[CallToolResult, AgentRecord]:
    """Leave the board. What the agent has goes back at once, for others; drain_agent lets it be finished first."""
    await own_agent(ctx, agent_id, managed=True)
    return answers.result(await hub_of(ctx).board.unregister(agent_id))


async def drain_agent(ctx: Context[Hub], agent_id: AgentArg) -> Annotated[CallToolResult, AgentRecord]:
    """Give the agent no further task; those it has it may finish and hand in."""
    await own_agent(ctx, agent_id, managed=True)
    return answers.result(await hub_of(ctx).board.drain(agent_id))


async def list_agents(
    ctx: Context[Hub],
    agent_type: Annotated[AgentType | None, Field(description="Only of this type.")] = None,
    state: Annotated[Literal["active", "draining", "gone"] | None, Field(description="Only in this state.")] = None,
) -> Annotated[CallToolResult, Agents]:
    """List the agents: who they are, what they have at present, how they fared, and whether they rest."""
    return answers.result(Agents(agents=await hub_of(ctx).board.agents(agent_type, state)))


async def poll_tasks(
    ctx: Context[Hub],
    agent_id: AgentArg,
    max_tasks: Annotated[int, Field(description="How many you want at most.", ge=1, le=100)] = 1,
    wait_seconds: WaitArg = 30.0,
) -> Annotated[CallToolResult, Given]:
    """Wait for work and take it: the most urgent tasks that fit your type and capabilities. None came: poll again.

    Each task says what to do (task_description, context), what a result must look like (result_schema), what the
    tasks before it came to (results), and which attempt it is. It is yours for lease_s seconds: send a heartbeat well
    before. If a review sent it back, previous_result and reviews say what to mend.
    """
    await own_agent(ctx, agent_id)
    polled = hub_of(ctx).board.poll(agent_id, max_tasks, wait_seconds)
    given = await told_meanwhile(ctx, polled, wait_seconds)
    return answers.result(Given(tasks=[without_pictures(one) for one in given]))


async def get_task_pictures(
    ctx: Context[Hub], agent_id: AgentArg, task_id: TaskArg
) -> Annotated[CallToolResult, Shown]:
    """Look at the pictures that belong to a task you have, in the order in which its description marks them."""
    await own_agent(ctx, agent_id)
    task = await seen_task(ctx, task_id)
    found = task.spec.context.get(PICTURES)
    texts = [data for data in found if isinstance(data, str)] if isinstance(found, list) else []
    told: list[ContentBlock] = [ImageContent(data=data, mime_type=PICTURE) for data in texts]
    none = TextContent(text="no pictures belong to this task")
    return CallToolResult(content=told or [none], structured_content=Shown(pictures=len(texts)).model_dump())


async def heartbeat(
    ctx: Context[Hub],
    agent_id: AgentArg,
    task_ids: Annotated[list[str] | None, Field(description="Which tasks; left out: all you have.")] = None,
) -> Annotated[CallToolResult, Beat]:
    """Say that you are still at it, well before lease_s seconds have passed. Stop working on tasks that are `lost`."""
    await own_agent(ctx, agent_id)
    return answers.result(await hub_of(ctx).board.heartbeat(agent_id, task_ids))


async def submit_result(
    ctx: Context[Hub],
    agent_id: AgentArg,
    task_id: TaskArg,
    status: Annotated[Literal["completed", "failed"], Field(description="failed: say why in error.")],
    result: Annotated[Json, Field(description="What the task asked for, as its result_schema says.")] = None,
    error: Annotated[
        TaskError | None,
        Field(description="kind (a word), message, and retryable: whether another attempt could succeed."),
    ] = None,
    attempt: Annotated[int | None, Field(description="The task's attempt, as poll_tasks gave it.", ge=1)] = None,
) -> Annotated[CallToolResult, TaskStatus]:
    """Hand in a task. What became of it: completed, in review (blocked), or again to do (pending) and why.

    Refused when the task is no longer yours: your lease ran out, it was cancelled, or you handed it in already.
    """
    await own_agent(ctx, agent_id)
    return answers.result(brief(await hub_of(ctx).board.submit(agent_id, task_id, status, result, error, attempt)))


async def create_subtasks(
    ctx: Context[Hub],
    agent_id: AgentArg,
    task_id: TaskArg,
    subtasks: Annotated[list[TaskSpec], Field(description="As create_task takes them.", min_length=1, max_length=1000)],
) -> Annotated[CallToolResult, Tasks]:
    """Break up a task that you have and that may_split, and hand its parts to others.

    It is blocked until all parts have ended; then it comes back to you, with their results, to be finished.
    """
    await own_agent(ctx, agent_id)
    return answers.result(
        Tasks(tasks=[brief(task) for task in await hub_of(ctx).board.split(agent_id, task_id, subtasks)])
    )
