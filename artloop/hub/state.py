"""Where a hub keeps what must outlive it: a file of this machine for one hub, or a Redis for several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from artloop.settings import Settings
from artloop.taskboard import sqlite
from artloop.taskboard.sealing import seal_for
from artloop.taskboard.store import Store

FILE = "hub.db"


def folder_of(settings: Settings) -> Path:
    """`hub/` under the root: state, lock and audit log."""
    return settings.root / "hub"


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """The store of the settings. Raises `StorageError` and `SettingsError`."""
    seal = seal_for(settings.hub.encryption_key)
    async with sqlite.opened(folder_of(settings) / FILE, seal) as store:
        yield store
