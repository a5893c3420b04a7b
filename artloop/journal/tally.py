"""What the calls of a run came to so far. Adding them all up again after each call would take ever longer."""

from __future__ import annotations

from dataclasses import dataclass

from artloop.models import Usage

Turn = tuple[str, int, int]
"""Step, generation and turn of a call."""
COUNTED = ("requests", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")
"""What is counted of each call, in the order of `Usage`."""


@dataclass
class Tally:
    """Kept up by the driver, who alone adds calls."""

    sums: Usage
    """Of the answered calls; the cost of those that have a price."""
    unpriced: bool
    """Whether one of them has none."""
    open: set[Turn]
    """Sent, and not answered yet."""
    lost: int
    """Sent again since, without an answer."""

    @property
    def usage(self) -> Usage:
        """All together; no cost as long as a single call has no price."""
        cost = None if self.unpriced else self.sums.cost_usd
        return self.sums.model_copy(update={"unanswered": len(self.open) + self.lost, "cost_usd": cost})

    def asked(self, turn: Turn) -> None:
        """A call is about to be sent."""
        self.lost += turn in self.open
        self.open.add(turn)

    def refused(self, turn: Turn) -> None:
        """It was turned away."""
        self.open.discard(turn)

    def answered(self, turn: Turn, usage: Usage) -> None:
        """It was answered."""
        self.open.discard(turn)
        counted = {name: getattr(self.sums, name) + getattr(usage, name) for name in COUNTED}
        if usage.cost_usd is not None:
            counted["cost_usd"] = (self.sums.cost_usd or 0.0) + usage.cost_usd
        elif usage.input_tokens + usage.output_tokens:
            self.unpriced = True
        self.sums = self.sums.model_copy(update=counted)
