"""The MCP server `grafix`: tools that run, measure and hand out drawings, for agents of a run and for strangers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

import artloop
from artloop.errors import ArtloopError, UsageError
from artloop.grafix.answers import answered, opened_file, result
from artloop.grafix.api import Api, described
from artloop.grafix.arguments import (
    CanvasArg,
    FormatsArg,
    FromStrokeArg,
    IterationArg,
    MarginArg,
    MergeArg,
    PaperArg,
    ParamsArg,
    PathArg,
    PenArg,
    ProfileArg,
    ProfilePathArg,
    RunArg,
    ScaleArg,
    SeedArg,
    SimplifyArg,
    SketchPathArg,
    SourceArg,
    TimeArg,
    VariantArg,
    WorkspaceArg,
)
from artloop.grafix.asking import add_prompts
from artloop.grafix.calls import Shared, folder_for, guarded, placement, request_for
from artloop.grafix.exports import drawing_file, exported
from artloop.grafix.job_tools import cancel_job, poll_job, start_render
from artloop.grafix.jobs import jobs
from artloop.grafix.listing import ArtifactText, Holdings, holdings, opened
from artloop.grafix.places import bound_to, placed
from artloop.grafix.plotter.choices import options_from
from artloop.grafix.plotter.layout import Exported
from artloop.grafix.renderer import renderer
from artloop.grafix.tune_tool import start_tune
from artloop.models import Metrics, Place, Rendering, Value
from artloop.ports import Tune
from artloop.prompts import Prompts
from artloop.settings import IsolationChoice, RenderLimits
from artloop.workspace import resource_folders

INSTRUCTIONS = "Draw with lines for a pen plotter: describe_api says how to write a sketch, render runs it."
WRITES = {"read_only_hint": False, "destructive_hint": False, "idempotent_hint": True}
READS = {"read_only_hint": True}


class ApiPage(Value):
    """What `describe_api` found."""

    text: str


def build_server(
    workspace_root: Path,
    limits: RenderLimits,
    cache_folder: Path,
    allow_unsafe: bool = False,
    isolation: IsolationChoice = "auto",
    place: Place | None = None,
    tune: Tune | None = None,
) -> MCPServer[Shared]:
    """A server for the runs under `workspace_root`; its processes start and end with its lifespan.

    Unless `allow_unsafe`, a machine that does not confine sketches runs those of hosts only, who say where. With
    a `place` every client is hosted there and reaches nothing else. `start_tune` is offered with a `tune` to do it.
    """
    root, cache = workspace_root.resolve(), cache_folder.resolve()
    api = Api(cache)

    @asynccontextmanager
    async def lifespan(_: MCPServer[Shared]) -> AsyncIterator[Shared]:
        async with renderer(limits, cache, isolation) as renders, jobs(cache / "jobs") as begun:
            yield Shared(root, renders, begun, api, allow_unsafe, tune)

    server: MCPServer[Shared] = MCPServer(
        "grafix",
        instructions=INSTRUCTIONS,
        version=artloop.__version__,
        lifespan=lifespan,
        log_level="WARNING",
        middleware=[bound_to(place)] if place else [],
    )
    tunes = ((start_tune, "Start tuning a sketch", WRITES),) if tune else ()
    for tool, title, hints in (
        (render, "Render a sketch", WRITES),
        (start_render, "Start a render", WRITES),
        *tunes,
        (poll_job, "Wait for a job", READS),
        (cancel_job, "Cancel a job", {**WRITES, "destructive_hint": True}),
        (metrics, "Measure a drawing", READS),
        (export_gcode, "Export for a plotter", WRITES),
        (get_artifact, "Read a file", READS),
        (list_artifacts, "List files", READS),
        (describe_api, "Explain Grafix", READS),
    ):
        server.add_tool(
            guarded(tool), title=title, annotations=ToolAnnotations(title=title, open_world_hint=False, **hints)
        )
    _add_resources(server, root, api)
    add_prompts(server, Prompts(resource_folders(root, "prompts")))
    return server


async def render(
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
) -> Annotated[CallToolResult, Rendering]:
    """Run a Grafix sketch, isolated and limited, and measure the drawing.

    Returns ok, failure (kind, message, line, hint), artifacts (name, path), metrics, gates (plottability checks; a
    closed gate must be repaired) and the end of what the sketch printed, plus a thumbnail picture if a PNG was asked
    for. With empty output_formats it only measures and writes nothing. A sketch that does not draw is no error of
    this tool: read failure and mend the sketch.
    """
    shared = ctx.request_context.lifespan_context
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

    async def report(done: int, total: int) -> None:
        await ctx.report_progress(done, total, "compiling kernels")

    trusted = place.hosted or shared.allow_unsafe
    if not output_formats:
        return answered(await shared.renders.measure(request, report, trusted=trusted))
    where, pens = folder_for(place, request), place.place.pens
    return answered(await shared.renders.render(request, where, report, trusted=trusted, pens=pens))


async def metrics(
    ctx: Context[Shared],
    path: PathArg,
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
) -> Annotated[CallToolResult, Metrics]:
    """Measure a drawing.svg that render made: lengths in mm, times in seconds, the rest without unit."""
    shared = ctx.request_context.lifespan_context
    file = drawing_file(placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id), path)
    found = await shared.renders.press.measure(await asyncio.to_thread(file.read_bytes))
    if isinstance(found, str):
        raise UsageError(f"{path!r} cannot be measured: {found}; only drawings that render made can")
    return result(found)


async def export_gcode(
    ctx: Context[Shared],
    path: PathArg,
    profile: ProfileArg = "zaxis",
    profile_path: ProfilePathArg = "",
    from_stroke: FromStrokeArg = 1,
    simplify_mm: SimplifyArg = 0.05,
    merge_mm: MergeArg = 0.05,
    paper: PaperArg = "",
    margin_mm: MarginArg = 0.0,
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
) -> Annotated[CallToolResult, Exported]:
    """Write plot.gcode beside a drawing.svg that render made: strokes joined and ordered for little travel.

    Origin at the paper's lower left, y up, pen up between strokes, a pause with a message between pens. Returns the
    file and what it comes to: strokes, lifts, mm with the pen down and up, seconds.
    """
    shared = ctx.request_context.lifespan_context
    place = placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id)
    options = options_from(
        paper, margin_mm=margin_mm, from_stroke=from_stroke, merge_mm=merge_mm, simplify_mm=simplify_mm
    )
    found, started_ms = await exported(place, path, profile, profile_path, options, shared.renders.plotters)
    return result(found, started_ms)


async def get_artifact(
    ctx: Context[Shared],
    path: PathArg,
    encoding: Annotated[
        Literal["path", "text", "base64"],
        Field(description="path: only describe it; text: its text; base64: its bytes, a picture as a picture."),
    ] = "path",
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
) -> Annotated[CallToolResult, ArtifactText]:
    """Read a file of the variant: its size and hash, its text, or its bytes."""
    place = placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id)
    file = place.file(path)
    found = await asyncio.to_thread(opened, file, path, encoding)
    return opened_file(found, file)


async def list_artifacts(
    ctx: Context[Shared],
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
    iteration: Annotated[int | None, Field(description="Only this iteration.", ge=0, le=9999)] = None,
) -> Annotated[CallToolResult, Holdings]:
    """List the files of a variant, or of one iteration of it; without a variant, the variants of a run."""
    place = placement(ctx, workspace_id=workspace_id, run_id=run_id, variant_id=variant_id)
    whole_run = not place.hosted and run_id is not None and variant_id is None
    return result(await asyncio.to_thread(holdings, place, iteration, whole_run))


async def describe_api(
    ctx: Context[Shared],
    name: Annotated[str, Field(description="A primitive or effect such as G.grid or E.fill; empty: the guide.")] = "",
) -> Annotated[CallToolResult, ApiPage]:
    """Explain how to write a sketch and list all primitives and effects; with a name, explain that one in full."""
    shared = ctx.request_context.lifespan_context
    text = described(await shared.api.registry(), name.strip())
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content={"text": text})


def _add_resources(server: MCPServer[Shared], root: Path, api: Api) -> None:
    @server.resource("artifact://{workspace}/{run}/{variant}/{+path}", mime_type="application/octet-stream")
    async def artifact(workspace: str, run: str, variant: str, path: str) -> bytes:
        """A file of a variant."""
        try:
            named = {"workspace_id": workspace, "run_id": run, "variant_id": variant}
            return await asyncio.to_thread(placed(root, named, None).file(path).read_bytes)
        except ArtloopError as error:
            raise ResourceError(str(error)) from error

    @server.resource("grafix://api", mime_type="text/markdown")
    async def guide() -> str:
        """How to write a sketch, and what Grafix offers."""
        return described(await api.registry())

    @server.resource("grafix://api/{kind}/{name}", mime_type="text/markdown")
    async def operation(kind: str, name: str) -> str:
        """A primitive (G) or an effect (E) in full."""
        try:
            return described(await api.registry(), f"{kind}.{name}")
        except ArtloopError as error:
            raise ResourceError(str(error)) from error
