"""The server over streamable HTTP, for clients with its key or, on this machine alone, without one."""

from __future__ import annotations

import os
import socket
from typing import Any

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import INVALID_PARAMS
from starlette.types import ASGIApp

from artloop.errors import UsageError
from artloop.grafix.places import META_KEY
from artloop.web import serving
from artloop.web.door import Policy, one_key
from artloop.web.listening import Address, announce, beyond, listening, names, url

PATH = "/mcp"
KEY = "MCP_API_KEY"
"""The environment variable with the key. No setting: it must not lie in a file of ours."""
KEY_CHARACTERS = 16


def serve(server: MCPServer[Any], address: Address, as_json: bool = False) -> int:
    """Serve until a signal ends it; gives the exit code. Raises `UsageError` when it cannot or must not listen.

    Says the URL on stderr, or with `as_json` as an object on stdout.
    """
    key = key_from(os.environ)
    with listening(address) as listener:
        if key is None and beyond(listener):
            raise UsageError(
                f"--host {address.host} lets other machines in: set {KEY} to a key of {KEY_CHARACTERS} characters or "
                "more"
            )
        policy = Policy(names(address, listener), beyond(listener), one_key(key))
        if key is None:
            server.middleware.append(no_hosts)
        return serving.run(_serve(server, listener, policy, url(address, listener, PATH), as_json))


def key_from(environment: os._Environ[str] | dict[str, str]) -> str | None:
    """The key that clients must present, if one is set. Raises `UsageError` for one that protects nothing."""
    key = environment.get(KEY)
    if not key:
        return None
    if len(key) < KEY_CHARACTERS or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            f"{KEY} must have {KEY_CHARACTERS} characters or more, ASCII without blanks; "
            'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return key


def application(server: MCPServer[Any], path: str = PATH, **options: Any) -> ASGIApp:
    """The server at `path`; its session manager is the caller's to run. What may come in, the door has checked."""
    # the door checks Host and Origin, for other paths and addresses too
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return server.streamable_http_app(streamable_http_path=path, transport_security=unchecked, **options)


async def no_hosts(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware for clients none of whom is the host of a run, whom sketches would be trusted of."""
    if META_KEY in (ctx.meta or {}):
        raise MCPError(INVALID_PARAMS, f"_meta {META_KEY} is for hosts with the server's key; name the ids instead")
    return await call_next(ctx)


async def _serve(server: MCPServer[Any], listener: socket.socket, policy: Policy, where: str, as_json: bool) -> int:
    app = application(server)
    async with server.session_manager.run():
        return await serving.serve(app, listener, policy, lambda: announce(where, as_json))
