"""The steps of a run as bars: how long each took, and what went on beside it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from artloop.journal.steps import TimedStep

KINDS = {
    "imagine": ("imagine", "rethink", "reimagine", "cross"),
    "draw": ("draw",),
    "render": ("render",),
    "look": ("critique", "describe", "novelty", "spread"),
    "tune": ("tune",),
    "judge": ("choose", "challenge", "pick"),
    "decide": ("steer", "confirm", "share", "survive"),
}
"""What is drawn alike: kinds of steps by what they are about."""
COLOUR_OF = {kind: colour for colour, kinds in KINDS.items() for kind in kinds}
IDLE_S = 20.0
"""A longer time in which nothing was done, as between two sessions, is cut out."""
CUT = 0.015
"""How wide a cut is shown, of the whole."""
THINNEST = 0.25
"""Percent of the whole: so wide is a bar at least."""


@dataclass(frozen=True)
class Bar:
    """One step; `left` and `width` are percent of the whole."""

    step: TimedStep
    kind: str
    colour: str
    left: float
    width: float
    seconds: float
    after: float
    """Seconds from the first step of the run."""

    @property
    def words(self) -> str:
        """What it is, in a line."""
        ending = {"done": "", "started": ", not over", "parked": ", parked", "open": ", to be tried again"}
        return f"{self.step.key}: {self.seconds:.1f} s{ending[self.step.state]}"


@dataclass(frozen=True)
class Lane:
    """Bars that do not overlap."""

    label: str
    """Empty in further lanes of the same variant."""
    bars: list[Bar]


@dataclass(frozen=True)
class Waterfall:
    """All steps of a run."""

    lanes: list[Lane]
    cuts: list[float]
    """Where idle time was cut out, in percent."""
    seconds: float
    """From first to last, idle time left out."""

    @property
    def bars(self) -> list[Bar]:
        """All of them, as they began."""
        return sorted((bar for lane in self.lanes for bar in lane.bars), key=lambda bar: bar.step.started_at)

    @property
    def colours(self) -> list[str]:
        """Those that are there, in the order of their legend."""
        found = {bar.colour for bar in self.bars}
        return [colour for colour in (*KINDS, "other") if colour in found]


def waterfall(steps: Sequence[TimedStep], now: float) -> Waterfall:
    """The picture of these steps; those at work last until now."""
    spans = [(step.started_at, _end(step, now)) for step in steps]
    scale = Scale(spans)
    bars = [_bar(step, span, scale) for step, span in zip(steps, spans, strict=True)]
    names = dict.fromkeys(bar.step.key.partition("/")[0] for bar in bars)
    return Waterfall(
        lanes=[lane for name in sorted(names, key=lambda name: (name != "run", name)) for lane in _lanes(name, bars)],
        cuts=scale.cuts,
        seconds=scale.busy,
    )


class Scale:
    """Times to percent, without the time in which nothing was done."""

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        pieces = _busy(spans)
        self.busy = sum(end - start for start, end in pieces)
        gap = CUT * max(self.busy, 1.0)
        whole = self.busy + gap * max(0, len(pieces) - 1) or 1.0
        self._starts = [start for start, _ in pieces]
        self._lefts: list[float] = []
        self._per_s = 100 / whole
        left = 0.0
        for start, end in pieces:
            self._lefts.append(left * self._per_s)
            left += end - start + gap
        self.cuts = [round(one - gap * self._per_s / 2, 2) for one in self._lefts[1:]]
        self.first = self._starts[0] if pieces else 0.0

    def at(self, time: float) -> float:
        """Where a time lies."""
        piece = max(0, bisect_right(self._starts, time) - 1)
        return self._lefts[piece] + (time - self._starts[piece]) * self._per_s


def _busy(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """From when to when something was done, short pauses taken in."""
    pieces: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if pieces and start - pieces[-1][1] <= IDLE_S:
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return pieces


def _bar(step: TimedStep, span: tuple[float, float], scale: Scale) -> Bar:
    kind = step.key.split("/")[2]
    left, right = scale.at(span[0]), scale.at(span[1])
    return Bar(
        step=step,
        kind=kind,
        colour="decide" if kind.startswith("before-") else COLOUR_OF.get(kind, "other"),
        left=round(min(left, 100 - THINNEST), 2),
        width=round(max(right - left, THINNEST), 2),
        seconds=round(span[1] - span[0], 1),
        after=round(span[0] - scale.first, 1),
    )


def _lanes(name: str, bars: Sequence[Bar]) -> list[Lane]:
    """The bars of a variant, or of the run, in as few lanes as they need."""
    lanes: list[list[Bar]] = []
    for bar in [bar for bar in bars if bar.step.key.startswith(f"{name}/")]:
        free = next((lane for lane in lanes if lane[-1].left + lane[-1].width <= bar.left + THINNEST), None)
        if free is None:
            lanes.append([bar])
        else:
            free.append(bar)
    return [Lane("" if number else name, lane) for number, lane in enumerate(lanes)]


def _end(step: TimedStep, now: float) -> float:
    """Of a step that failed, or was cut off, nobody noted the end: it is as long as it is known to have been."""
    if step.finished_at is not None:
        return max(step.finished_at, step.started_at)
    return max(now, step.started_at) if step.state == "started" else step.started_at
