"""A made-up run with all that a gallery can show: two pens, a rethink, a crossing, failures, calls and a plot."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from artloop.grafix import svg
from artloop.journal import Journal
from artloop.models import Change, Concept, Crossing, Decision, Iteration, Lineage, Selection, Standing, Usage, Variant
from artloop.ports import CallRecord
from artloop.workspace import RunFolder
from tests import works
from tests.scripted import RUN

CANVAS = (148.0, 210.0)
INDIGO, VERMILION = "#20304f", "#d0402f"
GCODE = "G21\nG90\nG0 X10 Y10\n"
PLACES = ("lower third", "upper left corner", "all over")


def layered(number: int, strokes: int = 60, points: int = 40) -> str:
    """A drawing of two pens as the render server writes it: waves, and a patch of hatching that moves down."""
    phase = np.linspace(0, 6, points) + number / 3
    rows = [np.c_[np.linspace(14, 134, points), y + 3 * np.sin(phase + y / 9)] for y in np.linspace(16, 194, strokes)]
    hatch = [
        np.array([[60.0, y], [90.0, y]]) for y in np.arange(20 + 8.0 * (number % 20), 46 + 8.0 * (number % 20), 1.2)
    ]
    pens = (_pen("indigo", INDIGO, rows), _pen("vermilion", VERMILION, hatch))
    return svg.write(svg.Drawing(CANVAS, pens))


def exhibition(path: Path) -> tuple[RunFolder, list[Variant], Selection]:
    """The scripted run with a rethink in v02 and a crossing in v04, hung with layered drawings."""
    folder = RunFolder(path / RUN)
    variants, selection = works.variants()
    variants = [_edited(variant) for variant in variants]
    folder.path.mkdir()
    with Journal.open(folder, max_failures=1) as journal:
        usage = Usage(requests=2, input_tokens=9000, output_tokens=800, cost_usd=0.0125)
        for variant in variants:
            for turn in variant.iterations:
                step = f"{variant.id}/{turn.number:02d}/draw/0"
                journal.commit(
                    CallRecord(
                        step=step, generation=0, turn=0, request_sha256="0", response="{}", model="m", usage=usage
                    )
                )
    for variant in variants:
        for turn in variant.iterations:
            if turn.rendering.ok:
                works.hang(folder.iteration(variant.id, turn.number), layered(turn.number + 4 * int(variant.id[1:])))
    _keep_final(folder, selection)
    return folder, variants, selection


def long_run(path: Path, iterations: int, strokes: int, points: int) -> tuple[RunFolder, list[Variant], Selection]:
    """Four variants with so many iterations in all, each drawing of `strokes` lines of `points`, every eighth alike."""
    folder = RunFolder(path / RUN)
    made = []
    for name in ("v01", "v02", "v03", "v04"):
        turns = [works.iteration(number, 4 + (number * 7 % 50) / 10) for number in range(1, iterations // 4 + 1)]
        for turn in turns:
            works.hang(folder.iteration(name, turn.number), _heavy(turn.number % 8, strokes, points))
        concept = works.concept(f"A Long Walk, {name}")
        made.append(Variant(id=name, concept=concept, iterations=[_long(turn) for turn in turns], status="finished"))
    best = made[0].incumbent
    assert best
    selection = Selection(
        winner="v01", ranking=[Standing(variant="v01", iteration=best.number, points=3, score=best.score or 0)]
    )
    _keep_final(folder, selection)
    return folder, made, selection


def _keep_final(folder: RunFolder, selection: Selection) -> None:
    assert selection.winner
    place = folder.iteration(selection.winner, selection.ranking[0].iteration)
    (place / "plot.gcode").write_text(GCODE)
    folder.keep_selection(selection)


def _edited(variant: Variant) -> Variant:
    turns = [_placed(turn) for turn in variant.iterations]
    if variant.id == "v02":
        rethought = works.concept("The Ledger, Rethought")
        turns[2] = _begun(turns[2], Decision(move="rethink", reason="two in a row were no better"), rethought)
    if variant.id == "v04":
        crossed = works.concept("Salt on the Ledger")
        crossing = Crossing(
            lineage=Lineage(concept_of="v01", marks_of="v02", iteration=2),
            concept=works.concept("Salt Lines"),
            marks=works.concept("The Ledger"),
        )
        turns[2] = _begun(turns[2], Decision(move="cross", reason=str(crossing.lineage)), crossed, crossing)
    return variant.model_copy(update={"iterations": turns})


def _begun(turn: Iteration, decision: Decision, concept: Concept, crossing: Crossing | None = None) -> Iteration:
    return turn.model_copy(update={"decision": decision, "concept": concept, "crossing": crossing})


def _placed(turn: Iteration) -> Iteration:
    if not turn.critique:
        return turn
    changes = [Change(place=place, what="open the hatch", amount="by 0.4 mm") for place in PLACES]
    return turn.model_copy(update={"critique": turn.critique.model_copy(update={"changes": changes})})


def _long(turn: Iteration) -> Iteration:
    """With a source as long as real ones, a little other each time."""
    rows = [f'def wave_{n}(t):\n    """Row {n}."""\n    return {n} * t + SHIFT  # up' for n in range(120)]
    rows[turn.number % 120] += " and away"
    source = "\n\n\n".join([f"import math\n\nSHIFT = {turn.number}", *rows]) + "\n"
    return turn.model_copy(update={"drawing": turn.drawing.model_copy(update={"source": source})})


@cache
def _heavy(number: int, strokes: int, points: int) -> str:
    return layered(number, strokes, points)


def _pen(name: str, colour: str, strokes: list[np.ndarray]) -> svg.Pen:
    offsets = np.cumsum([0, *map(len, strokes)])
    return svg.Pen(name, colour, 0.3, np.concatenate(strokes), offsets)
