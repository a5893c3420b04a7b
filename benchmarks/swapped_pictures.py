"""Does the critic look? Each drawing is shown to it again, once with its own picture and once with a sibling's.

Everything else a critic is told stays the same: brief, concept, measures, files. A critique *matches* the one on record
when at least half of its changes come back: a change comes back when another one speaks of the same place and asks for
the same thing (in both, at least half of all words of four letters or more are shared). A critic that looks matches
with its own picture and seldom with a sibling's; the house critic takes its advice from measures and matches with both,
though never word for word. Without a run, a small house run is made first.

    python benchmarks/swapped_pictures.py [RUN_ID] [--root DIR] [--samples 8]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from artloop.journal import Journal
from artloop.models import Brief, Change, Critique, CritiqueTask, Iteration, RunRecord, Variant
from artloop.ports import Attempt
from artloop.readback import read_back
from artloop.settings import Settings, load
from artloop.wiring import begin, drive, for_run, workshop
from artloop.workspace import RunFolder, Workspace, write_json

ALIKE = 0.5
OFTEN = 0.5


class Sample(NamedTuple):
    """A drawing, the critique it has, and another variant's picture."""

    variant: Variant
    iteration: Iteration
    sibling: Path


class Tally(NamedTuple):
    """How many critiques said again what the one on record says."""

    matching: int
    same: int
    """Of these, word for word."""
    samples: int

    def __str__(self) -> str:
        return f"{self.matching} of {self.samples} ({self.same} word for word)"


def words(text: str) -> set[str]:
    """The words that carry meaning, roughly."""
    return set(re.findall(r"\w{4,}", text.lower()))


def alike(left: str, right: str) -> bool:
    """Whether two phrases share at least half of their words; two phrases without any are alike."""
    both, either = words(left) & words(right), words(left) | words(right)
    return len(both) >= ALIKE * len(either)


def comes_back(change: Change, others: list[Change]) -> bool:
    """Whether one of the others speaks of the same place and asks for the same."""
    return any(alike(change.place, other.place) and alike(change.what, other.what) for other in others)


def match(known: Critique, other: Critique) -> bool:
    """Whether a critique says what the one on record says; one without changes is compared by what is seen first."""
    if not known.changes:
        return not other.changes and alike(known.first_seen, other.first_seen)
    return sum(comes_back(change, other.changes) for change in known.changes) >= OFTEN * len(known.changes)


def samples(folder: RunFolder, variants: list[Variant]) -> Iterator[Sample]:
    """Every criticised drawing beside the picture of the next variant's drawing of the same iteration."""
    for variant, sibling in zip(variants, [*variants[1:], *variants[:1]], strict=True):
        for iteration in variant.iterations:
            picture = folder.iteration(sibling.id, iteration.number) / "preview.png"
            if iteration.critique and sibling is not variant and picture.is_file():
                yield Sample(variant, iteration, picture)


async def criticised(folder: RunFolder, settings: Settings, chosen: list[Sample], swap: bool) -> list[Critique]:
    """The critiques of a copy of the run, in which the pictures may be swapped. Asks the run's own critic, and pays."""
    record = folder.read_record()
    with tempfile.TemporaryDirectory() as root:
        copy = Workspace(Path(root)).create(record.brief.text)
        write_json(copy.record, RunRecord.model_validate({**record.model_dump(), "id": copy.id, "origin": folder.id}))
        there = for_run(record, settings).model_copy(update={"root": Path(root), "cache": settings.cache_folder})
        with Journal.open(copy, max_failures=1) as journal:
            for sample in chosen:
                here = copy.iteration(sample.variant.id, sample.iteration.number)
                shutil.copytree(folder.iteration(sample.variant.id, sample.iteration.number), here)
                if swap:
                    shutil.copyfile(sample.sibling, here / "preview.png")
            opened = workshop(copy, copy.read_record(), there, journal, lambda event: None, 1, None)
            async with opened as (shop, _):
                asked = (shop.artists.critique(task(record.brief, one), at(one)) for one in chosen)
                return list(await asyncio.gather(*asked))


def task(brief: Brief, sample: Sample) -> CritiqueTask:
    """What the critic was told."""
    number, rendering = sample.iteration.number, sample.iteration.rendering
    concept = sample.variant.concept
    return CritiqueTask(brief=brief, variant=sample.variant.id, concept=concept, iteration=number, rendering=rendering)


def at(sample: Sample) -> Attempt:
    """A step of the copy's."""
    return Attempt(step=f"{sample.variant.id}/{sample.iteration.number:02d}/critique/0")


def tally(folder: RunFolder, settings: Settings, chosen: list[Sample], swap: bool) -> Tally:
    """How often the critic says the same of its own or of a sibling's picture."""
    again = asyncio.run(criticised(folder, settings, chosen, swap))
    pairs = [(one.iteration.critique, other) for one, other in zip(chosen, again, strict=True)]
    known = [(critique, other) for critique, other in pairs if critique]
    return Tally(sum(match(*pair) for pair in known), sum(one == other for one, other in known), len(known))


def house_run(root: Path) -> RunFolder:
    """A small run to look at."""
    settings = load({"root": root})
    folder = begin(Brief(text="tidal memory", variants=4, iterations=2), settings)
    asyncio.run(drive(folder, settings, lambda event: None))
    return folder


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_id", nargs="?")
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--samples", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Workspace(options.root).find(options.run_id) if options.run_id else house_run(Path(made))
        settings = load({"root": options.root})
        chosen = list(samples(folder, read_back(folder).variants))[: options.samples]
        own, sibling = (tally(folder, settings, chosen, swap) for swap in (False, True))
        critic = folder.read_record().models["critique"]
        print(f"critic {critic}: critiques that match: own picture {own}, a sibling's picture {sibling}")


if __name__ == "__main__":
    main()
