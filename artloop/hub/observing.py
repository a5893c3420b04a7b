"""Looking on while a hub works: what happens is counted and logged, and asked for at `/metrics`."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from artloop import telemetry
from artloop.beside import beside
from artloop.errors import ArtloopError
from artloop.hub.live import Live
from artloop.hub.roles import MAY, caller_of
from artloop.taskboard.board import Board
from artloop.taskboard.words import ENDED, BoardEvent

if TYPE_CHECKING:
    from artloop.hub.meters import Meters

METRICS = "/metrics"
MISSING = "metrics need a package that is not installed: pip install 'artloop[hub]'\n"
LOG = logging.getLogger("artloop.hub")


def meters_for(tools: Collection[str]) -> Meters | None:
    """The meters of a hub with these tools, where what they are made of is installed."""
    if find_spec("prometheus_client") is None:
        return None
    from artloop.hub.meters import Meters

    return Meters(tools)


@asynccontextmanager
async def observed(board: Board, *told: Callable[[BoardEvent], None]) -> AsyncIterator[None]:
    """While the body runs, everything that happens on the board is told."""
    happening = board.events()

    async def look() -> None:
        async for event in happening:
            for tell in told:
                tell(event)
            if telemetry.collecting() and event.what == "task" and event.state in ENDED:
                await _traced(board, event.id)

    async with beside(look()):
        yield


async def _traced(board: Board, task_id: str) -> None:
    """A span for a task that has ended, in the trace of whoever asked for it, and one for each attempt."""
    with suppress(ArtloopError):  # it is gone already, or the store is
        task = await board.get(task_id)
        trace, over = task.spec.trace, task.ended or time.time()
        telemetry.spent(f"task {task.spec.agent_type}", trace, task.created, over, task=task.id, state=task.state)
        for one in task.attempts:
            telemetry.spent("attempt", trace, one.began, one.ended or over, task=task.id, agent=one.agent)


def logged(event: BoardEvent) -> None:
    """A line in the hub's log."""
    about = {"run": event.run} if event.run else {}
    LOG.info("%s %s is %s", event.what, event.id, event.state, extra={**about, event.what: event.id})


def metrics_route(board: Board, live: Live, meters: Meters | None) -> Route:
    """`/metrics`, for those who may look on."""

    async def answer(request: Request) -> Response:
        if caller_of(request).role not in MAY["get_counts"]:
            return PlainTextResponse("metrics are for the role orchestrator or viewer\n", 403)
        if meters is None:
            return PlainTextResponse(MISSING, 501)
        from artloop.hub.meters import CONTENT_TYPE_LATEST

        try:
            said = await meters.exposed(board, live, time.time())
        except ArtloopError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(said, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Route(METRICS, answer)
