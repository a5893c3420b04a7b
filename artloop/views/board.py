"""The live table of a run: drawn from its state alone, fitting itself to the terminal it is given."""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from artloop.models import Caps, Usage
from artloop.views.narration import amount, clock_time, dollars, estimated
from artloop.views.progress import Row, State, one_line
from artloop.views.strip import Strip

LEVELS = "▁▂▃▄▅▆▇█"
ROOMY = 80
"""Narrower terminals get words alone."""
WIDE = 116
"""From this many columns on, the table has room to say what last happened."""
AROUND_ROWS = 11
"""Lines of header, table head and footer: what is left of the screen is for variants."""

NO_CAPS = Caps()

AT_WORK = {
    "steer": "deciding",
    "imagine": "imagining",
    "draw": "drawing",
    "render": "rendering",
    "critique": "looking",
    "tune": "tuning",
    "rethink": "rethinking",
    "confirm": "your turn",
    "challenge": "comparing",
    "choose": "judging",
}
ENDED = {
    "finished": ("done", "dim"),
    "stalled": ("stalled", "dim"),
    "dropped": ("dropped", "dim"),
    "stopped": ("stopped", "dim"),
    "failed": ("failed", "red"),
    "interrupted": ("interrupted", "yellow"),
    "timed_out": ("out of time", "yellow"),
    "budget": ("out of money", "yellow"),
}


def draw(state: State, now: float, strip: Strip | None = None) -> RenderableType:
    """The board of a run as it stands `now`, above the strip; it fits itself to the width and height it is given."""
    return _Board(state, now, strip)


@dataclass(frozen=True)
class _Board:
    state: State
    now: float
    strip: Strip | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown, hidden = _fitting(self.state, console.size.height - AROUND_ROWS)
        parts: list[RenderableType] = [_header(self.state)]
        if shown:
            parts += [Text(), _table(self.state, shown, options, self.now)]
        if hidden:
            parts.append(Text(f" and {hidden} more", style="dim"))
        parts.extend(_footer(self.state, options, self.now))
        if self.strip and options.max_width >= ROOMY:
            room = console.size.height - AROUND_ROWS - len(shown)
            if drawings := self.strip.of(shown, console, options.max_width - 2, room):
                parts += [Text(), drawings]
        yield Padding(Group(*parts), (0, 1))


def _fitting(state: State, room: int) -> tuple[list[Row], int]:
    """The rows to show, in their order, and how many are left out: those at work first, then the best."""
    room = max(room, 3)
    if len(state.rows) <= room:
        return list(state.rows), 0
    winner = state.selection.winner if state.selection else None
    urgent = sorted(state.rows, key=lambda row: (row.id != winner, row.status != "running", -_score(row), row.id))
    kept = {row.id for row in urgent[:room]}
    return [row for row in state.rows if row.id in kept], len(state.rows) - room


def _score(row: Row) -> float:
    return row.best[1] if row.best else -1.0


def _header(state: State) -> RenderableType:
    brief = state.brief
    if brief is None:
        return Text("waiting for the run to begin", style="dim italic")
    facts = [
        str(brief.canvas),
        f"pens {brief.pens.name}" if brief.pens else f"{brief.pen_mm:g} mm pen",
        f"seed {brief.seed}",
        ", ".join(state.models),
    ]
    if state.session > 1:
        facts.append(f"session {state.session}")
    title = Text(one_line(brief.text), style="bold italic", no_wrap=True, overflow="ellipsis")
    return Group(title, Text(" · ".join(filter(None, facts)), style="dim", no_wrap=True, overflow="ellipsis"))


def _table(state: State, rows: list[Row], options: ConsoleOptions, now: float) -> Table:
    wide = options.max_width >= WIDE
    room = 8 if options.max_width < 80 else 16 if not wide else 32
    table = Table(
        box=box.SIMPLE_HEAD,
        expand=True,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="dim",
        border_style="dim",
    )
    table.add_column("", no_wrap=True, style="dim")
    table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=2, min_width=8)
    table.add_column("station", no_wrap=True, min_width=9)
    table.add_column("turn", no_wrap=True, justify="right")
    table.add_column("trend", no_wrap=True, min_width=min(room, state.brief.iterations if state.brief else room))
    table.add_column("best", no_wrap=True, justify="right", min_width=6)
    table.add_column("time", no_wrap=True, justify="right", style="dim")
    if wide:
        table.add_column("lately", no_wrap=True, overflow="ellipsis", ratio=5, style="dim")
    bounds = _bounds(state.rows)
    for row in rows:
        cells = [
            Text(f"{row.id}{'*' if row.pinned else ''}"),
            Text(row.title),
            _station(state, row),
            Text(f"{row.iteration}/{state.brief.iterations}" if state.brief else str(row.iteration)),
            _trend(row, bounds, room, options.ascii_only),
            _best(row),
            Text(clock_time(row.seconds(now))),
        ]
        table.add_row(*cells, *([Text(row.news)] if wide else []))
    return table


def _station(state: State, row: Row) -> Text:
    if state.selection and state.selection.winner == row.id:
        return Text("winner", style="bold green")
    if row.status != "running":
        judging = row.station == "choose" and state.selection is None and row.status != "failed"
        return Text(AT_WORK["choose"], style="cyan") if judging else Text(*ENDED[row.status])
    if row.repair:
        return Text(f"repair {row.repair}", style="yellow")
    if row.searched is not None:
        return Text(f"{AT_WORK['tune']} {row.searched:.0%}", style="cyan")
    return Text(AT_WORK[row.station] if row.station else "waiting", style="cyan" if row.station else "dim")


def _bounds(rows: tuple[Row, ...]) -> tuple[float, float]:
    """The range the trends of all rows share, so that they compare; at least two points of the scale wide."""
    scores = [score for row in rows for _, score in row.scores if score is not None] or [5.0]
    low, high = min(scores), max(scores)
    slack = max(0.0, 2.0 - (high - low)) / 2
    return low - slack, high + slack


def _trend(row: Row, bounds: tuple[float, float], room: int, ascii_only: bool) -> Text:
    """A bar for each score, the best one bright; a dot where there was nothing to score."""
    text = Text()
    low, high = bounds
    for number, score in row.scores[-room:]:
        if score is None:
            text.append("." if ascii_only else "·", style="red")
            continue
        level = round((score - low) / (high - low) * (len(LEVELS) - 1))
        best = row.best is not None and number == row.best[0]
        text.append(str(min(9, int(score))) if ascii_only else LEVELS[level], style="bold green" if best else "dim")
    return text


def _best(row: Row) -> Text:
    if row.best is None:
        return Text("")
    number, score = row.best
    return Text.assemble((f"{score:.1f}", "bold"), (f" #{number}", "dim"))


def _footer(state: State, options: ConsoleOptions, now: float) -> list[RenderableType]:
    lines: list[RenderableType] = [Text()]
    if state.kernels:
        done, total = state.kernels
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            Text("compiling Grafix, once per machine", style="dim"),
            ProgressBar(total, done, width=max(6, min(24, options.max_width - 50)), complete_style="cyan"),
            Text(f"{done}/{total}", style="dim"),
        )
        lines.append(bar)
    lines.extend(_sums(state, options.max_width - 2, now))
    if state.estimate and state.ended is None:
        lines.append(Text(f"estimated {estimated(state.estimate)}", style="dim", no_wrap=True, overflow="ellipsis"))
    if state.trouble:
        lines.append(Text.assemble(("! ", "red"), (state.trouble, "dim"), no_wrap=True, overflow="ellipsis"))
    return lines


def _sums(state: State, width: int, now: float) -> list[RenderableType]:
    """Totals at the left and time at the right, on one line where both fit."""
    left, right = spent(state.usage, state.caps, state.ended is not None), _timing(state, now)
    style = "red" if state.status == "failed" else "green" if state.status == "finished" else ""
    gap = width - cell_len(left) - cell_len(right)
    if gap < 2:
        return [Text(left, style="dim"), Text(right, style=style)]
    return [Text.assemble((left, "dim"), " " * gap, (right, style))]


def spent(usage: Usage, caps: Caps = NO_CAPS, over: bool = True) -> str:
    """What the model calls came to, in a few words, and the cap on it. `over`: none is in flight any more."""
    parts = [f"{usage.requests:,} call{'' if usage.requests == 1 else 's'}"]
    if usage.input_tokens or usage.output_tokens:
        parts += [f"{amount(usage.input_tokens)} in", f"{amount(usage.output_tokens)} out"]
    if caps.tokens is not None:
        parts.append(f"of {amount(caps.tokens)} tokens")
    if usage.cost_usd is not None:
        parts.append(dollars(usage.cost_usd) + (f" of {dollars(caps.usd)}" if caps.usd is not None else ""))
    if over and usage.unanswered:
        parts.append(f"{usage.unanswered} lost and perhaps paid")
    return " · ".join(parts)


def _timing(state: State, now: float) -> str:
    elapsed = clock_time(state.seconds(now))
    if state.ended is not None:
        return f"{state.status.replace('_', ' ')} after {elapsed}"
    if any(row.station == "choose" for row in state.rows) and state.selection is None:
        drawable = sum(row.best is not None for row in state.rows)
        return f"{elapsed} · {state.compared}/{drawable * (drawable - 1) // 2} pairs judged"
    left = state.seconds_left(now)
    return f"{elapsed} · about {clock_time(left)} left" if left is not None else elapsed
