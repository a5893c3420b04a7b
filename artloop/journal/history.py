"""The beginning of a run taken over into another journal: its steps stand there as done, and cost nothing again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from artloop.journal.file import JournalFile
from artloop.models import Value

INHERITED = ""
"""Stands for the hash of a step's input: it was asked in another run, perhaps of another brief, and is not compared."""
STEPS = ("key", "starts", "generation", "result", "started_at", "finished_at")
CALLS = (
    *("step", "generation", "turn", "request_sha256", "response", "model", "requests", "input_tokens"),
    *("cached_tokens", "output_tokens", "reasoning_tokens", "cost_usd", "fault", "at"),
)


class StepName(Value):
    """A step's key, taken apart."""

    variant: str
    iteration: int
    kind: str
    ordinal: int

    @classmethod
    def read(cls, key: str) -> StepName:
        """From `variant/iteration/kind/ordinal`."""
        variant, iteration, kind, ordinal = key.split("/")
        return cls(variant=variant, iteration=int(iteration), kind=kind, ordinal=int(ordinal))


class History(Value):
    """Committed steps and the answered calls within them, as rows."""

    steps: list[dict[str, Any]]
    calls: list[dict[str, Any]]

    def of(self, variant: str) -> History:
        """The same as another variant's."""
        return History(
            steps=[{**row, "key": _moved(row["key"], variant)} for row in self.steps],
            calls=[{**row, "step": _moved(row["step"], variant)} for row in self.calls],
        )

    def replaced(self, before: Value, after: Value) -> History:
        """The same with another value wherever one was a step's result."""
        old, new = before.model_dump_json(), after.model_dump_json()
        steps = [{**row, "result": new} if row["result"] == old else row for row in self.steps]
        return self.model_copy(update={"steps": steps})

    def answered(self, result: Value) -> History:
        """The same with this as the result of every step."""
        steps = [{**row, "result": result.model_dump_json()} for row in self.steps]
        return self.model_copy(update={"steps": steps})


def history(path: Path, wanted: Callable[[StepName], bool], *, inherited: bool = False) -> History:
    """The committed steps of a journal that are wanted, and their calls; `inherited`: of those taken over only."""
    file = JournalFile.readable(path)
    try:
        among = " AND input_sha256 = ?" if inherited else ""
        values = (INHERITED,) if inherited else ()
        steps = _rows(file, f"SELECT {', '.join(STEPS)} FROM steps WHERE state = 'done'{among}", STEPS, *values)
        steps = [row for row in steps if wanted(StepName.read(row["key"]))]
        keys = {row["key"] for row in steps}
        calls = _rows(file, f"SELECT {', '.join(CALLS)} FROM calls", CALLS)
        return History(steps=steps, calls=[row for row in calls if row["step"] in keys])
    finally:
        file.close()


def inherit(path: Path, taken: list[History]) -> None:
    """Put histories into the journal of a run that has not begun, all or nothing; it is made if need be."""
    step = f"INSERT INTO steps (state, failures, outage, input_sha256, {', '.join(STEPS)})"
    call = f"INSERT INTO calls ({', '.join(CALLS)}) VALUES ({_marks(CALLS)})"
    file = JournalFile.writable(path, new=True)
    try:
        file.rows("BEGIN IMMEDIATE")
        for row in (row for one in taken for row in one.steps):
            file.rows(f"{step} VALUES ('done', 0, 0, ?, {_marks(STEPS)})", INHERITED, *row.values())
        for row in (row for one in taken for row in one.calls):
            file.rows(call, *row.values())
        file.rows("COMMIT")
    finally:
        file.close()


def _rows(file: JournalFile, sql: str, names: tuple[str, ...], *values: Any) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in file.rows(sql, *values)]


def _marks(names: tuple[str, ...]) -> str:
    return ", ".join("?" * len(names))


def _moved(key: str, variant: str) -> str:
    return f"{variant}/{key.partition('/')[2]}"
