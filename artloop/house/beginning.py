"""The house's first drawing of a concept: its study, adapted to the words of the brief."""

from __future__ import annotations

from collections.abc import Iterator

from artloop.house import composing, revising, told, tuning
from artloop.house.repertoire import Repertoire, Study, read_declared
from artloop.house.tuning import Shift
from artloop.house.words import chance, meaning
from artloop.models import Drawing, DrawTask

MARKS = "of its parent"
"""The sketch a crossing takes its marks from, where the repertoire has none for it."""
FIRST_NUDGES = 3
FIRST_REACH = 0.22
"""Share of its range by which a first drawing moves a parameter away from the study's."""
LIVELY_REACH = 0.3


def beginnings(task: DrawTask, repertoire: Repertoire) -> Iterator[Drawing]:
    """The study adapted to the words of the brief; after a failure, adapted otherwise each time."""
    study = study_of(task, repertoire)
    bare = not study.declared.movable and study.declared.seed is None
    if bare and (told.number(task) > 1 or told.attempt(task)):
        plans = revising.plans(task, study.source, None, None)
        yield from (revising.restructured(task, study.source, *plan) for plan in plans[:2])
    for reach in (1.0, 0.4):
        yield adapted(task, study, told.attempt(task), reach)


def plain(task: DrawTask, repertoire: Repertoire) -> Drawing:
    """The study as it is, on the brief's sheet; of a composition the first."""
    study = composing.first_of(study_of(task, repertoire), repertoire)
    source = told.on_sheet(task, study.source)
    return Drawing(
        source=source,
        change=f"took the study {study.name} as it is",
        hypothesis="the study holds by itself",
    )


def study_of(task: DrawTask, repertoire: Repertoire) -> Study:
    """Where the variant starts from: the brief's sketch, the concept's study, or what suits the brief best."""
    if task.brief.sketch is None and (named := composing.known(task.concept.study, repertoire, told.word(task))):
        return named
    if task.marks:
        return Study(name=MARKS, source=task.marks, declared=read_declared(task.marks))
    return repertoire.suited(task.brief, 1)[0]


def adapted(task: DrawTask, study: Study, attempt: int, reach: float) -> Drawing:
    """The study moved by the mood of brief and strategy, as far as `reach` (of 1) lets it."""
    rng = chance(task.brief.text, task.brief.seed, task.variant, study.name, attempt, reach)
    mood = 0.6 * meaning(task.brief.text).liveliness + 0.5 * told.strategy(task).liveliness
    shifts = _nudges(study, mood, reach, rng.sample(study.declared.movable, len(study.declared.movable)))
    seed = _seed(task, study, attempt)
    source = told.with_literals(told.on_sheet(task, study.source), SEED=seed, PARAMS=tuning.values(shifts))
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
    seeds = [own, *(seed for seed in revising.SEEDS if seed != own)]
    chance(task.brief.text, task.brief.seed, study.name).shuffle(seeds)
    at = told.number(task) - 1 + attempt
    return seeds[at % len(seeds)] + (at // len(seeds)) * (max(seeds) + 1)
