"""The server over streamable HTTP: where it listens, who may use it, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import INVALID_PARAMS

from artloop.errors import ArtloopError, UsageError, first_of
from artloop.grafix.door import Door, Policy, is_name
from artloop.grafix.exchanges import Exchanges
from artloop.grafix.places import META_KEY

PATH = "/mcp"
KEY = "MCP_API_KEY"
"""The environment variable with the key. No setting: it must not lie in a file of ours."""
KEY_CHARACTERS = 16
GRACE_S = 1
"""What is still being sent when the server closes may take this long."""


@dataclass(frozen=True)
class Address:
    """Where to listen; port 0: a free one. `names`: further names that clients know this machine by."""

    host: str = "127.0.0.1"
    port: int = 8423
    names: tuple[str, ...] = ()

    @classmethod
    def given(cls, host: str | None, port: int | None, names: list[str] | None) -> Address:
        """From options, any of which may have been left out. Raises `UsageError`."""
        default = cls()
        found = cls(default.host if host is None else host, default.port if port is None else port, tuple(names or ()))
        for name in (found.host, *found.names):
            if not is_name(name):
                raise UsageError(f"{name!r} is no name or address of a machine; give it without scheme, port and path")
        return found


def serve(server: MCPServer[Any], address: Address, as_json: bool = False) -> int:
    """Serve until a signal ends it; gives the exit code. Raises `UsageError` when it cannot or must not listen.

    Says the URL on stderr, or with `as_json` as an object on stdout.
    """
    key = key_from(os.environ)
    listener = listening(address)
    with listener:
        policy = policy_for(address, listener, key)
        announce = lambda: _announce(url(address, listener), as_json)  # noqa: E731
        try:
            return asyncio.run(_serve(server, listener, policy, announce))
        except ExceptionGroup as group:
            if isinstance(error := first_of(group), ArtloopError):
                raise error from None
            raise


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


def listening(address: Address) -> socket.socket:
    """A socket that listens. Raises `UsageError`."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, where = found[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {address.host}: no address of this machine ({error})") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {address.port} of {address.host} is in use; give another with --port, or --port 0 for a free one"
            ) from error
        raise UsageError(f"cannot listen at {address.host} port {address.port}: {error.strerror}") from error
    return listener


def policy_for(address: Address, listener: socket.socket, key: str | None) -> Policy:
    """Who may use the server. Raises `UsageError` when others than this machine could, without a key."""
    bound = ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])
    names = {address.host, str(bound), *address.names}
    if bound.is_loopback:
        local = {"localhost", "127.0.0.1", "::1"}
    elif key is None:
        raise UsageError(
            f"--host {address.host} lets other machines in: set {KEY} to a key of {KEY_CHARACTERS} characters or more"
        )
    else:
        local = {"localhost", "127.0.0.1", "::1", socket.gethostname()}
    return Policy(frozenset(name.lower() for name in names | local), not bound.is_loopback, key)


def url(address: Address, listener: socket.socket) -> str:
    """What a client is given."""
    host, port = listener.getsockname()[:2]
    anywhere = ipaddress.ip_address(host.partition("%")[0]).is_unspecified
    name = socket.gethostname() if anywhere else address.host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}{PATH}"


class Web(uvicorn.Server):
    """uvicorn that tells when it listens, lets go of streams at its end, and returns instead of signalling again."""

    def __init__(self, config: uvicorn.Config, exchanges: Exchanges, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.signalled = 0
        self._exchanges = exchanges
        self._announce = announce

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the server in good order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening and close every connection."""
        self._exchanges.close()
        await super().shutdown(sockets)

    def _end(self, number: int) -> None:
        self.signalled = number
        self.should_exit = True


async def _serve(server: MCPServer[Any], listener: socket.socket, policy: Policy, announce: Callable[[], None]) -> int:
    if policy.key is None:
        server.middleware.append(_no_hosts)
    # the door checks Host and Origin, for other paths and addresses too
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    exchanges = Exchanges(server.streamable_http_app(streamable_http_path=PATH, transport_security=unchecked))
    config = uvicorn.Config(
        Door(exchanges, policy),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    web = Web(config, exchanges, announce)
    async with server.session_manager.run():
        await web.serve([listener])
    return 128 + web.signalled


async def _no_hosts(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Without a key anybody on this machine is a client, and nobody the host of a run, whom sketches are trusted of."""
    if META_KEY in (ctx.meta or {}):
        raise MCPError(INVALID_PARAMS, f"_meta {META_KEY} is for hosts with the server's key; name the ids instead")
    return await call_next(ctx)


def _announce(found: str, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"url": found}) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(f"artloop: serving {found}; Ctrl-C ends it\n")
        sys.stderr.flush()
