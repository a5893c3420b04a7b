"""A drawing as G-code: lines of the drawing with the pen down, straight ways between them with the pen up, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artloop.grafix.plotter.layout import Layout, PlotReport, Turn, laid_out, measured
from artloop.grafix.plotter.profiles import Profile
from artloop.grafix.svg import Drawing, Points

NAME_MAX = 40
PEN_UP, PEN_DOWN, SEPARATOR = "; pen up:", "; pen down:", " | "
NEXT_PEN, END = "; next pen", "; end"
"""Comments by which `artloop plot` finds its way (`machine/program.py`)."""


def write(drawing: Drawing, profile: Profile, from_stroke: int = 1) -> tuple[str, PlotReport]:
    """The strokes in the order given, pen after pen, in mm from the paper's lower left corner. Raises `UsageError`."""
    layout = laid_out(drawing, from_stroke)
    report = measured(layout, profile)
    lines = [
        *_head(layout, profile, from_stroke, report),
        *("G21 ; millimetres", "G90 ; from the origin"),
        *profile.begin,
        *_lifted(profile, profile.pen_up),
    ]
    for nth, turn in enumerate(layout.turns):
        if nth:
            lines += [NEXT_PEN, *(command.replace("{message}", _asked(turn)) for command in profile.pause)]
        lines += _drawn(turn, layout, profile)
    lines += [END, _travel(profile, "X0 Y0"), *profile.end]
    return "\n".join(lines) + "\n", report


def plain(name: str) -> str:
    """A pen's name as it may stand in a comment or on a display: it came from a sketch.

    A P or S before a number is a time to Marlin's M0, which would then not wait for anybody.
    """
    words = " ".join(re.sub(r"[^A-Za-z0-9.#_-]", " ", name).split())[:NAME_MAX]
    return re.sub(r"(?i)([ps])\s*(?=[-+.]*\d)", r"\1_", words) or "unnamed"


def _head(layout: Layout, profile: Profile, from_stroke: int, report: PlotReport) -> Iterator[str]:
    width, height = layout.paper
    yield f"; artloop, profile {profile.name}; origin: lower left of {_number(width)} x {_number(height)} mm paper"
    yield (
        f"; {report.strokes} strokes, {report.pen_down_mm / 1000:.2f} m pen down, {report.pen_up_mm / 1000:.2f} m up, "
        f"about {report.seconds / 60:.1f} min"
    )
    yield f"{PEN_UP} {SEPARATOR.join(_lifted(profile, profile.pen_up))}"
    yield f"{PEN_DOWN} {SEPARATOR.join(_lifted(profile, profile.pen_down))}"
    if from_stroke > 1:
        yield f"; goes on at stroke {from_stroke} of {layout.total}"


def _asked(turn: Turn) -> str:
    return f"insert pen {turn.number}: {plain(turn.pen.name)}"


def _drawn(turn: Turn, layout: Layout, profile: Profile) -> Iterator[str]:
    pen = turn.pen
    of = "" if pen.number else f" of {layout.pens}"
    yield f"; pen {turn.number}{of}: {plain(pen.name)} {plain(pen.color)} {_number(pen.width_mm)} mm"
    for number, points in turn.strokes():
        yield f"; stroke {number} of {layout.total}"
        yield from _stroke(points, profile)


def _stroke(points: Points, profile: Profile) -> Iterator[str]:
    start, *rest = _words(points)
    yield _travel(profile, start)
    yield from _lifted(profile, profile.pen_down)
    feed, last = f" F{_number(60 * profile.draw_mm_s)}", start
    for word in rest:
        if word != last:
            yield f"G1 {word}{feed}"
            feed, last = "", word
    yield from _lifted(profile, profile.pen_up)


def _lifted(profile: Profile, commands: tuple[str, ...]) -> Iterator[str]:
    """Raise or lower the pen and wait for it, once."""
    yield from commands
    if profile.dwell and profile.lift_s:
        yield profile.dwell.replace("{seconds}", _number(profile.lift_s)).replace(
            "{milliseconds}", _number(1000 * profile.lift_s)
        )


def _travel(profile: Profile, word: str) -> str:
    return f"G0 {word} F{_number(60 * profile.travel_mm_s)}" if profile.feed_on_travel else f"G0 {word}"


def _words(points: Points) -> list[str]:
    return [f"X{_number(x)} Y{_number(y)}" for x, y in points.tolist()]


def _number(value: float) -> str:
    """To 0.001, without needless zeros, never minus zero."""
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")
