"""The MCP server `art_loop`: lets an orchestrator of somebody else's send out Codex artists, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field, ValidationError

import artloop
from artloop.artists.codex.config import Codex
from artloop.artists.codex.draw import Bench, commission_for, parsed
from artloop.artists.codex.session import session
from artloop.artists.draw import shown_sketch
from artloop.artists.guide import grafix_guide
from artloop.casting import bench, codex_name, codex_named
from artloop.errors import UsageError
from artloop.grafix.answers import STARTED, JobReport, reported, result, timed
from artloop.grafix.arguments import IterationArg, RunArg, SeedArg, VariantArg, WorkspaceArg
from artloop.grafix.calls import guarded
from artloop.grafix.client import GrafixStdio, RenderClient
from artloop.grafix.clock import now_ms
from artloop.grafix.job_tools import cancel_job, poll_job
from artloop.grafix.jobs import Job, Jobs, jobs
from artloop.grafix.places import placed
from artloop.models import Brief, Canvas, Concept, DrawTask, Failure, Place, Rendering, RenderRequest, Usage, Value
from artloop.prompts import Prompts
from artloop.settings import Settings
from artloop.workspace import resource_folders

INSTRUCTIONS = (
    "Each call sends out one Codex artist, who programs one pen-plotter drawing and takes minutes. Call several at"
    " once; when one is told busy, try it again after retry_after_ms."
)
RETRY_AFTER_MS = 5000
"""An artist works for minutes."""
LOG = "art_loop.log"
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True)

BriefArg = Annotated[str, Field(description="What to draw, in any language.", min_length=1, max_length=4000)]
ConceptArg = Annotated[str, Field(description="Your idea for it: what one sees, and how lines make it.")]
SketchArg = Annotated[str, Field(description="A whole Grafix sketch to begin from, to improve or to repair.")]
SheetArg = Annotated[str, Field(description="a6 to a2, with -landscape to turn it, or 148x210mm.")]
PenArg = Annotated[float, Field(description="Pen width in mm.", ge=0.05, le=5)]


class Artwork(Value):
    """What an artist came back with."""

    ok: bool
    """Whether there is a drawing that can be plotted."""
    failure: Failure | None = None
    """Of kind `busy` when no artist was free: nothing was begun."""
    place: Place | None = None
    change: str = ""
    hypothesis: str = ""
    rendering: Rendering | None = None
    """The drawing, made anew by this server; paths are relative to the variant's folder."""
    usage: Usage = Usage()
    """As Codex reports it, possibly incomplete."""


class Slots:
    """How many artists may be out at a time."""

    def __init__(self, count: int) -> None:
        self.count = self.free = count

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Take a slot for the block, if there is one."""
        got = self.free > 0
        self.free -= got
        try:
            yield got
        finally:
            self.free += got


@dataclass(frozen=True)
class Shared:
    """What the tools share while the server runs."""

    root: Path
    codex: Codex
    bench: Bench
    grafix: GrafixStdio
    renders: RenderClient
    prompts: Prompts
    jobs: Jobs
    slots: Slots


def build_server(settings: Settings) -> MCPServer[Shared]:
    """The server; raises `UsageError` when there is no Codex. Its processes start and end with its lifespan."""
    root, cache = settings.root.resolve(), settings.cache_folder
    codex = codex_named(codex_name(settings), settings)

    @asynccontextmanager
    async def lifespan(_: MCPServer[Shared]) -> AsyncIterator[Shared]:
        grafix = GrafixStdio(root, settings.render, cache, cache / LOG)
        async with grafix, jobs(cache / "jobs") as begun:
            yield Shared(
                root=root,
                codex=codex,
                bench=bench(codex, settings),
                grafix=grafix,
                renders=RenderClient(grafix),
                prompts=Prompts(resource_folders(root, "prompts")),
                jobs=begun,
                slots=Slots(settings.codex.max_concurrency),
            )

    server: MCPServer[Shared] = MCPServer(
        "art_loop", instructions=INSTRUCTIONS, version=artloop.__version__, lifespan=lifespan, log_level="WARNING"
    )
    for tool in (run_codex_artist, start_codex_artist, poll_job, cancel_job):
        hints = ToolAnnotations(read_only_hint=True, open_world_hint=False) if tool is poll_job else WRITES
        server.add_tool(guarded(tool), annotations=hints)
    return server


async def run_codex_artist(
    ctx: Context[Shared],
    brief: BriefArg,
    concept: ConceptArg = "",
    sketch: SketchArg = "",
    canvas: SheetArg = "a5",
    pen_mm: PenArg = 0.3,
    seed: SeedArg = None,
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
    iteration: IterationArg = None,
) -> Annotated[CallToolResult, Artwork]:
    """Send out one Codex artist and wait for the drawing: minutes. Several calls at once work side by side.

    Returns ok, failure (kind busy: none was free, nothing was begun; `_meta` says when to try again), what the artist
    did, and the rendering with its artifacts and measures. Clients with short time limits use start_codex_artist.
    """
    shared = ctx.request_context.lifespan_context
    task = _task(brief, concept, sketch, canvas, pen_mm, seed)
    named = {"workspace_id": workspace_id, "run_id": run_id, "variant_id": variant_id, "iteration": iteration}
    return await _commissioned(shared, task, named, lambda: None)


async def start_codex_artist(
    ctx: Context[Shared],
    brief: BriefArg,
    concept: ConceptArg = "",
    sketch: SketchArg = "",
    canvas: SheetArg = "a5",
    pen_mm: PenArg = 0.3,
    seed: SeedArg = None,
    workspace_id: WorkspaceArg = None,
    run_id: RunArg = None,
    variant_id: VariantArg = None,
    iteration: IterationArg = None,
) -> Annotated[CallToolResult, JobReport]:
    """Send out one Codex artist and return at once with a job_id for poll_job and cancel_job.

    When no artist is free there is no job: state is busy, and `_meta` says when to try again.
    """
    shared = ctx.request_context.lifespan_context
    received = now_ms()
    task = _task(brief, concept, sketch, canvas, pen_mm, seed)
    named = {"workspace_id": workspace_id, "run_id": run_id, "variant_id": variant_id, "iteration": iteration}

    async def work(job: Job) -> CallToolResult:
        return timed(await _commissioned(shared, task, named, job.admit), received)

    return reported(await shared.jobs.start(work))


async def _commissioned(
    shared: Shared, task: DrawTask, named: dict[str, str | int | None], admitted: Callable[[], None]
) -> CallToolResult:
    """One artist's work from beginning to end, or busy at once."""
    with shared.slots.taken() as got:
        if not got:
            return _busy(shared.slots.count)
        admitted()
        began: list[int] = []
        made = await _drawn(shared, task, named, lambda: began.append(now_ms()))
        return result(made, began[0])


async def _drawn(
    shared: Shared, task: DrawTask, named: dict[str, str | int | None], started: Callable[[], None]
) -> Artwork:
    """Codex's sketch, rendered by us where the call says. Raises what Codex and the render server do."""
    folder, place = await asyncio.to_thread(placed(shared.root, named, None).folder, "")
    study, guide = task.brief.sketch, await grafix_guide(shared.grafix)
    prompt = shared.prompts.text("draw.md.j2", task=task, last=None, best=None, study=study, guide=guide)
    commission = commission_for(shared.prompts, prompt, [])
    server = shared.bench.server_at(place.model_copy(update={"attempt": "auto"}))
    said = await session(shared.codex, server, commission, folder / "codex", started)
    drawing = parsed(said.text, shown_sketch(task, study))
    request = RenderRequest(source=drawing.source, canvas_size=task.brief.canvas.size, pen_mm=task.brief.pen_mm)
    rendering = await shared.renders(request, place)
    return Artwork(
        ok=rendering.plottable,
        failure=rendering.failure,
        place=place,
        change=drawing.change,
        hypothesis=drawing.hypothesis,
        rendering=rendering,
        usage=said.usage,
    )


def _busy(count: int) -> CallToolResult:
    message = f"all {count} artists are out; try again, or raise ART_LOOP_MAX_CONCURRENCY for the server"
    none = Artwork(ok=False, failure=Failure(kind="busy", message=message))
    meta = {"retry_after_ms": RETRY_AFTER_MS, STARTED: None}
    return result(none).model_copy(update={"meta": meta})


def _task(brief: str, concept: str, sketch: str, canvas: str, pen_mm: float, seed: int | None) -> DrawTask:
    """What the implementer is told. Raises `UsageError`."""
    try:
        asked = Brief(
            text=brief, canvas=Canvas.parse(canvas), pen_mm=pen_mm, seed=seed or 0, variants=1, sketch=sketch or None
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{first['loc'][0]} {str(first['input'])[:80]!r}: {first['msg'].lower()}") from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    idea = Concept(
        title=brief[:80], idea=concept or brief, focus="", technique="", pens=["black"], strategy="", study=""
    )
    return DrawTask(brief=asked, variant="v01", concept=idea, iteration=1)
