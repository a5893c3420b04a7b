"""Choosing between finished drawings: pairs in both orders; two orders that disagree are a tie.

Up to six drawings every pair is judged, more of them play Swiss rounds; `ranking` has the numbers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations

from artloop.canonical import step_for
from artloop.errors import BudgetReached, StepParked, first_of
from artloop.events import Compared, StationEntered
from artloop.flow.ranking import Pair, Result, best_first, descriptions, fitted, pairing, rounds, strengths
from artloop.models import (
    Brief,
    Candidate,
    ChooseTask,
    Comparison,
    DescribeTask,
    Description,
    Iteration,
    Selection,
    Standing,
    Variant,
    Verdict,
)
from artloop.ports import Attempt, Workshop


def candidates(variants: list[Variant]) -> list[Candidate]:
    """The incumbents of the variants that have one and are not dropped; only the pinned ones, if there are any."""
    entries = [variant for variant in variants if variant.incumbent and variant.status != "dropped"]
    pinned = [variant for variant in entries if variant.pinned]
    return [candidate(variant, best) for variant in pinned or entries if (best := variant.incumbent)]


def candidate(variant: Variant, one: Iteration) -> Candidate:
    """An iteration of a variant as the judge sees it."""
    return Candidate(
        variant=variant.id,
        iteration=one.number,
        title=(one.concept or variant.concept_of(one.number)).title,
        rendering=one.rendering,
        score=one.score or 0.0,
    )


async def choose(brief: Brief, entries: list[Candidate], judge: str, shop: Workshop) -> Selection:
    """Judge the pairs of each round at once and rank by the fit to all; equals go by the critic's score, then by name.

    A judge that cannot be paid for every pair ranks nothing: the verdicts there are stay on record for a resume.
    """
    comparisons = await played(brief, entries, shop)
    found = comparisons or []
    ranking = ranked(entries, found, brief.seed)
    return Selection(
        winner=ranking[0].variant if ranking else None,
        ranking=ranking,
        comparisons=found,
        judge=judge,
        measured=judge == "house",
        unpaid=comparisons is None,
        rounds=rounds(len(entries)) if found else 0,
        flip_rate=round(sum(not pair.agreed for pair in found) / len(found), 4) if found else None,
        calls=2 * len(found) + (descriptions(len(entries)) if found and shop.describes else 0),
    )


async def played(brief: Brief, entries: list[Candidate], shop: Workshop) -> list[Comparison] | None:
    """All rounds, one after the other; None when the budget does not reach for them."""
    numbers = {pair: number for number, pair in enumerate(combinations(range(len(entries)), 2))}
    alone, met = Alone(brief, shop), set[Pair]()
    found: list[Comparison] = []
    for _ in range(rounds(len(entries))):
        values = fitted(len(entries), results(entries, found))
        pairs = pairing(len(entries), best_first(values, told_apart(entries)), met)
        sides = [(entries[left], entries[right], numbers[left, right]) for left, right in pairs]
        judged = await compare_all(sides, alone)
        found += [comparison for comparison in judged if comparison]
        if not all(judged):
            return None
        met.update(pairs)
    return found


async def compare_all(pairs: list[tuple[Candidate, Candidate, int]], alone: Alone) -> list[Comparison | None]:
    """Judge pairs, each with the number that its steps are known by, side by side."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(compare(*pair, alone)) for pair in pairs]
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
    return [task.result() for task in tasks]


class Alone:
    """What the judge says of each picture alone, asked for when a comparison first needs it and once only."""

    def __init__(self, brief: Brief, shop: Workshop) -> None:
        self.brief, self.shop = brief, shop
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, entry: Candidate) -> str:
        """The describe step; empty from a judge that describes nothing, or that failed to: it compares all the same."""
        if not self.shop.describes:
            return ""
        task, shop = DescribeTask(brief=self.brief, candidate=entry), self.shop
        step = step_for(entry.variant, entry.iteration, "describe", 0, task, shop.artists.fingerprint("describe"))

        async def work(tried: Attempt) -> Description:
            return await shop.artists.describe(task, tried)

        async with self._asking[entry.variant]:
            try:
                return (await shop.steps.perform(step, Description, work)).text
            except StepParked:
                return ""


async def compare(left: Candidate, right: Candidate, number: int, alone: Alone) -> Comparison | None:
    """Judge one pair in both orders; None when the budget does not reach for it."""
    shop = alone.shop
    for entry in (left, right):
        shop.emit(StationEntered(variant=entry.variant, iteration=entry.iteration, station="choose"))
    async with asyncio.TaskGroup() as group:
        forth = group.create_task(judge_pair(left, right, 2 * number, alone))
        back = group.create_task(judge_pair(right, left, 2 * number + 1, alone))
    first, second = forth.result(), back.result()
    if first is None or second is None:
        return None
    result = both_orders(left.variant, right.variant, first, second)
    shop.emit(Compared(left=result.left, right=result.right, winner=result.winner, agreed=result.agreed))
    return result


async def judge_pair(first: Candidate, second: Candidate, ordinal: int, alone: Alone) -> Verdict | None:
    """A verdict of the tournament. A judge that cannot answer counts as a tie, with its reason: none is lost to it.

    None, instead of an error that would cut off the verdicts in flight, when the judge cannot be paid.
    """
    try:
        return await verdict(first, second, ("run", 0, ordinal), alone)
    except BudgetReached:
        return None
    except StepParked as error:
        return Verdict(first_alone="", second_alone="", winner="tie", reason=f"no verdict: {error}")


async def verdict(first: Candidate, second: Candidate, place: tuple[str, int, int], alone: Alone) -> Verdict:
    """One order of a pair, as a choose step at that place. Raises `BudgetReached` and `StepParked`."""
    shop, task = alone.shop, ChooseTask(brief=alone.brief, first=first, second=second)
    variant, iteration, ordinal = place
    prompts = [shop.artists.fingerprint(part) for part in ("choose", "describe")]
    step = step_for(variant, iteration, "choose", ordinal, task, *prompts)

    async def work(tried: Attempt) -> Verdict:
        # asked for in here, so that a verdict on record needs none
        said = {"first_alone": await alone.of(first), "second_alone": await alone.of(second)}
        return await shop.artists.choose(task.model_copy(update=said), tried)

    return await shop.steps.perform(step, Verdict, work)


def both_orders(left: str, right: str, forth: Verdict, back: Verdict) -> Comparison:
    """What two verdicts on a pair come to, the second one given in the other order."""
    winners = [
        {"first": left, "second": right, "tie": None}[forth.winner],
        {"first": right, "second": left, "tie": None}[back.winner],
    ]
    agreed = winners[0] == winners[1]
    return Comparison(
        left=left,
        right=right,
        winner=winners[0] if agreed else None,
        reasons=[forth.reason, back.reason],
        agreed=agreed,
    )


def ranked(entries: list[Candidate], comparisons: list[Comparison], seed: int = 0) -> list[Standing]:
    """Points, strengths and intervals from the pairs, best first; without any by the critic's scores."""
    found = results(entries, comparisons)
    won = [0.0] * len(entries)
    for left, right, share in found:
        won[left] += share
        won[right] += 1 - share
    fit = strengths(len(entries), found, seed)
    standings = []
    for number in best_first([one.value for one in fit], told_apart(entries)):
        entry = entries[number]
        place = Standing(variant=entry.variant, iteration=entry.iteration, points=won[number], score=entry.score)
        told = dict(zip(("strength", "low", "high", "first"), fit[number], strict=True)) if found else {}
        standings.append(place.model_copy(update=told))
    return standings


def results(entries: list[Candidate], comparisons: list[Comparison]) -> list[Result]:
    """The pairs by the numbers of their candidates."""
    at = {entry.variant: number for number, entry in enumerate(entries)}
    return [
        Result(at[pair.left], at[pair.right], 0.5 if pair.winner is None else float(pair.winner == pair.left))
        for pair in comparisons
    ]


def told_apart(entries: list[Candidate]) -> Callable[[int], tuple[float, str]]:
    """What decides between candidates of equal strength: the critic's score, then the name."""
    return lambda number: (entries[number].score, entries[number].variant)
