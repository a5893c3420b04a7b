"""Whether a Redis may hold what must not be lost: reached safely, and set up so that it forgets nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from artloop.errors import SettingsError, StorageError

OVERRIDE = "or allow it with allow_unsafe_redis = true"
WANTED = ("maxmemory-policy", "appendonly", "appendfsync")


def address(url: str) -> str:
    """The URL without user, password and options, for messages."""
    parts = urlsplit(url)
    if not parts.scheme:
        return url.rpartition("@")[2]
    return f"{parts.scheme}://{(parts.netloc or parts.path).rpartition('@')[2]}{parts.path if parts.netloc else ''}"


def check_url(url: str, *, allow_unsafe: bool) -> None:
    """Refuse a URL that is none of Redis's, or that would not verify whom it speaks to."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise SettingsError(f"a Redis URL begins with redis://, rediss:// or unix://, not with {parts.scheme!r}")
    options = parse_qs(parts.query)
    careless = options.get("ssl_cert_reqs", ["required"]) != ["required"] or "ssl_check_hostname" in options
    if careless and not allow_unsafe:
        raise SettingsError(
            f"{address(url)} would be trusted without checking its certificate; remove ssl_cert_reqs and"
            f" ssl_check_hostname from its URL, name its authority with ssl_ca_certs=FILE, {OVERRIDE}"
        )


async def check_durable(client: Redis, where: str, *, allow_unsafe: bool, warn: Callable[[str], None]) -> None:
    """Refuse a server that may forget what it has confirmed; warn of one that forgets a second at most."""
    try:
        found = {name: _told(await client.config_get(name)).get(name) for name in WANTED}
    except ResponseError as error:
        _object(f"{where} does not tell how it is set up ({error}); allow CONFIG GET", allow_unsafe, warn)
        return
    policy, on, sync = (found[name] for name in WANTED)
    if policy != "noeviction":
        _object(f"{where} drops data when it is full ({policy}); set maxmemory-policy noeviction", allow_unsafe, warn)
    if on != "yes":
        _object(f"{where} keeps nothing on disk; set appendonly yes and appendfsync always", allow_unsafe, warn)
    elif sync == "everysec":
        warn(f"{where} may lose the last second of work if it is killed (appendfsync everysec); set appendfsync always")
    elif sync != "always":
        _object(f"{where} leaves it to chance when it writes to disk; set appendfsync always", allow_unsafe, warn)


async def checked(client: Redis, url: str, *, allow_unsafe: bool) -> list[str]:
    """What a server may lose, in one line each. Raises `SettingsError`, and `StorageError` when it is not there."""
    where, warnings = address(url), list[str]()
    check_url(url, allow_unsafe=allow_unsafe)
    try:
        await client.ping()
        await check_durable(client, where, allow_unsafe=allow_unsafe, warn=warnings.append)
    except (RedisError, OSError) as error:
        raise StorageError(f"{where} does not answer ({error}); start it, or correct --redis") from error
    return warnings


def _told(found: Mapping[Any, Any]) -> dict[str, str]:
    """What a client with or without decoding got."""
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _object(message: str, allow_unsafe: bool, warn: Callable[[str], None]) -> None:
    if not allow_unsafe:
        raise SettingsError(f"{message}, {OVERRIDE}")
    warn(message)
