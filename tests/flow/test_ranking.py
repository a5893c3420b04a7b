from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.flow.ranking import (
    Pair,
    Result,
    best_first,
    descriptions,
    fitted,
    pairing,
    rounds,
    share_interval,
    strengths,
    verdicts,
)

BIAS = 0.3
"""How often the scripted judge takes what it is shown first, whatever it is."""
NOISE = 0.6
"""Scale of the Gumbel noise of a look at one drawing."""
DRIFT = 1.0
"""Standard deviation by which the scale itself moves from call to call: two drawings seen together share it."""
GAP = 0.5
"""Between the worths of neighbours in the true order, in points."""
TRIALS = 60
Judge = Callable[[int, int], float]


def gumbel(draw: random.Random) -> float:
    return -math.log(-math.log(draw.uniform(1e-12, 1 - 1e-12)))


def look(worth: float, draw: random.Random) -> float:
    """What one look at a drawing says of it."""
    return worth + NOISE * gumbel(draw)


def biased(worths: list[float], draw: random.Random) -> Callable[[int, int], int]:
    """A judge of two in an order: who is better by a look at each, or simply the first."""

    def judge(first: int, second: int) -> int:
        if draw.random() < BIAS:
            return first
        return first if look(worths[first], draw) > look(worths[second], draw) else second

    return judge


def scores(worths: list[float], draw: random.Random) -> list[float]:
    """Each drawing seen alone in a call of its own, told in half points."""
    return [round(2 * (look(worth, draw) + draw.gauss(0, DRIFT))) / 2 for worth in worths]


def by_pairs(judge: Callable[[int, int], int], marks: list[float]) -> tuple[list[int], int]:
    """The ranking by both orders of each pair, equals by their marks; and how many verdicts that took."""
    results: list[Result] = []
    met: set[Pair] = set()

    def ranking() -> list[int]:
        return best_first(fitted(len(marks), results), lambda number: (marks[number], f"{number:03}"))

    for _ in range(rounds(len(marks))):
        for left, right in pairing(len(marks), ranking(), met):
            forth, back = judge(left, right), judge(right, left)
            results.append(Result(left, right, 0.5 if forth != back else float(forth == left)))
            met.add((left, right))
    return ranking(), 2 * len(results)


def by_marks(marks: list[float]) -> list[int]:
    """The ranking by scores alone."""
    return best_first(marks, lambda number: (0.0, f"{number:03}"))


def agreement(order: list[int], worths: list[float]) -> float:
    """Kendall's tau: 1 the true order, 0 none."""
    signs = [1 if worths[better] > worths[worse] else -1 for better, worse in combinations(order, 2)]
    return sum(signs) / len(signs)


@pytest.mark.parametrize("count", [4, 6, 8, 12])
def test_a_noisy_biased_judge_of_pairs_finds_the_order_better_than_scores_do(count: int) -> None:
    pairs, marked = [], []
    for seed in range(TRIALS):
        draw = random.Random(seed)
        worths = [GAP * place for place in draw.sample(range(count), count)]
        marks = scores(worths, draw)
        order, calls = by_pairs(biased(worths, draw), marks)
        assert calls <= verdicts(count)
        pairs.append(agreement(order, worths))
        marked.append(agreement(by_marks(marks), worths))
    assert sum(pairs) / TRIALS > sum(marked) / TRIALS + 0.05


def test_both_orders_cancel_the_bias_for_what_comes_first() -> None:
    worths, names = [1.5, 1.0, 0.5, 0.0], [0.0] * 4
    right = {"forth": 0.0, "both": 0.0}
    for seed in range(TRIALS):
        judge = biased(worths, random.Random(seed))
        # always shown with the worse one first
        results = [Result(i, j, float(judge(j, i) == i)) for i, j in combinations(range(4), 2)]
        right["forth"] += agreement(best_first(fitted(4, results), lambda number: (0.0, f"{-number}")), worths)
        right["both"] += agreement(by_pairs(judge, names)[0], worths)
    assert right["both"] > right["forth"] + 0.05 * TRIALS


@given(count=st.integers(2, 40), draw=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_rounds_pair_everybody_with_somebody_new_and_never_cost_more_than_was_said(
    count: int, draw: random.Random
) -> None:
    met: set[Pair] = set()
    sat_out: list[int] = []
    for _ in range(rounds(count)):
        pairs = pairing(count, draw.sample(range(count), count), met)
        assert met.isdisjoint(pairs)
        if count > 6:
            playing = [number for pair in pairs for number in pair]
            assert len(playing) == len(set(playing)) == count - count % 2
            sat_out += set(range(count)) - set(playing)
        met |= set(pairs)
    assert 2 * len(met) == verdicts(count)
    assert len(sat_out) == len(set(sat_out))


def test_the_number_of_calls_is_known_beforehand() -> None:
    assert [verdicts(count) for count in (0, 1, 2, 4, 6)] == [0, 0, 2, 12, 30]
    assert [verdicts(count) for count in (7, 8, 32)] == [24, 32, 192]
    assert [descriptions(count) for count in (1, 2, 8)] == [0, 2, 8]


def test_a_balanced_tournament_ranks_as_its_points_do() -> None:
    results = [Result(0, 1, 1), Result(0, 2, 0.5), Result(1, 2, 0)]
    values = fitted(3, results)
    assert values[0] == values[2] > values[1]
    assert sum(values) == pytest.approx(0, abs=1e-5)


def test_a_win_over_a_strong_one_counts_more_than_one_over_a_weak_one() -> None:
    chain = [Result(0, 1, 1), Result(1, 2, 1), Result(2, 3, 1)]
    values = fitted(6, [*chain, Result(4, 0, 1), Result(5, 3, 1)])
    assert values[4] > values[5]


def test_the_fit_solves_the_models_own_equation() -> None:
    results = [Result(0, 1, 1), Result(0, 1, 1), Result(0, 1, 0)]
    one, other = fitted(2, results)
    # by symmetry of the prior: W - sum of expected wins is zero for both
    p = 1 / (1 + math.exp(other - one))
    half = 1 / (1 + math.exp(-one))
    assert 3 * p + 1 * half == pytest.approx(2.5, abs=1e-3)


def test_one_that_never_lost_has_a_finite_strength() -> None:
    assert all(abs(value) < 10 for value in fitted(2, [Result(0, 1, 1)] * 5))


def test_intervals_are_the_same_every_time_and_hold_the_value() -> None:
    results = [Result(i, j, float(i > j)) for i, j in combinations(range(4), 2)]
    found = strengths(4, results, seed=3)
    assert found == strengths(4, results, seed=3)
    assert all(one.low <= one.value <= one.high for one in found)
    assert sum(one.first for one in found) == pytest.approx(1, abs=1e-3)
    assert found[3].first > 0.7


def test_a_single_pair_leaves_much_open() -> None:
    better, worse = strengths(2, [Result(0, 1, 1)])
    assert better.low <= worse.value < 0 < better.value
    assert 0.6 < better.first < 0.95


def test_the_interval_holds_the_true_strength_about_as_often_as_it_says() -> None:
    worths = [0.9, 0.3, -0.3, -0.9]
    pairs = list(combinations(range(4), 2)) * 2
    held = 0
    for seed in range(12):
        draw = random.Random(seed)
        seen = [Result(i, j, float(draw.random() < 1 / (1 + math.exp(worths[j] - worths[i])))) for i, j in pairs]
        held += sum(one.low <= worth <= one.high for one, worth in zip(strengths(4, seen), worths, strict=True))
    assert 0.8 <= held / 48 <= 1


def test_a_judge_that_always_disagrees_with_itself_puts_nobody_ahead() -> None:
    found = strengths(3, [Result(i, j, 0.5) for i, j in combinations(range(3), 2)])
    assert {one.value for one in found} == {0.0}
    assert all(one.low <= 0 <= one.high for one in found)


def test_nothing_judged_says_nothing() -> None:
    assert [one.value for one in strengths(2, [])] == [0.0, 0.0]
    assert strengths(0, []) == []


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = share_interval(0.5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)
    assert share_interval(1.0, 1)[0] < 0.25
    assert share_interval(0.0, 0) == (0.0, 1.0)
