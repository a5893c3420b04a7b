"""The agents of the board: who is there, what they have at present, and who must rest after failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from artloop.errors import UsageError
from artloop.taskboard.cards import find_all
from artloop.taskboard.queues import open_up
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import AgentRecord

SEEN_EVERY_S = 5.0
"""How exactly it is kept when an agent was last heard of; a write costs a sync of the disk."""


async def join(turn: Turn, agent_type: str, capabilities: Sequence[str], name: str, owner: str) -> AgentRecord:
    """Enter a new agent."""
    id = f"{agent_type[:48].rstrip('_-')}-{turn.chance.getrandbits(40):010x}"
    agent = AgentRecord(
        id=id,
        agent_type=agent_type,
        capabilities=sorted(set(capabilities)),
        name=name,
        owner=owner,
        registered=turn.now,
        seen=turn.now,
    )
    return write(turn, agent)


async def known(turn: Turn, id: str) -> AgentRecord:
    """The record of an agent; raises `UsageError` if there is none."""
    agent = await look_up(turn, id)
    if agent is None:
        raise UsageError(f"there is no agent {id}; register first")
    return agent


async def present(turn: Turn, id: str) -> AgentRecord:
    """The record of an agent that has not unregistered; raises `UsageError` if there is none."""
    agent = await known(turn, id)
    if agent.state == "gone":
        raise UsageError(f"agent {id} has unregistered; register again")
    return agent


async def look_up(turn: Turn, id: str | None) -> AgentRecord | None:
    """The record of an agent, if there is one."""
    return None if id is None else await turn.found(AgentRecord, "agent", id)


async def everybody(turn: Turn) -> list[AgentRecord]:
    """All records, the eldest first."""
    texts = (await turn.tx.every("agent")).items()
    found = [agent for id, text in texts if (agent := turn.read(AgentRecord, "agent", id, text)) is not None]
    return sorted(found, key=lambda agent: (agent.registered, agent.id))


def write(turn: Turn, agent: AgentRecord, *, quietly: bool = False, **changes: Any) -> AgentRecord:
    """Keep a record with other values, and announce it."""
    changed = agent.model_copy(update=changes)
    turn.tx.put("agent", agent.id, changed.model_dump_json())
    if not quietly:
        turn.tell("agent", agent.id, "resting" if changed.rests_until else changed.state, agent.agent_type)
    return changed


def heard_of(turn: Turn, agent: AgentRecord) -> AgentRecord:
    """Keep that an agent has just spoken."""
    if turn.now - agent.seen < SEEN_EVERY_S:
        return agent
    return write(turn, agent, quietly=True, seen=turn.now)


def room(turn: Turn, agent: AgentRecord, wanted: int) -> int:
    """How many tasks the agent may be given now, of those it wants."""
    if agent.state != "active" or (agent.rests_until or 0.0) > turn.now:
        return 0
    if agent.failures_in_a_row >= turn.settings.breaker_failures:
        return min(wanted, 1 - len(agent.tasks))
    return wanted


async def drain(turn: Turn, id: str) -> AgentRecord:
    """Give an agent no new tasks."""
    agent = write(turn, await present(turn, id), state="draining")
    await let_others(turn, agent)
    return agent


async def settle(turn: Turn, id: str | None, task_id: str, *, done: bool | None) -> None:
    """An agent has a task no longer: it did it, failed, or (None) it is no fault of theirs."""
    agent = await look_up(turn, id)
    if agent is None:
        return
    tasks = [task for task in agent.tasks if task != task_id]
    if done is None:
        write(turn, agent, quietly=True, tasks=tasks)
    elif done:
        write(turn, agent, tasks=tasks, completed=agent.completed + 1, failures_in_a_row=0, rests_until=None)
    else:
        agent = write(turn, agent, tasks=tasks, failed=agent.failed + 1, failures_in_a_row=agent.failures_in_a_row + 1)
        if agent.failures_in_a_row >= turn.settings.breaker_failures:
            await _send_to_rest(turn, agent)


async def wake(turn: Turn, id: str) -> None:
    """An agent has rested."""
    if (agent := await look_up(turn, id)) is not None:
        write(turn, agent, rests_until=None)


async def let_others(turn: Turn, agent: AgentRecord) -> None:
    """Offer what is kept for an agent to others."""
    for card in await find_all(turn, await turn.tx.members(f"mine:{agent.id}")):
        open_up(turn, card)


async def _send_to_rest(turn: Turn, agent: AgentRecord) -> None:
    until = turn.now + turn.settings.breaker_rest_s
    write(turn, agent, rests_until=until)
    turn.plan("rest", agent.id, until)
    await let_others(turn, agent)
