"""One concept, drawn and improved: draw -> render -> (repair) -> critique, again and again, keeping the best."""

from __future__ import annotations

from typing import NamedTuple

from artloop.canonical import step_for
from artloop.errors import ArtloopError, BudgetReached, CutOff, Halted, NotYet, StepParked
from artloop.events import (
    ConceptReady,
    Critiqued,
    IterationEnded,
    LessonsLearned,
    StationEntered,
    VariantEnded,
)
from artloop.flow import drafting
from artloop.flow.breeding import cross
from artloop.flow.challenge import challenged
from artloop.flow.company import Company
from artloop.flow.hand import Ear
from artloop.flow.memory import memory, remembered
from artloop.flow.searching import tuned
from artloop.flow.steering import lessons, rethink, steer
from artloop.flow.stopping import End, Stopper
from artloop.models import (
    Brief,
    Concept,
    Critique,
    CritiqueTask,
    Decision,
    Drawing,
    DrawTask,
    Iteration,
    Rendering,
    Variant,
)
from artloop.ports import Attempt, Workshop


async def improve(
    name: str, concept: Concept, brief: Brief, shop: Workshop, stop: Stopper, company: Company | None = None
) -> Variant:
    """One variant from its concept to its end."""
    await shop.shelf.keep_concept(name, concept)
    return await go_on(begun(name, concept, shop), brief, shop, stop, company or Company())


def begun(name: str, concept: Concept, shop: Workshop) -> Variant:
    """A variant that has its idea."""
    shop.emit(ConceptReady(variant=name, title=concept.title, technique=concept.technique))
    return Variant(id=name, concept=concept)


async def go_on(variant: Variant, brief: Brief, shop: Workshop, stop: Stopper, company: Company) -> Variant:
    """Make iterations until the stopper says why not, with the others in company."""
    company.enter(variant)
    try:
        return await iterated(variant, brief, shop, stop, company)
    finally:
        company.leave(variant.id)


async def iterated(variant: Variant, brief: Brief, shop: Workshop, stop: Stopper, company: Company) -> Variant:
    """The variant when its iterations are made; a step that cannot be done ends this variant alone."""
    ear = Ear(variant, brief, company, shop)
    while (end := stop(variant)) is None:
        try:
            iteration = await iterate(variant, brief, ear, company, shop)
        except NotYet:
            return ear.told(variant)
        except CutOff:
            continue  # what is committed comes back at once, and what the artist asked takes effect before the step
        except Halted as error:
            return ended(ear.told(variant), End(error.status, str(error)), shop)
        except BudgetReached as error:
            return ended(ear.told(variant), End("budget", str(error)), shop)
        except StepParked as error:
            return failed(ear.told(variant), str(error), error.outage, shop)
        except ArtloopError:
            raise  # concerns the whole run
        except Exception as error:  # noqa: BLE001 - the edge of a variant: an SDK may leak its own types; the siblings go on
            return failed(ear.told(variant), f"{type(error).__name__}: {error}", False, shop)
        company.standing[variant.id] = variant = await grown(
            ear.told(variant), remembered(variant, iteration) if brief.memory else iteration, shop
        )
    return ended(variant, end, shop)


async def iterate(variant: Variant, brief: Brief, ear: Ear, company: Company, shop: Workshop) -> Iteration:
    """One turn: steer, draw or tune, render, repair what cannot be plotted, and show what can to the critic."""
    number = len(variant.iterations) + 1
    turn = await turned(variant, number, brief, ear, company, shop)
    task = draw_task(variant, number, brief, turn.fresh)
    task = task.model_copy(update={"shared": company.shared_with(variant.id)})
    made = await drafting.make(task, ear, company, shop, turn.given)
    shown = made.counts and brief.strategy != "quick"
    critique = await criticise(task, made.drawing, made.rendering, ear, shop) if shown else None
    one = Iteration(
        number=number,
        **made._asdict(),
        critique=critique,
        decision=turn.decision,
        concept=turn.fresh,
        crossing=variant.crossing,
    )
    return await challenged(variant, one, brief, shop)


class Turn(NamedTuple):
    """How an iteration begins."""

    decision: Decision
    fresh: Concept | None = None
    """The new concept it begins with, if it does."""
    given: Drawing | None = None
    """The drawing that a search found, if there is one."""


async def turned(variant: Variant, number: int, brief: Brief, ear: Ear, company: Company, shop: Workshop) -> Turn:
    """What the variant does next, done as far as it comes before drawing."""
    siblings = company.siblings(variant.id)
    if variant.crossing:
        await ear.listen(number, "cross")
        return Turn(*await cross(variant, variant.crossing, number, siblings, brief, ear.notes, shop))
    decision = await steer(variant, number, brief, ear, shop)
    match decision.move:
        case "tune":
            decision, given = await tuned(variant, number, brief, decision, ear, shop)
            return Turn(decision, given=given)
        case "rethink":
            return Turn(decision, await rethink(variant, number, siblings, brief, ear, shop))
        case _:
            return Turn(decision)


def draw_task(variant: Variant, number: int, brief: Brief, fresh: Concept | None) -> DrawTask:
    """What the implementer is told before its first try: of the present concept alone, and lessons of the last one."""
    told = [] if fresh or brief.strategy == "best-of-n" else variant.chapter
    best = variant.model_copy(update={"iterations": told}).incumbent
    crossing = variant.crossing or (None if fresh else variant.crossed)
    return DrawTask(
        brief=brief,
        variant=variant.id,
        concept=fresh or variant.concept_of(number),
        iteration=number,
        history=told,
        incumbent=best.number if best else None,
        lessons=lessons(variant.chapter) if fresh else [],
        marks=crossing.source if crossing else "",
        memory=memory(variant),
    )


async def criticise(told: DrawTask, drawing: Drawing, rendering: Rendering, ear: Ear, shop: Workshop) -> Critique:
    """The critique step: of the drawing's making the critic hears its hypothesis only."""
    name, number = told.variant, told.iteration
    await ear.listen(number, "critique")
    shop.emit(StationEntered(variant=name, iteration=number, station="critique"))
    task = CritiqueTask(
        brief=told.brief,
        variant=name,
        concept=told.concept,
        iteration=number,
        rendering=rendering,
        hypothesis=drawing.hypothesis if told.brief.hypotheses else "",
        notes=ear.notes,
    )
    step = step_for(name, number, "critique", 0, task, shop.artists.fingerprint("critique"))

    async def work(tried: Attempt) -> Critique:
        return await shop.artists.critique(task, tried)

    critique = await shop.steps.perform(step, task.form, work)
    await shop.shelf.keep_critique(name, number, critique)
    shop.emit(Critiqued(variant=name, iteration=number, critique=critique))
    return critique


async def grown(variant: Variant, iteration: Iteration, shop: Workshop) -> Variant:
    """The variant with one more iteration: the only place where the list grows."""
    first = {"concept": iteration.concept} if iteration.concept and not variant.iterations else {}
    made = [*variant.iterations, iteration]
    more = variant.model_copy(update={"iterations": made, "crossing": None, **first})
    if iteration.crossing:
        await shop.shelf.keep_variant(more)
    best = more.incumbent
    shop.emit(
        IterationEnded(
            variant=variant.id,
            iteration=iteration.number,
            score=iteration.score,
            better=best is not None and best.number == iteration.number,
            change=iteration.drawing.change,
            repairs=iteration.repairs,
        )
    )
    if iteration.lessons:
        shop.emit(LessonsLearned(variant=variant.id, iteration=iteration.number, lessons=iteration.lessons))
    return more


def ended(variant: Variant, end: End, shop: Workshop) -> Variant:
    """The variant as it stays. Without any drawing to show it has failed, however it ended."""
    if end.status == "running":
        return variant
    if variant.incumbent is None and end.status in ("finished", "stalled"):
        last = variant.iterations[-1].rendering.complaint if variant.iterations else "no iteration was made"
        why = f"no drawing could be plotted: {last}" if last else "the artist accepted no drawing"
        return failed(variant, why, False, shop)
    shop.emit(VariantEnded(variant=variant.id, status=end.status, reason=end.reason, session=shop.session))
    return variant.model_copy(update={"status": end.status})


def failed(variant: Variant, reason: str, outage: bool, shop: Workshop) -> Variant:
    """The variant with what went wrong; its incumbent, if any, is still up for choice."""
    shop.emit(VariantEnded(variant=variant.id, status="failed", reason=reason, session=shop.session))
    return variant.model_copy(update={"status": "failed", "failure": reason, "outage": outage})
