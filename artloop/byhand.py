"""The artist as judge of finished drawings, and how often the other judge says the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from artloop.canonical import digest, step_for
from artloop.flow.ranking import share_interval
from artloop.journal import Journal
from artloop.judging import Piece
from artloop.lock import driver_lock
from artloop.models import Comparison, Ident, Value
from artloop.ports import Attempt
from artloop.workspace import RunFolder

Answer = Literal["first", "second", "tie"]
Ask = Callable[[Piece, Piece, int], Awaitable[Answer | None]]
"""Shows two drawings, and the number of the pair from 0; None: the artist has had enough."""


class Choice(Value):
    """What the artist said of a pair."""

    left: Ident
    right: Ident
    winner: Ident | None


class Agreement(Value):
    """How often judge and artist say the same."""

    pairs: int
    """Pairs the artist has looked at."""
    decided: int
    """Of these, pairs in which both preferred one."""
    same: int
    """Of these, pairs in which it was the same one."""
    rate: float | None
    """`same` over `decided`; None: nothing was decided."""
    low: float
    """Where the 95 % interval of `rate` begins."""
    high: float


async def asked(folder: RunFolder, pieces: list[Piece], pairs: list[Comparison], ask: Ask) -> list[Choice]:
    """The artist's own answers on these pairs; kept as steps, so that each is asked for once.

    Which of a pair is shown first changes from pair to pair, the same way every time.
    """
    by_name = {piece.entry.variant: piece for piece in pieces}
    choices: list[Choice] = []
    with driver_lock(folder), Journal.open(folder, max_failures=1) as journal:
        for number, pair in enumerate(pairs):
            step = step_for("run", 0, "human", number, pair.left, pair.right)
            choice = journal.committed(step.key, Choice)
            if choice is None:
                shown = [pair.left, pair.right]
                if int(digest(pair.left, pair.right), 16) % 2:
                    shown.reverse()
                said = await ask(by_name[shown[0]], by_name[shown[1]], number)
                if said is None:
                    break
                winner = {"first": shown[0], "second": shown[1], "tie": None}[said]
                choice = Choice(left=pair.left, right=pair.right, winner=winner)

                async def done(attempt: Attempt, made: Choice = choice) -> Choice:
                    return made

                await journal.perform(step, Choice, done)
            choices.append(choice)
    return choices


def agreement(pairs: list[Comparison], choices: list[Choice]) -> Agreement:
    """How often the judge agrees with the artist where both preferred one; a tie of either decides nothing."""
    judged = {(pair.left, pair.right): pair.winner for pair in pairs}
    decided = [
        (choice.winner, judged[choice.left, choice.right])
        for choice in choices
        if choice.winner and judged[choice.left, choice.right]
    ]
    same = sum(mine == its for mine, its in decided)
    rate = same / len(decided) if decided else None
    low, high = share_interval(rate or 0.0, len(decided))
    return Agreement(
        pairs=len(choices),
        decided=len(decided),
        same=same,
        rate=rate if rate is None else round(rate, 4),
        low=round(low, 4),
        high=round(high, 4),
    )
