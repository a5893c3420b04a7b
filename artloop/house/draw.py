"""The house implementer: what it would try for a task, in order of preference. It knows nothing beyond the task."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any

from artloop.house import composing, moves, placing, strategies, tuning
from artloop.house.look import Sight
from artloop.house.moves import Move
from artloop.house.repertoire import Repertoire, Study, read_declared
from artloop.house.strategies import Strategy
from artloop.house.tuning import Shift, Way
from artloop.house.words import chance, meaning, subject
from artloop.models import Drawing, DrawTask, Iteration, Metrics, Params
from artloop.source import replaced

MARKS = "of its parent"
"""The sketch a crossing takes its marks from, where the repertoire has none for it."""
RECAST = 3
"""Parameters moved at once when a drawing is set otherwise."""
SEEDS = (1, 2, 3, 4, 5)
"""Besides a sketch's own: the seeds every sketch of the repertoire was looked at with."""
FIRST_NUDGES = 3
FIRST_REACH = 0.22
"""Share of its range by which a first drawing moves a parameter away from the study's."""
LIVELY_REACH = 0.3


def tries(task: DrawTask, repertoire: Repertoire, sight: Sight | None = None) -> Iterator[Drawing]:
    """Drawings worth rendering, best first, the safest last; made as they are asked for.

    Never a source that was tried before, unless there is nothing else at all.
    """
    if task.broken and task.apart_from:
        wanted = apart(task, task.broken)
    elif task.broken:
        wanted = mended(task, task.broken, repertoire)
    elif best := incumbent(task):
        wanted = revisions(task, best, sight)
    else:
        wanted = beginnings(task, repertoire)
    safest = plain(task, repertoire)
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


def incumbent(task: DrawTask) -> Iteration | None:
    """The best iteration so far."""
    return next((one for one in task.history if one.number == task.incumbent), None)


# -- beginning ---------------------------------------------------------------------------------------------------------


def beginnings(task: DrawTask, repertoire: Repertoire) -> Iterator[Drawing]:
    """The study adapted to the words of the brief; after a failure, adapted otherwise each time."""
    study = study_of(task, repertoire)
    bare = not study.declared.movable and study.declared.seed is None
    if bare and (_number(task) > 1 or _attempt(task)):
        plans = _plans(task, study.source, None, None)
        yield from (_restructured(task, study.source, *plan) for plan in plans[:2])
    for reach in (1.0, 0.4):
        yield _adapted(task, study, _attempt(task), reach)


def plain(task: DrawTask, repertoire: Repertoire) -> Drawing:
    """The study as it is, on the brief's sheet; of a composition the first."""
    study = composing.first_of(study_of(task, repertoire), repertoire)
    source = _on_sheet(task, study.source)
    return Drawing(
        source=source,
        change=f"took the study {study.name} as it is",
        hypothesis="the study holds by itself",
    )


def study_of(task: DrawTask, repertoire: Repertoire) -> Study:
    """Where the variant starts from: the brief's sketch, the concept's study, or what suits the brief best."""
    if task.brief.sketch is None and (named := composing.known(task.concept.study, repertoire, _word(task))):
        return named
    if task.marks:
        return Study(name=MARKS, source=task.marks, declared=read_declared(task.marks))
    return repertoire.suited(task.brief, 1)[0]


def _adapted(task: DrawTask, study: Study, attempt: int, reach: float) -> Drawing:
    rng = chance(task.brief.text, task.brief.seed, task.variant, study.name, attempt, reach)
    mood = 0.6 * meaning(task.brief.text).liveliness + 0.5 * _strategy(task).liveliness
    shifts = _nudges(study, mood, reach, rng.sample(study.declared.movable, len(study.declared.movable)))
    seed = _seed(task, study, attempt)
    source = _with(_on_sheet(task, study.source), SEED=seed, PARAMS=_values(shifts))
    said = [str(shift) for shift in shifts] + ([f"seed {seed}"] if study.declared.seed is not None else [])
    mood_word = "livelier" if mood > 0.15 else "stiller" if mood < -0.15 else "closer to the brief"
    return Drawing(
        source=source,
        change=f"began from the study {study.name}: {', '.join(said) or 'unchanged'}",
        hypothesis=f"the study's idea carries the brief, made {mood_word}",
    )


def _nudges(study: Study, mood: float, reach: float, names: list[str]) -> list[Shift]:
    """Movement follows the mood; a few other parameters move by chance (the order of names is the chance)."""
    led = [name for name in names if tuning.is_movement(name) and abs(mood) > 0.15]
    free = [name for name in names if name not in led][:FIRST_NUDGES]
    found = [tuning.shifted(study.declared, name, LIVELY_REACH * reach * max(-1.0, min(1.0, mood))) for name in led[:2]]
    for place, name in enumerate(free):
        sign = 1 if (len(name) + place) % 2 else -1
        found.append(tuning.shifted(study.declared, name, sign * FIRST_REACH * reach / (1 + 0.5 * place)))
    return [shift for shift in found if shift]


def _seed(task: DrawTask, study: Study, attempt: int) -> int | None:
    """A seed no other variant of this study has, while there are enough."""
    own = study.declared.seed
    if own is None:
        return None
    seeds = [own, *(seed for seed in SEEDS if seed != own)]
    chance(task.brief.text, task.brief.seed, study.name).shuffle(seeds)
    at = _number(task) - 1 + attempt
    return seeds[at % len(seeds)] + (at // len(seeds)) * (max(seeds) + 1)


# -- revising ----------------------------------------------------------------------------------------------------------


def revisions(task: DrawTask, best: Iteration, sight: Sight | None) -> Iterator[Drawing]:
    """By turns a bold move and a move of one parameter of the incumbent, the bold one first."""
    for pair in zip_longest(_bold(task, best, sight), _tuned(task, best)):
        yield from (one for one in pair if one)


def _bold(task: DrawTask, best: Iteration, sight: Sight | None) -> Iterator[Drawing]:
    """Structural moves, of a composition another opening, other settings and another seed.

    Each revision begins one later, for a task does not tell what came second before.
    """
    source = best.drawing.source
    plans = _plans(task, source, sight, best.rendering.metrics)
    seeds = _other_seeds(task, source)
    options = [partial(_restructured, task, source, move, values) for move, values in plans]
    options += [partial(_recast, source, shifts)] if (shifts := _several(task, source, composing.VIEW)) else []
    options += [partial(_recast, source, shifts)] if (shifts := _several(task, source)) else []
    options += [partial(_reseeded, source, seed) for seed in seeds[:1]]
    start = (task.iteration - 2) % len(options) if options else 0
    for made in [*options[start:], *options[:start], *(partial(_reseeded, source, seed) for seed in seeds[1:])]:
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


def _plans(task: DrawTask, source: str, sight: Sight | None, metrics: Metrics | None) -> list[tuple[Move, Params]]:
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


def _restructured(task: DrawTask, source: str, move: Move, values: Params) -> Drawing:
    text = moves.apply(_on_sheet(task, source), move, values, task.brief.canvas)
    return Drawing(source=text, change=move.change, hypothesis=move.hypothesis)


def _order(task: DrawTask) -> list[str]:
    """All moves: the strategy's, then the others as chance has it."""
    own = [name for name in _strategy(task).moves if name in moves.BY_NAME]
    others = [name for name in moves.BY_NAME if name not in own]
    chance(task.brief.text, task.brief.seed, task.variant, "moves").shuffle(others)
    return [*own, *others]


def _tuned(task: DrawTask, best: Iteration) -> Iterator[Drawing]:
    rng = chance(task.brief.text, task.brief.seed, task.variant, task.iteration, "tune")
    source, targets = best.drawing.source, best.critique.targets if best.critique else []
    wishes = ", ".join(f"{target.metric} {target.low:g} to {target.high:g}" for target in targets)
    for shift in tuning.options(source, best.rendering.metrics, targets, lessons(task.history), rng):
        yield Drawing(
            source=replaced(source, PARAMS=_values([shift])),
            change=f"moved {shift}",
            hypothesis=f"one step towards {wishes}" if wishes else "one step to see where this parameter leads",
        )


def _several(task: DrawTask, source: str, prefix: str = "") -> list[Shift]:
    """A few parameters whose names begin so, each moved by a quarter to half of its range."""
    rng = chance(task.brief.text, task.brief.seed, task.variant, task.iteration, "recast")
    known = read_declared(source)
    names = [name for name in known.movable if name.startswith(prefix)]
    picked = rng.sample(names, min(RECAST, len(names)))
    found = [tuning.shifted(known, name, rng.choice((-1, 1)) * rng.uniform(0.25, 0.5)) for name in picked]
    return [shift for shift in found if shift]


def _recast(source: str, shifts: list[Shift]) -> Drawing:
    return Drawing(
        source=replaced(source, PARAMS=_values(shifts)),
        change=f"set it otherwise: {', '.join(map(str, shifts))}",
        hypothesis="the same idea in other proportions",
    )


def _other_seeds(task: DrawTask, source: str) -> list[int]:
    used = {read_declared(one.drawing.source).seed for one in task.history}
    return [seed for seed in SEEDS if seed not in used] if read_declared(source).seed is not None else []


def _reseeded(source: str, seed: int) -> Drawing:
    return Drawing(
        source=replaced(source, SEED=seed),
        change=f"drew it again with seed {seed}",
        hypothesis="the same rule may fall better",
    )


# -- keeping apart -----------------------------------------------------------------------------------------------------


def apart(task: DrawTask, twin: Drawing) -> Iterator[Drawing]:
    """Away from a sibling's drawing: moves that change the structure, then other settings, then another seed."""
    for move, values in _plans(task, twin.source, None, None)[:2]:
        yield _restructured(task, twin.source, move, values)
    if shifts := _several(task, twin.source):
        yield _recast(twin.source, shifts)
    for seed in _other_seeds(task, twin.source)[:1]:
        yield _reseeded(twin.source, seed)


# -- repairing ---------------------------------------------------------------------------------------------------------


def mended(task: DrawTask, broken: Drawing, repertoire: Repertoire) -> Iterator[Drawing]:
    """Without its last move; its parameters half way back; the incumbent a little otherwise; the study anew."""
    study, best = study_of(task, repertoire), incumbent(task)
    if (undone := moves.undone(broken.source)) != broken.source:
        yield _mended(undone, "took the last move back", task)
    home = read_declared(best.drawing.source if best else study.source).params
    if calmer := _half_way(broken.source, home):
        yield _mended(calmer, "brought the parameters half way back", task)
    if best:
        yield from islice(_tuned(task, best), 2)
    yield _adapted(task, study, _attempt(task) + 1, 0.4)


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


# -- shared ------------------------------------------------------------------------------------------------------------


def _on_sheet(task: DrawTask, source: str) -> str:
    """The source with the brief's sheet and pen."""
    return _with(source, CANVAS=task.brief.canvas.size, PEN_MM=task.brief.pen_mm)


def _with(source: str, **values: Any) -> str:
    """The source with other literals; one that is no Python stays as it is, for the render to say so."""
    try:
        return replaced(source, **values)
    except (SyntaxError, ValueError):
        return source


def _word(task: DrawTask) -> str:
    """What a drawing may have written below it: a brief that is short enough to be a title, and nothing else."""
    word = subject(task.brief.text)
    return word if word.casefold() == " ".join(task.brief.text.split()).strip(" .,;:!?").casefold() else ""


def _values(shifts: list[Shift]) -> Params:
    return {shift.name: shift.after for shift in shifts}


def _strategy(task: DrawTask) -> Strategy:
    """The concept's strategy; words of another idea agent are dealt one by chance."""
    named = strategies.BY_NAME.get(task.concept.strategy)
    return named or chance(task.concept.strategy, task.variant).choice(strategies.STRATEGIES)


def _attempt(task: DrawTask) -> int:
    """How many drawings of the concept there are already, known or not: a try for itself knows of no other."""
    before = task.iteration - 1 if task.brief.strategy == "best-of-n" else len(task.history)
    return before + len(task.refused)


def _number(task: DrawTask) -> int:
    """3 of `v03`; 1 of a name without a number."""
    digits = "".join(letter for letter in task.variant if letter.isdigit())
    return int(digits) if digits else 1
