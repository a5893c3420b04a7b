"""Opening the board where the settings say it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from artloop.ports import Clock
from artloop.settings import HubSettings
from artloop.taskboard import sqlite
from artloop.taskboard.board import Board
from artloop.taskboard.sealing import seal_for
from artloop.taskboard.store import Store

FILE = "hub.db"


@asynccontextmanager
async def opened_store(settings: HubSettings, folder: Path) -> AsyncIterator[Store]:
    """The store of the settings; without Redis it is a file in this folder."""
    async with sqlite.opened(folder / FILE, seal_for(settings.encryption_key)) as store:
        yield store


@asynccontextmanager
async def opened_board(settings: HubSettings, folder: Path, clock: Clock) -> AsyncIterator[Board]:
    """The board of the settings, served while the body runs."""
    async with opened_store(settings, folder) as store, Board(store, settings, clock) as board:
        yield board
