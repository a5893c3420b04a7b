"""A live display that terminals show whole: never with the old one erased and the new one half written."""

from __future__ import annotations

from rich.console import ConsoleRenderable
from rich.live import Live
from rich.segment import ControlType, Segment, Segments

WHOLE = [(ControlType.CURSOR_FORWARD, 0)]
"""Makes a control of what rich has no name for."""
BEGIN = Segments([Segment("\x1b[?2026h", control=WHOLE)])
"""Synchronized output: the terminal waits for `END` before it shows anything; one that does not know it ignores it."""
END = Segments([Segment("\x1b[?2026l", control=WHOLE)])


class SteadyLive(Live):
    """`rich.live.Live`, each frame between `BEGIN` and `END`."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """What is written of a frame."""
        return [BEGIN, *super().process_renderables(renderables), END]
