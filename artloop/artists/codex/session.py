"""One session with Codex: a child process in a folder of its own, on a leash, with a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artloop.artists.codex import leash
from artloop.artists.codex.config import LOGIN, Codex, command, config_toml, environment, key, login
from artloop.artists.codex.events import Said, said
from artloop.errors import ModelMisbehaved, ProviderError
from artloop.models import Value
from artloop.ports import ToolServer
from artloop.workspace import storage, write_text

OUTPUT_MB = 32
"""More than this in one session is no answer."""
END_SECONDS = 5.0
HIDDEN = "[key]"


class Commission(Value):
    """What Codex is asked for."""

    prompt: str
    pictures: list[Path]
    answer_schema: dict[str, Any]
    """JSON Schema of the answer."""


def unheard() -> None:
    """Nobody wants to know that it has started."""


async def session(
    codex: Codex, server: ToolServer, commission: Commission, folder: Path, started: Callable[[], None] = unheard
) -> Said:
    """Let Codex work in `folder`, which it has for itself. Leaves prompt, events and log there, and no process.

    `started` is told when it begins. Raises `ProviderError`, `RenderServerError` or `ModelMisbehaved` when there is no
    answer, `StorageError` when the disk refuses.
    """
    home, scratch, work = (folder / name for name in ("home", "tmp", "work"))
    try:
        asked = await asyncio.to_thread(_prepared, codex, server, commission, folder, (home, scratch, work))
        output, log, status = await _run(asked, environment(home, scratch), work, codex.timeout_s, started)
    finally:
        for part in (home, scratch, work):  # what Codex keeps at home is nobody's business
            shutil.rmtree(part, ignore_errors=True)
    output, log = _without_key(output), _without_key(log)
    write_text(folder / "events.jsonl", output)
    write_text(folder / "log.txt", log)
    return said(output, log, status)


def _prepared(
    codex: Codex, server: ToolServer, commission: Commission, folder: Path, parts: tuple[Path, Path, Path]
) -> list[str]:
    """Fresh folders, the files that Codex reads, and the command that starts it on its leash."""
    home, _, work = parts
    with storage(folder):
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)  # of a session that was killed
            part.mkdir(parents=True)
        if not key() and (own := login()):
            (home / LOGIN).symlink_to(own)
    schema = write_text(home / "schema.json", json.dumps(commission.answer_schema))
    write_text(home / "config.toml", config_toml(codex, server))
    prompt = write_text(folder / "prompt.md", commission.prompt)
    asked = command(codex, schema, commission.pictures, work)
    return [sys.executable, "-I", leash.__file__, str(prompt), *asked]


async def _run(
    asked: list[str], env: dict[str, str], work: Path, timeout_s: float, started: Callable[[], None]
) -> tuple[str, str, int]:
    """(stdout, stderr, status) of a process that, however this ends, is gone with all it started."""
    try:
        process = await asyncio.create_subprocess_exec(
            *asked,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=work,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        raise ProviderError(f"Codex cannot be started: {error.strerror or error}; resume later") from error
    started()
    async with asyncio.TaskGroup() as readers:
        output, log = (readers.create_task(_read(process, end)) for end in (process.stdout, process.stderr))
        try:
            status = await _status(process, timeout_s)
        finally:
            await _let_go(process, [output, log])
    if status is None:
        raise ProviderError(f"Codex did not finish within {timeout_s:g} s; raise codex.timeout_s, then resume")
    if len(output.result()) > OUTPUT_MB << 20:
        raise ModelMisbehaved(f"Codex wrote more than {OUTPUT_MB} MB")
    return output.result().decode(errors="replace"), log.result().decode(errors="replace"), status


async def _status(process: asyncio.subprocess.Process, timeout_s: float) -> int | None:
    """Its exit status; None when its time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            return await process.wait()
    except TimeoutError:
        return None


async def _read(process: asyncio.subprocess.Process, stream: asyncio.StreamReader | None) -> bytes:
    """All that comes, up to the limit; too much of it ends the process. What is not kept is read all the same."""
    assert stream
    assert process.stdin
    kept = bytearray()
    while part := await stream.read(1 << 16):
        if len(kept) > OUTPUT_MB << 20:
            process.stdin.close()
        else:
            kept += part
    return bytes(kept)


async def _let_go(process: asyncio.subprocess.Process, readers: list[asyncio.Task[bytes]]) -> None:
    """Let go of the leash and wait until everything on it is gone; a leash that hangs is killed too."""
    if process.stdin:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
            await asyncio.wait(readers)
    except TimeoutError:
        pass
    finally:  # cancelled while it waited, or out of time
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # off Linux a process that got away may still hold the other ends
        process._transport.close()  # type: ignore[attr-defined]


def _without_key(text: str) -> str:
    """The text without Codex's key, which a provider's error may repeat."""
    secret = key()
    return text.replace(secret, HIDDEN) if secret else text
