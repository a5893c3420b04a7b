"""`artloop worker`: do the steps of runs that are driven elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from artloop.cli.options import BlobsUrl, Config, LogFormat, LogLevel, RedisUrl, Root, settings_from

if TYPE_CHECKING:
    import asyncio

    from artloop.settings import Settings

EXTRA = ("docket", "fsspec", "redis")


def worker(
    redis: RedisUrl = None,
    concurrency: Annotated[int, typer.Option(help="Steps at a time.", min=1, max=1024)] = 4,
    blobs: BlobsUrl = None,
    root: Root = None,
    config: Config = None,
    log_level: LogLevel = "error",
    log_format: LogFormat = "text",
) -> None:
    """Do steps of runs with `--executor docket`, until Ctrl-C or SIGTERM; then finish what is in work.

    Keys of model providers are taken from this process's environment; none travels.
    Example: artloop worker --redis redis://127.0.0.1:6379 --concurrency 8
    """
    import asyncio

    away = {"redis": redis, "blobs": blobs}
    settings = settings_from(root, None, config, log_level, log_format, docket=away)
    needs_extra()
    asyncio.run(serve(settings, concurrency))


async def serve(settings: Settings, concurrency: int) -> None:
    """Work, and say one line a step on stdout."""
    import asyncio
    import signal

    from artloop.outpost import manned

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end, stop)
    await manned(settings, concurrency, say, stop)
    say("ended in good order")


def told_to_end(stop: asyncio.Event) -> None:
    """The first signal."""
    if not stop.is_set():
        say("finishes what is in work, then ends")
    stop.set()


def say(line: str) -> None:
    """One line, at once; it begins with `run/step/generation` where it is about an errand."""
    from artloop.telemetry import logs

    if logs.for_machines():
        name = line.partition(":")[0]
        logs.say(line, **({"run": name.partition("/")[0], "task": name} if "/" in name else {}))
        return
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def ready(settings: Settings, silent: bool) -> None:
    """Where steps are to be done by workers: whether that can begin, with what may be lost on stderr."""
    if settings.executor == "local":
        return
    needs_extra()
    import asyncio

    from artloop.sending import checked_redis

    for warning in asyncio.run(checked_redis(settings)):
        if not silent:
            sys.stderr.write(f"artloop: {warning}\n")


def needs_extra() -> None:
    """Refuse, in one line, where the extra is not installed."""
    from importlib.util import find_spec

    from artloop.errors import UsageError

    if missing := [name for name in EXTRA if find_spec(name) is None]:
        raise UsageError(
            f"{missing[0]} is not installed; work on many machines needs: pip install 'artloop[distributed]'"
        )
