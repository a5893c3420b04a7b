"""The house artist's ideas: for each variant a study that suits the brief, a strategy, and words for both."""

from __future__ import annotations

import re

from artloop.house.composing import composed, known, scene_of, suited
from artloop.house.repertoire import Repertoire, Study
from artloop.house.scene import Scene
from artloop.house.strategies import BY_NAME, STRATEGIES, Strategy, dealt
from artloop.house.words import chance, subject
from artloop.models import Brief, Concept, Concepts, CrossTask, ImagineTask, ReimagineTask, RethinkTask


def imagine(task: ImagineTask, repertoire: Repertoire) -> Concepts:
    """As many concepts as asked for: no study and no strategy twice while there are others.

    Every second one is a composition of two studies, if one suits.
    """
    brief, count = task.brief, task.count
    strategies, scenes = dealt(brief, count), iter(suited(brief, repertoire)[: count // 2])
    pairs = [next(scenes, None) if number % 2 else None for number in range(count)]
    taken = {name for scene in pairs if scene for name in (scene.near, scene.far)}
    ranked = repertoire.suited(brief, max(count, len(repertoire.studies)))
    alone = iter([*(one for one in ranked if one.name not in taken), *ranked, *ranked[:1] * count])
    starts = [composed(scene, repertoire) if scene else next(alone) for scene in pairs]
    return Concepts(
        concepts=[
            _concept(brief, number, start or next(alone), strategy)
            for number, start, strategy in zip(range(count), starts, strategies, strict=True)
        ]
    )


def rethink(task: RethinkTask | ReimagineTask, repertoire: Repertoire) -> Concept:
    """The next start and strategy that nobody in the run has; the same ones again only when all are taken."""
    brief, taken = task.brief, [task.concept, *task.siblings]
    number, used = int(task.variant.removeprefix("v")), {known.study for known in taken}
    strategies = dealt(brief, len(STRATEGIES))
    free_ways = [one for one in strategies if one.name not in {known.strategy for known in taken}] or strategies
    study = _free(brief, number, used, repertoire)
    return _concept(brief, brief.variants + number, study, free_ways[number % len(free_ways)])


def _free(brief: Brief, number: int, used: set[str], repertoire: Repertoire) -> Study:
    """A start that is not used: a composition for every second variant, as long as there are any."""
    scenes = [scene for scene in suited(brief, repertoire) if scene.name not in used] if number % 2 == 0 else []
    if scenes and (study := composed(scenes[number // 2 % len(scenes)], repertoire)):
        return study
    studies = repertoire.suited(brief, len(repertoire.studies))
    free = [one for one in studies if one.name not in used] or studies
    return free[number % len(free)]


def cross(task: CrossTask, repertoire: Repertoire) -> Concept:
    """The strategy of one concept on the study of the other; what is not the house's own is put together in words."""
    idea, marks = task.crossing.concept, task.crossing.marks
    study, strategy = known(marks.study, repertoire), BY_NAME.get(idea.strategy)
    number = int(task.variant.removeprefix("v")) + 100 * task.iteration
    if study and strategy and task.brief.sketch is None:
        return _concept(task.brief, number, study, strategy)
    fields = {"title": f"{idea.title}, after {marks.title}", "technique": marks.technique, "pens": marks.pens}
    return idea.model_copy(update={**fields, "study": marks.study})


def _concept(brief: Brief, number: int, study: Study, strategy: Strategy) -> Concept:
    if scene := scene_of(study.name):
        return _composition(brief, scene, study, strategy)
    pens = pens_of(study.source)
    seen = _sentence(study.clause or study.title)
    tags = ", ".join(study.declared.tags[:4])
    return Concept(
        title=_title(brief, number, study, strategy),
        idea=f"{seen} The drawing {strategy.intent}.",
        focus=strategy.focus,
        technique=f"lines after the study {study.name}" + (f": {tags}" if tags else ""),
        pens=pens,
        strategy=strategy.name,
        study=study.name,
    )


def _composition(brief: Brief, scene: Scene, study: Study, strategy: Strategy) -> Concept:
    """Two studies on one sheet: what one sees, why they go together, and where the eye should land."""
    return Concept(
        title=f"{subject(brief.text) or study.title}, {scene.title}",
        idea=f"{scene.clause} {scene.why}",
        focus=scene.focus,
        technique=f"two studies on one sheet, {scene.near} {scene.joint} {scene.far}, which keeps out of its way",
        pens=scene.pens,
        strategy=strategy.name,
        study=study.name,
    )


def _title(brief: Brief, number: int, study: Study, strategy: Strategy) -> str:
    """The brief's own words, or the study's, and half a line of the strategy's."""
    pick = chance(brief.text, brief.seed, number, "title")
    return f"{subject(brief.text) or study.title}, {pick.choice(strategy.epithets)}"


def _sentence(text: str) -> str:
    plain = text.strip().rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}."


def pens_of(source: str) -> list[str]:
    """Names of the layers of a sketch in the order in which they are named; ink if it names none."""
    found = re.findall(r"""\bL\(\s*name\s*=\s*["']([^"']+)["']""", source)
    return list(dict.fromkeys(found))[:3] or ["ink"]
