"""One transaction of the board, with all that its rules may use: what they read and write, the time, the settings."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import ValidationError

from artloop.errors import StorageError
from artloop.models import Value
from artloop.settings import HubSettings
from artloop.taskboard.store import Transaction
from artloop.taskboard.words import BoardEvent

V = TypeVar("V", bound=Value)
DUE = "due"
"""The ranking of what is to happen at which time: `lease:TASK`, `retry:TASK`, `keep:TASK`, `rest:AGENT`, `ttl:KEY`."""


@dataclass(frozen=True)
class Turn:
    """What a rule of the board is given."""

    tx: Transaction
    now: float
    """Unix time."""
    settings: HubSettings
    chance: random.Random
    plans: list[float] = field(default_factory=list)
    """When something is due that was not before."""

    async def number(self) -> int:
        """The next number; every task has one of its own, in the order they were made."""
        number = int(await self.tx.get("hub", "number") or 0) + 1
        self.tx.put("hub", "number", str(number))
        return number

    async def found(self, model: type[V], kind: str, id: str) -> V | None:
        """The value of a document; raises `StorageError` that names one which holds something else."""
        return self.read(model, kind, id, await self.tx.get(kind, id))

    def read(self, model: type[V], kind: str, id: str, text: str | None) -> V | None:
        """The value that a document's text says."""
        try:
            return None if text is None else model.model_validate_json(text)
        except ValidationError as error:
            raise StorageError(
                f"the hub's document {kind} {id} is damaged ({error.errors()[0]['msg']}); restore it from a backup"
            ) from error

    def plan(self, what: str, id: str, at: float) -> None:
        """Have something happen at a time, instead of the time it was to happen before."""
        self.tx.rank(DUE, f"{what}:{id}", at)
        self.plans.append(at)

    def forget(self, what: str, id: str) -> None:
        """Have it not happen."""
        self.tx.unrank(DUE, f"{what}:{id}")

    def tell(
        self, what: Literal["task", "agent", "shared"], id: str, state: str, agent_type: str = "", run: str = ""
    ) -> None:
        """Announce what has changed."""
        event = BoardEvent(at=self.now, what=what, id=id, state=state, agent_type=agent_type, run=run)
        self.tx.tell(event.model_dump_json())
