"""A run on the terminal: who listens to its events while it goes on, and what is said when it is over."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from artloop.events import Event, RunStarted
from artloop.models import Selection, Variant
from artloop.views.board import ROOMY, draw
from artloop.views.narration import UNPAID, plain
from artloop.views.pictures import Pictured, redrawn, within
from artloop.views.progress import State, fold, one_line
from artloop.views.steady import SteadyLive
from artloop.views.strip import Strip
from artloop.workspace import RunFolder

__all__ = [
    "Listener",
    "LiveConsole",
    "PlainConsole",
    "QuietConsole",
    "State",
    "closing",
    "draw",
    "fold",
    "listener",
    "plain",
]


PORTRAIT_ROWS = 24
LEAST_ROWS = 8
"""A drawing in fewer lines shows nothing."""
AROUND_PORTRAIT = 18
"""Lines of the summary, and of the prompt after it."""


class Listener(Protocol):
    """An `Emit` that is open while the run goes on."""

    def __call__(self, event: Event) -> None:
        """Take notice of an event."""
        ...

    def aside(self) -> AbstractContextManager[Console]:
        """A console to talk with the artist; nothing else is shown meanwhile."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class QuietConsole:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Ignore it."""

    @contextmanager
    def aside(self) -> Iterator[Console]:
        """The terminal behind stderr: stdout is for the result."""
        yield Console(stderr=True, highlight=False)


class PlainConsole(QuietConsole):
    """A line for each thing worth telling: for logs, pipes and CI."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._iterations: int | None = None
        self._held: list[str] | None = None

    def __call__(self, event: Event) -> None:
        """Print the event's line, if it has one."""
        if isinstance(event, RunStarted):
            self._iterations = event.brief.iterations
        if line := plain(event, self._iterations):
            if self._held is None:
                self.console.print(Text(line), soft_wrap=True)
            else:
                self._held.append(line)

    @contextmanager
    def aside(self) -> Iterator[Console]:
        """The terminal behind stderr; lines wait until it is left."""
        self._held = []
        try:
            with super().aside() as console:
                yield console
        finally:
            held, self._held = self._held, None
            for line in held:
                self.console.print(Text(line), soft_wrap=True)


class LiveConsole(QuietConsole):
    """The board, redrawn four times a second: an event costs the run no drawing."""

    def __init__(
        self, console: Console, clock: Callable[[], float] = time.monotonic, strip: Strip | None = None
    ) -> None:
        self.state = State()
        self._clock = clock
        self._console = console
        self._strip = strip
        self._live = self._board_on()

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Fold the event in; the next redraw shows it."""
        self.state = fold(self.state, event, self._clock())

    @contextmanager
    def aside(self) -> Iterator[Console]:
        """The board's own console, from which it is wiped; a new one is put below what was said."""
        self._live.transient = True
        self._live.stop()
        try:
            yield self._console
        finally:
            self._live = self._board_on()
            self._live.start(refresh=True)

    def _board_on(self) -> SteadyLive:
        return SteadyLive(console=self._console, get_renderable=self._board, refresh_per_second=4)

    def _board(self) -> RenderableType:
        return draw(self.state, self._clock(), self._strip)


def listener(
    quiet: bool = False,
    as_json: bool = False,
    stream_is_terminal: bool | None = None,
    clock: Callable[[], float] = time.monotonic,
    drawings: RunFolder | None = None,
) -> Listener:
    """The listener that suits where progress goes: stderr when stdout is for JSON, else stdout.

    The board shows pictures of the run whose `drawings` are given, where the terminal can.
    """
    if quiet:
        return QuietConsole()
    stream = sys.stderr if as_json else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # a title in any language must not end a run on an old terminal
    console = Console(file=stream, highlight=False)
    live = stream.isatty() and not console.is_dumb_terminal if stream_is_terminal is None else stream_is_terminal
    if not live:
        return PlainConsole(console)
    blocks = redrawn(console) if drawings else None
    return LiveConsole(console, clock, Strip(drawings, blocks) if drawings and blocks else None)


def closing(
    selection: Selection,
    variants: list[Variant],
    folder: RunFolder,
    commands: list[tuple[str, str]],
    draw: Pictured | None = None,
) -> RenderableType:
    """What came of it, where it lies, and what to type next; print with `soft_wrap=True`, so paths stay whole."""
    winner = next((variant for variant in variants if variant.id == selection.winner), None)
    lines: list[RenderableType] = [*(_won(winner, selection) if winner else _lost(variants))]
    if winner and draw:
        lines.append(_Portrait(folder.final / "preview.png", draw))
    files = [
        ("picture", folder.final / "preview.png"),
        ("drawing", folder.final / "drawing.svg"),
        ("plot", folder.final / "plot.gcode"),
        ("sketch", folder.final / "sketch.py"),
        ("sheet", folder.contact_sheet),
        ("gallery", folder.gallery),
    ]
    found = [(label, _displayed(path)) for label, path in files if path.is_file()]
    blocks = [_pairs(pairs, style) for pairs, style in ((found, ""), (commands, "cyan")) if pairs]
    return Group(Text(), *lines, *(line for block in blocks for line in (Text(), *block)), Text())


@dataclass(frozen=True)
class _Portrait:
    """The winner, as large as leaves the rest of the summary on the screen; not in a narrow terminal."""

    path: Path
    draw: Pictured

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = min(PORTRAIT_ROWS, console.size.height - AROUND_PORTRAIT)
        if console.width < ROOMY or rows < LEAST_ROWS:
            return
        if picture := within(self.draw, self.path, console.width - 4, rows):
            yield Text()
            yield Padding(picture, (0, 0, 0, 2), expand=False)


def _won(winner: Variant, selection: Selection) -> list[Text]:
    place = next((place for place in selection.ranking if place.variant == winner.id), None)
    scored = [iteration.score for iteration in winner.iterations if iteration.score is not None]
    best = winner.incumbent
    story = f"{winner.id}, iteration {place.iteration if place else best.number if best else 0}"
    if best and best.score is not None and scored:
        story += f", {scored[0]:.1f} to {best.score:.1f}" if best.score > scored[0] else f", {best.score:.1f}"
    made = len(winner.iterations)
    story += f" over {made} iteration{'' if made == 1 else 's'}"
    if selection.unpaid:
        story += UNPAID
    elif selection.measured:
        story += "; measured by house heuristics, not seen by an eye"
    return [Text.assemble("  ", (one_line(winner.concept.title), "bold italic")), Text(f"  {story}", style="dim")]


def _lost(variants: list[Variant]) -> list[Text]:
    lines = [Text("  No drawing can be plotted.", style="bold red")]
    reasons = [(variant.id, one_line(variant.failure or "no drawing")) for variant in variants[:8]]
    return lines + [Text(f"  {name}  {reason}", style="dim") for name, reason in reasons]


def _pairs(pairs: list[tuple[str, str]], style: str) -> list[Text]:
    width = max(len(label) for label, _ in pairs)
    return [Text.assemble("  ", (f"{label:<{width}}", "dim"), "  ", (value, style)) for label, value in pairs]


def _displayed(path: Path) -> str:
    """Relative to where the artist stands, when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
