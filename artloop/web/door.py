"""Who may talk to a server over HTTP: the Host and Origin of a request, and its key."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.authentication import BaseUser, SimpleUser, UnauthenticatedUser
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?))(?::\d{1,5})?")
SCHEMES = ("http://", "https://")
Knows = Callable[[str | None], Awaitable[BaseUser | None]]
"""Who presents this key, or none; nobody who may pass: None."""


@dataclass(frozen=True)
class Pages:
    """How somebody at a browser passes, who cannot send a header: with a cookie that was set at the login."""

    login: str
    """Path of the page that asks for a key."""
    cookie: str
    """Its name."""
    key_of: Callable[[str], str | None]
    """The key that a cookie stands for, if it stands for one."""

    def key(self, method: str, headers: Headers) -> str | None:
        """The key behind a request's cookie. A page of somebody else may make a browser send it: there it is none."""
        token = cookie_parser(headers.get("cookie", "")).get(self.cookie)
        trusted = method in ("GET", "HEAD") or same_origin(headers)
        return self.key_of(token) if token and trusted else None

    def wanted(self, method: str, headers: Headers) -> bool:
        """Whether it is a person who asks."""
        return method == "GET" and "text/html" in headers.get("accept", "")


@dataclass(frozen=True)
class Policy:
    """`names` a request may be addressed to, and pages of which may ask; `any_address`: Host may be any IP address.

    A page that rebinds its name to this machine still sends that name, so an address in Host is nobody's trick.
    """

    names: frozenset[str]
    any_address: bool
    knows: Knows
    public: frozenset[str] = frozenset()
    """Paths that need no key."""
    pages: Pages | None = None
    """None: the server has none."""

    async def user(self, method: str, headers: Headers) -> BaseUser | None:
        """Who sent the request, if they may pass."""
        given = presented(headers)
        if given is None and self.pages:
            given = self.pages.key(method, headers)
        return await self.knows(given)

    def refusal(self, headers: Headers) -> tuple[int, str] | None:
        """Status and reason for a request that is addressed to somebody else, or that a foreign page sends."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._addressed(hosts[0]):
            return 421, "this server does not answer to that Host; start it with --allow-host NAME"
        if not all(self._welcome(origin) for origin in origins):
            return 403, "pages of that Origin may not use this server; start it with --allow-host NAME"
        return None

    def _addressed(self, host: str) -> bool:
        name = _name(host)
        return name in self.names or (self.any_address and _is_address(name))

    def _welcome(self, origin: str) -> bool:
        scheme = next((scheme for scheme in SCHEMES if origin.lower().startswith(scheme)), None)
        return scheme is not None and _name(origin[len(scheme) :]) in self.names


class Door:
    """Answers 421, 403 or 401 in place of the application, whatever the path; who may pass is the request's user."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; HTTP requests only."""
        headers = Headers(scope=scope)
        if refusal := self._policy.refusal(headers):
            status, reason = refusal
            await PlainTextResponse(f"{reason}\n", status)(scope, receive, send)
        elif scope["path"] in self._policy.public:
            await self._app(scope, receive, send)
        elif user := await self._policy.user(scope["method"], headers):
            await self._app({**scope, "user": user}, receive, send)
        elif (pages := self._policy.pages) and pages.wanted(scope["method"], headers):
            await RedirectResponse(pages.login, 303)(scope, receive, send)
        else:
            said = "send the server's key: Authorization: Bearer KEY\n"
            await PlainTextResponse(said, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)


def one_key(key: str | None) -> Knows:
    """Everybody who has the key; without one everybody."""

    async def knows(given: str | None) -> BaseUser | None:
        if key is None:
            return UnauthenticatedUser()
        # as bytes: compare_digest refuses text beyond ASCII
        return SimpleUser("holder") if hmac.compare_digest((given or "").encode(), key.encode()) else None

    return knows


def presented(headers: Headers) -> str | None:
    """The key of a request: empty for one that names none where it should; None for one that says nothing of it."""
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return (token.strip() if scheme.lower() == "bearer" else "") if given else None


def same_origin(headers: Headers) -> bool:
    """Whether a page of this very server sends the request; another port of this machine is somebody else's."""
    origins, hosts = headers.getlist("origin"), headers.getlist("host")
    return len(origins) == len(hosts) == 1 and origins[0].partition("://")[2].lower() == hosts[0].lower() != ""


def is_name(text: str) -> bool:
    """Whether it is a machine's name or address, bare."""
    return _name(text) == text.lower() != "" or _is_address(text)


def _name(authority: str) -> str:
    """The name or address in `name`, `name:port` or `[address]:port`; empty for anything else."""
    match = AUTHORITY.fullmatch(authority.lower())
    return (match["v6"] or match["name"]) if match else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
