"""What a run remembers: `Journal` is all that others know of it."""

from __future__ import annotations

from artloop.journal.journal import Journal

__all__ = ["Journal"]
