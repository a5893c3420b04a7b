"""The steps of a run: each is performed once, and what it came to is kept before anybody sees it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from artloop import telemetry
from artloop.errors import (
    CutOff,
    ModelMisbehaved,
    ProviderError,
    RenderServerError,
    RequestChanged,
    StepParked,
    WorkersDied,
)
from artloop.events import StepChanged, StepFailed
from artloop.journal.events import EventLog
from artloop.journal.file import damaged
from artloop.journal.history import INHERITED
from artloop.models import Value
from artloop.ports import Attempt, Step
from artloop.workspace import RunFolder

T = TypeVar("T", bound=Value)
ERROR_CHARS = 500


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


class StepTable(EventLog):
    """`ports.Steps`, and what the views want to know of steps."""

    _folder: RunFolder
    _max_failures: int

    async def perform(self, step: Step, result: type[T], work: Callable[[Attempt], Awaitable[T]]) -> T:
        """Return the committed result, or run `work` and commit what it returns.

        A model that misbehaved is asked anew in the next generation; a provider or render server that failed is asked
        the same again. Raises `StepParked` when that has happened `max_failures` times, or when workers died of it. A
        step that is `CutOff` counts as not begun. Whatever else `work` raises goes through and is not counted: the step
        runs again when it is next asked for.
        """
        known = self.committed(step.key, result) if self.begun(step) else None
        if known is not None:
            self._compare(step)
        while known is None:
            generation = self._start(step)
            await self._groups.kept()
            try:
                with telemetry.span(f"step {step.key.split('/')[2]}", step=step.key, generation=generation):
                    made = await work(Attempt(step=step.key, generation=generation))
            except RequestChanged:
                self._set(step, "generation = ?", generation + 1)
            except CutOff:
                self._groups.keep("DELETE FROM steps WHERE key = ? AND state != 'done'", step.key, about=step.key)
                self._begun.discard(step.key)
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
                text, readable = _readable(made, result)
                self._set(step, "state = 'done', result = ?, finished_at = ?", text, time.time())
                if await self._groups.kept():  # else another driver was first
                    return readable
            known = self.committed(step.key, result)
        return known

    def begun(self, step: Step) -> bool:
        """Whether the step was ever started."""
        return step.key in self._begun

    @cached_property
    def _begun(self) -> set[str]:
        """The keys of all steps; nobody but the driver begins any, and each is looked up again and again."""
        return {key for (key,) in self._groups.rows("SELECT key FROM steps")}

    def committed(self, key: str, result: type[T]) -> T | None:
        """The result of a step that is done; None of any other."""
        query = "SELECT result FROM steps WHERE key = ? AND state = 'done'"
        found = self._groups.rows(query, key, about=key)
        try:
            return result.model_validate_json(found[0][0] or "") if found else None
        except ValidationError as error:
            raise damaged(self._file.path, f"the result of step {key} is no {result.__name__}") from error

    def parked(self, key: str) -> StepParked | None:
        """What to raise for a step that failed too often; None of any other."""
        known = self._state(key)
        return self._too_often(known) if known and known.state == "parked" else None

    def steps(self) -> list[StepState]:
        """All steps ever started, by key."""
        return self._states("")

    def timed(self) -> list[TimedStep]:
        """The steps that were made here, as they began; not what another run's history gave."""
        names = ", ".join(TimedStep.model_fields)
        own = f"FROM steps WHERE input_sha256 != '{INHERITED}' ORDER BY started_at"
        return [self._file.value(TimedStep, row) for row in self._groups.rows(f"SELECT {names} {own}")]

    def reopen(self) -> list[str]:
        """Give parked steps another `max_failures` tries; returns their keys."""
        keys = [state.key for state in self._states("WHERE state = 'parked'")]
        self._groups.keep("UPDATE steps SET state = 'open', failures = 0 WHERE state = 'parked'")
        return keys

    def _too_often(self, state: StepState) -> StepParked:
        return StepParked(
            f"step {state.key} failed {state.failures} times and is parked; last: {state.error};"
            f" try it again with: artloop retry {self._folder.id}",
            outage=state.outage,
        )

    def _start(self, step: Step) -> int:
        """Record that the step begins; returns its generation. Raises `StepParked`."""
        known = self._state(step.key) if self.begun(step) else None
        if known and known.state == "parked":
            raise self._too_often(known)
        self._begun.add(step.key)
        self._groups.note(
            "INSERT INTO steps (key, input_sha256, state, starts, failures, generation, outage, started_at)"
            " VALUES (?, ?, 'started', 1, 0, 0, 0, ?) ON CONFLICT (key) DO UPDATE SET state = 'started',"
            " starts = starts + 1, input_sha256 = excluded.input_sha256, started_at = excluded.started_at"
            " WHERE state != 'done'",
            step.key,
            step.input_sha256,
            time.time(),
            about=step.key,
        )
        return known.generation if known else 0

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
        if (state := self._state(step.key)) and state.state != "done":
            parked = state.state == "parked"
            self._announce(StepFailed(key=state.key, failures=state.failures, parked=parked, error=state.error or ""))

    def _compare(self, step: Step) -> None:
        """Report a committed step that would be asked differently today."""
        other = "SELECT 1 FROM steps WHERE key = ? AND input_sha256 NOT IN (?, ?)"
        if self._groups.rows(other, step.key, step.input_sha256, INHERITED, about=step.key):
            self._announce_once(StepChanged(key=step.key))

    def _set(self, step: Step, assignments: str, *values: Any) -> None:
        update = f"UPDATE steps SET {assignments} WHERE key = ? AND state != 'done'"
        self._groups.keep(update, *values, step.key, about=step.key)

    def _state(self, key: str) -> StepState | None:
        return next(iter(self._states("WHERE key = ?", key, about=key)), None)

    def _states(self, where: str, *values: Any, about: str | None = None) -> list[StepState]:
        names = ", ".join(StepState.model_fields)
        found = self._groups.rows(f"SELECT {names} FROM steps {where} ORDER BY key", *values, about=about)
        return [self._file.value(StepState, row) for row in found]


def _readable(made: T, result: type[T]) -> tuple[str, T]:
    """The value as JSON, and as it is read from that: what is committed can never be mended."""
    text = made.model_dump_json()
    return text, result.model_validate_json(text)


def _line(error: Exception) -> str:
    """An error as one line of bounded length."""
    return " ".join(str(error).split())[:ERROR_CHARS] or type(error).__name__
