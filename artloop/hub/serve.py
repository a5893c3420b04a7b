"""Serving a hub over HTTP: to this machine, or to others once there is a key."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from artloop.errors import UsageError
from artloop.hub.app import MCP, PUBLIC, opened
from artloop.hub.keys import keyed
from artloop.hub.places import LOCK, folder_of
from artloop.hub.runs import Configured
from artloop.lock import hub_lock
from artloop.telemetry.logs import say
from artloop.web import serving
from artloop.web.door import Policy
from artloop.web.listening import Address, announce, beyond, listening, names, url

PORT = 8424
ADD = "artloop hub key add NAME --role orchestrator"
OPEN = f"no key was ever made, so everybody on this machine may use this hub; make one with: {ADD}"


def serve(
    configured: Configured, config: Path | None, address: Address, *, as_json: bool = False, allow_unsafe: bool = False
) -> int:
    """Serve until a signal ends it; gives the exit code. Raises `UsageError` when it cannot or must not listen."""
    settings = configured()
    with ExitStack() as stack:
        if settings.hub.redis is None:
            stack.enter_context(hub_lock(folder_of(settings) / LOCK))
        listener = stack.enter_context(listening(address))
        return serving.run(_serve(configured, config, address, listener, as_json, allow_unsafe))


async def _serve(
    configured: Configured,
    config: Path | None,
    address: Address,
    listener: socket.socket,
    as_json: bool,
    allow_unsafe: bool,
) -> int:
    where = url(address, listener, MCP)
    async with opened(configured, config, where, allow_unsafe=allow_unsafe) as hub:
        on_record = await hub.keys.every()
        if beyond(listener) and not any(key.revoked is None for key in on_record):
            raise UsageError(f"--host {address.host} lets other machines in: make a key first with: {ADD}")
        if not on_record:
            say(OPEN)
        policy = Policy(names(address, listener), beyond(listener), keyed(hub.keys), PUBLIC, hub.pages)
        return await serving.serve(hub.app, listener, policy, lambda: announce(where, as_json))
