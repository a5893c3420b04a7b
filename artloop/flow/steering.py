"""What a variant does next: revise its best drawing, tune it, begin again with another concept, or stop.

Rules decide the clear cases, an agent the others where one is set; without one these are drawn on.
"""

from __future__ import annotations

from collections.abc import Sequence

from artloop.canonical import step_for
from artloop.errors import Halted, StepParked
from artloop.events import ConceptReady, StationEntered, Steered
from artloop.flow.hand import Ear
from artloop.flow.searching import knobs, named, searchable, unmet
from artloop.models import Brief, Concept, Decision, GuidingCritique, Iteration, Move, RethinkTask, SteerTask, Variant
from artloop.ports import Attempt, Workshop


def ruled(variant: Variant, brief: Brief) -> Decision | None:
    """The rules, the first that applies; None: they leave it open.

    What stalls is rethought `brief.rethinks` times and then stops; what failed is drawn again; a new best that
    was drawn and whose critic asks for amounts only is tuned, once.
    """
    if 0 < brief.stall <= variant.stalled_for and not variant.pinned:
        reason = f"{brief.stall} iteration{'' if brief.stall == 1 else 's'} without a better drawing"
        return Decision(move="rethink" if may_rethink(variant, brief) else "stop", reason=reason)
    if not variant.iterations:
        return Decision(move="draw", reason="a first drawing")
    last = variant.iterations[-1]
    if complaint := last.rendering.complaint:
        return Decision(move="draw", reason=f"the last one cannot be plotted: {complaint}")
    if last.refused:
        return Decision(move="draw", reason="the artist refused the last one")
    fresh = is_best(last, variant) and not was_tuned(last)
    if fresh and asks_for_amounts(last) and searchable(variant, brief):
        return Decision(move="tune", reason=f"the critic asks for amounts only: {named(unmet(last))}")
    return None


def drawn_on(variant: Variant) -> Decision:
    """The move that is always open: revise the best as its critic asks."""
    last = variant.iterations[-1]
    found = f", its hypothesis {last.held}" if last.held else ""
    better = "the best so far" if is_best(last, variant) else "no better"
    return Decision(move="draw", reason=f"the last one is {better}{found}")


def open_moves(variant: Variant, brief: Brief) -> list[Move]:
    """What may be done where the rules leave it open."""
    best = variant.incumbent
    tunes = best in variant.chapter and searchable(variant, brief)
    stops = best is not None and not variant.pinned
    moves: list[tuple[Move, bool]] = [
        ("draw", True),
        ("tune", tunes),
        ("rethink", may_rethink(variant, brief)),
        ("stop", stops),
    ]
    return [move for move, is_open in moves if is_open]


def may_rethink(variant: Variant, brief: Brief) -> bool:
    """Whether the variant has not had all its new concepts yet."""
    return sum(one.concept is not None and one.crossing is None for one in variant.iterations) < brief.rethinks


def is_best(one: Iteration, variant: Variant) -> bool:
    """Whether it is the variant's incumbent."""
    return variant.incumbent is not None and variant.incumbent.number == one.number


def asks_for_amounts(one: Iteration) -> bool:
    """Whether a search over the sketch's parameters could do all that the critic asks."""
    return isinstance(one.critique, GuidingCritique) and one.critique.asks == "amounts"


def was_tuned(one: Iteration) -> bool:
    """Whether its drawing came out of a search: another one from there finds next to nothing."""
    return one.decision is not None and one.decision.move == "tune"


async def steer(variant: Variant, number: int, brief: Brief, ear: Ear, shop: Workshop) -> Decision:
    """The steer step. Raises `Halted` when the variant stops here.

    An agent that gives no answer costs nothing but its advice; that nothing came of it is on record as a step of its
    own, so that an answer to a later retry does not change what was drawn meanwhile.
    """
    seen = [(one.score, one.rendering.complaint, one.concept is not None) for one in variant.iterations]
    asked = [one.critique for one in variant.iterations] if brief.tune_renders else []
    asked_by = [shop.artists.fingerprint("steer")] if shop.steers else []
    step = step_for(variant.id, number, "steer", 0, brief.stall, brief.rethinks, seen, *asked, *asked_by)
    without = step_for(variant.id, number, "steer", 1)
    if not shop.steps.begun(step) and shop.steps.begun(step_for(variant.id, number, "draw", 0)):
        return Decision(move="draw", reason="")  # drawn by an artloop that did not steer
    await ear.listen(number, "steer")

    told, said = ear.told(variant), ""

    async def work(tried: Attempt) -> Decision:
        if decision := ruled(told, brief):
            return decision
        return await advised(told, number, brief, ear, shop, tried) if shop.steers else drawn_on(told)

    async def unadvised(tried: Attempt) -> Decision:
        return Decision(move="draw", reason=f"the steer agent gave no answer: {said}")

    try:
        decision = await shop.steps.perform(step, Decision, work) if not shop.steps.begun(without) else None
    except StepParked as error:
        decision, said = None, str(error)
    if decision is None:
        decision = await shop.steps.perform(without, Decision, unadvised)
    shop.emit(Steered(variant=variant.id, iteration=number, decision=decision))
    if decision.move == "stop":
        raise Halted(decision.reason, "stalled")
    return decision


async def advised(variant: Variant, number: int, brief: Brief, ear: Ear, shop: Workshop, attempt: Attempt) -> Decision:
    """What the steer agent would do, of the moves that are open."""
    shop.emit(StationEntered(variant=variant.id, iteration=number, station="steer"))
    best, moves = variant.incumbent, open_moves(variant, brief)
    task = SteerTask(
        brief=brief,
        variant=variant.id,
        iteration=number,
        concept=variant.concept_of(number),
        history=variant.chapter,
        incumbent=best.number if best else None,
        moves=moves,
        wishes=unmet(best) if best and "tune" in moves else [],
        knobs=knobs(best) if best and "tune" in moves else [],
        notes=ear.notes,
    )
    course = await shop.artists.steer(task, attempt)
    return Decision(move=course.move, reason=course.reason, knobs=course.knobs if course.move == "tune" else [])


async def rethink(
    variant: Variant, number: int, siblings: Sequence[Concept], brief: Brief, ear: Ear, shop: Workshop
) -> Concept:
    """The rethink step: another concept, told what became of the one before."""
    await ear.listen(number, "rethink")
    shop.emit(StationEntered(variant=variant.id, iteration=number, station="rethink"))
    task = RethinkTask(
        brief=brief,
        variant=variant.id,
        iteration=number,
        concept=variant.concept_of(number),
        history=variant.chapter,
        siblings=list(siblings),
        notes=ear.notes,
    )
    step = step_for(variant.id, number, "rethink", 0, task, shop.artists.fingerprint("rethink"))

    async def work(tried: Attempt) -> Concept:
        return await shop.artists.rethink(task, tried)

    concept = await shop.steps.perform(step, Concept, work)
    await shop.shelf.keep_concept(variant.id, concept)
    shop.emit(ConceptReady(variant=variant.id, title=concept.title, technique=concept.technique))
    return concept


def lessons(made: Sequence[Iteration]) -> list[str]:
    """What the critics said of the drawings of a concept that is given up: what held, and what was still amiss."""
    said = [one.critique for one in made if one.critique]
    kept = dict.fromkeys(f"worked: {one.keep}" for one in said)
    missed = dict.fromkeys(f"amiss at {change.place}: {change.what}" for one in said[-1:] for change in one.changes)
    return [*kept, *missed]
