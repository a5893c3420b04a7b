"""A search with its files in a folder: `tune.jsonl` while it goes on, `tune.json` and `tune.svg` once it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from artloop.models import Tuned, TuneTask
from artloop.ports import Measure, Searched
from artloop.source import declared
from artloop.tune.chart import charted
from artloop.tune.objective import check
from artloop.tune.record import Record
from artloop.tune.search import tuned, unwatched
from artloop.tune.searchers import searcher_for
from artloop.tune.space import space_of
from artloop.workspace import write_json, write_text

RECORD, RESULT, CHART = "tune.jsonl", "tune.json", "tune.svg"


async def tuned_in(where: Callable[[], Path], task: TuneTask, measure: Measure, told: Searched = unwatched) -> Tuned:
    """`ports.Tune`: a search with its files in a folder, where a record that lies there is taken up.

    Raises as `tuned` does, and `RunDamaged` and `StorageError`.
    """
    check(task.targets)
    searcher_for(task, space_of(task))
    folder = await asyncio.to_thread(where)
    with Record.open(folder / RECORD, task) as record:
        found = await tuned(task, measure, record, told)
    await asyncio.to_thread(_keep, folder, found)
    return found


def _keep(folder: Path, found: Tuned) -> None:
    write_text(folder / CHART, charted(found, declared(found.source).title or "search"))
    write_json(folder / RESULT, found)


def verdict(found: Tuned) -> list[str]:
    """What came of it in plain lines: how it ended, then each target at the start and at the best."""
    count = f"{len(found.losses)} render{'s' * (len(found.losses) != 1)}"
    if found.met and not found.better:
        first = "everything is met at the start already: nothing was changed"
    elif found.met:
        first = f"everything is met after {count}"
    elif found.better:
        first = f"not everything is met after {count}, but nearer: distance {_from_to(found)}"
    else:
        first = f"nothing better than the start was found in {count}: nothing was changed"
    tried = " (every combination was tried)" if found.ended == "exhausted" else ""
    return [first + tried, *(_of_target(found, number) for number in range(len(found.targets))), *_of_drawing(found)]


def _from_to(found: Tuned) -> str:
    return f"{found.start.loss:.3g} -> {found.best.loss:.3g}"


def _of_target(found: Tuned, number: int) -> str:
    target = found.targets[number]
    before, after = (trial.measured.get(target.metric) for trial in (found.start, found.best))
    met = after is not None and target.low <= after <= target.high
    values = " -> ".join("no drawing" if value is None else f"{value:g}" for value in (before, after))
    return f"{target.metric} {values} (wished {target.low:g}..{target.high:g}: {'met' if met else 'not met'})"


def _of_drawing(found: Tuned) -> list[str]:
    if found.best.failure:
        return [f"it does not draw: {found.best.failure}"]
    return [f"not plottable: {', '.join(found.best.closed)}"] if found.best.closed else []
