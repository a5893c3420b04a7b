"""What all tools do alike: find their place, read what is asked of a render, refuse in words, tell the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from artloop.errors import ArtloopError, UsageError
from artloop.grafix.answers import refused, timed
from artloop.grafix.api import Api
from artloop.grafix.clock import now_ms
from artloop.grafix.jobs import Jobs
from artloop.grafix.places import Placement, placed
from artloop.grafix.plan import request_hash
from artloop.grafix.renderer import Renderer, Where
from artloop.models import RenderRequest
from artloop.ports import Tune

Tool = Callable[..., Awaitable[CallToolResult]]


@dataclass(frozen=True)
class Shared:
    """What the tools share while the server runs."""

    root: Path
    renders: Renderer
    jobs: Jobs
    api: Api
    allow_unsafe: bool
    tune: Tune | None = None


def guarded(tool: Tool) -> Tool:
    """What we refuse on purpose becomes an error result that the caller can read; every result tells its times."""

    @wraps(tool)
    async def guarding(*args: Any, **kwargs: Any) -> CallToolResult:
        received = now_ms()
        try:
            return timed(await tool(*args, **kwargs), received)
        except ArtloopError as error:
            return timed(refused(error), received)

    return guarding


def placement(ctx: Context[Shared], **named: Any) -> Placement:
    """The place a call means. Raises `UsageError`."""
    return placed(ctx.request_context.lifespan_context.root, named, ctx.request_context.meta)


def request_for(
    place: Placement, source: str, sketch_path: str, canvas_size: list[float] | None, **values: Any
) -> RenderRequest:
    """What a render is asked for. Raises `UsageError`."""
    size = (canvas_size[0], canvas_size[1]) if canvas_size else None
    return RenderRequest(source=_source(place, source, sketch_path), canvas_size=size, **values)


def folder_for(place: Placement, request: RenderRequest) -> Where:
    """Finds the folder of a render when it is time to write."""
    return lambda: place.folder(request_hash(request))


def _source(place: Placement, source: str, sketch_path: str) -> str:
    if bool(source.strip()) == bool(sketch_path):
        raise UsageError("give either source, a whole sketch, or sketch_path, a file in the variant's folder")
    if not sketch_path:
        return source
    try:
        return place.file(sketch_path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{sketch_path!r} is no text; give the path of a sketch.py") from error
