"""Measured taste: seven criteria, each a smooth hill over measures of the drawing and, if there is one, its picture.

Every hill has one top and no plateau, so a change always shows. They are heuristics of a plotter's studio, not taste
itself, and whoever uses them says `measured`.
"""

from __future__ import annotations

from math import exp, hypot, log

import numpy as np

from artloop.house.look import Sight
from artloop.models import Canvas, Metrics, Score

WEIGHTS = {
    "focus": 0.2,
    "air": 0.18,
    "density": 0.16,
    "rhythm": 0.14,
    "balance": 0.12,
    "edge": 0.1,
    "medium": 0.1,
}
FOCUS_RADIUS_MM = 16.0


def scores(metrics: Metrics, canvas: Canvas, sight: Sight | None = None) -> list[Score]:
    """The criteria, 0 to 10 each, in the order of `WEIGHTS`, each with the measure it rests on."""
    judges = {
        "focus": focus(metrics, canvas, sight),
        "air": air(metrics, sight),
        "density": density(metrics),
        "rhythm": rhythm(metrics),
        "balance": balance(metrics),
        "edge": edge(metrics, canvas),
        "medium": medium(metrics, canvas),
    }
    return [Score(criterion=name, value=round(value, 2), seen=seen) for name, (value, seen) in judges.items()]


def overall(found: list[Score]) -> float:
    """Weighted mean of the criteria, pulled down by the weakest: 0.8 mean + 0.2 minimum."""
    mean = sum(WEIGHTS[score.criterion] * score.value for score in found)
    return round(0.8 * mean + 0.2 * min(score.value for score in found), 3)


def focus(metrics: Metrics, canvas: Canvas, sight: Sight | None) -> tuple[float, str]:
    """How far one place stands out: 10 (1 - exp(-1.1 z)).

    z is the larger of: the darkest disc of 16 mm (on A5) against the mean of the inked part of the sheet, in its own
    standard deviations less one; and the clustering of colour, its densest disc against an even spread. Without a
    picture: z = 5 (1 - density_entropy), for ink in one place is no even field.
    """
    if sight is None:
        return _rising(5 * (1 - metrics.density_entropy)), f"density_entropy {metrics.density_entropy:.2f}"
    radius = FOCUS_RADIUS_MM * min(canvas.size) / 148
    dark = sight.within(sight.ink, radius)
    inked = dark[dark > 0]
    if not len(inked):
        return 0.0, "nothing drawn"
    value = max(0.0, (float(inked.max()) - float(inked.mean())) / (float(inked.std()) + 0.02) - 1)
    share = sight.accent
    colour = float(sight.within(sight.colour, radius).max()) / (float(inked.max()) + 1e-6)
    voice = 1.6 * colour * exp(-2.5 * share) if share > 0.002 else 0.0
    what = "a cluster of the second pen" if voice > value else "its darkest place"
    return _rising(max(value, voice) + 0.35 * min(value, voice)), f"{what}, standing out {max(value, voice):.2f}"


def air(metrics: Metrics, sight: Sight | None) -> tuple[float, str]:
    """How near the empty share of the sheet comes to 0.55: a third or more, but not a speck on a void.

    10 exp(-((e - 0.55) / w)^2), w = 0.38 for a fuller sheet and 0.55 for an emptier one, which a small figure needs.
    Without a picture e = 1 - 256^(density_entropy - 1), the share of the sheet that an
    even spread of the same entropy would leave.
    """
    empty = sight.empty if sight else 1 - 256 ** (metrics.density_entropy - 1)
    return _hill(empty, 0.55, 0.38 if empty < 0.55 else 0.55), f"{empty:.0%} of the sheet empty"


def density(metrics: Metrics) -> tuple[float, str]:
    """Value without mud: 10 exp(-(ln(c / 0.1) / w)^2) (0.6 + 0.4 m), c the ink coverage.

    w = 1.3 for more ink and 1.8 for less: a figure that is only a few lines is no fault, a black sheet is.
    m = 1 / (1 + (0.45 / spacing_p05_mm)^4) halves when the closest twentieth of the lines lie 0.45 mm apart.
    """
    share = log(max(metrics.ink_coverage, 1e-4) / 0.1)
    hill = _hill(share, 0.0, 1.3 if share > 0 else 1.8)
    clear = 1 / (1 + (0.45 / max(metrics.spacing_p05_mm, 0.05)) ** 4)
    seen = f"{metrics.ink_coverage:.1%} ink, closest lines {metrics.spacing_p05_mm:.2f} mm apart"
    return hill * (0.6 + 0.4 * clear), seen


def rhythm(metrics: Metrics) -> tuple[float, str]:
    """Order with a disturbance: between one direction only and all of them, neither blank order nor noise.

    Mean of the hills of orientation_entropy at 0.65 (width 0.5) and of fractal_dimension at 1.6 (width 0.4;
    pictures are liked best at 1.3 to 1.5, Spehar and Taylor 2016, and hatching adds to that).
    """
    turn = _hill(metrics.orientation_entropy, 0.65, 0.5)
    crowd = _hill(metrics.fractal_dimension, 1.6, 0.4)
    return (turn + crowd) / 2, (
        f"direction entropy {metrics.orientation_entropy:.2f}, dimension {metrics.fractal_dimension:.2f}"
    )


def balance(metrics: Metrics) -> tuple[float, str]:
    """The ink's centre of mass lies near the middle but not on it: hill of its distance at 0.12 (width 0.28).

    Perfect mirror symmetry takes up to a fifth away.
    """
    off = hypot(metrics.balance_x, metrics.balance_y)
    mirror = max(0.0, metrics.symmetry_h) ** 4
    return _hill(off, 0.12, 0.28) * (1 - 0.2 * mirror), f"centre of mass {off:.2f} off the middle"


def edge(metrics: Metrics, canvas: Canvas) -> tuple[float, str]:
    """Margins wide enough and even: hill of the smallest at 9 % of the short side, less unevenness.

    The hill falls within 6 % towards the edge and within 14 % towards a wide mount.

    Left against right counts; below may be wider than above, as in a mount.
    """
    left, top, right, bottom = metrics.bbox_mm
    short = min(canvas.size)
    sides = abs(left - (canvas.width_mm - right)) / short
    top_heavy = max(0.0, top - (canvas.height_mm - bottom)) / short
    margin = metrics.margin_min_mm / short
    value = _hill(margin, 0.09, 0.06 if margin < 0.09 else 0.14) * exp(-0.5 * sides - 0.4 * top_heavy)
    return value, f"smallest margin {metrics.margin_min_mm:.0f} mm"


def medium(metrics: Metrics, canvas: Canvas) -> tuple[float, str]:
    """What the pen makes of it: long strokes, little travel, an evening's plot at most, no torn paper.

    10 (1 - exp(-s / 9)) exp(-minutes / 90) / (1 + (overplot_max / 9)^4), s the mean stroke in mm, all on A5.
    """
    size = min(canvas.size) / 148
    stroke = metrics.ink_mm / max(1, metrics.strokes) / size
    minutes = metrics.plot_seconds / 60 / size
    value = 10 * (1 - exp(-stroke / 9)) * exp(-minutes / 90) / (1 + (metrics.overplot_max / 9) ** 4)
    return value, f"{minutes:.0f} min to plot, strokes of {stroke * size:.0f} mm"


def contrast(sight: Sight) -> float:
    """Tonal range between the darkest and the middle drawn cells, 0 to 1; for words, not for scores."""
    drawn = sight.ink[sight.drawn]
    return float(np.quantile(drawn, 0.95) - np.quantile(drawn, 0.5)) if len(drawn) else 0.0


def _hill(value: float, top: float, width: float) -> float:
    return 10 * exp(-(((value - top) / width) ** 2))


def _rising(amount: float) -> float:
    return 10 * (1 - exp(-1.1 * max(0.0, amount)))
