"""The house implementer: what it would try for a task, in order of preference. It knows nothing beyond the task."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from artloop.house import beginning, moves, revising, told
from artloop.house.look import Sight
from artloop.house.repertoire import Repertoire, read_declared
from artloop.models import Drawing, DrawTask, Params
from artloop.source import replaced


def tries(task: DrawTask, repertoire: Repertoire, sight: Sight | None = None) -> Iterator[Drawing]:
    """Drawings worth rendering, best first, the safest last; made as they are asked for.

    Never a source that was tried before, unless there is nothing else at all.
    """
    if task.broken and task.apart_from:
        wanted = apart(task, task.broken)
    elif task.broken:
        wanted = mended(task, task.broken, repertoire)
    elif best := told.incumbent(task):
        wanted = revising.revisions(task, best, sight)
    else:
        wanted = beginning.beginnings(task, repertoire)
    safest = beginning.plain(task, repertoire)
    tried = {one.drawing.source for one in task.history} | ({task.broken.source} if task.broken else set())
    tried |= {one.drawing.source for one in task.refused}
    fresh = 0
    for one in chain(wanted, [safest]):
        if one.source not in tried:
            tried.add(one.source)
            fresh += 1
            yield one
    if not fresh:
        yield safest


def apart(task: DrawTask, twin: Drawing) -> Iterator[Drawing]:
    """Away from a sibling's drawing: moves that change the structure, then other settings, then another seed."""
    for move, values in revising.plans(task, twin.source, None, None)[:2]:
        yield revising.restructured(task, twin.source, move, values)
    if shifts := revising.several(task, twin.source):
        yield revising.recast(twin.source, shifts)
    for seed in revising.other_seeds(task, twin.source)[:1]:
        yield revising.reseeded(twin.source, seed)


def mended(task: DrawTask, broken: Drawing, repertoire: Repertoire) -> Iterator[Drawing]:
    """Without its last move; its parameters half way back; the incumbent a little otherwise; the study anew."""
    study, best = beginning.study_of(task, repertoire), told.incumbent(task)
    if (undone := moves.undone(broken.source)) != broken.source:
        yield _mended(undone, "took the last move back", task)
    home = read_declared(best.drawing.source if best else study.source).params
    if calmer := _half_way(broken.source, home):
        yield _mended(calmer, "brought the parameters half way back", task)
    if best:
        yield from islice(revising.tuned(task, best), 2)
    yield beginning.adapted(task, study, told.attempt(task) + 1, 0.4)


def _mended(source: str, change: str, task: DrawTask) -> Drawing:
    return Drawing(source=source, change=change, hypothesis=f"this mends: {task.complaint[:120] or 'what was broken'}")


def _half_way(source: str, home: Params) -> str | None:
    """The source with every parameter half way to where it drew well; None if that changes nothing."""
    values: Params = {}
    for name, now in read_declared(source).params.items():
        if name in home and home[name] != now:
            middle = (now + home[name]) / 2
            values[name] = round(middle) if isinstance(now, int) else round(middle, 3)
    return replaced(source, PARAMS=values) if values else None
