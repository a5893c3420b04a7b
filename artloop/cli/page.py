"""The page on which the artist compares drawings: for browsers of this machine, behind a key, until all is said."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from artloop.byhand import Answer, Choice, agreement, asked
from artloop.cli.verdicts import Judged, judged, picture, said
from artloop.judging import Piece
from artloop.models import Ident, Selection, Value
from artloop.prompts import Prompts
from artloop.settings import Settings
from artloop.views.gallery import script_hash
from artloop.web.listening import Address, listening
from artloop.workspace import RunFolder, resource_folders

TEMPLATE = "judge.html.j2"
GRACE_S = 2
"""What is still being sent when the page closes may take this long."""
MOST_BYTES = 1_000
"""No answer is longer."""


class Reply(Value):
    """What the page sends."""

    pair: int
    said: Answer | None
    """None: enough."""


@dataclass
class Shown:
    """The pair on the page."""

    number: int
    first: Ident
    second: Ident
    answer: asyncio.Future[Answer | None]


class Page:
    """What the page shows at the moment: a pair, or what came of it all."""

    def __init__(self, folder: RunFolder, pieces: list[Piece], total: int, prompts: Prompts) -> None:
        self.key = secrets.token_urlsafe(24)
        self._pictures = {piece.entry.variant: picture(folder, piece) for piece in pieces}
        self._total = total
        self.html = prompts.html(
            TEMPLATE, brief=folder.read_record().brief, names=list(self._pictures), total=total, script_hash=script_hash
        )
        self._pair: Shown | None = None
        self._result: dict[str, Any] | None = None
        self._moved = asyncio.Event()
        self._enough = False

    async def ask(self, first: Piece, second: Piece, number: int) -> Answer | None:
        """Show a pair and wait for what is said; None when the artist has had enough."""
        if self._enough:
            return None
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._pair = Shown(number, first.entry.variant, second.entry.variant, answer)
        self._moved.set()
        return await answer

    def finish(self, found: Judged) -> None:
        """Show the ranking, and how often the judge agrees."""
        ranking = [
            {"name": place.standing.variant, "title": place.title, "run": f"{place.run} {place.variant}"}
            for place in found.ranking
        ]
        judge = "the house's measures, no eye" if found.measured else found.judge
        agreed = said(found.agreement) if found.agreement else ""
        self._pair, self._result = None, {"ranking": ranking, "judge": judge, "agreement": agreed}
        self._moved.set()

    def enough(self) -> None:
        """End the comparing; what was said is kept."""
        self._enough = True
        if self._pair and not self._pair.answer.done():
            self._pair.answer.set_result(None)

    def app(self) -> Starlette:
        """The page, its state, its pictures, and where answers go."""
        base = f"/{self.key}"
        routes = [
            Route(f"{base}/", self._page),
            Route(f"{base}/state", self._state),
            Route(f"{base}/answer", self._answer, methods=["POST"]),
            Route(f"{base}/picture/{{name}}", self._picture),
        ]
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        return Starlette(routes=routes, middleware=[hosts])

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(self.html, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    async def _state(self, request: Request) -> Response:
        await self._moved.wait()
        return JSONResponse(self._standing(), headers={"Cache-Control": "no-store"})

    async def _answer(self, request: Request) -> Response:
        """Take an answer to the pair that is shown; one to another pair, typed twice, changes nothing."""
        try:
            if int(request.headers.get("content-length", MOST_BYTES + 1)) > MOST_BYTES:
                return Response(status_code=413)
            reply = Reply.model_validate_json(await request.body())
        except (ValueError, ValidationError):
            return Response(status_code=400)
        if self._pair and reply.pair == self._pair.number and not self._pair.answer.done():
            self._moved.clear()
            if reply.said is None:
                self.enough()
            else:
                self._pair.answer.set_result(reply.said)
        return await self._state(request)

    async def _picture(self, request: Request) -> Response:
        path = self._pictures.get(request.path_params["name"])
        if path is None:
            return Response(status_code=404)
        return Response(path.read_bytes(), media_type="image/png", headers={"Cache-Control": "no-store"})

    def _standing(self) -> dict[str, Any]:
        if pair := self._pair:
            return {"pair": pair.number, "total": self._total, "first": pair.first, "second": pair.second}
        return {"result": self._result}


class PageServer(uvicorn.Server):
    """uvicorn to which Ctrl-C means that the artist has had enough."""

    def __init__(self, config: uvicorn.Config, page: Page) -> None:
        super().__init__(config)
        self._page = page

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The first Ctrl-C ends the comparing in good order; answers are kept anyway."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._page.enough)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


@asynccontextmanager
async def served(page: Page, announce: Callable[[str], None]) -> AsyncIterator[None]:
    """The page at a free port of this machine while the body runs; `announce` is told where."""
    with listening(Address(port=0)) as listener:
        config = uvicorn.Config(
            page.app(),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = PageServer(config, page)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listener]))
            announce(f"http://127.0.0.1:{listener.getsockname()[1]}/{page.key}/")
            try:
                yield
            finally:
                server.should_exit = True


async def compared(folder: RunFolder, pieces: list[Piece], selection: Selection, settings: Settings) -> list[Choice]:
    """The artist's answers, given on the page; those on record are not asked for again."""
    pairs = selection.comparisons
    page = Page(folder, pieces, len(pairs), Prompts(resource_folders(settings.root, "prompts")))
    async with served(page, _announce):
        choices = await asked(folder, pieces, pairs, page.ask)
        page.finish(judged(folder, pieces, selection, agreement(pairs, choices)))
    return choices


def _announce(url: str) -> None:
    sys.stderr.write(f"artloop: compare at {url} (Ctrl-C ends; answers are kept)\n")
    sys.stderr.flush()
