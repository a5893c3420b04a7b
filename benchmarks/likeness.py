"""Are near-duplicates told from different drawings? A threshold set on half of the labelled pairs, tried on the others.

`likeness_pairs.json` lists drawings of the repertoire (sketch, parameters, seed) and labelled pairs of them: *near* is
one sketch with parameters 5 % of their range apart, with another seed, or both; *different* is two sketches. Each half
has its own sketches, and the second also pairs its own with those of the first. The threshold is the middle between
the farthest near pair and the nearest different one of the first half.

    python benchmarks/likeness.py
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import NamedTuple

from artloop.grafix.likeness import NEAR, Descriptor, distance, of_svg
from artloop.grafix.renderer import Renderer, renderer
from artloop.models import Params, Place, RenderRequest, Value
from artloop.settings import RenderLimits, load

HERE = Path(__file__).parent
SKETCHES = HERE.parent / "sketches"


class Made(Value):
    """How a drawing is made."""

    sketch: str
    params: Params
    seed: int


class Pair(Value):
    """Two drawings by name, and what a person says of them."""

    left: str
    right: str
    near: bool
    half: int


class Labelled(Value):
    """The file."""

    drawings: dict[str, Made]
    pairs: list[Pair]


class Tally(NamedTuple):
    """What a threshold makes of one half."""

    caught: int
    near: int
    let_by: int
    different: int
    farthest: float
    """Of the near pairs."""
    nearest: float
    """Of the different ones."""


async def described(drawings: dict[str, Made], folder: Path) -> dict[str, Descriptor]:
    """Render all drawings, or take them from the cache."""
    async with renderer(RenderLimits(timeout_s=120, max_concurrency=2), load().cache_folder) as made:
        return {name: await of(made, one, folder / str(number)) for number, (name, one) in enumerate(drawings.items())}


async def of(made: Renderer, one: Made, folder: Path) -> Descriptor:
    """The descriptor of one drawing."""

    async def untold(done: int, total: int) -> None:
        """Nobody watches the kernels here."""

    source = (SKETCHES / f"{one.sketch}.py").read_text(encoding="utf-8")
    request = RenderRequest(source=source, params=one.params, seed=one.seed, output_formats=("svg",))
    found = (await made.render(request, lambda: (folder, Place()), untold)).rendering
    svg = found.artifact("drawing.svg")
    if svg is None:
        raise SystemExit(f"{one.sketch} with {one.params} and seed {one.seed} did not draw: {found.complaint}")
    return of_svg((folder / svg.name).read_text(encoding="utf-8"))


def tally(rows: list[tuple[Pair, float]], threshold: float) -> Tally:
    """How many of a half's pairs the threshold puts on the right side."""
    near = [value for pair, value in rows if pair.near]
    different = [value for pair, value in rows if not pair.near]
    caught, let_by = sum(value < threshold for value in near), sum(value >= threshold for value in different)
    return Tally(caught, len(near), let_by, len(different), max(near), min(different))


def main() -> None:
    """Print the table."""
    labelled = Labelled.model_validate(json.loads((HERE / "likeness_pairs.json").read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(len(labelled.drawings)):
            (Path(folder) / str(number)).mkdir()
        found = asyncio.run(described(labelled.drawings, Path(folder)))
    rows = [(pair, distance(found[pair.left], found[pair.right])) for pair in labelled.pairs]
    halves = [[row for row in rows if row[0].half == half] for half in (1, 2)]
    first = tally(halves[0], NEAR)
    threshold = (first.farthest + first.nearest) / 2
    print(f"{len(rows)} labelled pairs; threshold set on the first half: {threshold:.3f} (in use: {NEAR:g})")
    for name, half in zip(("set on", "reported"), halves, strict=True):
        got = tally(half, threshold)
        print(
            f"{name}: near caught {got.caught} of {got.near} (farthest {got.farthest:.3f}), "
            f"different let by {got.let_by} of {got.different} (nearest {got.nearest:.3f})"
        )


if __name__ == "__main__":
    main()
