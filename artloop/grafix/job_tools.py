"""The tools for work that takes longer than a client wants to hold a call open."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from artloop.errors import UsageError
from artloop.grafix.answers import JobReport, answered, reported, timed
from artloop.grafix.arguments import (
    CanvasArg,
    FormatsArg,
    IterationArg,
    JobArg,
    ParamsArg,
    PenArg,
    RunArg,
    ScaleArg,
    SeedArg,
    SketchPathArg,
    SourceArg,
    TimeArg,
    VariantArg,
    WaitArg,
    WorkspaceArg,
)
from artloop.grafix.calls import Shared, folder_for, placement, request_for
from artloop.grafix.clock import now_ms
from artloop.grafix.jobs import Job
from artloop.grafix.places import is_hosted


async def start_render(
    ctx: Context[Shared],
    source: SourceArg = "",
    sketch_path: SketchPathArg = "",
    params: ParamsArg = None,
    seed: SeedArg = None,
    time: TimeArg = 0.0,
    canvas_size: CanvasArg = None,
    render_scale: ScaleArg = 4.0,
    pen_mm: PenArg = None,
    output_formats: FormatsArg = ["svg", "png"],  # noqa: B006 - never changed
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
    iteration: IterationArg = None,
) -> Annotated[CallToolResult, JobReport]:
    """Begin what render does and return at once with a job_id for poll_job and cancel_job.

    When all render slots are taken there is no job: state is busy, and `_meta` says when to try again.
    """
    shared = ctx.request_context.lifespan_context
    received = now_ms()
    refuse_agents(ctx)
    place = placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id, iteration=iteration)
    request = request_for(
        place,
        source,
        sketch_path,
        canvas_size,
        params=params or {},
        seed=seed,
        time=time,
        render_scale=render_scale,
        pen_mm=pen_mm,
        output_formats=tuple(output_formats),
    )

    async def work(job: Job) -> CallToolResult:
        async def report(done: int, total: int) -> None:
            job.report(done, total, "compiling kernels")

        where, trusted = folder_for(place, request), shared.allow_unsafe
        if not output_formats:
            job.admit()
            return timed(answered(await shared.renders.measure(request, report, trusted=trusted)), received)
        rendered = await shared.renders.render(request, where, report, trusted=trusted, admitted=job.admit)
        return timed(answered(rendered), received)

    return reported(await shared.jobs.start(work))


async def poll_job(
    ctx: Context[Shared], job_id: JobArg, wait_seconds: WaitArg = 20.0
) -> Annotated[CallToolResult, JobReport]:
    """Wait for a job and say how it stands; once it has finished, with all that the tool itself would have answered.

    Results are kept for a day, also for a client that has lost its connection meanwhile.
    """
    refuse_agents(ctx)

    async def tell(done: int, total: int, message: str) -> None:
        await ctx.report_progress(done, total, message)

    return reported(await ctx.request_context.lifespan_context.jobs.wait(job_id, wait_seconds, tell))


async def cancel_job(ctx: Context[Shared], job_id: JobArg) -> Annotated[CallToolResult, JobReport]:
    """End a job and what it runs. One that has ended already stays as it is."""
    refuse_agents(ctx)
    return reported(await ctx.request_context.lifespan_context.jobs.cancel(job_id))


def refuse_agents(ctx: Context[Shared]) -> None:
    """A job's id differs from one run to its replay, so no agent of a run may see one."""
    if is_hosted(ctx.request_context.meta):
        raise UsageError("agents of a run have no jobs; call render, which waits for the drawing")
