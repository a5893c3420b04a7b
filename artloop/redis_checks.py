"""Whether a Redis or Valkey server may hold what must not be lost, asked once at the start."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from artloop.errors import StorageError

NEEDED = "noeviction"


def shown(url: str) -> str:
    """The server as it may be shown: without name, password and options."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or parts.path}{port}"


async def checked(redis: Any, url: str) -> list[str]:
    """What an asyncio client's server may lose, in one line each, with what to do about it.

    Raises `StorageError` for a server that is not there, or that throws keys away.
    """
    where = shown(url)
    try:
        await redis.ping()
        found = await redis.config_get("appendonly", "appendfsync", "maxmemory-policy")
    except (ResponseError, NoPermissionError) as error:
        return [f"Redis at {where} does not tell its settings ({error}); see that it keeps an AOF"]
    except (RedisError, OSError) as error:
        raise StorageError(f"Redis at {where} does not answer ({error}); start it, or correct --redis") from error
    kept = {text(name): text(value) for name, value in found.items()}
    if (policy := kept.get("maxmemory-policy", NEEDED)) != NEEDED:
        raise StorageError(
            f"Redis at {where} throws keys away when it is full ({policy}); set maxmemory-policy {NEEDED}"
        )
    if kept.get("appendonly") != "yes":
        return [f"Redis at {where} keeps no AOF: a crash loses what is in flight; set appendonly yes"]
    if kept.get("appendfsync") != "always":
        return [f"Redis at {where} may lose its last second in a crash, to be paid again; set appendfsync always"]
    return []


def text(value: Any) -> str:
    """What a client with or without decoding got."""
    return value.decode() if isinstance(value, bytes) else str(value)
