"""Machines for tests: they read a plotter program as firmware does, and remember what was drawn."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from artloop.grafix.plotter.profiles import Profile
from artloop.grafix.svg import Drawing, Pen, Points

Stroke = list[tuple[float, float]]


def pen(*strokes: Stroke, name: str = "ink", color: str = "#102030", width: float = 0.3) -> Pen:
    """A pen that draws these strokes."""
    coords = np.array([point for stroke in strokes for point in stroke], float).reshape(-1, 2)
    return Pen(name, color, width, coords, np.cumsum([0, *map(len, strokes)]))


def listed(coords: Points, offsets: np.ndarray) -> list[Stroke]:
    """A table of strokes as lists of points."""
    return [[tuple(point) for point in coords[a:b].tolist()] for a, b in pairwise(offsets.tolist())]  # type: ignore[misc]


@dataclass
class Plot:
    """What a machine did."""

    strokes: list[Stroke] = field(default_factory=list)
    pens: list[int] = field(default_factory=list)
    """Of each stroke."""
    numbers: list[int] = field(default_factory=list)
    """Of each stroke, by its comment."""
    messages: list[str] = field(default_factory=list)
    at: tuple[float, float] = (0.0, 0.0)
    travelled: float = 0.0

    def of(self, pen: int) -> list[Stroke]:
        """The strokes of one pen."""
        return [stroke for stroke, by in zip(self.strokes, self.pens, strict=True) if by == pen]


def plot_gcode(text: str, profile: Profile) -> Plot:
    """Run G-code. Fails where the pen travels down, draws while up, or waits more or less than once after a lift."""
    plot, down, pen, lines = Plot(), None, 1, [line.split(";")[0].strip() for line in text.splitlines()]
    dwells = [line for line in lines if line.startswith("G4")]
    assert len(set(dwells)) == bool(profile.dwell)
    for comment, line, after in zip(text.splitlines(), lines, [*lines[1:], ""], strict=True):
        if stroke := re.match(r"; stroke (\d+) of", comment):
            plot.numbers.append(int(stroke[1]))
        if line in (profile.pen_up[-1], profile.pen_down[-1]):
            assert down is not (line == profile.pen_down[-1])
            assert after.startswith("G4") == bool(profile.dwell)
            down = line == profile.pen_down[-1]
            if down:
                plot.strokes.append([plot.at])
                plot.pens.append(pen)
        elif line.startswith("M0"):
            assert down is False
            plot.messages.append(line)
            pen += 1
        elif to := re.fullmatch(r"(G[01]) X(\S+) Y(\S+)( F\d+)?", line):
            assert down is (to[1] == "G1")
            there = float(to[2]), float(to[3])
            if down:
                plot.strokes[-1].append(there)
            else:
                plot.travelled += float(np.hypot(there[0] - plot.at[0], there[1] - plot.at[1]))
            plot.at = there
    assert down is False
    assert len(dwells) in (0, 2 * len(plot.strokes) + 1)
    return plot


def plot_hpgl(text: str) -> Plot:
    """Run HPGL. Fails on what a carousel plotter would not understand."""
    plot, down, pen = Plot(), False, 0
    for command in text.replace("\n", "").rstrip(";").split(";"):
        word, numbers = command[:2], [int(number) for number in command[2:].split(",") if number]
        assert word in ("IN", "PA", "SP", "PU", "PD")
        if word == "SP":
            assert not down
            pen = numbers[0]
        points = [(x / 40, y / 40) for x, y in zip(numbers[::2], numbers[1::2], strict=True)] if word[0] == "P" else []
        if word == "PU":
            down, plot.at = False, (points or [plot.at])[-1]
        if word == "PD":
            if not down:
                plot.strokes.append([plot.at])
                plot.pens.append(pen)
            plot.strokes[-1] += points
            down, plot.at = True, (points or [plot.at])[-1]
    return plot


def flipped(drawing: Drawing, pen: int = 0) -> list[Stroke]:
    """A pen's strokes mirrored about the page."""
    coords = drawing.pens[pen].coords * [1, -1] + [0, drawing.canvas[1]]
    return listed(coords, drawing.pens[pen].offsets)


def beyond(strokes: list[Stroke], others: list[Stroke], step: float = 0.25) -> float:
    """The farthest that any point of the strokes is from the others, in mm."""
    starts, ends = (np.array([points[k] for points in _segments(others)]) for k in (0, 1))
    return max(float(_apart(point, starts, ends).min()) for one in _segments(strokes) for point in _along(*one, step))


def _segments(strokes: list[Stroke]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return [segment for stroke in strokes for segment in pairwise([*stroke, stroke[-1]])]


def _along(start: tuple[float, float], end: tuple[float, float], step: float) -> Points:
    steps = int(np.hypot(end[0] - start[0], end[1] - start[1]) / step) + 2
    return np.linspace(start, end, steps)


def _apart(point: Points, starts: Points, ends: Points) -> Points:
    delta = ends - starts
    square = (delta**2).sum(axis=1)
    along = np.clip(((point - starts) * delta).sum(axis=1) / np.where(square == 0, 1, square), 0, 1)
    return np.hypot(*(point - starts - along[:, None] * delta).T)
