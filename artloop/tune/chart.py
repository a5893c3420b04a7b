"""A small picture of a search: how far each render was from what is wished, and the best so far."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from itertools import accumulate

from artloop.models import Tuned

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 56, 16, 44, 40
FLOOR = 1e-3
"""Where 0 lies on the logarithmic axis."""
INK, FAINT, MET = "#1a3a5c", "#9db4c8", "#2a7d4f"


def charted(found: Tuned, title: str) -> str:
    """An SVG: a dot for every render over a logarithmic axis, a line for the best so far."""
    top = max([*found.losses, 10 * FLOOR])
    dots = [_at(number, loss, len(found.losses), top) for number, loss in enumerate(found.losses)]
    best = [_at(n, loss, len(found.losses), top) for n, loss in enumerate(accumulate(found.losses, min))]
    line = " ".join(_steps(best))
    wanted = ", ".join(f"{target.metric} {target.low:g}..{target.high:g}" for target in found.targets)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="13" fill="{INK}">{escape(title)}</text>',
        f'<text x="{LEFT}" y="34" fill="{INK}">{escape(wanted)}</text>',
        *_axis(top, len(found.losses)),
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{FAINT}"/>' for x, y in dots),
        f'<polyline points="{line}" fill="none" stroke="{MET if found.met else INK}" stroke-width="1.5"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _at(number: int, loss: float, count: int, top: float) -> tuple[float, float]:
    """Where a render lies in the picture."""
    across = number / max(count - 1, 1)
    up = math.log(max(loss, FLOOR) / FLOOR) / math.log(top / FLOOR)
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)


def _steps(points: list[tuple[float, float]]) -> Iterable[str]:
    """The best does not get better between two renders: stairs."""
    for number, (x, y) in enumerate(points):
        if number:
            yield f"{x:.1f},{points[number - 1][1]:.1f}"
        yield f"{x:.1f},{y:.1f}"


def _axis(top: float, count: int) -> Iterable[str]:
    """Lines at 0 and at the powers of ten, the renders below."""
    powers = range(math.ceil(math.log10(FLOOR)) + 1, math.floor(math.log10(top)) + 1)
    for loss, name in [(0.0, "met"), *((10.0**power, f"{10.0**power:g}") for power in powers)]:
        _, y = _at(0, loss, count, top)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e6ecf1"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{INK}">{name}</text>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 14}" fill="{INK}">1</text>'
    end = f'x="{WIDTH - RIGHT}" y="{HEIGHT - 14}" text-anchor="end"'
    yield f'<text {end} fill="{INK}">{count} render{"s" * (count > 1)}, distance from what is wished</text>'
