"""A hub's keys at the command line: made, listed and revoked in the hub's store, whether it is served or not."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.table import Table

from artloop.hub.keys import Keys
from artloop.hub.places import folder_of, warned
from artloop.hub.roles import Role
from artloop.settings import Settings
from artloop.taskboard.opening import opened_store

T = TypeVar("T")


def add(settings: Settings, name: str, role: Role, as_json: bool) -> None:
    """Make a key and print it."""
    key = _done(settings, lambda keys: keys.add(name, role))
    if as_json:
        sys.stdout.write(json.dumps({"name": name, "role": role, "key": key}) + "\n")
        return
    sys.stdout.write(f"{key}\n")
    sys.stderr.write(
        f"artloop: this is the key of {name}, a {role}'s; shown this once. Its clients send it from MCP_API_KEY\n"
    )


def every(settings: Settings, as_json: bool) -> None:
    """Print the keys on record."""
    found = _done(settings, lambda keys: keys.every())
    if as_json:
        shown = [record.model_dump(mode="json", exclude={"sha256"}) for record in found]
        sys.stdout.write(json.dumps({"keys": shown}, indent=2) + "\n")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("name", "role", "since", "revoked"):
        table.add_column(title)
    for record in found:
        table.add_row(record.name, record.role, _day(record.created), _day(record.revoked) if record.revoked else "")
    Console().print(table)


def revoke(settings: Settings, name: str) -> None:
    """Revoke a key and say so."""
    record = _done(settings, lambda keys: keys.revoke(name))
    sys.stdout.write(f"the key of {record.name}, a {record.role}'s, lets nobody in any more\n")


def _done(settings: Settings, work: Callable[[Keys], Awaitable[T]]) -> T:
    async def do() -> T:
        async with opened_store(settings.hub, folder_of(settings), warned) as store:
            return await work(Keys(store))

    return asyncio.run(do())


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
