"""Where a run stands, folded from its events: pure, so that a recorded run replays through the same function.

Times are seconds of one clock, whichever the caller uses throughout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from artloop.events import (
    BreakerMoved,
    CallCounted,
    Chosen,
    Compared,
    ConceptReady,
    Confirmed,
    Estimated,
    Event,
    IterationEnded,
    KernelsCompiling,
    Rendered,
    RepairAsked,
    RequestHeeded,
    RunEnded,
    RunStarted,
    Searching,
    SentBack,
    Station,
    StationEntered,
    Steered,
    StepFailed,
    VariantBred,
    VariantEnded,
)
from artloop.models import Brief, Caps, Estimate, RunStatus, Selection, Usage, VariantStatus

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
REPLAYED_S = 0.05
"""An iteration this quick was on record already and says nothing about the next one."""


@dataclass(frozen=True)
class Row:
    """One variant."""

    id: str
    title: str = ""
    station: Station | None = None
    iteration: int = 0
    repair: int = 0
    searched: float | None = None
    """Share of a search's renders that are made, while one goes on."""
    scores: tuple[tuple[int, float | None], ...] = ()
    """(iteration, score) of every ended iteration; None: it was not shown to the critic."""
    leader: int = 0
    """The iteration that is the best so far; 0: none."""
    status: VariantStatus = "running"
    pinned: bool = False
    """By the artist."""
    news: str = ""
    """What last happened, in one line."""
    started: float | None = None
    began: float | None = None
    """When the iteration at work began."""
    ended: float | None = None
    durations: tuple[float, ...] = ()

    @property
    def best(self) -> tuple[int, float] | None:
        """(iteration, score) of the incumbent."""
        score = dict(self.scores).get(self.leader)
        return None if score is None else (self.leader, score)

    def seconds(self, now: float) -> float:
        """How long the variant has been at work."""
        return 0.0 if self.started is None else (self.ended if self.ended is not None else now) - self.started


@dataclass(frozen=True)
class State:
    """One run."""

    run: str = ""
    brief: Brief | None = None
    models: tuple[str, ...] = ()
    session: int = 1
    status: RunStatus = "running"
    rows: tuple[Row, ...] = ()
    kernels: tuple[int, int] | None = None
    """(done, total) while they compile."""
    usage: Usage = field(default_factory=Usage)
    caps: Caps = field(default_factory=Caps)
    estimate: Estimate | None = None
    compared: int = 0
    selection: Selection | None = None
    trouble: str = ""
    """The last complaint or failure, in one line."""
    started: float | None = None
    latest: float = 0.0
    earlier: float = 0.0
    """Seconds of the sessions before this one."""
    ended: float | None = None

    def seconds(self, now: float) -> float:
        """How long the run has been worked on, all sessions together."""
        if self.started is None:
            return self.earlier
        return self.earlier + (self.ended if self.ended is not None else now) - self.started

    def seconds_left(self, now: float) -> float | None:
        """Estimate until the slowest variant is done, from the mean iteration; None: nothing to go by yet."""
        every = [duration for row in self.rows for duration in row.durations]
        working = [row for row in self.rows if row.status == "running"]
        if not every or not working or self.brief is None or self.ended is not None:
            return None
        return max(_seconds_left(row, self.brief.iterations, every, now) for row in working)


def fold(state: State, event: Event, at: float) -> State:
    """The state after an event that happened `at`."""
    state = _folded(state, event, at)
    return replace(state, latest=at)


def one_line(text: str) -> str:
    """Text of a model or a sketch made harmless for a terminal: no escapes, control characters or line breaks."""
    plain = ESCAPE.sub("", text)
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split())


def _folded(state: State, event: Event, at: float) -> State:
    match event:
        case RunStarted():
            return _started(state, event, at)
        case Estimated(estimate=estimate):
            return replace(state, estimate=estimate)
        case KernelsCompiling(done=done, total=total):
            return replace(state, kernels=(done, total) if done < total else None)
        case ConceptReady(variant=variant, title=title, technique=technique):
            return _with_row(state, variant, title=one_line(title), news=one_line(technique))
        case StationEntered():
            return _entered(state, event, at)
        case Searching(variant=variant):
            news = f"{event.done} of {event.total} renders, distance {event.best:.2g}"
            return _with_row(state, variant, searched=event.done / event.total, news=news)
        case Steered(variant=variant, decision=decision) if decision.move != "draw":
            return _with_row(state, variant, news=one_line(f"{decision.move}: {decision.reason}"))
        case Rendered(variant=variant, complaint=complaint) if complaint:
            return _complained(state, variant, event.iteration, complaint)
        case RepairAsked(variant=variant, attempt=attempt):
            return _with_row(state, variant, repair=attempt + 1)
        case Confirmed(variant=variant, answer=answer) if not answer.accepted:
            return _with_row(state, variant, news=one_line(f"refused by the artist: {answer.note}"))
        case SentBack(variant=variant, nearness=near):
            return _with_row(state, variant, news=f"too close to {near.nearest}")
        case IterationEnded():
            return _iterated(state, event, at)
        case VariantEnded():
            return _variant_ended(state, event, at)
        case VariantBred(variant=variant, lineage=lineage):
            return _with_row(state, variant, news=f"bred, {lineage}")
        case RequestHeeded():
            return _heeded(state, event)
        case Compared():
            return replace(state, compared=state.compared + 1)
        case Chosen(selection=selection):
            return replace(state, selection=selection)
        case CallCounted(usage=usage):
            return replace(state, usage=usage)
        case BreakerMoved():
            return replace(state, trouble=_breaker(event))
        case StepFailed(key=key, error=error, parked=parked):
            return replace(state, trouble=one_line(f"{key} {'parked' if parked else 'failed'}: {error}"))
        case RunEnded(status=status):
            return replace(state, status=status, ended=at, kernels=None, trouble=_lasting(state))
        case _:
            return state


def _started(state: State, event: RunStarted, at: float) -> State:
    """A first session starts everything; a later one keeps the rows and wakes what was interrupted."""
    asleep = ("interrupted", "timed_out", "budget")
    rows = tuple(_later(row, at - state.latest) for row in state.rows)
    rows = tuple(replace(row, status="running", ended=None) if row.status in asleep else row for row in rows)
    return replace(
        state,
        run=event.run,
        brief=event.brief,
        models=tuple(dict.fromkeys(event.models.values())),
        session=event.session,
        caps=event.caps,
        status="running",
        rows=rows,
        started=at,
        ended=None,
        compared=0,
        earlier=state.seconds(state.latest),
    )


def _later(row: Row, idle: float) -> Row:
    """The row as if it had all happened so much later: the time between two sessions is nobody's work."""
    times: dict[str, Any] = {"started": row.started, "began": row.began, "ended": row.ended}
    return replace(row, **{name: time + idle for name, time in times.items() if time is not None})


def _entered(state: State, event: StationEntered, at: float) -> State:
    row = _row(state, event.variant)
    if event.station == "choose":
        return _with_row(state, row.id, station="choose")
    turn = event.iteration > row.iteration
    return _with_row(
        state,
        row.id,
        station=event.station,
        iteration=event.iteration,
        status="running",
        searched=None,
        repair=0 if turn else row.repair,
        began=at if turn or row.began is None else row.began,
        started=at if row.started is None else row.started,
        ended=None,
    )


def _complained(state: State, variant: str, iteration: int, complaint: str) -> State:
    complaint = one_line(complaint)
    state = replace(state, trouble=f"{variant} iteration {iteration}: {complaint}")
    return _with_row(state, variant, news=complaint)


def _iterated(state: State, event: IterationEnded, at: float) -> State:
    row = _row(state, event.variant)
    lasted = at - row.began if row.began is not None else 0.0
    scores = dict(row.scores) | {event.iteration: event.score}
    return _with_row(
        state,
        row.id,
        scores=tuple(sorted(scores.items())),
        durations=(*row.durations, lasted) if lasted >= REPLAYED_S else row.durations,
        iteration=event.iteration,
        leader=event.iteration if event.better else row.leader,
        began=None,
        repair=0,
        news=one_line(event.change) or row.news,
    )


def _heeded(state: State, event: RequestHeeded) -> State:
    match event.request.what:
        case "note":
            return _with_row(state, event.variant, news=one_line(f"the artist: {event.request.text}"))
        case "pin":
            return _with_row(state, event.variant, pinned=True)
        case _:
            return state


def _variant_ended(state: State, event: VariantEnded, at: float) -> State:
    reason = one_line(event.reason)
    if event.status == "failed":
        state = replace(state, trouble=f"{event.variant} failed: {reason}")
    return _with_row(state, event.variant, status=event.status, ended=at, began=None, news=reason)


def _breaker(event: BreakerMoved) -> str:
    """What to say of a provider; nothing when it answers again."""
    if event.state == "closed":
        return ""
    doing = "is left alone for a while" if event.state == "open" else "is tried again"
    return one_line(f"{event.provider} {doing}, {event.failures} failures in a row")


def _lasting(state: State) -> str:
    """What is still amiss at the end: a complaint that was repaired is not."""
    failed = [f"{row.id} failed: {row.news}" for row in state.rows if row.status == "failed"]
    return failed[-1] if failed else ""


def _row(state: State, variant: str) -> Row:
    return next((row for row in state.rows if row.id == variant), Row(variant))


def _with_row(state: State, variant: str, **changes: Any) -> State:
    """The state with one row changed, or added at its place in the order of ids."""
    row = replace(_row(state, variant), **changes)
    others = [other for other in state.rows if other.id != variant]
    return replace(state, rows=tuple(sorted([*others, row], key=lambda each: each.id)))


def _seconds_left(row: Row, iterations: int, every: list[float], now: float) -> float:
    durations = row.durations or every
    mean = sum(durations) / len(durations)
    spent = now - row.began if row.began is not None else 0.0
    return max(0.0, mean * (iterations - len(row.scores)) - min(spent, mean))
