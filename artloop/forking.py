"""A new run that begins with a copy of another one's history: whole in its place, or not there at all."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, ValidationError

from artloop import __version__
from artloop.errors import RunDamaged, UsageError
from artloop.events import LimitFound
from artloop.journal import Journal
from artloop.journal.history import History, StepName, history, inherit
from artloop.lock import driver_lock
from artloop.models import Brief, Concepts, Fork, RunRecord, Value, Variant
from artloop.readback import read_back
from artloop.workspace import (
    RunFolder,
    Workspace,
    checked_id,
    contained,
    new_run_id,
    storage,
    write_bytes,
    write_json,
)

IMAGINED = StepName(variant="run", iteration=0, kind="imagine", ordinal=0)


class Onward(Value):
    """How a fork goes on."""

    text: str | None = None
    """The brief from here on; None: as it was."""
    variants: int = Field(1, ge=1, le=256)
    """Continuations."""
    iterations: int | None = Field(None, ge=1, le=200)
    """In all, those taken over included; None: as many as the run was to make, and one at least."""


def onward_from(text: str | None, variants: int, iterations: int | None) -> Onward:
    """How a fork is to go on. Raises `UsageError` that names the option."""
    if text is not None and not text.strip():
        raise UsageError("--brief is empty; say what to draw from here on, or leave it out")
    try:
        return Onward(text=text.strip() if text else None, variants=variants, iterations=iterations)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}") from error


def fork(source: RunFolder, workspace: Workspace, variant: str, iteration: int, onward: Onward) -> RunFolder:
    """A run with that variant's history up to that iteration, which may be driven on.

    Raises `UsageError` for what the run does not have and `RunLocked` while it is driven; nothing is written then.
    """
    at = Fork(run=source.id, variant=checked_id(variant, "variant"), iteration=iteration)
    with driver_lock(source):
        variants = read_back(source).variants
        origin = reached(source, variants, at)
        record = source.read_record()
        brief = onward_brief(record.brief, at, onward)
        fields = {
            "id": new_run_id(brief.text),
            "brief": brief,
            "origin": source.id,
            "fork": at,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "artloop": __version__,
        }
        record = record.model_copy(update=fields)
        taken = laid_out(source, origin, at.iteration, strategies(variants, origin, at.iteration), brief.variant_ids)
        return _written(record, taken, source, origin, workspace)


def reached(source: RunFolder, variants: list[Variant], at: Fork) -> Variant:
    """The variant, if it made that iteration and its pictures are still there."""
    found = next((one for one in variants if one.id == at.variant), None)
    if found is None:
        known = f"it has {variants[0].id} to {variants[-1].id}" if variants else "it has no concepts yet"
        raise UsageError(f"run {source.id} has no variant {at.variant!r}; {known}")
    made = len(found.iterations)
    if not 1 <= at.iteration <= made:
        has = f"it has 1 to {made}" if made else "it has none yet"
        raise UsageError(f"{at.variant} of run {source.id} has no iteration {at.iteration}; {has}")
    for one in found.iterations[: at.iteration]:
        for artifact in one.rendering.artifacts:
            if not contained(source.variant(found.id), artifact.path).is_file():
                raise RunDamaged(f"{source.variant(found.id) / artifact.path} is missing; restore it, then fork again")
    return found


def onward_brief(brief: Brief, at: Fork, onward: Onward) -> Brief:
    """The brief of a fork. Raises `UsageError` when it leaves nothing to do."""
    iterations = onward.iterations if onward.iterations is not None else max(brief.iterations, at.iteration + 1)
    if iterations <= at.iteration:
        more = f"give {at.iteration + 1} or more"
        raise UsageError(f"--iterations {iterations} leaves nothing to do: {at.iteration} are taken over; {more}")
    update = {"text": onward.text or brief.text, "variants": onward.variants, "iterations": iterations}
    return Brief.model_validate({**brief.model_dump(), **update})


def strategies(variants: list[Variant], origin: Variant, iteration: int) -> list[str]:
    """The variant's own strategy, then its siblings': by these its continuations differ, besides by their seeds."""
    own = origin.concept_of(iteration).strategy
    others = [one.concept_of(len(one.iterations)).strategy for one in variants if one.id != origin.id]
    return list(dict.fromkeys([own, *others]))


def laid_out(source: RunFolder, origin: Variant, iteration: int, ways: list[str], names: list[str]) -> list[History]:
    """The history as that of each continuation: the first as it was, each further one with another strategy."""
    mine = history(source.journal, lambda step: step.variant == origin.id and step.iteration <= iteration)
    present, concepts, found = origin.concept_of(iteration), [], []
    for number, name in enumerate(names):
        turned = present.model_copy(update={"strategy": ways[number] if number < len(ways) else ways[0]})
        concepts.append(turned if origin.concept == present else origin.concept)
        found.append(mine.replaced(present, turned).of(name))
    ideas = history(source.journal, lambda step: step == IMAGINED)
    return [ideas.answered(Concepts(concepts=concepts)), *found]


def _written(
    record: RunRecord, taken: list[History], source: RunFolder, origin: Variant, workspace: Workspace
) -> RunFolder:
    """The folder: made under a hidden name, read back, then renamed."""
    place = workspace.runs / record.id
    hidden = RunFolder(place.with_name(f".{record.id}"), workspace.name)
    try:
        with storage(place):
            _fill(hidden, record, taken, source, origin.id)
            _check(hidden, origin, source)
            os.rename(hidden.path, place)
    except BaseException:
        shutil.rmtree(hidden.path, ignore_errors=True)
        raise
    return RunFolder(place, workspace.name)


def _fill(folder: RunFolder, record: RunRecord, taken: list[History], source: RunFolder, variant: str) -> None:
    assert record.fork is not None
    folder.path.mkdir(parents=True)
    inherit(folder.journal, taken)
    with Journal.read(source) as before, Journal.open(folder, max_failures=1) as journal:
        for _, _, event in before.events():
            if isinstance(event, LimitFound):  # what a model turned out to lack, it still lacks
                journal.append(event)
    for name in record.brief.variant_ids:
        for number in range(1, record.fork.iteration + 1):
            copied(source.iteration(variant, number), folder.iteration(name, number))
    for reference in record.brief.references:
        write_bytes(folder.reference(reference), source.reference(reference).read_bytes())
    write_json(folder.record, record)


def copied(source: Path, target: Path) -> None:
    """A folder's files and folders, but no links."""

    def links(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder, name).is_symlink()]

    shutil.copytree(source, target, ignore=links)


def _check(folder: RunFolder, origin: Variant, source: RunFolder) -> None:
    """That the flow makes the same of the copy: what it shared with siblings is not there."""
    record = folder.read_record()
    made = [(one.drawing, one.rendering, one.critique) for one in origin.iterations]
    for name, variant in zip(record.brief.variant_ids, read_back(folder).variants, strict=False):
        again = [(one.drawing, one.rendering, one.critique) for one in variant.iterations]
        if not again or again != made[: record.fork.iteration if record.fork else 0]:
            break
        if name == record.brief.variant_ids[-1]:
            return
    raise UsageError(
        f"{origin.id} of run {source.id} cannot go on by itself: its history depends on other variants; "
        "start a new run from its sketch with: artloop run --sketch"
    )
