"""What the tools answer: words for a model, structure for a program, and in `_meta` what no model must depend on."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Literal

from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic import Field

from artloop.errors import ERROR_KEY, ArtloopError
from artloop.grafix.clock import now_ms
from artloop.grafix.filing import mime
from artloop.grafix.jobs import Job, Outcome
from artloop.grafix.listing import ArtifactText
from artloop.grafix.places import META_KEY
from artloop.grafix.renderer import RETRY_AFTER_MS, Rendered
from artloop.models import Place, Rendering, Trial, Tuned, Value

RECEIVED, STARTED, FINISHED = "server_received_ms", "server_started_ms", "server_finished_ms"
"""In `_meta`, milliseconds since 1970."""


class JobReport(Value):
    """How a job stands."""

    job_id: str | None = Field(description="For poll_job and cancel_job; null when there is no job.")
    state: Literal["busy", "running", "finished", "failed", "cancelled"]
    done: int = 0
    total: int = Field(0, description="Of these, so many are done; 0: not known.")
    doing: str = ""
    error: str | None = Field(None, description="Why it failed.")
    result: dict[str, Any] | None = Field(None, description="Structured content of the tool's own answer.")


def answered(rendered: Rendered) -> CallToolResult:
    """A rendering. Whatever differs between two identical calls goes to `_meta`."""
    rendering = rendered.rendering
    content: list[ContentBlock] = [_text(_told(rendering))]
    if rendered.thumbnail:
        picture = base64.b64encode(rendered.thumbnail).decode()
        content.append(ImageContent(type="image", data=picture, mime_type="image/png"))
    meta: dict[str, Any] = {"cache_hit": rendered.cache_hit, STARTED: rendered.started_ms}
    if rendered.place:
        meta[META_KEY] = rendered.place.model_dump(mode="json")
        meta["links"] = [_link(rendered.place, artifact.path) for artifact in rendering.artifacts]
    if rendering.failure and rendering.failure.kind == "busy":
        meta["retry_after_ms"] = RETRY_AFTER_MS
    return CallToolResult(content=content, structured_content=rendering.model_dump(mode="json"), _meta=meta)


def _told(rendering: Rendering) -> dict[str, Any]:
    """What a model needs of a rendering, in few tokens."""
    told: dict[str, Any] = {"ok": rendering.ok}
    if rendering.failure:
        told["failure"] = rendering.failure.model_dump(mode="json")
    if closed := [gate for gate in rendering.gates if not gate.ok]:
        told["gates_closed"] = {gate.name: gate.message for gate in closed}
    if mended := [gate for gate in rendering.gates if gate.ok and gate.message]:
        told["mended"] = {gate.name: gate.message for gate in mended}
    if rendering.metrics:
        told["metrics"] = rendering.metrics.model_dump(mode="json")
    told["artifacts"] = {artifact.name: artifact.path for artifact in rendering.artifacts}
    if rendering.log_tail:
        told["printed_by_the_sketch"] = rendering.log_tail
    return told


def _link(place: Place, path: str) -> dict[str, str]:
    uri = f"artifact://{place.workspace}/{place.run}/{place.variant}/{path}"
    return {"type": "resource_link", "name": path, "uri": uri, "mimeType": mime(path)}


def timed(answer: CallToolResult, received_ms: int) -> CallToolResult:
    """The answer with the times of its call, unless it tells others: those of a job, or when its turn came.

    That it never began is told by null.
    """
    meta = {RECEIVED: received_ms, STARTED: received_ms, FINISHED: now_ms(), **(answer.meta or {})}
    return answer.model_copy(update={"meta": meta})


def reported(job: Job) -> CallToolResult:
    """How a job stands; a finished one with the words and pictures of its answer."""
    outcome = job.outcome or Outcome(state="running")
    answer = outcome.answered()
    if not job.admitted and answer and (answer.meta or {}).get("retry_after_ms"):
        busy = JobReport(job_id=None, state="busy", result=answer.structured_content)
        return result(busy).model_copy(update={"meta": answer.meta})
    done, total, doing = job.progress
    report = JobReport(
        job_id=job.id,
        state=outcome.state,
        done=done,
        total=total,
        doing=doing,
        error=outcome.error,
        result=answer.structured_content if answer else None,
    )
    content = [_text(report.model_dump(mode="json", exclude={"result"}, exclude_none=True))]
    return CallToolResult(
        content=[*content, *(answer.content if answer else [])],
        structured_content=report.model_dump(mode="json"),
        _meta=answer.meta if answer else None,
    )


class TuneAnswer(Value):
    """What a search of a sketch's parameters came to."""

    met: bool = Field(description="Whether the drawing meets every target and gate.")
    better: bool = Field(description="Whether it beats the start; if not, sketch.py is the start.")
    ended: Literal["met", "renders", "exhausted"]
    renders: int
    start: Trial
    best: Trial
    rendering: Rendering = Field(description="The best, drawn.")


def searched(found: Tuned, drawn: Rendered) -> CallToolResult:
    """A search and the drawing it led to, with its picture."""
    answer = TuneAnswer(
        met=found.met,
        better=found.better,
        ended=found.ended,
        renders=len(found.losses),
        start=found.start,
        best=found.best,
        rendering=drawn.rendering,
    )
    pictured = answered(drawn)
    told = result(answer)
    return told.model_copy(update={"content": [*told.content, *pictured.content[1:]], "meta": pictured.meta})


def result(value: Value, started_ms: int | None = None) -> CallToolResult:
    """A value, as JSON text and as structure."""
    told = value.model_dump(mode="json")
    meta = {STARTED: started_ms} if started_ms else None
    return CallToolResult(content=[_text(told)], structured_content=told, _meta=meta)


def _text(told: dict[str, Any]) -> TextContent:
    return TextContent(type="text", text=json.dumps(told, ensure_ascii=False))


def opened_file(found: ArtifactText, file: Path) -> CallToolResult:
    """A file; a picture as a picture. Where it lies on this machine goes to `_meta`."""
    content: list[ContentBlock] = [_text(found.model_dump(mode="json", exclude={"base64"}, exclude_none=True))]
    if found.base64 is not None and found.mime == "image/png":
        content.append(ImageContent(type="image", data=found.base64, mime_type=found.mime))
    return CallToolResult(content=content, structured_content=found.model_dump(mode="json"), _meta={"file": str(file)})


def refused(error: ArtloopError) -> CallToolResult:
    """An error result: its words for the caller, its class for our own client."""
    content: list[ContentBlock] = [TextContent(type="text", text=str(error))]
    return CallToolResult(content=content, is_error=True, _meta={ERROR_KEY: type(error).__name__})
