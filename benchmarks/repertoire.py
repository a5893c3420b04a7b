"""Does every sketch hold over its whole range? Each at its defaults and at two random settings, on one picture.

Prints each drawing that a gate would refuse and the longest plots; whether the rest is any good is for an eye to say.

    python benchmarks/repertoire.py [SHEET.png] [SEED]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from artloop.cli.thumbnails import PIXELS_PER_MM, Facts, pictures
from artloop.house.repertoire import Repertoire, Study
from artloop.models import RenderRequest
from artloop.settings import load
from artloop.views.wall import Hung, write_wall

SKETCHES = Path(__file__).parents[1] / "sketches"
SETTINGS = 3
"""Of each sketch: its defaults, and random ones."""
COLUMNS = 3 * SETTINGS


def requests(study: Study, seed: int) -> list[RenderRequest]:
    """The sketch as it stands, then with values drawn evenly from its ranges."""
    chance, made = random.Random(f"{study.name} {seed}"), []
    for number in range(1, SETTINGS):
        values = {}
        for name, (low, high) in study.declared.ranges.items():
            whole = isinstance(study.declared.params[name], int)
            values[name] = chance.randint(int(low), int(high)) if whole else round(chance.uniform(low, high), 4)
        made.append(RenderRequest(source=study.source, params=values, seed=number, render_scale=PIXELS_PER_MM))
    return [RenderRequest(source=study.source, render_scale=PIXELS_PER_MM), *made]


def hung(study: Study, request: RenderRequest, picture: Path | None, facts: Facts) -> Hung:
    note = f"seed {request.seed}" if request.seed else "as it stands"
    note += f", {facts.plot_seconds / 60:.0f} min {facts.warning}"
    return Hung(title=study.title, note=note, picture=picture, failure=facts.failure)


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "repertoire.png")
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    studies = Repertoire.read([SKETCHES]).studies
    asked = [(study, request) for study in studies for request in requests(study, seed)]
    shots = pictures(load({}), [request for _, request in asked])
    drawings = [hung(*one, *shot) for one, shot in zip(asked, shots, strict=True)]
    for (study, request), (_, facts) in zip(asked, shots, strict=True):
        if trouble := facts.failure or facts.warning:
            print(f"{study.name} seed {request.seed} {request.params}: {trouble}")
    minutes = max(facts.plot_seconds for _, facts in shots) / 60
    print(f"{len(studies)} sketches, {len(shots)} drawings, longest plot {minutes:.0f} min")
    print(write_wall(path, "Repertoire", drawings, COLUMNS))


if __name__ == "__main__":
    main()
