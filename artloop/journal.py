"""A run's memory: each step and each model call is kept the moment it is done, so that no session pays for it twice.

It also holds the append-only event log from which the views fold their state. It decides nothing about drawings.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from artloop import telemetry
from artloop.canonical import digest
from artloop.errors import (
    CutOff,
    ModelMisbehaved,
    ProviderError,
    RenderServerError,
    RequestChanged,
    StepParked,
    WorkersDied,
)
from artloop.events import EVENT, Emit, Event, RunStarted, StepChanged, StepFailed
from artloop.journal_file import JournalFile, damaged
from artloop.journal_history import INHERITED
from artloop.models import Usage, Value
from artloop.ports import Asked, Attempt, CallRecord, Step
from artloop.workspace import RunFolder

T = TypeVar("T", bound=Value)
V = TypeVar("V", bound=BaseModel)
ERROR_CHARS = 500
COST = "CASE WHEN sum(cost_usd IS NULL AND input_tokens + output_tokens > 0) THEN NULL ELSE sum(cost_usd) END"
"""The sum of what calls cost; NULL as long as one of them has no price. The house's have no tokens."""
SUMMED = ("requests", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")
"""What is counted of each call, in the order of `Usage`."""
SUMS = ", ".join(f"coalesce(sum({name}), 0)" for name in SUMMED)
OWN = f"FROM calls WHERE step NOT IN (SELECT key FROM steps WHERE input_sha256 = '{INHERITED}')"
"""What was taken over from another run was paid by that."""


class StepState(Value):
    """How far a step has come."""

    key: str
    input_sha256: str
    state: Literal["started", "done", "parked", "open"]
    """`started`: in work, or cut off by a crash; `open`: waits for the next driver."""
    starts: int
    failures: int
    generation: int
    error: str | None
    """What broke it last, in one line."""
    outage: bool
    """Whether that was the provider or the render server being down."""


class TimedStep(Value):
    """When a step was last begun and when it ended."""

    key: str
    state: Literal["started", "done", "parked", "open"]
    started_at: float
    """Unix time."""
    finished_at: float | None
    error: str | None
    """What broke it last."""


class Journal:
    """The steps, calls and events of one run: `ports.Steps`, `Calls` and `Ledger`, and what the views read."""

    def __init__(self, folder: RunFolder, file: JournalFile, max_failures: int = 1, emit: Emit | None = None) -> None:
        self._folder = folder
        self._file = file
        self._max_failures = max_failures
        self._emit = emit

    @classmethod
    def open(cls, folder: RunFolder, *, max_failures: int, emit: Emit | None = None) -> Journal:
        """Open for the driver, who holds the lock; created if the run is new.

        `emit` hears the journal's own events, which are in the log by then. Raises `RunDamaged` for a file that is no
        journal, is missing from a run that has drawings, or is newer than this program; `StorageError` for the disk.
        """
        # Nothing is drawn before a step is in the journal: drawings without a journal mean that it was lost.
        new = not (folder.path / "variants").exists()
        return cls(folder, JournalFile.writable(folder.journal, new=new), max_failures, emit)

    @classmethod
    def read(cls, folder: RunFolder) -> Journal:
        """Open for reading only, beside a driver that writes too. Raises `RunDamaged` as `open` does."""
        return cls(folder, JournalFile.readable(folder.journal))

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    # -- steps ---------------------------------------------------------------------------------------------------------

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        """Return the committed result, or run `work` and commit what it returns.

        A model that misbehaved is asked anew in the next generation; a provider or render server that failed is asked
        the same again. Raises `StepParked` when that has happened `max_failures` times, or when workers died of it. A
        step that is `CutOff` counts as not begun. Whatever else `work` raises goes through and is not counted: the step
        runs again when it is next asked for.
        """
        while (known := self.committed(step.key, result)) is None:
            if parked := self.parked(step.key):
                raise parked
            generation = self._start(step)
            try:
                with telemetry.span(f"step {step.key.split('/')[2]}", step=step.key, generation=generation):
                    made = await work(Attempt(step=step.key, generation=generation))
            except RequestChanged:
                self._set(step, "generation = ?", generation + 1)
            except CutOff:
                self._file.rows("DELETE FROM steps WHERE key = ? AND state != 'done'", step.key)
                raise
            except WorkersDied as error:
                self._fail(step, error, generation, park=True)
            except ModelMisbehaved as error:
                self._fail(step, error, generation + 1, park=error.repaired)
            except (ProviderError, RenderServerError) as error:
                if isinstance(error, ProviderError) and error.fatal:
                    self._set(step, "state = 'open', error = ?, outage = 1", _line(error))
                    raise
                self._fail(step, error, generation)
            else:
                self._commit_once(step, _readable(made, result))
        if self._states("WHERE key = ? AND input_sha256 NOT IN (?, ?)", step.key, step.input_sha256, INHERITED):
            self._announce(StepChanged(key=step.key), again=False)
        return known

    def begun(self, step: Step) -> bool:
        """Whether the step was ever started."""
        return bool(self._file.rows("SELECT 1 FROM steps WHERE key = ?", step.key))

    def committed(self, key: str, result: type[T]) -> T | None:
        """The result of a step that is done; None of any other."""
        found = self._file.rows("SELECT result FROM steps WHERE key = ? AND state = 'done'", key)
        try:
            return result.model_validate_json(found[0][0] or "") if found else None
        except ValidationError as error:
            raise damaged(self._file.path, f"the result of step {key} is no {result.__name__}") from error

    def parked(self, key: str) -> StepParked | None:
        """What to raise for a step that failed too often; None of any other."""
        for state in self._states("WHERE key = ? AND state = 'parked'", key):
            return StepParked(
                f"step {key} failed {state.failures} times and is parked; last: {state.error};"
                f" try it again with: artloop retry {self._folder.id}",
                outage=state.outage,
            )
        return None

    def steps(self) -> list[StepState]:
        """All steps ever started, by key."""
        return self._states("")

    def timed(self) -> list[TimedStep]:
        """The steps that were made here, as they began; not what another run's history gave."""
        names = ", ".join(TimedStep.model_fields)
        own = f"FROM steps WHERE input_sha256 != '{INHERITED}' ORDER BY started_at"
        return [self._value(TimedStep, row) for row in self._file.rows(f"SELECT {names} {own}")]

    def reopen(self) -> list[str]:
        """Give parked steps another `max_failures` tries; returns their keys."""
        keys = [state.key for state in self._states("WHERE state = 'parked'")]
        self._file.rows("UPDATE steps SET state = 'open', failures = 0 WHERE state = 'parked'")
        return keys

    def _start(self, step: Step) -> int:
        """Record that the step begins; returns its generation."""
        self._file.noted(
            "INSERT INTO steps (key, input_sha256, state, starts, failures, generation, outage, started_at)"
            " VALUES (?, ?, 'started', 1, 0, 0, 0, ?) ON CONFLICT (key) DO UPDATE SET state = 'started',"
            " starts = starts + 1, input_sha256 = excluded.input_sha256, started_at = excluded.started_at"
            " WHERE state != 'done'",
            step.key,
            step.input_sha256,
            time.time(),
        )
        return self._states("WHERE key = ?", step.key)[0].generation

    def _commit_once(self, step: Step, result: str) -> None:
        """Keep the result, unless another driver was first."""
        self._set(step, "state = 'done', result = ?, finished_at = ?", result, time.time())

    def _fail(self, step: Step, error: Exception, generation: int, park: bool = False) -> None:
        """Count a failure, and park the step if that was the last one allowed or `park` says so."""
        self._set(
            step,
            "failures = failures + 1, generation = ?, error = ?, outage = ?,"
            " state = CASE WHEN failures + 1 >= ? THEN 'parked' ELSE 'open' END",
            generation,
            _line(error),
            isinstance(error, ProviderError | RenderServerError),
            1 if park else self._max_failures,
        )
        for state in self._states("WHERE key = ? AND state != 'done'", step.key):
            parked = state.state == "parked"
            self._announce(StepFailed(key=state.key, failures=state.failures, parked=parked, error=state.error or ""))

    def _set(self, step: Step, assignments: str, *values: Any) -> None:
        self._file.rows(f"UPDATE steps SET {assignments} WHERE key = ? AND state != 'done'", *values, step.key)

    def _states(self, where: str, *values: Any) -> list[StepState]:
        names = ", ".join(StepState.model_fields)
        found = self._file.rows(f"SELECT {names} FROM steps {where} ORDER BY key", *values)
        return [self._value(StepState, row) for row in found]

    # -- model calls ---------------------------------------------------------------------------------------------------

    def find(self, step: str, generation: int, turn: int) -> CallRecord | None:
        """The recorded call, if it was answered before."""
        found = self._file.rows(
            "SELECT step, generation, turn, request_sha256, response, model,"
            f" fault, {', '.join(SUMMED)}, cost_usd FROM calls WHERE step = ? AND generation = ? AND turn = ?",
            step,
            generation,
            turn,
        )
        return self._call(found[0]) if found else None

    def commit(self, call: CallRecord) -> CallRecord:
        """Keep an answered call before anybody sees it; the first writer wins and is returned."""
        used = call.usage
        self._file.rows(
            "INSERT OR IGNORE INTO calls (step, generation, turn, request_sha256, response, model, fault,"
            f" {', '.join(SUMMED)}, cost_usd, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(call.step, call.generation, call.turn, call.request_sha256, call.response, call.model, call.fault),
            *(getattr(used, name) for name in SUMMED),
            *(used.cost_usd, time.time()),
        )
        return self.find(call.step, call.generation, call.turn) or call

    def answers(self, step: str, generation: int) -> list[CallRecord]:
        """The recorded calls of one execution of a step, by turn."""
        made: list[CallRecord] = []
        while (call := self.find(step, generation, len(made))) is not None:
            made.append(call)
        return made

    def asking(self, asked: Asked) -> None:
        """Keep that a call is about to be sent. One sent before for the same turn stays counted as lost."""
        turn = (asked.step, asked.generation, asked.turn)
        self._file.noted("UPDATE asked SET lost = 1 WHERE step = ? AND generation = ? AND turn = ?", *turn)
        self._file.rows("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, 0, ?)", *asked.model_dump().values(), time.time())

    def refused(self, asked: Asked) -> None:
        """The call about to be sent was turned away, so it was not paid for."""
        turn = (asked.step, asked.generation, asked.turn)
        self._file.rows("DELETE FROM asked WHERE step = ? AND generation = ? AND turn = ? AND lost = 0", *turn)

    async def kept(self) -> None:
        """What was said is on the disk already."""

    def unanswered(self) -> list[Asked]:
        """The calls that were sent and have no answer on record: in flight, or lost and possibly paid."""
        names = ", ".join(Asked.model_fields)
        return [self._value(Asked, row) for row in self._file.rows(f"SELECT {names} FROM asked ORDER BY rowid")]

    def usage(self) -> Usage:
        """What all calls on record came to. The cost is None as long as that of a single call is."""
        (row,) = self._file.rows(f"SELECT {SUMS}, (SELECT count(*) FROM asked), {COST} {OWN}")
        return self._value(Usage, row)

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
        found = self._file.rows(f"SELECT {columns}, {SUMS}, 0, {COST} {OWN} GROUP BY {by} ORDER BY {by}")
        width = len(Usage.model_fields)
        return [(*row[:-width], self._value(Usage, row[-width:])) for row in found]

    def _call(self, row: tuple[Any, ...]) -> CallRecord:
        names = [name for name in CallRecord.model_fields if name not in ("usage", "fault")]
        *known, fault = row[: len(names) + 1]
        *used, cost = row[len(names) + 1 :]
        return self._value(CallRecord, (*known, self._value(Usage, (*used, 0, cost)), fault))

    # -- events --------------------------------------------------------------------------------------------------------

    def append(self, event: Event) -> bool:
        """Put an event in the log unless an equal one is there; whether it was new."""
        return self._file.noted(
            "INSERT OR IGNORE INTO events (at, identity, body) VALUES (?, ?, ?)",
            time.time(),
            digest(event),
            event.model_dump_json(),
        )

    def events(self, after: int = 0) -> list[tuple[int, float, Event]]:
        """(number, Unix time, event) of everything that was announced after that number, in order."""
        found = self._file.rows("SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq", after)
        return [(seq, at, self._event(seq, body)) for seq, at, body in found]

    def session(self) -> int:
        """The number of the session that begins now: 1, and 1 more for every `RunStarted` in the log."""
        return 1 + sum(isinstance(event, RunStarted) for _, _, event in self.events())

    def _event(self, seq: int, body: str) -> Event:
        try:
            return EVENT.validate_json(body)
        except ValidationError as error:
            raise damaged(self._file.path, f"event {seq} cannot be read") from error

    def _announce(self, event: Event, again: bool = True) -> None:
        """Log an event and say it; one that was in the log already only if `again`."""
        if (self.append(event) or again) and self._emit:
            self._emit(event)

    def _value(self, kind: type[V], row: tuple[Any, ...]) -> V:
        """The row as a value whose fields are named in the same order."""
        try:
            return kind.model_validate(dict(zip(kind.model_fields, row, strict=True)))
        except ValidationError as error:
            raise damaged(self._file.path, f"a row is no {kind.__name__}") from error


def _readable(made: T, result: type[T]) -> str:
    """The value as JSON that is known to be readable again: what is committed can never be mended."""
    text = made.model_dump_json()
    result.model_validate_json(text)
    return text


def _line(error: Exception) -> str:
    """An error as one line of bounded length."""
    return " ".join(str(error).split())[:ERROR_CHARS] or type(error).__name__
