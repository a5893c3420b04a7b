"""The implementer, played by Codex: one session a draw step, whose answer is kept like the answer of a model call."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from agents import ModelResponse
from agents.usage import Usage as SdkUsage
from openai.types.responses import ResponseOutputMessage, ResponseOutputText
from pydantic import ValidationError

from artloop.artists.codex.config import Codex
from artloop.artists.codex.events import Said
from artloop.artists.codex.session import Commission, session
from artloop.artists.draw import drawn, shown, shown_sketch
from artloop.artists.llm import CUT, Desk
from artloop.artists.recorded import RESPONSE
from artloop.artists.sizes import BYTES_PER_TOKEN
from artloop.canonical import digest
from artloop.errors import ModelMisbehaved, ReplayDiffers, RequestChanged
from artloop.models import Drawing, DrawTask, Edit, Place
from artloop.ports import Asked, Attempt, CallRecord, ToolServer
from artloop.prompts import Prompts
from artloop.workspace import write_text

TURN = 0
"""A session is on record as one call: its calls of a model cannot be seen."""


@dataclass(frozen=True)
class Bench:
    """Where Codex works in one run. Without Codex (a replay) a session that is not on record ends it."""

    codex: Codex | None
    server_at: Callable[[Place], ToolServer]
    """The Grafix server, bound to a place."""
    slots: asyncio.Semaphore


async def draw(desk: Desk, bench: Bench, task: DrawTask, study: str | None, attempt: Attempt) -> Drawing:
    """A whole sketch, from Codex; its session is found in `iterations/NN/codex/`."""
    values, pictures = shown(desk, task, study)
    prompt = desk.prompts.text("draw.md.j2", task=task, guide=desk.guide, **values)
    folder = desk.folder.iteration(task.variant, task.iteration)
    write_text(folder / "prompt.md", prompt)
    commission = commission_for(desk.prompts, prompt, pictures)
    place = desk.shelf.place(task.variant, task.iteration).model_copy(update={"attempt": "auto"})
    workplace = (folder / "codex" / name_of(attempt)).absolute()
    known = await _recorded(desk, attempt, commission, lambda: _worked(bench, place, commission, workplace))
    return parsed(known, shown_sketch(task, study))


def commission_for(prompts: Prompts, prompt: str, pictures: list[tuple[str, Path]]) -> Commission:
    """The implementer's prompt as Codex is told it, with pictures and their captions."""
    instructions, _, asked = prompt.partition(CUT)
    captions = [caption for caption, _ in pictures]
    told = prompts.text("codex.md.j2", instructions=instructions.strip(), asked=asked.strip(), captions=captions)
    shown = [path.absolute() for _, path in pictures]
    return Commission(prompt=told, pictures=shown, answer_schema=Edit.model_json_schema())


async def _worked(bench: Bench, place: Place, commission: Commission, folder: Path) -> Said | None:
    if bench.codex is None:
        return None
    async with bench.slots:
        return await session(bench.codex, bench.server_at(place), commission, folder)


async def _recorded(
    desk: Desk, attempt: Attempt, commission: Commission, work: Callable[[], Awaitable[Said | None]]
) -> str:
    """What Codex said, now or in an earlier session of the run; on disk before it is read."""
    asked = request_sha256(commission)
    known = desk.calls.find(attempt.step, attempt.generation, TURN)
    if known is None:
        desk.calls.asking(sent(attempt, commission, desk.models["draw"]))
        await desk.calls.kept()
        said = await work()
        if said is None:
            raise ReplayDiffers(f"step {attempt.step} asks Codex for an answer that is not on record")
        known = desk.calls.commit(record(attempt, asked, said, desk.models["draw"]))
        await desk.calls.kept()
    elif known.request_sha256 != asked:
        raise RequestChanged(f"step {attempt.step} asks Codex something else than before")
    desk.counted()
    return text_of(known)


def sent(attempt: Attempt, commission: Commission, model: str) -> Asked:
    """The session as a call that is about to be sent: without an answer it may have been paid for all the same."""
    tokens = len(commission.prompt.encode()) // BYTES_PER_TOKEN
    return Asked(step=attempt.step, generation=attempt.generation, turn=TURN, model=model, request_tokens=tokens)


def parsed(text: str, base: tuple[str, str]) -> Drawing:
    """The drawing in Codex's last message; a patch is for `base`, (name, source). Raises `ModelMisbehaved`."""
    try:
        return drawn(Edit.model_validate_json(text), base)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "all of it"
        raise ModelMisbehaved(f"Codex's answer is no drawing: {where}: {first['msg'].lower()}") from error


def request_sha256(commission: Commission) -> str:
    """Hash of all that Codex is asked: words, pictures by their content, and the form of the answer."""
    pictures = [hashlib.sha256(path.read_bytes()).hexdigest() for path in commission.pictures]
    return digest(commission.prompt, pictures, commission.answer_schema)


def record(attempt: Attempt, asked: str, said: Said, model: str) -> CallRecord:
    """The session as a model call."""
    part = ResponseOutputText(type="output_text", text=said.text, annotations=[])
    message = ResponseOutputMessage(id="", type="message", role="assistant", status="completed", content=[part])
    answer = ModelResponse(output=[message], usage=SdkUsage(), response_id=None)
    return CallRecord(
        step=attempt.step,
        generation=attempt.generation,
        turn=TURN,
        request_sha256=asked,
        response=RESPONSE.dump_json(answer, exclude_unset=True).decode(),
        model=model,
        usage=said.usage,
    )


def text_of(known: CallRecord) -> str:
    """What was said in a recorded session."""
    parts = [part for item in RESPONSE.validate_json(known.response).output for part in getattr(item, "content", [])]
    return "".join(getattr(part, "text", "") for part in parts)


def name_of(attempt: Attempt) -> str:
    """A folder's name for an attempt: the step's ordinal and the generation."""
    return f"{attempt.step.rpartition('/')[2]}-{attempt.generation}"
