"""What a plot will look like, and the ways of the pen in the air: an SVG to look at, not to plot."""

from __future__ import annotations

from collections.abc import Iterator

from artloop.grafix import svg
from artloop.grafix.pens import apart
from artloop.grafix.plotter.sheet import Margins
from artloop.grafix.svg import Drawing

IN_THE_AIR = ("#e8483f", "#0a9bd8", "#8a3fe4", "#12a150")
"""Colours for ways with the pen up: the one least like any ink and the paper is taken."""
DOWN = "#2a9d8f"
"""Where the plot begins."""


def preview(drawing: Drawing, margins: Margins, paper: str) -> str:
    """The drawing on paper of its colour, moves with the pen up in colour, the margins dotted, the start as a ring."""
    text, (width, height) = svg.write(drawing), drawing.canvas
    inks = [paper, *(pen.color for pen in drawing.pens)]
    air = max(IN_THE_AIR, key=lambda color: min(apart(color, ink) for ink in inks))
    start = f'cx="0" cy="{height:g}" fill="none" stroke="{DOWN}"'
    head, _, layers = text.partition("\n")
    thin = max(drawing.canvas) / 1000
    return "\n".join(
        [
            head,
            f'<rect width="{width:g}" height="{height:g}" fill="{paper}"/>',
            _free(margins, drawing.canvas, thin),
            layers.removesuffix("</svg>\n").rstrip("\n"),
            f'<g fill="none" stroke="{air}" stroke-width="{thin:.3g}" stroke-opacity="0.75">',
            *(f'<path d="{way}"/>' for way in _ways(drawing)),
            "</g>",
            f'<circle {start} r="{8 * thin:.3g}" stroke-width="{2 * thin:.3g}"/>',
            "</svg>\n",
        ]
    )


def _free(margins: Margins, paper: tuple[float, float], thin: float) -> str:
    if margins == Margins():
        return "<!-- no margins -->"
    width, height = paper[0] - margins.left - margins.right, paper[1] - margins.top - margins.bottom
    return (
        f'<rect x="{margins.left:g}" y="{margins.top:g}" width="{width:g}" height="{height:g}" fill="none" '
        f'stroke="#8899aa" stroke-width="{thin:.3g}" stroke-dasharray="{2 * thin:.3g} {4 * thin:.3g}"/>'
    )


def _ways(drawing: Drawing) -> Iterator[str]:
    """From the lower left corner to the first stroke, from each to the next, and back, a path for each pen."""
    at = (0.0, drawing.canvas[1])
    for pen in drawing.pens:
        moves = []
        for start, end in zip(pen.offsets[:-1].tolist(), pen.offsets[1:].tolist(), strict=True):
            (to_x, to_y), last = pen.coords[start].tolist(), pen.coords[end - 1].tolist()
            moves.append(f"M{at[0]:.2f},{at[1]:.2f} {to_x:.2f},{to_y:.2f}")
            at = (last[0], last[1])
        yield "".join(moves)
    yield f"M{at[0]:.2f},{at[1]:.2f} 0,{drawing.canvas[1]:g}"
