"""Who may take a task, and in which order: a queue for each agent type and set of capabilities, one for each agent.

Rankings: `ready:TYPE:CAPABILITIES` and `mine:AGENT` by priority and age, `queues:TYPE` and `types` say which there are,
`kept` has the tasks that wait for one agent.
"""

from __future__ import annotations

from artloop.taskboard.cards import Card, change
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import AgentRecord

_PRIORITY = 2.0**40
"""More than there are tasks; times a priority and plus a number it is still exact."""


def place(card: Card) -> float:
    """Where it stands in its queue: higher priorities first, then the older ones."""
    return card.number - card.priority * _PRIORITY


def offer(turn: Turn, card: Card) -> None:
    """Let any agent that fits take it."""
    queue = _queue(card)
    turn.tx.rank(queue, card.id, place(card))
    turn.tx.rank(f"queues:{card.agent_type}", queue, 0.0)
    turn.tx.rank("types", card.agent_type, 0.0)


def keep(turn: Turn, card: Card, agent: AgentRecord | None) -> None:
    """Let the agent that had it take it for a while, if they are there; then any."""
    if agent is None or agent.state != "active" or agent.rests_until is not None or not turn.settings.affinity_s:
        offer(turn, card)
        return
    turn.tx.rank(f"mine:{agent.id}", card.id, place(card))
    turn.tx.rank("kept", card.id, card.number)
    turn.plan("keep", card.id, turn.now + turn.settings.affinity_s)


def withdraw(turn: Turn, card: Card) -> None:
    """Let nobody take it."""
    turn.tx.unrank(_queue(card), card.id)
    turn.forget("retry", card.id)
    turn.forget("keep", card.id)
    turn.tx.unrank("kept", card.id)
    if card.agent is not None:
        turn.tx.unrank(f"mine:{card.agent}", card.id)


def open_up(turn: Turn, card: Card) -> Card:
    """Its time to be kept, or to wait, is over: let any agent take it."""
    withdraw(turn, card)
    offer(turn, card)
    return change(turn, card, not_before=0.0)


async def fitting(turn: Turn, agent: AgentRecord, count: int) -> list[str]:
    """The first tasks this agent may take, in order."""
    queues = [name for name in await turn.tx.members(f"queues:{agent.agent_type}") if _fits(name, agent)]
    if await turn.tx.least("kept", 1):
        queues.append(f"mine:{agent.id}")
    found = [row for name in queues for row in await turn.tx.least(name, count)]
    return [id for id, _ in sorted(found, key=lambda row: row[1])[:count]]


async def anything(turn: Turn, agent_type: str) -> bool:
    """Whether an agent of this type might find something to take."""
    for name in ("kept", *await turn.tx.members(f"queues:{agent_type}")):
        if await turn.tx.least(name, 1):
            return True
    return False


async def waiting(turn: Turn) -> dict[str, int]:
    """Agent type to tasks that any agent of it with the capabilities may take."""
    found = {}
    for agent_type in await turn.tx.members("types"):
        queues = await turn.tx.members(f"queues:{agent_type}")
        found[agent_type] = sum([await turn.tx.size(name) for name in queues])
    return {agent_type: count for agent_type, count in found.items() if count}


async def tidy(turn: Turn) -> None:
    """Forget empty queues."""
    for agent_type in await turn.tx.members("types"):
        for name in await turn.tx.members(f"queues:{agent_type}"):
            if not await turn.tx.size(name):
                turn.tx.unrank(f"queues:{agent_type}", name)
        if not await turn.tx.size(f"queues:{agent_type}"):
            turn.tx.unrank("types", agent_type)


def _queue(card: Card) -> str:
    return f"ready:{card.agent_type}:{','.join(sorted(set(card.requires)))}"


def _fits(queue: str, agent: AgentRecord) -> bool:
    required = queue.split(":", 2)[2]
    return not required or set(required.split(",")) <= set(agent.capabilities)
