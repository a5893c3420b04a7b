"""Does the loop improve? The last incumbent against the first render and against as many independent tries.

For each of some briefs and seeds the house artist makes one variant in five iterations, and three of its drawings are
compared by the measures of `measures.py`, which its critic does not optimise:

* `default`: the study that the idea agent chose, as it lies in the repertoire: its own parameters and seed, on the
  brief's sheet and with the brief's pen. Nothing of the brief's words is in it but the choice.
* `best-of-n`: the best, by the house critic's score as in any run, of independent tries on the same concept; they go on
  until as many drawings were rendered as `improve` rendered.
* `improve`: the incumbent at the end of the run.

A render is counted where it is asked of the render server, whoever asks: the flow, the implementer that tries something
out, or a search over parameters. The same source, parameters and seed count once, for the server draws them once.
Nothing is timed, so it may run beside other work. Each cell is a line in a file; a second run goes on with the cells
that are missing. Lines of another state of the program are left out.

    python -m benchmarks.improve --seeds 20 --briefs 5
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from mcp_types import CallToolResult
from pydantic import ValidationError

from artloop import __version__
from artloop.artists.providers import HOUSE
from artloop.canonical import digest
from artloop.casting import cast
from artloop.flow.ranking import share_interval
from artloop.flow.stopping import End, Stopper, when_time_is_up
from artloop.flow.strategies import make
from artloop.grafix.client import GrafixStdio
from artloop.house import beginning
from artloop.house.repertoire import Repertoire
from artloop.journal import Journal
from artloop.models import Brief, Caps, DrawTask, RenderRequest, Value, Variant
from artloop.ports import Workshop
from artloop.settings import Settings, load
from artloop.wiring import both, workshop
from artloop.workspace import RunFolder, Workspace, resource_folders
from benchmarks.measures import PREFERRED, VERDICT, measured, preferred

HERE = Path(__file__).parent
KEPT = HERE.parent / "runs" / "bench-improve.jsonl"
BRIEFS = (
    "tidal memory",
    "静かな夜",
    "Sturm über der Stadt",
    "un jardin sauvage sous la pluie",
    "una carta que nadie leyó",
)
"""The sea in English, calm in Japanese, a storm in German, growth in French, loss in Spanish."""
ITERATIONS, MOST_TRIES = 5, 10_000
BASELINES = ("default", "best-of-n")
MADE_BY = ("artloop/**/*.py", "sketches/*.py", "benchmarks/measures.py", "benchmarks/improve.py")


class Cell(Value):
    """One brief with one seed."""

    brief: str
    seed: int
    made_by: str
    """The state of the program."""
    study: str
    renders: dict[str, int]
    scores: dict[str, float | None]
    """What the house critic says of the drawings; for information, it decides nothing here."""
    measures: dict[str, dict[str, float] | None]
    """By drawing; None: there is none that can be plotted."""


class Counting(GrafixStdio):
    """A render server that remembers the drawings it was asked for."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.drawn: set[str] = set()

    async def call_tool(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None = None
    ) -> CallToolResult:
        """Call a tool, and remember the drawing if it is a render."""
        if tool_name == "render":
            said = RenderRequest.model_validate(arguments)
            self.drawn.add(digest(said.source, said.params, said.seed, said.canvas_size))
        return await super().call_tool(tool_name, arguments, meta)


def served(settings: Settings) -> Counting:
    """The one render server, to be entered."""
    return Counting(settings.root, settings.render, settings.cache_folder, settings.root / "server.log")


class Studio:
    """The house at work, run after run, beside one warm render server."""

    def __init__(self, server: Counting, settings: Settings) -> None:
        self.server, self.settings = server, settings
        self.repertoire = Repertoire.read(resource_folders(HERE.parent, "sketches"))

    @property
    def renders(self) -> int:
        """How many different drawings the present run has asked for."""
        return len(self.server.drawn)

    @asynccontextmanager
    async def run(self, brief: Brief) -> AsyncIterator[tuple[RunFolder, Workshop]]:
        """A new run with hands as any other, but for the server."""
        folder = Workspace(self.settings.root).create(brief.text)
        fields = {"id": folder.id, "created": datetime.now(UTC).isoformat(), "artloop": __version__}
        record = await cast(brief, self.settings, fields)
        self.server.drawn.clear()
        with Journal.open(folder, max_failures=self.settings.loop.max_failures) as journal:
            tell = both(journal, lambda event: None)
            opened = workshop(folder, record, self.settings, journal, tell, 1, None, Caps(), self.server)
            async with opened as (shop, _):
                yield folder, shop


async def made(studio: Studio, brief: Brief) -> Cell:
    """All three drawings of one cell."""
    async with studio.run(brief) as (folder, shop):
        improved = (await make(brief, HOUSE, shop, when_time_is_up(None))).variants[0]
        spent = studio.renders
        measures = {
            "improve": of_best(improved, folder),
            "default": await of_default(improved, brief, studio, shop, folder),
        }
    tries = brief.model_copy(update={"strategy": "best-of-n", "iterations": MOST_TRIES, "tune_renders": 0})
    async with studio.run(tries) as (folder, shop):
        tried = (await make(tries, HOUSE, shop, once_rendered(studio, spent))).variants[0]
        renders = {"improve": spent, "best-of-n": studio.renders}
        measures["best-of-n"] = of_best(tried, folder)
    return Cell(
        brief=brief.text,
        seed=brief.seed,
        made_by=state(),
        study=improved.concept.study,
        renders=renders,
        scores={"improve": score(improved), "best-of-n": score(tried)},
        measures=measures,
    )


def once_rendered(studio: Studio, drawings: int) -> Stopper:
    """End the tries once they have rendered as many drawings."""

    def stop(variant: Variant) -> End | None:
        return End("finished", f"{drawings} drawings rendered") if studio.renders >= drawings else None

    return stop


def score(variant: Variant) -> float | None:
    """What the house critic says of the best."""
    return variant.incumbent.score if variant.incumbent else None


def of_best(variant: Variant, folder: RunFolder) -> dict[str, float] | None:
    """The measures of a variant's incumbent."""
    best = variant.incumbent
    return of_files(folder.iteration(variant.id, best.number)) if best else None


async def of_default(
    variant: Variant, brief: Brief, studio: Studio, shop: Workshop, folder: RunFolder
) -> dict[str, float] | None:
    """The measures of the variant's study as it lies in the repertoire."""
    task = DrawTask(brief=brief, variant=variant.id, concept=variant.concept, iteration=1)
    source = beginning.plain(task, studio.repertoire).source
    request = RenderRequest(source=source, canvas_size=brief.canvas.size, pen_mm=brief.pen_mm)
    found = await shop.render(request, folder.place("default", 1))
    return of_files(folder.iteration("default", 1)) if found.plottable else None


def of_files(folder: Path) -> dict[str, float]:
    """The measures of an iteration's files."""
    return measured(folder / "preview.png", folder / "drawing.svg")


def state() -> str:
    """A name for the state of everything that decides a cell."""
    files = sorted(path for pattern in MADE_BY for path in HERE.parent.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


# -- keeping -----------------------------------------------------------------------------------------------------------


def kept(file: Path) -> list[Cell]:
    """The cells that this state of the program made; a line that was cut off by a kill is none."""
    cells = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            cells.append(Cell.model_validate_json(line))
        except ValidationError:
            continue
    now = state()
    return [cell for cell in cells if cell.made_by == now]


def keep(cell: Cell, file: Path) -> None:
    """Append a line in one write, after a line of its own should the one before have been cut off."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = not file.exists() or file.read_bytes().endswith(b"\n") or not file.stat().st_size
    with file.open("ab", buffering=0) as opened:
        opened.write(("" if whole else "\n").encode() + cell.model_dump_json().encode() + b"\n")
        os.fsync(opened.fileno())


# -- telling -----------------------------------------------------------------------------------------------------------


def vote(cell: Cell, baseline: str) -> dict[str, int]:
    """By each measure and in all: 1 where `improve` is better than the baseline, -1 worse, 0 neither."""
    ours, theirs = cell.measures["improve"], cell.measures[baseline]
    if ours is None or theirs is None:
        return dict.fromkeys([*PREFERRED, VERDICT], (ours is not None) - (theirs is not None))
    return preferred(ours, theirs)


def share(votes: Iterable[int]) -> tuple[float, float, float, int]:
    """The share of wins, a tie counting half, its 95 % interval (Wilson), and of how many."""
    found = list(votes)
    won = sum((one + 1) / 2 for one in found) / len(found)
    return won, *share_interval(won, len(found)), len(found)


def said(low: float, high: float) -> str:
    """What an interval shows."""
    return "improve wins" if low > 0.5 else "improve loses" if high < 0.5 else "nothing shown"


def told(cells: list[Cell], baseline: str) -> list[str]:
    """A table of one baseline: each measure in all, then the verdict by brief."""
    votes = [(cell.brief, vote(cell, baseline)) for cell in cells]
    rows = [(name, [one[name] for _, one in votes]) for name in [*PREFERRED, VERDICT]]
    texts = list(dict.fromkeys(cell.brief for cell in cells))
    rows += [(f'verdict, "{text}"', [one[VERDICT] for brief, one in votes if brief == text]) for text in texts]
    lines = [f"improve against {baseline}: share of cells won, a tie half (95 % interval)"]
    for name, found in rows:  # the name last: Japanese letters are wider than others
        won, low, high, count = share(found)
        ties = sum(one == 0 for one in found)
        lines.append(
            f"  {won:4.0%} ({low:3.0%} to {high:4.0%}) of {count:3}, {ties:2} ties, {said(low, high):<13}  {name}"
        )
    return lines


def conclude(cells: list[Cell]) -> list[str]:
    """Everything there is to say."""
    studies = {(cell.brief, cell.study) for cell in cells}
    renders = [sum(cell.renders[name] for cell in cells) / len(cells) for name in ("improve", "best-of-n")]
    ahead = [a > b for cell in cells if (a := cell.scores["improve"]) is not None and (b := cell.scores["best-of-n"])]
    lines = [
        f"{len(cells)} cells from {len(studies)} pairs of brief and study; drawings rendered a cell: "
        f"improve {renders[0]:.1f}, best-of-n {renders[1]:.1f}",
        f"for information: the house critic itself puts improve before best-of-n in {sum(ahead)} of {len(ahead)}",
    ]
    for baseline in BASELINES:
        lines += told(cells, baseline)
    return lines


def wanted(seeds: int, briefs: int, part: str = "1/1") -> list[tuple[str, int]]:
    """(brief, seed) of the cells, of `K/N` every N-th from the K-th."""
    first, every = map(int, part.split("/"))
    return [(text, seed) for seed, text in product(range(1, seeds + 1), BRIEFS[:briefs])][first - 1 :: every]


async def main(cells: list[tuple[str, int]], file: Path) -> None:
    """Make the cells that are missing, then print the tables of all."""
    done = {(cell.brief, cell.seed) for cell in kept(file)}
    missing = [one for one in cells if one not in done]
    print(f"{len(cells)} cells, {len(cells) - len(missing)} of them in {file.name} already", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = load({"root": folder, "model": {"default": HOUSE}})
        async with served(settings) as server:
            studio = Studio(server, settings)
            for text, seed in missing:
                brief = Brief(
                    text=text,
                    seed=seed,
                    variants=1,
                    iterations=ITERATIONS,
                    hypotheses=True,
                    memory=True,
                    tune_renders=settings.loop.tune_renders,
                )
                keep(cell := await made(studio, brief), file)
                better = ", ".join(f"{vote(cell, name)[VERDICT]:+d} against {name}" for name in BASELINES)
                print(f"{text}, seed {seed}: {cell.study}, {better}, {cell.renders['improve']} drawings", flush=True)
    print("\n".join(conclude([cell for cell in kept(file) if (cell.brief, cell.seed) in set(cells)])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--briefs", type=int, default=1, help=f"of {len(BRIEFS)}")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="for N processes side by side: every N-th cell")
    parser.add_argument("--kept", type=Path, default=KEPT, help="the file of finished cells")
    options = parser.parse_args()
    asyncio.run(main(wanted(options.seeds, options.briefs, options.part), options.kept))
