"""The time of day as tools tell it."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Milliseconds since 1970."""
    return round(time.time() * 1000)
