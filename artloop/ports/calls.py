"""Model calls and their cost: what is on record, and what may be spent."""

from __future__ import annotations

from typing import Protocol

from artloop.models import Usage, Value


class CallRecord(Value):
    """One answered model call, as it is kept. Pictures in the request are represented by its hash only."""

    step: str
    generation: int
    turn: int
    request_sha256: str
    response: str
    """JSON of the SDK's `ModelResponse`, without unset fields."""
    model: str
    usage: Usage = Usage(requests=1)
    fault: str = ""
    """Why the answer, paid as it is, cannot be used; empty: it can."""


class Asked(Value):
    """A model call that is about to be sent; until it is answered it may have been paid for."""

    step: str
    generation: int
    turn: int
    model: str
    request_tokens: int
    """Estimated."""
    max_output_tokens: int | None = None


class Calls(Protocol):
    """The model calls on record; each is found by (step, generation, turn)."""

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent. One sent before for the same turn stays counted as lost."""
        ...

    def refused(self, asked: Asked) -> None:
        """The call about to be sent was turned away, so it was not paid for."""
        ...

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        ...

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call before anybody sees it; the first writer wins and is returned."""
        ...

    async def kept(self) -> None:
        """Wait until all that was said is on record for good. Raises `StorageError` and `LeaseLost`."""
        ...


class Ledger(Protocol):
    """What a run has paid for so far, in all its sessions."""

    def paid(self) -> list[tuple[str, Usage]]:
        """(model, sums) of everything answered."""
        ...

    def unanswered(self) -> list[Asked]:
        """The calls that were sent and have no answer on record: possibly paid."""
        ...


class Receipt(Protocol):
    """What a purse gives for a reservation; nobody but the purse looks inside."""


class Purse(Protocol):
    """Money and tokens of a run: reserved before each call is sent, so that a cap is never passed."""

    async def reserve(self, model: str, request_tokens: int, max_output_tokens: int | None) -> Receipt:
        """Set aside what a call may cost at most. Raises `BudgetReached` when that is not left."""
        ...

    def settle(self, receipt: Receipt, usage: Usage) -> None:
        """The call was answered, or refused: it came to this."""
        ...

    def lost(self, receipt: Receipt) -> None:
        """No answer came; it may have been paid for."""
        ...
