"""Finished variants to look at, with real small drawings on disk."""

import math
from functools import cache
from pathlib import Path

import resvg_py

from artloop.models import (
    Change,
    Comparison,
    Concept,
    Critique,
    Drawing,
    Failure,
    Iteration,
    Metrics,
    Rendering,
    RunRecord,
    Score,
    Selection,
    Standing,
    Target,
    Variant,
)
from artloop.workspace import RunFolder
from tests.scripted import BRIEF, RUN, SCORES, TITLES

RECORD = RunRecord(
    id=RUN,
    brief=BRIEF,
    models={"imagine": "house", "draw": "house", "critique": "house", "choose": "house"},
    created="2025-01-01T12:00:00+00:00",
    artloop="0.1.0",
)


def concept(title: str) -> Concept:
    """An idea."""
    return Concept(
        title=title,
        idea="A low sun over flat water. The lines of the tide crowd at the horizon and let go towards the reader.",
        focus="the gap in the horizon",
        technique="flow lines",
        pens=["indigo", "vermilion"],
        strategy="one rule and one place where it breaks",
        study="tide",
    )


def critique(overall: float) -> Critique:
    """A critic's answer."""
    return Critique(
        first_seen="The dark bay in the lower left.",
        keep="The unbroken horizon.",
        changes=[Change(place="lower third", what="open the hatch", amount="spacing 1.2 to 1.8 mm")],
        targets=[Target(metric="ink_coverage", low=0.1, high=0.2)],
        scores=[
            Score(criterion="focus", value=overall, seen="one dark form"),
            Score(criterion="air", value=6, seen=""),
        ],
        overall=overall,
        measured=True,
    )


def metrics(number: int) -> Metrics:
    """Measures of a drawing."""
    return Metrics(
        strokes=1200 + number,
        segments=8400,
        ink_mm=9123.4,
        pen_up_mm=2210.0,
        pens=2,
        plot_seconds=840.0,
        bbox_mm=(12, 12, 136, 198),
        margin_min_mm=12,
        out_of_canvas=0,
        ink_coverage=0.14,
        balance_x=0.02,
        balance_y=-0.1,
        symmetry_h=0.4,
        symmetry_v=0.6,
        density_entropy=0.7,
        orientation_entropy=0.8,
        fractal_dimension=1.4,
        compressibility=0.3,
        overplot_max=3,
        spacing_p05_mm=0.5,
    )


def iteration(number: int, score: float | None) -> Iteration:
    """A turn of the loop; without a score its sketch was broken."""
    failure = Failure(kind="exception", message="name 'tide' is not defined", line=12, hint="define it")
    return Iteration(
        number=number,
        drawing=Drawing(
            source=f'"""Salt <Lines> {number}"""\nRINGS = {number}\n\n\ndef draw(t):\n    return []\n',
            change="Thin the hatch in the lower third",
            hypothesis="The sun comes forward",
        ),
        rendering=Rendering(ok=True, metrics=metrics(number))
        if score is not None
        else Rendering(ok=False, failure=failure),
        critique=critique(score) if score is not None else None,
        repairs=0 if score is not None else 2,
    )


def variants() -> tuple[list[Variant], Selection]:
    """The four variants of the scripted run and what the judge made of them."""
    made = []
    for name, title in TITLES.items():
        turns = [iteration(number, score) for number, score in enumerate(SCORES[name], start=1)]
        failed = name == "v03"
        made.append(
            Variant(
                id=name,
                concept=concept(title),
                iterations=turns,
                status="failed" if failed else "finished",
                failure="step v03/03/draw/0 parked: quota used up" if failed else None,
            )
        )
    reasons = ["It holds the eye longer.", "Its horizon is clearer."]
    selection = Selection(
        winner="v04",
        ranking=[
            Standing(variant="v04", iteration=5, points=1.5, score=8.1, strength=0.5, low=-0.6, high=1.1, first=0.52),
            Standing(variant="v01", iteration=4, points=1.5, score=7.4, strength=0.5, low=-0.6, high=1.1, first=0.48),
            Standing(variant="v02", iteration=4, points=0, score=6.1, strength=-1.1, low=-1.6, high=-0.3, first=0.0),
        ],
        comparisons=[
            Comparison(left="v01", right="v02", winner="v01", reasons=reasons, agreed=True),
            Comparison(left="v01", right="v04", winner=None, reasons=reasons, agreed=False),
            Comparison(left="v02", right="v04", winner="v04", reasons=reasons, agreed=True),
        ],
        judge="house",
        rounds=1,
        flip_rate=0.3333,
        calls=6,
    )
    return made, selection


def spiral(turns: int, pen: str) -> str:
    """An SVG of one line."""
    points = [
        (74 + 0.3 * step * math.cos(step / 9), 105 + 0.4 * step * math.sin(step / 9)) for step in range(turns * 57)
    ]
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points if 8 < x < 140 and 8 < y < 202)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" viewBox="0 0 148 210">'
        f'<polyline points="{path}" fill="none" stroke="{pen}" stroke-width="0.3"/></svg>\n'
    )


def hung(path: Path) -> tuple[RunFolder, list[Variant], Selection]:
    """The scripted run's folder with its pictures; what failed has none."""
    folder = RunFolder(path / RUN)
    made, selection = variants()
    for variant in made:
        for turn in variant.iterations:
            if turn.rendering.ok:
                svg = spiral(1 + turn.number, "#20304f" if variant.id != "v01" else "#3a2a20")
                hang(folder.iteration(variant.id, turn.number), svg)
    return folder, made, selection


def hang(place: Path, svg: str) -> None:
    """A drawing and its picture."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "drawing.svg").write_text(svg)
    (place / "preview.png").write_bytes(rasterised(svg))


@cache
def rasterised(svg: str) -> bytes:
    """Its PNG, on white as the render server makes it."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=296, background="#ffffff", skip_system_fonts=True, dpi=96))
