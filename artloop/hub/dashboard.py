"""The hub for people: board and runs on a page that is told what changes, and buttons for who may press them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from artloop.errors import ArtloopError
from artloop.hub import views
from artloop.hub.audit import Audit, Outcome
from artloop.hub.calls import Hub
from artloop.hub.keys import Keys
from artloop.hub.live import Live, Run
from artloop.hub.login import HOME, Sessions, foreign, form, login_routes
from artloop.hub.roles import MAY, Caller, caller_of
from artloop.hub.stream import events
from artloop.models import What
from artloop.prompts import Prompts
from artloop.views.gallery import script_hash
from artloop.views.gallery.pictures import found, thumbnail
from artloop.web.door import same_origin
from artloop.workspace import FINAL, contained

PICTURE_PX = (480, 680)
BUTTONS: dict[str, str] = {"pin": "pin_variant", "drop": "drop_variant", "note": "add_note", "stop": "stop_run"}
"""What a button leaves with a run, and the tool that does the same."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
STILL = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "attachment"}
"""For files of a run: nothing in them runs, whoever made them."""
Act = Callable[[Request, dict[str, str]], Awaitable[str]]
"""Does what a button says, and says it in words. Raises `ArtloopError`."""


@dataclass(frozen=True)
class Dashboard:
    """What the pages are made of."""

    hub: Hub
    live: Live
    keys: Keys
    sessions: Sessions
    audit: Audit
    prompts: Prompts

    def routes(self) -> list[Route]:
        """All paths of the dashboard."""
        return [
            *login_routes(self.keys, self.sessions, self._page),
            _looking(HOME, self.home),
            _looking("/events", partial(events, self.hub, self.live)),
            _looking("/parts/board", self.board),
            _looking("/parts/runs", self.runs),
            _looking("/parts/run/{run}", self.run),
            _looking("/runs/{run}/gallery.html", self.gallery),
            _looking("/runs/{run}/final/{name}", self.final),
            _looking("/runs/{run}/pictures/{variant}/{iteration:int}", self.picture),
            _looking("/runs/{run}", self.page_of_run),
            *(self._doing(f"/runs/{{run}}/{what}", tool, self._asking(what)) for what, tool in BUTTONS.items()),
            self._doing("/runs/{run}/resume", "resume_run", self._resumed),
            self._doing("/tasks/{task}/retry", "retry_task", self._retried),
        ]

    # -- pages -------------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """Everything."""
        board, runs = await views.of_board(self.hub.board), await self._runs()
        return self._page("dashboard/page.html.j2", request, one=None, board=board, runs=runs)

    async def page_of_run(self, request: Request) -> Response:
        """One run alone."""
        run = self._known(request)
        one = await asyncio.to_thread(views.of_run, run) if run else None
        if one is None:
            return _missing("run")
        return self._page("dashboard/page.html.j2", request, one=one, board=None, runs=[])

    async def board(self, request: Request) -> Response:
        """The part that shows the board."""
        return self._page("dashboard/board.html.j2", request, board=await views.of_board(self.hub.board))

    async def runs(self, request: Request) -> Response:
        """The part that shows the runs."""
        return self._page("dashboard/runs.html.j2", request, runs=await self._runs())

    async def run(self, request: Request) -> Response:
        """The part that shows one run."""
        run = self._known(request)
        if run is None:
            return _missing("run")
        return self._page("dashboard/run.html.j2", request, run=await asyncio.to_thread(views.of_run, run))

    # -- files of a run ----------------------------------------------------------------------------------------------

    async def gallery(self, request: Request) -> Response:
        """The page of a run that has ended; it says itself what may run in it."""
        return self._file(request, "gallery.html", {**SAFE, "Cache-Control": "no-cache"})

    async def final(self, request: Request) -> Response:
        """What was made of the winner."""
        name = request.path_params["name"]
        return self._file(request, f"final/{name}", {**SAFE, **STILL}) if name in FINAL else _missing("file")

    async def picture(self, request: Request) -> Response:
        """A small picture of an iteration; its address changes with it."""
        run, asked = self._known(request), request.path_params
        if run is None:
            return _missing("run")
        place = run.folder.iteration(asked["variant"], asked["iteration"])
        small = await asyncio.to_thread(_small, place, request.query_params.get("at", ""))
        kept = {**SAFE, "Cache-Control": "private, max-age=86400, immutable"}
        return Response(small, media_type="image/webp", headers=kept) if small else _missing("picture")

    def _file(self, request: Request, name: str, headers: dict[str, str]) -> Response:
        run = self._known(request)
        path = contained(run.folder.path, name) if run else None
        return FileResponse(path, headers=headers) if path and path.is_file() else _missing("file")

    # -- buttons -----------------------------------------------------------------------------------------------------

    def _asking(self, what: str) -> Act:
        async def ask(request: Request, given: dict[str, str]) -> str:
            wanted: What = next(one for one in get_args(What) if one == what)
            run, variant = request.path_params["run"], given.get("variant") or None
            return await asyncio.to_thread(self.hub.runs.ask, run, wanted, None, variant, given.get("text", ""))

        return ask

    async def _resumed(self, request: Request, given: dict[str, str]) -> str:
        return f"run {await asyncio.to_thread(self.hub.runs.resume, request.path_params['run'])} goes on"

    async def _retried(self, request: Request, given: dict[str, str]) -> str:
        task = await self.hub.board.retry(request.path_params["task"])
        return f"{task.id} is {task.state} again"

    def _doing(self, path: str, tool: str, act: Act) -> Route:
        """A button: for whom the tool is that does the same, pressed on a page of ours, left in the audit log."""

        async def pressed(request: Request) -> Response:
            caller, began = caller_of(request), time.monotonic()
            outcome: Outcome = "failed"
            named = {f"{name}_id": text for name, text in request.path_params.items()}
            try:
                if not same_origin(request.headers):
                    outcome = "forbidden"
                    return foreign()
                if caller.role not in MAY[tool]:
                    outcome = "forbidden"
                    return PlainTextResponse(f"that is for the role {' or '.join(sorted(MAY[tool]))}\n", 403)
                given = await form(request)
                named |= given
                said, outcome = await act(request, given), "ok"
            except ArtloopError as error:
                said, outcome = str(error), "refused"
            finally:
                ms = round(1000 * (time.monotonic() - began))
                self.audit.write(caller.name, caller.role, tool, named, outcome, ms)
            if outcome == "ok" and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse(HOME, 303)
            return PlainTextResponse(f"{said}\n", 200 if outcome == "ok" else 409)

        return Route(path, pressed, methods=["POST"])

    # -- what they share ---------------------------------------------------------------------------------------------

    def _known(self, request: Request) -> Run | None:
        run = self.live.get(request.path_params["run"])
        return run if run and run.number else None

    async def _runs(self) -> list[views.RunView]:
        """Those at work, and the latest of the others."""
        every = [run for run in self.live.every() if run.number]
        over = [run for run in every if run.status != "running"][: views.LATEST]
        wanted = [run for run in every if run.status == "running" or run in over]
        return [await asyncio.to_thread(views.of_run, run) for run in wanted]

    def _page(
        self, template: str, request: Request | None = None, status_code: int = 200, **values: Any
    ) -> HTMLResponse:
        caller = caller_of(request) if request else Caller("", "viewer")
        text = self.prompts.html(
            template,
            caller=caller,
            acts=caller.role == "orchestrator",
            said=views.said,
            short=views.short,
            script_hash=script_hash,
            **values,
        )
        return HTMLResponse(text, status_code, headers=SAFE)


def _looking(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    """A page for whoever may look on. Raises nothing of ours."""

    async def looked(request: Request) -> Response:
        if caller_of(request).role not in MAY["list_runs"]:
            return PlainTextResponse("looking on is for the role orchestrator or viewer\n", 403)
        try:
            return await handler(request)
        except ArtloopError as error:
            return PlainTextResponse(f"{error}\n", 409)

    return Route(path, looked)


def _missing(what: str) -> Response:
    return PlainTextResponse(f"there is no such {what}\n", 404)


@lru_cache(maxsize=256)
def _small(place: Path, stamp: str) -> bytes:
    """The picture as it was at that time."""
    return thumbnail(found(place, "preview.png"), PICTURE_PX)
