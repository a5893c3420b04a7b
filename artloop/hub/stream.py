"""`/events`: everything that happens on the board and in the runs, pushed as it happens (server-sent events)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from artloop.hub.calls import Hub
from artloop.hub.live import Live, RunEvent

PING_S = 15.0
"""A line that means nothing, so that whoever listens, and what lies between, knows that the hub lives."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def events(hub: Hub, live: Live, request: Request) -> Response:
    """The stream; with `?run=ID` of one run alone, and of its tasks. The server's end ends it."""
    run = request.query_params.get("run", "")
    return StreamingResponse(_told(hub, live, run), media_type="text/event-stream", headers=HEADERS)


async def _told(hub: Hub, live: Live, run: str) -> AsyncIterator[str]:
    """Both kinds of news as they come."""
    news: asyncio.Queue[str] = asyncio.Queue(1)
    board, runs = hub.board.events(), live.listen()

    async def tell_of_board() -> None:
        async for event in board:
            if run in ("", event.run):
                await news.put(_said("board", event.model_dump_json()))

    async def tell_of_runs() -> None:
        async for one in runs:
            named = one.run if isinstance(one, RunEvent) else one
            if run in ("", named):
                body = one.model_dump_json() if isinstance(one, RunEvent) else f'{{"run":"{one}"}}'
                await news.put(_said("run" if isinstance(one, RunEvent) else "driver", body))

    async with asyncio.TaskGroup() as group:
        telling = [group.create_task(tell_of_board()), group.create_task(tell_of_runs())]
        try:
            yield f"retry: 1000\n{_said('hello', f'{time.time():.3f}')}"
            while True:
                try:
                    async with asyncio.timeout(PING_S):
                        said = await news.get()
                except TimeoutError:
                    said = ": \n\n"
                yield said
        finally:
            for one in telling:
                one.cancel()


def _said(kind: str, body: str) -> str:
    """One event; JSON has no line breaks."""
    return f"event: {kind}\ndata: {body}\n\n"
