"""The house's revisions of a drawing: bold moves that change its structure, and single steps of one parameter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from artloop.house import composing, moves, placing, told, tuning
from artloop.house.look import Sight
from artloop.house.moves import Move
from artloop.house.repertoire import read_declared
from artloop.house.tuning import Shift, Way
from artloop.house.words import chance, meaning
from artloop.models import Drawing, DrawTask, Iteration, Metrics, Params
from artloop.source import replaced

RECAST = 3
"""Parameters moved at once when a drawing is set otherwise."""
SEEDS = (1, 2, 3, 4, 5)
"""Besides a sketch's own: the seeds every sketch of the repertoire was looked at with."""


def revisions(task: DrawTask, best: Iteration, sight: Sight | None) -> Iterator[Drawing]:
    """By turns a bold move and a move of one parameter of the incumbent, the bold one first."""
    for pair in zip_longest(_bold(task, best, sight), tuned(task, best)):
        yield from (one for one in pair if one)


def _bold(task: DrawTask, best: Iteration, sight: Sight | None) -> Iterator[Drawing]:
    """Structural moves, of a composition another opening, other settings and another seed.

    Each revision begins one later, for a task does not tell what came second before.
    """
    source = best.drawing.source
    seeds = other_seeds(task, source)
    options = [
        partial(restructured, task, source, move, values)
        for move, values in plans(task, source, sight, best.rendering.metrics)
    ]
    options += [partial(recast, source, shifts)] if (shifts := several(task, source, composing.VIEW)) else []
    options += [partial(recast, source, shifts)] if (shifts := several(task, source)) else []
    options += [partial(reseeded, source, seed) for seed in seeds[:1]]
    start = (task.iteration - 2) % len(options) if options else 0
    for made in [*options[start:], *options[:start], *(partial(reseeded, source, seed) for seed in seeds[1:])]:
        yield made()


def lessons(history: list[Iteration]) -> dict[Way, bool]:
    """Which moves of one parameter made a better drawing and which did not, the latest word counting."""
    found: dict[Way, bool] = {}
    best: Iteration | None = None
    for one in history:
        if best and (way := tuning.way_between(best.drawing.source, one.drawing.source)):
            found[way] = (one.score or 0) > (best.score or 0)
        if one.score is not None and (best is None or one.score > (best.score or 0)):
            best = one
    return found


def plans(task: DrawTask, source: str, sight: Sight | None, metrics: Metrics | None) -> list[tuple[Move, Params]]:
    """Structural moves that suit the drawing and were not tried before; the strategy's own come first."""
    about = meaning(task.brief.text)
    known = {name for one in task.history for name in moves.applied(one.drawing.source)}
    found = []
    for name in _order(task):
        move = moves.BY_NAME[name]
        rng = chance(task.brief.text, task.brief.seed, task.variant, task.iteration, name)
        if name in known or not placing.suits(move, source, sight, metrics):
            continue
        if (values := placing.settings(move, sight, task.brief.canvas, about, rng)) is not None:
            found.append((move, values))
    return found


def restructured(task: DrawTask, source: str, move: Move, values: Params) -> Drawing:
    """The drawing with one more move."""
    text = moves.apply(told.on_sheet(task, source), move, values, task.brief.canvas)
    return Drawing(source=text, change=move.change, hypothesis=move.hypothesis)


def _order(task: DrawTask) -> list[str]:
    """All moves: the strategy's, then the others as chance has it."""
    own = [name for name in told.strategy(task).moves if name in moves.BY_NAME]
    others = [name for name in moves.BY_NAME if name not in own]
    chance(task.brief.text, task.brief.seed, task.variant, "moves").shuffle(others)
    return [*own, *others]


def tuned(task: DrawTask, best: Iteration) -> Iterator[Drawing]:
    """Single steps, those towards the critic's targets first."""
    rng = chance(task.brief.text, task.brief.seed, task.variant, task.iteration, "tune")
    source, targets = best.drawing.source, best.critique.targets if best.critique else []
    wishes = ", ".join(f"{target.metric} {target.low:g} to {target.high:g}" for target in targets)
    for shift in tuning.options(source, best.rendering.metrics, targets, lessons(task.history), rng):
        yield Drawing(
            source=replaced(source, PARAMS=tuning.values([shift])),
            change=f"moved {shift}",
            hypothesis=f"one step towards {wishes}" if wishes else "one step to see where this parameter leads",
        )


def several(task: DrawTask, source: str, prefix: str = "") -> list[Shift]:
    """A few parameters whose names begin so, each moved by a quarter to half of its range."""
    rng = chance(task.brief.text, task.brief.seed, task.variant, task.iteration, "recast")
    known = read_declared(source)
    names = [name for name in known.movable if name.startswith(prefix)]
    picked = rng.sample(names, min(RECAST, len(names)))
    found = [tuning.shifted(known, name, rng.choice((-1, 1)) * rng.uniform(0.25, 0.5)) for name in picked]
    return [shift for shift in found if shift]


def recast(source: str, shifts: list[Shift]) -> Drawing:
    """The drawing with several parameters moved at once."""
    return Drawing(
        source=replaced(source, PARAMS=tuning.values(shifts)),
        change=f"set it otherwise: {', '.join(map(str, shifts))}",
        hypothesis="the same idea in other proportions",
    )


def other_seeds(task: DrawTask, source: str) -> list[int]:
    """Seeds that no drawing of the variant had yet; none for a sketch without one."""
    used = {read_declared(one.drawing.source).seed for one in task.history}
    return [seed for seed in SEEDS if seed not in used] if read_declared(source).seed is not None else []


def reseeded(source: str, seed: int) -> Drawing:
    """The same sketch with another seed."""
    return Drawing(
        source=replaced(source, SEED=seed),
        change=f"drew it again with seed {seed}",
        hypothesis="the same rule may fall better",
    )
