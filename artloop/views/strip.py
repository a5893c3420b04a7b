"""The best drawings beside each other, below the live board: half blocks made once a drawing, then only repeated."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from artloop.errors import UsageError
from artloop.views.pictures import Pictured, within
from artloop.views.progress import Row
from artloop.workspace import RunFolder

HIGH, LOW = 10, 6
"""Lines of a picture: at most, for the board is sent anew four times a second, and at least, to show anything."""
SLOT = 14
"""Columns of a picture at least; an A5 sheet upright is as wide when it is ten lines high."""
WIDEST = 28
GAP = 2
AROUND = 2
"""The blank line above the pictures and the names below."""


class Strip:
    """Draws the strip of one run, and remembers what it drew."""

    def __init__(self, folder: RunFolder, draw: Pictured) -> None:
        self._folder = folder
        self._draw = draw
        self._made: dict[tuple[str, int, int, int], _Lines] = {}

    def of(self, rows: list[Row], console: Console, columns: int, lines: int) -> RenderableType | None:
        """The best drawings of these variants in so many columns and lines; None where there are none or no room."""
        high = min(HIGH, lines - AROUND)
        best = sorted((row for row in rows if row.best), key=lambda row: (-(row.best or (0, 0.0))[1], row.id))
        kept = sorted(best[: max(1, columns // (SLOT + GAP))], key=lambda row: row.id)
        if high < LOW or not kept:
            return None
        wide = min(WIDEST, columns // max(len(kept), 1) - GAP)
        made = [(row, self._picture(console, row, wide, high)) for row in kept]
        grid = Table.grid(padding=(0, GAP, 0, 0))
        grid.add_row(*(picture or Text("\n" * (high - 1)) for _, picture in made))
        grid.add_row(*(Text(f"{row.id} #{row.leader}", style="dim") for row, _ in made))
        return grid

    def _picture(self, console: Console, row: Row, wide: int, high: int) -> RenderableType | None:
        key = (row.id, row.leader, wide, high)
        if key not in self._made:
            with contextlib.suppress(UsageError):  # a link in its place is not followed
                path = self._folder.file(row.id, row.leader, "preview.png")
                if picture := within(self._draw, path, wide, high):
                    self._made[key] = _Lines(
                        [list(Segment.simplify(line)) for line in console.render_lines(picture, pad=False)]
                    )
        return self._made.get(key)


@dataclass(frozen=True)
class _Lines:
    lines: list[list[Segment]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            yield from line
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        wide = max((Segment.get_line_length(line) for line in self.lines), default=0)
        return Measurement(wide, wide)
