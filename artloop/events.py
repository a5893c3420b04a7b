"""What happens during a run, as small frozen values. The flow announces them; console, journal and hub listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from artloop.models import (
    Answer,
    Brief,
    Caps,
    Challenge,
    Critique,
    Decision,
    Estimate,
    GuidingCritique,
    Ident,
    Lineage,
    Nearness,
    Number,
    Request,
    RunStatus,
    Selection,
    TestedCritique,
    Usage,
    Value,
    VariantStatus,
)

Station = Literal["steer", "imagine", "draw", "render", "critique", "tune", "rethink", "confirm", "challenge", "choose"]
Lack = Literal["pictures", "schemas"]


class RunStarted(Value):
    """A driver took up a run: the first session starts it, a later one resumes it."""

    type: Literal["run_started"] = "run_started"
    run: Ident
    brief: Brief
    models: dict[str, str]
    session: int = 1
    caps: Caps = Caps()


class Estimated(Value):
    """What the run will probably come to."""

    type: Literal["estimated"] = "estimated"
    estimate: Estimate


class KernelsCompiling(Value):
    """The render server compiles Grafix's kernels, once per machine."""

    type: Literal["kernels_compiling"] = "kernels_compiling"
    done: int
    total: int


class ConceptReady(Value):
    """A variant has its idea."""

    type: Literal["concept_ready"] = "concept_ready"
    variant: Ident
    title: str
    technique: str


class Steered(Value):
    """It is decided what a variant does next."""

    type: Literal["steered"] = "steered"
    variant: Ident
    iteration: int
    decision: Decision


class StationEntered(Value):
    """A variant began a station of the loop."""

    type: Literal["station_entered"] = "station_entered"
    variant: Ident
    iteration: int
    station: Station


class Searching(Value):
    """How far a search for parameters is. `best`: the least distance from what is wished so far."""

    type: Literal["searching"] = "searching"
    variant: Ident
    iteration: int
    done: int
    total: int
    best: float


class Rendered(Value):
    """A drawing came out, or a failure did."""

    type: Literal["rendered"] = "rendered"
    variant: Ident
    iteration: int
    attempt: int
    ok: bool
    complaint: str
    measures: dict[str, Number]


class FilesRestored(Value):
    """Files of an iteration that were gone were drawn again."""

    type: Literal["files_restored"] = "files_restored"
    variant: Ident
    iteration: int
    same: bool
    """Whether they are what they were, to the byte."""


class RepairAsked(Value):
    """What came out cannot be plotted: back to the implementer."""

    type: Literal["repair_asked"] = "repair_asked"
    variant: Ident
    iteration: int
    attempt: int
    complaint: str


class Confirmed(Value):
    """The artist was shown a drawing and said whether it counts."""

    type: Literal["confirmed"] = "confirmed"
    variant: Ident
    iteration: int
    attempt: int
    answer: Answer


class Critiqued(Value):
    """The critic has spoken."""

    type: Literal["critiqued"] = "critiqued"
    variant: Ident
    iteration: int
    critique: GuidingCritique | TestedCritique | Critique


class SentBack(Value):
    """A concept (iteration 0) or a drawing is too close to a sibling's: back to who made it, once."""

    type: Literal["sent_back"] = "sent_back"
    variant: Ident
    iteration: int
    nearness: Nearness


class IterationEnded(Value):
    """One turn of a variant is over. `better`: it is the new incumbent."""

    type: Literal["iteration_ended"] = "iteration_ended"
    variant: Ident
    iteration: int
    score: float | None
    better: bool
    change: str
    repairs: int


class LessonsLearned(Value):
    """What an iteration taught its variant."""

    type: Literal["lessons_learned"] = "lessons_learned"
    variant: Ident
    iteration: int
    lessons: list[str]


class VariantEnded(Value):
    """A variant makes no more iterations, for this reason."""

    type: Literal["variant_ended"] = "variant_ended"
    variant: Ident
    status: VariantStatus
    reason: str
    session: int = 1


class RequestHeeded(Value):
    """What the artist asked took effect on a variant, before a step of this kind."""

    type: Literal["request_heeded"] = "request_heeded"
    variant: Ident
    iteration: int
    before: str
    request: Request


class VariantBred(Value):
    """The artist asked for a new variant of two others, and it begins."""

    type: Literal["variant_bred"] = "variant_bred"
    variant: Ident
    lineage: Lineage
    turns: int


class RoundEnded(Value):
    """All variants have made an iteration; the weakest begin again as crossings of the strongest."""

    type: Literal["round_ended"] = "round_ended"
    number: int
    survivors: list[Ident]
    restarts: list[Ident]


class Compared(Value):
    """A pair was judged in both orders."""

    type: Literal["compared"] = "compared"
    left: Ident
    right: Ident
    winner: Ident | None
    agreed: bool


class Challenged(Value):
    """A drawing was compared with its variant's best."""

    type: Literal["challenged"] = "challenged"
    variant: Ident
    iteration: int
    challenge: Challenge


class Chosen(Value):
    """The ranking is made."""

    type: Literal["chosen"] = "chosen"
    selection: Selection


class CallCounted(Value):
    """Sums over all model calls of the run so far."""

    type: Literal["call_counted"] = "call_counted"
    usage: Usage


class LimitFound(Value):
    """A model turned out to take no pictures or no output schema; it gets words instead from now on."""

    type: Literal["limit_found"] = "limit_found"
    model: str
    lacks: Lack
    said: str
    """The provider's own words."""


class BreakerMoved(Value):
    """A provider that failed again and again is left alone (`open`), tried once (`half_open`) or well (`closed`)."""

    type: Literal["breaker_moved"] = "breaker_moved"
    provider: str
    state: Literal["open", "half_open", "closed"]
    failures: int
    """In a row."""
    pause_s: float
    """Until it is tried again."""
    session: int
    number: int
    """Of this provider's moves in this session, from 1."""


class StepFailed(Value):
    """A step broke; it is tried again until it is parked."""

    type: Literal["step_failed"] = "step_failed"
    key: str
    failures: int
    parked: bool
    error: str


class StepChanged(Value):
    """A committed step would be asked differently today; its result is kept."""

    type: Literal["step_changed"] = "step_changed"
    key: str


class RunEnded(Value):
    """A driver let go of the run."""

    type: Literal["run_ended"] = "run_ended"
    status: RunStatus
    reason: str
    seconds: float
    session: int = 1


Event = Annotated[
    RunStarted
    | Estimated
    | KernelsCompiling
    | ConceptReady
    | Steered
    | StationEntered
    | Searching
    | Rendered
    | FilesRestored
    | RepairAsked
    | Confirmed
    | SentBack
    | Critiqued
    | IterationEnded
    | LessonsLearned
    | VariantEnded
    | RequestHeeded
    | VariantBred
    | RoundEnded
    | Compared
    | Challenged
    | Chosen
    | CallCounted
    | LimitFound
    | BreakerMoved
    | StepFailed
    | StepChanged
    | RunEnded,
    Field(discriminator="type"),
]
Emit = Callable[[Event], None]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes any event as JSON."""
