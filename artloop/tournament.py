"""Choosing between finished drawings: every pair in both orders; two orders that disagree are a tie."""

from __future__ import annotations

import asyncio
from itertools import combinations

from artloop.canonical import step_for
from artloop.errors import BudgetReached, StepParked, first_of
from artloop.events import Compared, StationEntered
from artloop.models import Brief, Comparison, Selection, Standing, Variant, Verdict
from artloop.ports import Attempt, Candidate, ChooseTask, Workshop


def candidates(variants: list[Variant]) -> list[Candidate]:
    """The incumbents of the variants that have one and are not dropped; only the pinned ones, if there are any."""
    entries = [variant for variant in variants if variant.incumbent and variant.status != "dropped"]
    pinned = [variant for variant in entries if variant.pinned]
    return [
        Candidate(
            variant=variant.id,
            iteration=best.number,
            title=variant.concept_of(best.number).title,
            rendering=best.rendering,
            score=best.score or 0.0,
        )
        for variant in pinned or entries
        if (best := variant.incumbent)
    ]


async def choose(brief: Brief, entries: list[Candidate], judge: str, shop: Workshop) -> Selection:
    """Judge all pairs at once and rank by points; equal points go by the critic's score, then by name.

    A judge that cannot be paid for every pair ranks nothing: the verdicts there are stay on record for a resume.
    """
    pairs = list(combinations(entries, 2))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(compare(brief, *pair, number, shop)) for number, pair in enumerate(pairs)]
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
    judged = [task.result() for task in tasks]
    comparisons = [comparison for comparison in judged if comparison]
    unpaid = len(comparisons) < len(pairs)
    if unpaid:
        comparisons = []
    ranking = ranked(entries, comparisons)
    return Selection(
        winner=ranking[0].variant if ranking else None,
        ranking=ranking,
        comparisons=comparisons,
        judge=judge,
        measured=judge == "house",
        unpaid=unpaid,
    )


async def compare(brief: Brief, left: Candidate, right: Candidate, number: int, shop: Workshop) -> Comparison | None:
    """Judge one pair in both orders; None when the budget does not reach for it."""
    for entry in (left, right):
        shop.emit(StationEntered(variant=entry.variant, iteration=entry.iteration, station="choose"))
    async with asyncio.TaskGroup() as group:
        forth = group.create_task(judge_pair(brief, left, right, 2 * number, shop))
        back = group.create_task(judge_pair(brief, right, left, 2 * number + 1, shop))
    first, second = forth.result(), back.result()
    if first is None or second is None:
        return None
    winners = [named(first, left, right), named(second, right, left)]
    agreed = winners[0] == winners[1]
    result = Comparison(
        left=left.variant,
        right=right.variant,
        winner=winners[0] if agreed else None,
        reasons=[first.reason, second.reason],
        agreed=agreed,
    )
    shop.emit(Compared(left=result.left, right=result.right, winner=result.winner, agreed=agreed))
    return result


async def judge_pair(brief: Brief, first: Candidate, second: Candidate, ordinal: int, shop: Workshop) -> Verdict | None:
    """The choose step. A judge that cannot answer counts as a tie, with its reason: no drawing is lost to it.

    None, instead of an error that would cut off the verdicts in flight, when the judge cannot be paid.
    """
    task = ChooseTask(brief=brief, first=first, second=second)
    step = step_for("run", 0, "choose", ordinal, task, shop.artists.fingerprint("choose"))

    async def work(tried: Attempt) -> Verdict:
        return await shop.artists.choose(task, tried)

    try:
        return await shop.steps.perform(step, Verdict, work)
    except BudgetReached:
        return None
    except StepParked as error:
        return Verdict(first_alone="", second_alone="", winner="tie", reason=f"no verdict: {error}")


def named(verdict: Verdict, first: Candidate, second: Candidate) -> str | None:
    """The variant a verdict means."""
    return {"first": first.variant, "second": second.variant, "tie": None}[verdict.winner]


def ranked(entries: list[Candidate], comparisons: list[Comparison]) -> list[Standing]:
    """Points from the pairs, best first."""
    points = {entry.variant: 0.0 for entry in entries}
    for pair in comparisons:
        for side in (pair.left, pair.right):
            points[side] += 1.0 if pair.winner == side else 0.5 if pair.winner is None else 0.0
    standings = [
        Standing(variant=entry.variant, iteration=entry.iteration, points=points[entry.variant], score=entry.score)
        for entry in entries
    ]
    return sorted(standings, key=lambda place: (-place.points, -place.score, place.variant))
