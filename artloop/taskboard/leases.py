"""Tasks in the hands of agents: given out for a time, renewed by heartbeats, given back."""

from __future__ import annotations

from artloop.errors import Refused
from artloop.taskboard.agents import heard_of, known, let_others, look_up, room, settle, write
from artloop.taskboard.cards import Card, change, find, find_all, results, words
from artloop.taskboard.endings import closed
from artloop.taskboard.queues import anything, fitting, offer, withdraw
from artloop.taskboard.turn import Turn
from artloop.taskboard.waiting import Ask
from artloop.taskboard.words import AgentRecord, Assignment, Attempted, Beat, TaskError

LEFT = TaskError(kind="left", message="its agent unregistered")


async def hand_out(turn: Turn, agent: AgentRecord, count: int) -> list[Assignment]:
    """Give an agent the first tasks it may take."""
    agent = heard_of(turn, agent)
    cards = await find_all(turn, await fitting(turn, agent, room(turn, agent, count)))
    if not cards:
        return []
    given = [_begin(turn, card, agent) for card in cards]
    write(turn, agent, quietly=True, tasks=[*agent.tasks, *(card.id for card in given)])
    return [await _assignment(turn, card) for card in given]


def _begin(turn: Turn, card: Card, agent: AgentRecord) -> Card:
    withdraw(turn, card)
    until = turn.now + card.lease_s
    turn.plan("lease", card.id, until)
    attempt = Attempted(number=len(card.attempts) + 1, agent=agent.id, began=turn.now)
    return change(
        turn,
        card,
        state="in_progress",
        agent=agent.id,
        lease_until=until,
        not_before=0.0,
        attempts=[*card.attempts, attempt],
    )


async def _assignment(turn: Turn, card: Card) -> Assignment:
    spec = await words(turn, card.id)
    subtasks = await find_all(turn, card.subtasks)
    before = [*card.dependencies, *(part.id for part in subtasks if part.state == "completed")]
    return Assignment(
        task_id=card.id,
        attempt=len(card.attempts),
        agent_type=card.agent_type,
        task_description=spec.task_description,
        context=spec.context,
        result_schema=spec.result_schema,
        results=await results(turn, before),
        errors={part.id: part.error for part in subtasks if part.error is not None},
        may_split=card.may_split,
        previous_result=(await results(turn, [card.id])).get(card.id) if card.reviews else None,
        reviews=card.reviews,
        lease_s=card.lease_s,
        trace=spec.trace,
    )


async def renew(turn: Turn, agent: AgentRecord, ids: list[str] | None) -> Beat:
    """The agent is still at work on these tasks; None: on all it has."""
    agent = heard_of(turn, agent)
    kept = [id for id in agent.tasks if ids is None or id in ids]
    for card in await find_all(turn, kept):
        until = turn.now + card.lease_s
        turn.plan("lease", card.id, until)
        change(turn, card, quietly=True, lease_until=until)
    return Beat(kept=kept, lost=[id for id in ids or [] if id not in kept])


async def leave(turn: Turn, agent_id: str) -> AgentRecord:
    """An agent goes, and what it had is offered to others at once."""
    agent = await known(turn, agent_id)
    if agent.state == "gone":
        return agent
    for card in await find_all(turn, agent.tasks):
        await _give_back(turn, card)
    await let_others(turn, agent)
    turn.forget("rest", agent.id)
    return write(turn, await known(turn, agent_id), state="gone", rests_until=None)


async def take_back(turn: Turn, agent_id: str, given: list[Assignment]) -> None:
    """Nobody heard that the agent was given these."""
    for one in given:
        for card in await find_all(turn, [one.task_id]):
            if card.state == "in_progress" and card.agent == agent_id and len(card.attempts) == one.attempt:
                await _give_back(turn, card)


async def feed(turn: Turn, asks: list[Ask]) -> list[list[Assignment]]:
    """Give several agents what they may take; who comes first is served first."""
    found = []
    for ask in asks:
        # Most wait for what one of them will take: nobody else need be looked up.
        agent = await look_up(turn, ask.agent_id) if await anything(turn, ask.agent_type) else None
        found.append([] if agent is None else await hand_out(turn, agent, ask.most))
    return found


async def _give_back(turn: Turn, card: Card) -> None:
    """A task comes back through no fault of its own: anybody may take it, at once."""
    turn.forget("lease", card.id)
    await settle(turn, card.agent, card.id, done=None)
    attempts = closed(turn, card, LEFT)
    offer(turn, change(turn, card, state="pending", lease_until=None, attempts=attempts))


async def held(turn: Turn, agent_id: str, task_id: str, attempt: int | None) -> Card:
    """The card of a task that the agent has; raises `Refused` with the reason when it has not."""
    card = await find(turn, task_id)
    if card.state == "in_progress" and card.agent == agent_id and attempt in (None, len(card.attempts)):
        return card
    raise Refused(f"{task_id} is not waiting for agent {agent_id}: {_why(card, agent_id, attempt)}; drop this result")


def _why(card: Card, agent_id: str, attempt: int | None) -> str:
    own = [tried for tried in card.attempts if tried.agent == agent_id]
    if not card.open:
        return f"it has {card.state} already"
    if not own:
        return "it was never given to them"
    if card.state == "in_progress" and card.agent != agent_id:
        return f"it was taken from them ({_end_of(own[-1])}) and agent {card.agent} has it now"
    if card.state == "in_progress":
        return f"attempt {attempt} has ended and attempt {len(card.attempts)} is under way"
    if own[-1] is card.attempts[-1] and own[-1].error is None:
        return "they have handed it in or split it already"
    return f"it was taken from them ({_end_of(own[-1])}) and waits to be taken anew"


def _end_of(attempt: Attempted) -> str:
    return attempt.error.kind if attempt.error else "handed in"
