"""Being told when a run goes on: by the file system where `watchfiles` is installed, by looking again where it is not.

SQLite tells nobody of another process's commits, but its files grow. Whoever is told reads for itself what is new.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from artloop.workspace import IDENT, storage

LOOK_AGAIN_S = 0.25
"""How often to look without `watchfiles`."""
GROUPED: dict[str, Any] = {"recursive": False, "step": 50, "debounce": 200}
"""What comes within 50 ms of something else is told with it, but nothing is kept back for longer than 200."""
WRITTEN = ("journal.db", "journal.db-wal")
"""What grows when something has happened to a run."""
Stand = tuple[tuple[int, int], ...]
"""Size and time of those files."""
Told = Callable[[], Awaitable[set[str] | None]]
"""Waits until something happens; to which runs, new ones perhaps, or None: anybody's guess."""


def changing(folder: Path, most_s: float) -> Iterator[None]:
    """Yields whenever something happened to the run in this folder, and at least every `most_s` seconds.

    Something that no file tells is that its driver was killed.
    """
    seen = _stand(folder)
    for silent in _looks(folder, most_s):
        stand = _stand(folder)
        if silent or stand != seen:
            seen = stand
            yield


async def changes(runs: Path) -> AsyncGenerator[set[str]]:
    """Names of the runs in this folder to which something has happened; at first, of all there are."""
    with storage(runs):
        await asyncio.to_thread(runs.mkdir, parents=True, exist_ok=True)
    seen: dict[str, Stand] = {}
    while True:
        names = await asyncio.to_thread(_names, runs)
        async with _watched(runs, names) as told:
            heard: set[str] | None = names
            while heard is not None and heard <= names:
                stands = await asyncio.to_thread(_stands, runs, heard)
                if changed := {name for name, stand in stands.items() if seen.get(name) != stand}:
                    seen |= stands
                    yield changed
                heard = await told()


def installed() -> bool:
    """Whether the file system tells."""
    return find_spec("watchfiles") is not None


@asynccontextmanager
async def _watched(runs: Path, names: set[str]) -> AsyncIterator[Told]:
    """Listen from now on: what happens while nobody waits is told later."""
    if not installed():
        yield _later
        return
    from watchfiles import awatch

    watching = awatch(runs, *(runs / name for name in names), watch_filter=_written, **GROUPED)
    next_one = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)  # with its first step the watch stands

    async def told() -> set[str] | None:
        nonlocal next_one
        try:
            found = await asyncio.shield(next_one)
        except (OSError, StopAsyncIteration):  # a run that was removed meanwhile, or more of them than can be watched
            await asyncio.sleep(LOOK_AGAIN_S)
            return None
        next_one = asyncio.ensure_future(anext(watching))
        paths = [Path(path) for _, path in found]
        return {path.name if path.parent == runs else path.parent.name for path in paths}

    try:
        yield told
    finally:
        next_one.cancel()
        with suppress(asyncio.CancelledError, OSError, StopAsyncIteration):
            await next_one
        await watching.aclose()


async def _later() -> None:
    await asyncio.sleep(LOOK_AGAIN_S)


def _looks(folder: Path, most_s: float) -> Iterator[bool]:
    """Each time to look at a run; whether nothing was heard."""
    if not installed():
        while True:
            time.sleep(min(LOOK_AGAIN_S, most_s))
            yield True
    from watchfiles import watch

    timeout_ms = round(1000 * most_s)
    for found in watch(folder, watch_filter=_written, rust_timeout=timeout_ms, yield_on_timeout=True, **GROUPED):
        yield not found


def _written(_: object, path: str) -> bool:
    """Whether this may be a driver's doing: a file it writes to, or a run that begins."""
    name = Path(path).name
    return name in WRITTEN or "." not in name


def _names(runs: Path) -> set[str]:
    return {
        path.name for path in runs.iterdir() if IDENT.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    }


def _stands(runs: Path, names: set[str]) -> dict[str, Stand]:
    return {name: _stand(runs / name) for name in names}


def _stand(folder: Path) -> Stand:
    """Readers open and close the same files, but leave them as they are."""
    return tuple(_measured(folder / name) for name in WRITTEN)


def _measured(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns) if found.st_size else (0, 0)
