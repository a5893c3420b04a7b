"""Where a hub keeps what is its own."""

from __future__ import annotations

from pathlib import Path

from artloop.settings import Settings
from artloop.telemetry.logs import say

LOCK = "hub.lock"
AUDIT = "audit.jsonl"


def folder_of(settings: Settings) -> Path:
    """`hub/` under the root: its state, its lock and its audit log."""
    return settings.root / "hub"


def warned(message: str) -> None:
    """Told on stderr: what is allowed but unsafe."""
    say(message)
