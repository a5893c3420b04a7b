"""Looking over the board, and clearing it of what has ended long ago."""

from __future__ import annotations

from artloop.taskboard.agents import everybody
from artloop.taskboard.cards import Card, find, find_all, remove
from artloop.taskboard.queues import tidy, waiting
from artloop.taskboard.turn import Turn
from artloop.taskboard.words import ENDED, OPEN, Counts, State

PAGE = 200


async def listed(
    turn: Turn, *, state: State | None, agent_type: str | None, run: str | None, limit: int, after: str | None
) -> list[Card]:
    """Tasks by age, those made after another one."""
    names = [("state", state), ("type", agent_type), ("run", run)]
    rankings = [f"{kind}:{value}" for kind, value in names if value is not None] or ["tasks"]
    smallest = min([(await turn.tx.size(name), name) for name in rankings])[1]
    number: float | None = None if after is None else (await find(turn, after)).number
    found: list[Card] = []
    while len(found) < limit:
        page = await turn.tx.least(smallest, PAGE, above=number)
        found += [
            card
            for card in await find_all(turn, [id for id, _ in page])
            if state in (None, card.state) and agent_type in (None, card.agent_type) and run in (None, card.run)
        ]
        if len(page) < PAGE:
            break
        number = page[-1][1]
    return found[:limit]


async def counted(turn: Turn) -> Counts:
    """How much there is of everything."""
    active = [agent.agent_type for agent in await everybody(turn) if agent.state == "active"]
    return Counts(
        tasks={state: await turn.tx.size(f"state:{state}") for state in (*OPEN, *ENDED)},
        waiting=await waiting(turn),
        agents={agent_type: active.count(agent_type) for agent_type in sorted(set(active))},
        shared_keys=await turn.tx.size("shared"),
    )


async def clear(turn: Turn, before: float) -> tuple[int, bool]:
    """Take tasks off the board that ended before; how many, and whether there may be more of them."""
    page = await turn.tx.least("ended", PAGE, upto=before)
    cards = await find_all(turn, [id for id, _ in page])
    removed = 0
    for card in cards:
        if await _needed(turn, card):
            turn.tx.rank("ended", card.id, turn.now)  # it is looked at again when as much time has passed
        else:
            await remove(turn, card)
            removed += 1
    return removed, len(page) == PAGE


async def clear_agents(turn: Turn, before: float) -> None:
    """Forget agents that have nothing and were not heard of since, and queues nobody needs."""
    for agent in await everybody(turn):
        if agent.seen < before and not agent.tasks:
            turn.tx.drop("agent", agent.id)
            turn.forget("rest", agent.id)
            turn.tell("agent", agent.id, "gone", agent.agent_type)
    await tidy(turn)


async def _needed(turn: Turn, card: Card) -> bool:
    """Whether a task that is open, or may be opened again, has to do with an ended one."""
    dependents = await find_all(turn, await turn.tx.members(f"dependents:{card.id}"))
    family = [id for id in (card.parent, card.review_of) if id is not None]
    return any(other.open for other in (*dependents, *await find_all(turn, family)))
