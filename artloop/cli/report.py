"""What `run --json` and `show --json` print, and the exit code that goes with it."""

from __future__ import annotations

import sys

from artloop.models import Estimate, Fork, Ident, RunStatus, Selection, Standing, Usage, Value, Variant, VariantStatus
from artloop.readback import Story
from artloop.workspace import RunFolder


class Best(Value):
    """A variant's incumbent and its files."""

    iteration: int
    score: float | None
    svg: str
    png: str


class VariantReport(Value):
    """One variant in the report."""

    id: Ident
    title: str
    status: VariantStatus
    iterations: int
    best: Best | None
    failure: str | None


class Judged(Value):
    """The ranking, how sure it is, and what it took."""

    judge: str
    ranking: list[Standing]
    pairs: int
    rounds: int
    calls: int
    flip_rate: float | None
    """Share of the pairs in which the two orders said different things."""


class Report(Value):
    """One run in one JSON object."""

    run_id: Ident
    status: RunStatus
    reason: str
    folder: str
    origin: Ident | None
    """The run it replays or was forked from."""
    fork: Fork | None
    winner: Ident | None
    judged: Judged | None
    """How the winner was found; None while nothing is chosen."""
    variants: list[VariantReport]
    usage: Usage
    estimate: Estimate | None
    """What the run was thought to come to before it started."""
    seconds: float


def report(folder: RunFolder, story: Story) -> Report:
    """The report of a run."""
    record = folder.read_record()
    return Report(
        run_id=folder.id,
        status=story.status,
        reason=story.reason,
        folder=str(folder.path),
        origin=record.origin,
        fork=record.fork,
        winner=story.selection.winner,
        judged=judged(story.selection),
        variants=[of_variant(folder, variant) for variant in story.variants],
        usage=story.usage,
        estimate=story.estimate,
        seconds=story.seconds,
    )


def judged(selection: Selection) -> Judged | None:
    """The judge's part."""
    if not selection.ranking:
        return None
    return Judged(
        judge=selection.judge,
        ranking=selection.ranking,
        pairs=len(selection.comparisons),
        rounds=selection.rounds,
        calls=selection.calls,
        flip_rate=selection.flip_rate,
    )


def of_variant(folder: RunFolder, variant: Variant) -> VariantReport:
    """One variant's part."""
    best = variant.incumbent
    files = folder.iteration(variant.id, best.number) if best else None
    return VariantReport(
        id=variant.id,
        title=variant.concept.title,
        status=variant.status,
        iterations=len(variant.iterations),
        best=Best(
            iteration=best.number,
            score=best.score,
            svg=str(files / "drawing.svg"),
            png=str(files / "preview.png"),
        )
        if best and files
        else None,
        failure=variant.failure,
    )


def exit_code(story: Story) -> int:
    """0 finished, stalled or stopped; 3 nothing drawable; 4 ended early; 5 the provider or render server was down."""
    if story.status == "budget":
        return 4
    if story.status == "timed_out":
        return 4 if any(variant.incumbent for variant in story.variants) else 3
    if story.status == "failed":
        return 5 if any(variant.outage for variant in story.variants) else 3
    return 0


def print_json(value: Value) -> None:
    """The one JSON object on stdout."""
    sys.stdout.write(value.model_dump_json(indent=2) + "\n")
