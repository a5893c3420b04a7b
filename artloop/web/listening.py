"""Where a server listens, by what names it is known there, and what its clients are told."""

from __future__ import annotations

import errno
import ipaddress
import json
import socket
import sys
from dataclasses import dataclass

from artloop.errors import UsageError
from artloop.telemetry.logs import say
from artloop.web.door import is_name

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Address:
    """Where to listen; port 0: a free one. `names`: further names that clients know this machine by."""

    host: str = "127.0.0.1"
    port: int = 8423
    names: tuple[str, ...] = ()

    @classmethod
    def given(cls, host: str | None, port: int | None, names: list[str] | None, usual: int = port) -> Address:
        """From options, any of which may have been left out. Raises `UsageError`."""
        found = cls(cls.host if host is None else host, usual if port is None else port, tuple(names or ()))
        for name in (found.host, *found.names):
            if not is_name(name):
                raise UsageError(f"{name!r} is no name or address of a machine; give it without scheme, port and path")
        return found


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


def beyond(listener: socket.socket) -> bool:
    """Whether it is heard on other machines."""
    return not _bound(listener).is_loopback


def names(address: Address, listener: socket.socket) -> frozenset[str]:
    """What requests may be addressed to."""
    own = {address.host, str(_bound(listener)), *address.names, *({socket.gethostname()} if beyond(listener) else ())}
    return LOCAL | {name.lower() for name in own}


def url(address: Address, listener: socket.socket, path: str) -> str:
    """What a client is given."""
    name = socket.gethostname() if _bound(listener).is_unspecified else address.host
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}{path}"


def announce(found: str, as_json: bool) -> None:
    """Say where it listens: on stderr, or as an object on stdout."""
    if as_json:
        sys.stdout.write(json.dumps({"url": found}) + "\n")
        sys.stdout.flush()
    else:
        say(f"serving {found}; Ctrl-C ends it")


def _bound(listener: socket.socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])
