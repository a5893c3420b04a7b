"""From pairs that were judged to a ranking with intervals, and which pairs to judge: numbers only, no pictures."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

ROUND_ROBIN_MOST = 6
"""Up to so many candidates every pair is judged: 30 verdicts. More of them play Swiss rounds."""
PRIOR = 0.5
"""Wins, and as many losses, that each candidate has against an imagined average one: without it, one that never lost
would have no finite strength."""
STEPS = 50
CLOSE = 1e-9
RESAMPLES = 200
MANY = 32
"""Of more candidates than this a quarter of the resamples must do: a fit takes their number to the third power."""
TAILS = (0.05, 0.95)
"""A 90 % interval."""
NORMAL_95 = 1.959964
"""The standard normal's 97.5th percentile."""

Pair = tuple[int, int]
"""Two candidates by their numbers, the lower one first."""


class Result(NamedTuple):
    """A pair that was judged: 1 the left one is better, 0 the right one, 0.5 a tie."""

    left: int
    right: int
    left_won: float


class Strength(NamedTuple):
    """What the pairs say of a candidate: a log-odds, 0 the average one's, and what resampling makes of it."""

    value: float
    low: float
    high: float
    first: float
    """Share of refits in which it is ahead of all others."""


def rounds(count: int) -> int:
    """How many rounds so many candidates play: one for all pairs at once, or Swiss rounds."""
    if count <= ROUND_ROBIN_MOST:
        return int(count > 1)
    return math.ceil(math.log2(count)) + 1


def verdicts(count: int) -> int:
    """How many verdicts ranking so many candidates takes at most: each pair is judged in both orders."""
    pairs = math.comb(count, 2) if count <= ROUND_ROBIN_MOST else rounds(count) * (count // 2)
    return 2 * pairs


def descriptions(count: int) -> int:
    """How many pictures a judge that looks describes alone first: all, unless there is nothing to compare."""
    return count if count > 1 else 0


def pairing(count: int, order: Sequence[int], met: set[Pair]) -> list[Pair]:
    """The pairs of the next round; `order` is the ranking so far, best first, `met` the pairs judged already.

    Up to `ROUND_ROBIN_MOST` candidates all pairs; above, neighbours in the ranking that have not met (the Monrad form
    of the Swiss system). Of an odd number the lowest that has not yet sat out does so. Each candidate can meet at least
    half of the others in every round, so by Dirac's argument one exchange always places the two that remain.
    """
    if count <= ROUND_ROBIN_MOST:
        return list(combinations(range(count), 2))
    waiting = [*order, *([count] if count % 2 else [])]  # the number after the last stands for sitting out
    played = met | _sat_out(count, met) if count % 2 else met
    pairs: list[Pair] = []
    left_over: list[int] = []
    while waiting:
        one = waiting.pop(0)
        other = next((other for other in waiting if _pair(one, other) not in played), None)
        if other is None:
            left_over.append(one)
        else:
            waiting.remove(other)
            pairs.append((one, other))
    for one, other in zip(left_over[::2], left_over[1::2], strict=True):
        _exchange(one, other, pairs, played)
    return [_pair(*pair) for pair in pairs if count not in pair]


def _sat_out(count: int, met: set[Pair]) -> set[Pair]:
    """Pairs with the number that stands for sitting out: those who have met fewer than the others have."""
    games = [sum(number in pair for pair in met) for number in range(count)]
    return {(number, count) for number, played in enumerate(games) if played < max(games, default=0)}


def _exchange(one: int, other: int, pairs: list[Pair], met: set[Pair]) -> None:
    """Place two that have met by parting a pair."""
    for number, (left, right) in enumerate(pairs):
        for here, there in ((left, right), (right, left)):
            if _pair(one, here) not in met and _pair(other, there) not in met:
                pairs[number] = (one, here)
                pairs.append((other, there))
                return
    raise AssertionError(f"no exchange places {one} and {other}")


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def fitted(count: int, results: Sequence[Result]) -> list[float]:
    """Log-odds of each candidate in the Bradley-Terry model, their mean 0; a tie counts half a win for both.

    P(i beats j) = 1 / (1 + exp(s_j - s_i)) (Bradley and Terry 1952), with `PRIOR` wins and losses of each against an
    imagined candidate of strength 0; the one maximum of that concave likelihood by Newton's method.
    """
    won, games = np.full(count, PRIOR), np.zeros((count, count))
    for left, right, share in results:
        won[left] += share
        won[right] += 1 - share
        games[left, right] += 1
        games[right, left] += 1
    found = np.zeros(count)
    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(found[None, :] - found[:, None]))
        alone = 1 / (1 + np.exp(-found))
        uphill = won - (games * expected).sum(axis=1) - 2 * PRIOR * alone
        bend = games * expected * (1 - expected)
        curve = np.diag(bend.sum(axis=1) + 2 * PRIOR * alone * (1 - alone)) - bend
        step = np.clip(np.linalg.solve(curve, uphill), -1, 1)
        found += step
        if not count or abs(step).max() < CLOSE:
            break
    # rounded, so that candidates with equal wins come out equal, on every machine
    return [round(value, 6) + 0.0 for value in (found - found.mean() if count else found).tolist()]


def strengths(count: int, results: Sequence[Result], seed: int = 0) -> list[Strength]:
    """The fit with bootstrap intervals: the same for the same results and seed, on every machine.

    Percentiles of refits to results drawn anew from the fit, ties as often as there were any: the parametric bootstrap
    of Efron and Tibshirani 1993. To draw the pairs themselves again would make a single pair look certain.
    """
    values = fitted(count, results)
    if not results:
        return [Strength(value, value, value, 1 / count) for value in values]
    draw = random.Random(seed)
    times = RESAMPLES if count <= MANY else RESAMPLES // 4
    refits = [fitted(count, drawn(values, results, draw)) for _ in range(times)]
    first = [0.0] * count
    for refit in refits:
        ahead = [number for number, value in enumerate(refit) if value == max(refit)]
        for number in ahead:
            first[number] += 1 / len(ahead) / times
    found = []
    for number, value in enumerate(values):
        column = sorted(refit[number] for refit in refits)
        low, high = (column[round(tail * (times - 1))] for tail in TAILS)
        found.append(Strength(value, min(low, value), max(high, value), round(first[number], 4)))
    return found


def drawn(values: Sequence[float], results: Sequence[Result], draw: random.Random) -> list[Result]:
    """The same pairs with results as the model gives them: on average each side gets the share it is fitted to."""
    ties = (sum(one.left_won == 0.5 for one in results) + 0.5) / (len(results) + 1)
    found = []
    for left, right, _ in results:
        expected = 1 / (1 + math.exp(values[right] - values[left]))
        tie = min(ties, 2 * expected, 2 * (1 - expected))
        lot = draw.random()
        share = 0.5 if lot < tie else float(lot < tie + expected - tie / 2)
        found.append(Result(left, right, share))
    return found


def share_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share seen in so many independent trials (Wilson 1927)."""
    if not count:
        return 0.0, 1.0
    z2 = NORMAL_95**2 / count
    middle = (share + z2 / 2) / (1 + z2)
    reach = NORMAL_95 / (1 + z2) * math.sqrt(share * (1 - share) / count + z2 / (4 * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def best_first(values: Sequence[float], then: Callable[[int], tuple[float, str]]) -> list[int]:
    """The candidates' numbers by strength; equal ones by `then`, a score and a name."""

    def place(number: int) -> tuple[float, float, str]:
        score, name = then(number)
        return -values[number], -score, name

    return sorted(range(len(values)), key=place)
