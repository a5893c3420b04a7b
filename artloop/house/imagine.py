"""The house artist's ideas: for each variant a study that suits the brief, a strategy, and words for both."""

from __future__ import annotations

import re

from artloop.house.repertoire import Repertoire, Study
from artloop.house.strategies import BY_NAME, STRATEGIES, Strategy, dealt
from artloop.house.words import chance, meaning, tokens
from artloop.models import Brief, Concept, Concepts, CrossTask, ImagineTask, ReimagineTask, RethinkTask

TITLE_WORDS, TITLE_LENGTH = 4, 32


def imagine(task: ImagineTask, repertoire: Repertoire) -> Concepts:
    """As many concepts as asked for: no study and no strategy twice while there are others."""
    brief = task.brief
    studies, strategies = repertoire.suited(brief, task.count), dealt(brief, task.count)
    pairs = zip(range(task.count), studies, strategies, strict=True)
    return Concepts(concepts=[_concept(brief, number, study, strategy) for number, study, strategy in pairs])


def rethink(task: RethinkTask | ReimagineTask, repertoire: Repertoire) -> Concept:
    """The next study and strategy that nobody in the run has; the same ones again only when all are taken."""
    brief, taken = task.brief, [task.concept, *task.siblings]
    studies, strategies = repertoire.suited(brief, len(repertoire.studies)), dealt(brief, len(STRATEGIES))
    number = int(task.variant.removeprefix("v"))
    free_studies = [one for one in studies if one.name not in {known.study for known in taken}] or studies
    free_ways = [one for one in strategies if one.name not in {known.strategy for known in taken}] or strategies
    study, strategy = free_studies[number % len(free_studies)], free_ways[number % len(free_ways)]
    return _concept(brief, brief.variants + number, study, strategy)


def cross(task: CrossTask, repertoire: Repertoire) -> Concept:
    """The strategy of one concept on the study of the other; what is not the house's own is put together in words."""
    idea, marks = task.crossing.concept, task.crossing.marks
    study, strategy = repertoire.named(marks.study), BY_NAME.get(idea.strategy)
    number = int(task.variant.removeprefix("v")) + 100 * task.iteration
    if study and strategy and task.brief.sketch is None:
        return _concept(task.brief, number, study, strategy)
    fields = {"title": f"{idea.title}, after {marks.title}", "technique": marks.technique, "pens": marks.pens}
    return idea.model_copy(update={**fields, "study": marks.study})


def _concept(brief: Brief, number: int, study: Study, strategy: Strategy) -> Concept:
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


def _title(brief: Brief, number: int, study: Study, strategy: Strategy) -> str:
    """The brief's own words, or the study's, and half a line of the strategy's."""
    pick = chance(brief.text, brief.seed, number, "title")
    return f"{_subject(brief.text) or study.title}, {pick.choice(strategy.epithets)}"


def _subject(text: str) -> str:
    """The brief itself if it is short enough for a title, else its one or two most telling words; empty without any."""
    plain = " ".join(text.split()).strip(" .,;:!?")
    words = list(dict.fromkeys(tokens(plain)))
    if not words:
        return ""
    short = len(plain.split()) <= TITLE_WORDS and len(plain) <= TITLE_LENGTH
    telling = [word for word in words if meaning(word).ideas][:2] or [max(words, key=len)]
    chosen = plain if short else " and ".join(telling)[:TITLE_LENGTH]
    return chosen[:1].upper() + chosen[1:]


def _sentence(text: str) -> str:
    plain = text.strip().rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}."


def pens_of(source: str) -> list[str]:
    """Names of the layers of a sketch in the order in which they are named; ink if it names none."""
    found = re.findall(r"""\bL\(\s*name\s*=\s*["']([^"']+)["']""", source)
    return list(dict.fromkeys(found))[:3] or ["ink"]
