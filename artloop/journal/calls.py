"""The model calls of a run: those that were sent, those that were answered, and what they came to."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from artloop.journal.file import JournalFile
from artloop.journal.groups import Groups
from artloop.journal.history import INHERITED
from artloop.journal.tally import COUNTED, Tally
from artloop.models import Usage
from artloop.ports import Asked, CallRecord

UNPRICED = "sum(cost_usd IS NULL AND input_tokens + output_tokens > 0)"
COST = f"CASE WHEN {UNPRICED} THEN NULL ELSE sum(cost_usd) END"
"""The sum of what calls cost; NULL as long as one of them has no price. The house's have no tokens."""
SUMS = ", ".join(f"coalesce(sum({name}), 0)" for name in COUNTED)
OWN = f"FROM calls WHERE step NOT IN (SELECT key FROM steps WHERE input_sha256 = '{INHERITED}')"
"""What was taken over from another run was paid by that."""


class CallTable:
    """`ports.Calls` and `Ledger`, and what the views want to know of calls."""

    _file: JournalFile
    _groups: Groups

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        found = self._groups.rows(
            "SELECT step, generation, turn, request_sha256, response, model,"
            f" fault, {', '.join(COUNTED)}, cost_usd FROM calls WHERE step = ? AND generation = ? AND turn = ?",
            step,
            generation,
            turn,
            about=(step, generation, turn),
        )
        return self._call(found[0]) if found else None

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call, on disk when `kept` returns; the first one wins and is returned."""
        turn, used = (call.step, call.generation, call.turn), call.usage
        if known := self.find(*turn):
            return known
        self._tally.answered(turn, used)
        self._groups.keep(
            "INSERT OR IGNORE INTO calls (step, generation, turn, request_sha256, response, model, fault,"
            f" {', '.join(COUNTED)}, cost_usd, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(*turn, call.request_sha256, call.response, call.model, call.fault),
            *(getattr(used, name) for name in COUNTED),
            *(used.cost_usd, time.time()),
            about=turn,
        )
        return call

    def answers(self, step: str, generation: int) -> list[CallRecord]:
        """The recorded calls of one execution of a step, by turn."""
        made: list[CallRecord] = []
        while (call := self.find(step, generation, len(made))) is not None:
            made.append(call)
        return made

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent. One sent before for the same turn stays counted as lost."""
        turn = (asked.step, asked.generation, asked.turn)
        values = (*asked.model_dump().values(), time.time())
        self._tally.asked(turn)
        self._asked("UPDATE asked SET lost = 1 WHERE step = ? AND generation = ? AND turn = ?", *turn)
        self._asked("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, 0, ?)", *values)

    def refused(self, asked: Asked) -> None:
        """The call about to be sent was turned away, so it was not paid for."""
        turn = (asked.step, asked.generation, asked.turn)
        self._tally.refused(turn)
        self._asked("DELETE FROM asked WHERE step = ? AND generation = ? AND turn = ? AND lost = 0", *turn)

    def _asked(self, sql: str, *values: Any) -> None:
        self._groups.keep(sql, *values, about="asked")

    async def kept(self) -> None:
        """Wait until all that was said is on disk. Raises `StorageError`."""
        await self._groups.kept()

    def unanswered(self) -> list[Asked]:
        """The calls that were sent and have no answer on record: in flight, or lost and possibly paid."""
        names = ", ".join(Asked.model_fields)
        return [self._file.value(Asked, row) for row in self._groups.rows(f"SELECT {names} FROM asked ORDER BY rowid")]

    def usage(self) -> Usage:
        """What all calls on record came to. The cost is None as long as that of a single call is."""
        (row,) = self._groups.rows(f"SELECT {SUMS}, (SELECT count(*) FROM asked), {COST} {OWN}")
        return self._file.value(Usage, row)

    def so_far(self) -> Usage:
        """The same for the driver, however many calls there are."""
        return self._tally.usage

    @cached_property
    def _tally(self) -> Tally:
        """Begins with what is on record, so it is told of a call before the record is."""
        (row,) = self._groups.rows(f"SELECT {SUMS}, 0, sum(cost_usd), {UNPRICED} {OWN}")
        asked = self._groups.rows("SELECT step, generation, turn, lost FROM asked")
        return Tally(
            sums=self._file.value(Usage, row[:-1]),
            unpriced=bool(row[-1]),
            open={(step, generation, turn) for step, generation, turn, lost in asked if not lost},
            lost=sum(lost for *_, lost in asked),
        )

    def paid(self) -> list[tuple[str, Usage]]:
        """(model, sums) of everything answered, priced and unpriced calls apart."""
        return [(model, usage) for model, usage in self._sums("model", "model, cost_usd IS NULL")]

    def used(self) -> list[tuple[str, str, Usage]]:
        """(kind, model, sums) of each step that asked a model: what such steps come to."""
        return [(step.split("/")[2], model, usage) for step, model, usage in self._sums("step, model", "step, model")]

    def spent(self) -> dict[tuple[str, int], Usage]:
        """(variant, iteration) to what its model calls came to. The cost is None as long as that of one call is."""
        slash = "instr(step, '/')"
        columns = f"substr(step, 1, {slash} - 1), CAST(substr(step, {slash} + 1) AS INTEGER)"
        return {(variant, number): usage for variant, number, usage in self._sums(columns, "1, 2")}

    def _sums(self, columns: str, by: str) -> list[tuple[Any, ...]]:
        found = self._groups.rows(f"SELECT {columns}, {SUMS}, 0, {COST} {OWN} GROUP BY {by} ORDER BY {by}")
        width = len(Usage.model_fields)
        return [(*row[:-width], self._file.value(Usage, row[-width:])) for row in found]

    def _call(self, row: tuple[Any, ...]) -> CallRecord:
        names = [name for name in CallRecord.model_fields if name not in ("usage", "fault")]
        *known, fault = row[: len(names) + 1]
        *used, cost = row[len(names) + 1 :]
        return self._file.value(CallRecord, (*known, self._file.value(Usage, (*used, 0, cost)), fault))
