"""Looking after what a hub keeps, whether it is served or not."""

from __future__ import annotations

import asyncio
import sys

from artloop.clock import WallClock
from artloop.errors import SettingsError
from artloop.hub.places import folder_of, warned
from artloop.settings import Settings
from artloop.taskboard.board import Board
from artloop.taskboard.opening import opened_store
from artloop.taskboard.resealing import reseal
from artloop.taskboard.sealing import VARIABLE

DAY_S = 86_400


def show_resealed(settings: Settings) -> None:
    """Seal everything with the present key and say so. Raises `SettingsError` when there is none."""
    if settings.hub.encryption_key is None or not settings.hub.encryption_key.get_secret_value().strip():
        raise SettingsError(f"{VARIABLE} is not set; set it to the new key, a comma, and the one in use so far")

    async def do() -> int:
        async with opened_store(settings.hub, folder_of(settings), warned) as store:
            return await reseal(store)

    sys.stdout.write(f"{asyncio.run(do())} documents are sealed with the first key of {VARIABLE}\n")


def show_pruned(settings: Settings, days: float) -> None:
    """Remove what ended long ago and say how much it was."""

    async def do() -> int:
        async with opened_store(settings.hub, folder_of(settings), warned) as store:
            return await Board(store, settings.hub, WallClock()).prune(days * DAY_S)

    sys.stdout.write(f"{asyncio.run(do())} tasks that ended more than {days:g} days ago are removed\n")
