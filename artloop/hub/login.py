"""Somebody at a browser shows a key once and is known by a cookie from then on, until they leave or the hub ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from artloop.errors import UsageError
from artloop.hub.keys import Keys
from artloop.web.door import Pages, same_origin

LOGIN, LOGOUT, HOME = "/login", "/logout", "/"
COOKIE = "artloop_hub"
MOST = 1000
"""Browsers that are known at a time; the one that came first is forgotten."""
FORM_BYTES = 10_000
Page = Callable[..., HTMLResponse]
"""Fills in a template."""


class Sessions:
    """What each cookie stands for. It holds no key: a browser shows it to every port of this machine."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def open(self, key: str) -> str:
        """A new cookie for who has this key."""
        token = secrets.token_urlsafe(32)
        self._keys[token] = key
        if len(self._keys) > MOST:
            del self._keys[next(iter(self._keys))]
        return token

    def key_of(self, token: str) -> str | None:
        """The key it was set for."""
        return self._keys.get(token)

    def close(self, token: str) -> None:
        """Forget one."""
        self._keys.pop(token, None)

    @property
    def pages(self) -> Pages:
        """What the door needs to know."""
        return Pages(LOGIN, COOKIE, self.key_of)


def login_routes(keys: Keys, sessions: Sessions, page: Page) -> list[Route]:
    """Coming and going."""

    async def ask(request: Request) -> Response:
        return page("dashboard/login.html.j2", wrong=False) if await keys.every() else RedirectResponse(HOME, 303)

    async def enter(request: Request) -> Response:
        if not same_origin(request.headers):
            return foreign()
        try:
            given = (await form(request)).get("key", "").strip()
        except UsageError as error:
            return PlainTextResponse(f"{error}\n", 413)
        if not given or await keys.holder(given) is None:
            return page("dashboard/login.html.j2", wrong=True, status_code=401)
        answer = RedirectResponse(HOME, 303)
        secure = request.headers["origin"].startswith("https:")
        answer.set_cookie(COOKIE, sessions.open(given), httponly=True, samesite="strict", secure=secure)
        return answer

    async def leave(request: Request) -> Response:
        if not same_origin(request.headers):
            return foreign()
        sessions.close(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [
        Route(LOGIN, ask),
        Route(LOGIN, enter, methods=["POST"]),
        Route(LOGOUT, leave, methods=["POST"]),
    ]


def foreign() -> Response:
    """The answer to a form that was not sent from a page of this hub."""
    return PlainTextResponse("forms are taken from this hub's own pages only\n", 403)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises `UsageError` for a large one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise UsageError(f"a form has {FORM_BYTES} bytes at most")
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
