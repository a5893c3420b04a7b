"""Who may talk to the server over HTTP: the Host and Origin of a request, and its key. It knows nothing of MCP."""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?))(?::\d{1,5})?")
SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Policy:
    """`names` a request may be addressed to, and pages of which may ask; `any_address`: Host may be any IP address.

    A page that rebinds its name to this machine still sends that name, so an address in Host is nobody's trick.
    """

    names: frozenset[str]
    any_address: bool
    key: str | None

    def refusal(self, headers: Headers) -> tuple[int, str] | None:
        """Status and reason, or None for a request that may pass."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._addressed(hosts[0]):
            return 421, "this server does not answer to that Host; start it with --allow-host NAME"
        if not all(self._welcome(origin) for origin in origins):
            return 403, "pages of that Origin may not use this server; start it with --allow-host NAME"
        if self.key is not None and not _presents(headers, self.key):
            return 401, "send the server's key: Authorization: Bearer KEY"
        return None

    def _addressed(self, host: str) -> bool:
        name = _name(host)
        return name in self.names or (self.any_address and _is_address(name))

    def _welcome(self, origin: str) -> bool:
        scheme = next((scheme for scheme in SCHEMES if origin.lower().startswith(scheme)), None)
        return scheme is not None and _name(origin[len(scheme) :]) in self.names


class Door:
    """Answers 421, 403 or 401 in place of the application, whatever the path."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI; HTTP requests only."""
        refusal = self._policy.refusal(Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, reason = refusal
        extra = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        await PlainTextResponse(f"{reason}\n", status, extra)(scope, receive, send)


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


def _presents(headers: Headers, key: str) -> bool:
    given = headers.getlist("authorization")
    if len(given) != 1:
        return False
    scheme, _, token = given[0].partition(" ")
    # as bytes: compare_digest refuses text beyond ASCII
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), key.encode())
