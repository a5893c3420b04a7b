"""The tools for runs and sketches: begin a run, see how it stands, have a hand in it, keep what is worth keeping."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from artloop.cli.report import Report
from artloop.errors import UsageError
from artloop.grafix.answers import result
from artloop.hub.calls import Hub, hub_of
from artloop.hub.runs import Wanted
from artloop.models import RunSummary, Value, What

RunArg = Annotated[str, Field(description="A run's id, its beginning or its last four characters, or `last`.")]
VariantArg = Annotated[str, Field(description="A variant of the run, as v02.")]
WorkspaceArg = Annotated[str | None, Field(description="Workspace of the run; left out: the hub's.")]


class Begun(Value):
    """A run that is being driven."""

    run_id: str


class RunList(Value):
    """Runs, the latest first."""

    runs: list[RunSummary]


class Told(Value):
    """What was asked of a run, and when it takes effect."""

    said: str


class Source(Value):
    """A sketch: one that is kept, by name, or one of a run."""

    source: str
    name: str = ""
    version: int | None = None
    """Of a kept one; 0: it has no versions yet."""
    sha256: str = ""
    """Of a kept one: what save_sketch wants as `replaces`."""
    title: str = ""
    run_id: str = ""
    variant: str = ""
    iteration: int | None = None


async def start_run(
    ctx: Context[Hub],
    brief: Annotated[str, Field(description="What to draw, in any language.", min_length=1, max_length=4000)],
    variants: Annotated[int, Field(description="How many concepts to follow.", ge=1, le=256)] = 4,
    iterations: Annotated[int, Field(description="How often each is drawn and improved.", ge=1, le=100)] = 5,
    strategy: Annotated[
        Literal["improve", "best-of-n", "quick"], Field(description="How calls are spent; quick: one sketch a concept.")
    ] = "improve",
    seed: Annotated[int, Field(description="Same brief and seed: same house drawings.", ge=0, lt=2**32)] = 0,
    canvas: Annotated[str, Field(description="a6 to a2, with -landscape to turn it, or 148x210mm.")] = "a5",
    pen_mm: Annotated[float | None, Field(description="Pen width in mm; left out: 0.3.", ge=0.05, le=5)] = None,
    artists: Annotated[
        str | None,
        Field(description="Who works: agents, codex, or hub, hub:draw,critique (this board); left out: as set."),
    ] = None,
    model: Annotated[str | None, Field(description="`house`, or a model of the hub's provider.")] = None,
    sketch: Annotated[str, Field(description="Name of a kept sketch that every variant starts from.")] = "",
    survivors: Annotated[int, Field(description="After each round only so many go on; 0: all.", ge=0)] = 0,
    share: Annotated[bool, Field(description="After each round tell every variant what the others learned.")] = False,
    max_minutes: Annotated[float | None, Field(description="End after this time.", gt=0)] = None,
    budget_usd: Annotated[float | None, Field(description="Never spend more on models.", gt=0)] = None,
    max_tokens: Annotated[int | None, Field(description="Never use more tokens.", ge=1)] = None,
    workspace: WorkspaceArg = None,
) -> Annotated[CallToolResult, Begun]:
    """Begin a run and return its run_id at once; get_run says how it stands. It goes on if the hub ends."""
    hub = hub_of(ctx)
    wanted = Wanted(
        brief=brief,
        variants=variants,
        iterations=iterations,
        strategy=strategy,
        seed=seed,
        canvas=canvas,
        pen_mm=pen_mm,
        artists=artists,
        model=model,
        survivors=survivors,
        share=share,
        max_minutes=max_minutes,
        budget_usd=budget_usd,
        max_tokens=max_tokens,
        workspace=workspace,
    )
    start = await asyncio.to_thread(hub.sketches.path, sketch) if sketch else None
    return result(Begun(run_id=await asyncio.to_thread(hub.runs.start, wanted, start)))


async def resume_run(
    ctx: Context[Hub], run_id: RunArg, workspace: WorkspaceArg = None
) -> Annotated[CallToolResult, Begun]:
    """Go on with a run that was interrupted; nothing that is on record is done or paid again."""
    return result(Begun(run_id=await asyncio.to_thread(hub_of(ctx).runs.resume, run_id, workspace)))


async def get_run(
    ctx: Context[Hub], run_id: RunArg, workspace: WorkspaceArg = None
) -> Annotated[CallToolResult, Report]:
    """Say how a run stands: its status, each variant and its best drawing, the winner, what it cost."""
    return result(await asyncio.to_thread(hub_of(ctx).runs.get, run_id, workspace))


async def list_runs(
    ctx: Context[Hub],
    limit: Annotated[int, Field(description="So many at most.", ge=1, le=200)] = 20,
    workspace: WorkspaceArg = None,
) -> Annotated[CallToolResult, RunList]:
    """List the latest runs, the latest first."""
    return result(RunList(runs=await asyncio.to_thread(hub_of(ctx).runs.every, limit, workspace)))


async def add_note(
    ctx: Context[Hub],
    run_id: RunArg,
    text: Annotated[str, Field(description="What to heed from the next step on, 500 characters at most.")],
    variant: Annotated[str | None, Field(description="For this variant only; left out: for all.")] = None,
    workspace: WorkspaceArg = None,
) -> Annotated[CallToolResult, Told]:
    """Say something to the implementer and the critic of a run that goes on."""
    return await _asked(ctx, run_id, "note", workspace, variant, text)


async def pin_variant(
    ctx: Context[Hub], run_id: RunArg, variant: VariantArg, workspace: WorkspaceArg = None
) -> Annotated[CallToolResult, Told]:
    """Keep a variant: it does not stall, and the winner is one of the pinned ones."""
    return await _asked(ctx, run_id, "pin", workspace, variant)


async def drop_variant(
    ctx: Context[Hub], run_id: RunArg, variant: VariantArg, workspace: WorkspaceArg = None
) -> Annotated[CallToolResult, Told]:
    """End a variant after its current step and leave it out of the choice."""
    return await _asked(ctx, run_id, "drop", workspace, variant)


async def stop_run(
    ctx: Context[Hub], run_id: RunArg, workspace: WorkspaceArg = None
) -> Annotated[CallToolResult, Told]:
    """End a run in good order after its current steps: what was made is judged and kept."""
    return await _asked(ctx, run_id, "stop", workspace)


async def get_sketch(
    ctx: Context[Hub],
    name: Annotated[str, Field(description="A kept sketch; this, or run_id.")] = "",
    version: Annotated[int | None, Field(description="Of a kept sketch; left out: the present one.", ge=1)] = None,
    run_id: Annotated[str, Field(description="A run; this, or name.")] = "",
    variant: Annotated[str, Field(description="Of the run; left out: the winner.")] = "",
    iteration: Annotated[int | None, Field(description="Left out: the variant's best.", ge=1, le=9999)] = None,
    workspace: WorkspaceArg = None,
) -> Annotated[CallToolResult, Source]:
    """Read the source of a sketch: a kept one by its name, or the one that a drawing of a run was made with."""
    hub = hub_of(ctx)
    if bool(name) == bool(run_id):
        raise UsageError("give either name, a kept sketch, or run_id, whose drawing's sketch is wanted")
    if name:
        kept = await asyncio.to_thread(hub.sketches.get, name, version)
        return result(Source(**kept.model_dump()))
    found = await asyncio.to_thread(hub.runs.sketch, run_id, variant, iteration, workspace)
    return result(Source(**found.model_dump()))


async def save_sketch(
    ctx: Context[Hub],
    name: Annotated[str, Field(description="Small letters, digits and _, as night_ferry.")],
    source: Annotated[str, Field(description="A whole Grafix program that defines draw(t); it is not run.")],
    replaces: Annotated[str, Field(description="sha256 of the sketch you have seen; empty: there is none yet.")] = "",
) -> Annotated[CallToolResult, Source]:
    """Keep a sketch in the artist's sketches folder. Every version stays; read them with get_sketch.

    Refused when there is another one than you have seen: get_sketch first.
    """
    kept = await asyncio.to_thread(hub_of(ctx).sketches.save, name, source, replaces)
    return result(Source(**kept.model_dump()))


async def _asked(
    ctx: Context[Hub], run_id: str, what: What, workspace: str | None, variant: str | None = None, text: str = ""
) -> CallToolResult:
    return result(Told(said=await asyncio.to_thread(hub_of(ctx).runs.ask, run_id, what, workspace, variant, text)))
