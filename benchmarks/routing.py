"""Pen-up travel and time to order strokes: ours against the order given, Grafix's own greedy, and vpype if it is there.

Random 3 mm strokes on A4 with a margin of 15 mm, the same ones for everybody. Ours are warm and the median of five
calls; the others run once. Grafix's greedy takes about a minute for 10 000 strokes, vpype's two-opt some ten seconds.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from artloop import settings
from artloop.grafix.sandbox.kernels import kernels_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(kernels_folder(settings.load().cache_folder)))

from artloop.grafix.plotter import plotting, route
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.profiles import SERVO
from artloop.grafix.svg import Drawing, Pen

PAPER, MARGIN, LENGTH = np.array([210.0, 297.0]), 15.0, 3.0
HOME = (0.0, 297.0)
Order = Callable[[Any], Any]


def scattered(count: int) -> Any:
    """(2 N, 2): where strokes start, in even rows, and stop."""
    chance = np.random.default_rng(1)
    starts = chance.uniform(0, 1, (count, 2)) * (PAPER - 2 * MARGIN) + MARGIN
    angles = chance.uniform(0, 2 * np.pi, count)
    return np.stack([starts, starts + LENGTH * np.stack([np.cos(angles), np.sin(angles)], 1)], 1).reshape(-1, 2)


def as_given(ends: Any) -> Any:
    """No order at all."""
    return np.arange(0, len(ends), 2)


def ours(ends: Any) -> Any:
    """Grid greedy, 2-opt and Or-opt, kicks."""
    return route.ordered(ends, HOME)


def grafix_greedy(ends: Any) -> Any:
    """What `python -m grafix export` does."""
    from grafix.export.gcode import _order_strokes_in_layer, _Stroke

    quantised = [tuple(point) for point in np.rint(ends * 1000).astype(int).tolist()]
    strokes = [_Stroke(k, 0, [], quantised[2 * k], quantised[2 * k + 1]) for k in range(len(ends) // 2)]
    chosen = _order_strokes_in_layer(strokes, allow_reverse=True)
    return np.array([2 * stroke.poly_idx + backwards for stroke, backwards in chosen])


def vpype_order(command: str) -> Order | None:
    """A vpype command as an order; None without vpype."""
    try:
        import vpype
        import vpype_cli
    except ImportError:
        return None

    def order(ends: Any) -> Any:
        lines = vpype.LineCollection(list((ends[:, 0] + 1j * ends[:, 1]).reshape(-1, 2)))
        made = vpype_cli.execute(command, vpype.Document(line_collection=lines))
        number = {complex(x, y): k for k, (x, y) in enumerate(ends.tolist())}
        return np.array([number[complex(line[0])] for line in made.layers[1]])

    return order


def show(name: str, ends: Any, order: Order, calls: int = 1) -> None:
    """One line: metres with the pen up, and seconds."""
    seconds = []
    for _ in range(calls):
        before = time.perf_counter()
        entries = order(ends)
        seconds.append(time.perf_counter() - before)
    metres = route.pen_up_mm(ends, entries) / 1000
    print(f"  {name:<26} {metres:9.2f} m  {statistics.median(seconds):8.3f} s")


def show_plot(ends: Any) -> None:
    """The whole way from strokes to G-code: tidied, ordered, written."""
    pen = Pen("ink", "#000000", 0.3, ends, np.arange(0, len(ends) + 1, 2))
    drawing = Drawing((210, 297), (pen,))
    before = time.perf_counter()
    text, _ = plotting.plotted(drawing, SERVO, PlotOptions())
    print(f"  as G-code, all in all      {len(text) / 1e6:9.2f} MB {time.perf_counter() - before:8.3f} s")


def main() -> None:
    """Print the table."""
    linesort, two_opt = vpype_order("linesort"), vpype_order("linesort --two-opt")
    plotting.rehearse()
    for count in (1_000, 10_000, 50_000):
        ends = scattered(count)
        print(f"routing: {count} strokes")
        show("order given", ends, as_given)
        if count <= 10_000:
            show("Grafix greedy", ends, grafix_greedy)
        if linesort and two_opt:
            show("vpype linesort", ends, linesort)
            if count <= 10_000:
                show("vpype linesort --two-opt", ends, two_opt)
        show("ours", ends, ours, calls=5)
        show_plot(ends)
    if not linesort:
        print("vpype is not installed here, so its linesort and two-opt were not measured: pip install vpype")


if __name__ == "__main__":
    main()
