"""The tool that searches a sketch's parameters: a job of many renders which gives way to everybody else's."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from artloop.grafix.answers import JobReport, reported, searched, timed
from artloop.grafix.arguments import (
    CanvasArg,
    IterationArg,
    MethodArg,
    ParamsArg,
    PenArg,
    RendersArg,
    RunArg,
    SearchSeedArg,
    SeedArg,
    SketchPathArg,
    SourceArg,
    TargetsArg,
    VariantArg,
    WorkspaceArg,
)
from artloop.grafix.calls import Shared, placement, request_for
from artloop.grafix.clock import now_ms
from artloop.grafix.job_tools import refuse_agents
from artloop.grafix.jobs import Job
from artloop.grafix.places import Placement
from artloop.grafix.plan import request_hash
from artloop.models import Place, Rendering, RenderRequest, TuneTask


async def start_tune(
    ctx: Context[Shared],
    targets: TargetsArg,
    source: SourceArg = "",
    sketch_path: SketchPathArg = "",
    params: ParamsArg = None,
    seed: SeedArg = None,
    canvas_size: CanvasArg = None,
    pen_mm: PenArg = None,
    renders: RendersArg = 200,
    method: MethodArg = "cma",
    search_seed: SearchSeedArg = 0,
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
    iteration: IterationArg = None,
) -> Annotated[CallToolResult, JobReport]:
    """Begin to search a sketch's PARAMS, within its RANGES, for a drawing that measures as wished.

    Returns at once with a job_id for poll_job and cancel_job. The finished job tells whether everything is met, whether
    the start was beaten and the measures before and after; sketch.py in its folder holds the values found. Closed
    gates count more than any target. Starting again in the same iteration goes on from what is on record there.
    """
    shared = ctx.request_context.lifespan_context
    received = now_ms()
    refuse_agents(ctx)
    place = placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id, iteration=iteration)
    values: dict[str, Any] = {"params": params or {}, "seed": seed, "pen_mm": pen_mm}
    request = request_for(place, source, sketch_path, canvas_size, **values)
    task = TuneTask(request=request, targets=targets, renders=renders, method=method, seed=search_seed)

    async def work(job: Job) -> CallToolResult:
        return timed(await _tuned(shared, task, place, job), received)

    return reported(await shared.jobs.start(work))


async def _tuned(shared: Shared, task: TuneTask, place: Placement, job: Job) -> CallToolResult:
    """Search, then draw the best into the same folder."""
    assert shared.tune is not None  # or the tool is not offered

    @cache
    def where() -> tuple[Path, Place]:
        return place.folder(request_hash(task.request))

    async def compiling(done: int, total: int) -> None:
        job.report(done, total, "compiling kernels")

    async def measure(request: RenderRequest) -> Rendering:
        job.admit()
        return (await shared.renders.measure(request, compiling, trusted=shared.allow_unsafe)).rendering

    def told(done: int, total: int, best: float) -> None:
        job.report(done, total, f"renders, distance {best:.3g}")

    found = await shared.tune(lambda: where()[0], task, measure, told)
    drawn = await shared.renders.render(
        task.of(found.source), where, compiling, trusted=shared.allow_unsafe, admitted=job.admit, patient=True
    )
    return searched(found, drawn)
