"""Opening the board where the settings say it is."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from artloop.errors import SettingsError
from artloop.ports import Clock
from artloop.settings import HubSettings
from artloop.taskboard import sqlite
from artloop.taskboard.board import Board
from artloop.taskboard.sealing import seal_for
from artloop.taskboard.store import Store

FILE = "hub.db"


@asynccontextmanager
async def opened_store(settings: HubSettings, folder: Path, warn: Callable[[str], None]) -> AsyncIterator[Store]:
    """The store of the settings; without Redis it is a file in this folder. Raises `SettingsError`, `StorageError`."""
    seal = seal_for(settings.encryption_key)
    if settings.redis is None:
        async with sqlite.opened(folder / FILE, seal) as store:
            yield store
        return
    try:
        redis = importlib.import_module("artloop.taskboard.redis")
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise SettingsError("hub.redis needs the package redis; install it with pip install 'artloop[hub]'") from error
    async with redis.opened(settings.redis, seal, allow_unsafe=settings.allow_unsafe_redis, warn=warn) as store:
        yield store


@asynccontextmanager
async def opened_board(
    settings: HubSettings, folder: Path, clock: Clock, warn: Callable[[str], None]
) -> AsyncIterator[Board]:
    """The board of the settings, served while the body runs; `warn` is told of what is allowed but unsafe."""
    async with opened_store(settings, folder, warn) as store, Board(store, settings, clock) as board:
        yield board
