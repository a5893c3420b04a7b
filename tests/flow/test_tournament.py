from __future__ import annotations

import random
from dataclasses import replace

import pytest

from artloop.errors import BudgetReached, ModelMisbehaved
from artloop.events import Compared
from artloop.flow.ranking import descriptions, verdicts
from artloop.flow.tournament import choose
from artloop.models import Candidate, ChooseTask, DescribeTask, Description, Selection, Verdict
from artloop.ports import Attempt
from tests.fakes import FakeArtists, Studio, brief, drawn
from tests.flow.test_ranking import BIAS, GAP, agreement, by_marks, look, scores


def entries(*scores: float) -> list[Candidate]:
    return [
        Candidate(variant=f"v{number:02d}", iteration=1, title=f"T{number}", rendering=drawn(""), score=score)
        for number, score in enumerate(scores, start=1)
    ]


class FirstAlways(FakeArtists):
    """A judge that always prefers what it is shown first."""

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        self.tasks.append(task)
        return Verdict(first_alone="", second_alone="", winner="first", reason="it came first")


async def test_every_pair_is_judged_in_both_orders() -> None:
    studio = Studio()
    await choose(brief(), entries(3, 5, 4), "house", studio.shop)
    seen = {(task.first.variant, task.second.variant) for task in studio.artists.tasks if isinstance(task, ChooseTask)}
    names = ("v01", "v02", "v03")
    assert seen == {(left, right) for left in names for right in names if left != right}


async def test_the_better_drawing_wins() -> None:
    selection = await choose(brief(), entries(3, 5, 4), "house", Studio().shop)
    assert [place.variant for place in selection.ranking] == ["v02", "v03", "v01"]
    assert selection.winner == "v02"
    assert selection.measured


async def test_orders_that_disagree_are_a_tie() -> None:
    studio = Studio(FirstAlways())
    selection = await choose(brief(), entries(3, 5), "a-model", studio.shop)
    assert [place.points for place in selection.ranking] == [0.5, 0.5]
    assert selection.winner == "v02"
    assert [event.agreed for event in studio.told(Compared)] == [False]
    assert not selection.measured


async def test_a_judge_that_cannot_answer_counts_as_a_tie() -> None:
    class Silent(FakeArtists):
        async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
            raise ModelMisbehaved("empty text")

    selection = await choose(brief(), entries(3, 5), "a-model", Studio(Silent()).shop)
    assert selection.winner == "v02"
    assert "no verdict: empty text" in selection.comparisons[0].reasons[0]


async def test_one_candidate_wins_without_a_judge() -> None:
    studio = Studio()
    selection = await choose(brief(), entries(3), "house", studio.shop)
    assert selection.winner == "v01"
    assert studio.artists.tasks == []


async def test_no_candidate_no_winner() -> None:
    assert (await choose(brief(), [], "house", Studio().shop)).winner is None


class Eyed(Studio):
    """A studio whose judge describes each picture first."""

    def __init__(self, artists: FakeArtists | None = None) -> None:
        super().__init__(artists)
        self.shop = replace(self.shop, describes=True)


@pytest.mark.parametrize("count", [2, 4, 6, 7, 12])
async def test_a_tournament_costs_what_was_said_and_finds_the_best(count: int) -> None:
    studio = Eyed()
    selection = await choose(brief(), entries(*range(count)), "a-model", studio.shop)
    assert len(studio.artists.tasks) == selection.calls == verdicts(count) + descriptions(count)
    assert selection.winner == f"v{count:02d}"
    assert selection.flip_rate == 0
    assert (selection.rounds > 1) == (count > 6)


class Wavering(FakeArtists):
    """A judge that takes what it is shown first, whatever it is, at a rate of `bias`, and else looks, not too well."""

    def __init__(self, worths: list[float], bias: float, draw: random.Random) -> None:
        super().__init__()
        self.worths, self.bias, self.draw_lots = worths, bias, draw

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        self.tasks.append(task)
        first, second = (look(self.worths[place(one)], self.draw_lots) for one in (task.first, task.second))
        ahead = self.draw_lots.random() < self.bias or first > second
        return Verdict(first_alone="", second_alone="", winner="first" if ahead else "second", reason="a look")


def place(entry: Candidate) -> int:
    return int(entry.variant.removeprefix("v")) - 1


@pytest.mark.parametrize(("count", "bias"), [(5, BIAS), (9, BIAS)])
async def test_a_tournament_of_a_noisy_biased_judge_finds_the_order_better_than_scores_within_its_calls(
    count: int, bias: float
) -> None:
    ranked, scored = [], []
    for seed in range(24):
        lots = random.Random(f"{seed} {bias}")
        worths = [GAP * rank for rank in lots.sample(range(count), count)]
        marks = scores(worths, lots)
        studio = Studio(Wavering(worths, bias, lots))
        selection = await choose(brief(), entries(*marks), "a-model", studio.shop)
        assert len(studio.artists.tasks) == selection.calls <= verdicts(count)
        ranked.append(agreement([int(one.variant.removeprefix("v")) - 1 for one in selection.ranking], worths))
        scored.append(agreement(by_marks(marks), worths))
    assert sum(ranked) / len(ranked) > sum(scored) / len(scored) + 0.05


async def test_each_picture_is_described_alone_once_and_the_description_comes_with_every_comparison() -> None:
    studio = Eyed()
    await choose(brief(), entries(3, 5, 4), "a-model", studio.shop)
    described = [task.candidate.variant for task in studio.artists.tasks if isinstance(task, DescribeTask)]
    assert sorted(described) == ["v01", "v02", "v03"]
    compared = [task for task in studio.artists.tasks if isinstance(task, ChooseTask)]
    assert all(task.first_alone == f"{task.first.variant} is made of lines" for task in compared)
    assert all(task.second_alone == f"{task.second.variant} is made of lines" for task in compared)


async def test_verdicts_on_record_need_no_description() -> None:
    studio = Studio()
    before = await choose(brief(), entries(3, 5, 4), "a-model", studio.shop)
    studio.artists.tasks.clear()
    after = await choose(brief(), entries(3, 5, 4), "a-model", replace(studio.shop, describes=True))
    assert studio.artists.tasks == []
    assert after.ranking == before.ranking


async def test_a_picture_that_cannot_be_described_is_compared_all_the_same() -> None:
    class Wordless(FakeArtists):
        async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
            raise ModelMisbehaved("empty text")

    selection = await choose(brief(), entries(3, 5), "a-model", Eyed(Wordless()).shop)
    assert (selection.winner, selection.comparisons[0].agreed) == ("v02", True)


async def test_a_description_that_cannot_be_paid_leaves_the_ranking_to_the_scores() -> None:
    class Poor(FakeArtists):
        async def describe(self, task: DescribeTask, attempt: Attempt) -> Description:
            raise BudgetReached("--budget-usd 1 is reached")

    selection = await choose(brief(), entries(3, 5, 4), "a-model", Eyed(Poor()).shop)
    assert (selection.winner, selection.unpaid, selection.calls) == ("v02", True, 0)
    assert selection.ranking[0].strength is None


async def test_every_place_has_an_interval_and_the_flips_are_counted() -> None:
    selection = await choose(brief(), entries(3, 5, 4), "a-model", Studio(FirstAlways()).shop)
    assert selection.flip_rate == 1.0
    assert {place.strength for place in selection.ranking} == {0.0}
    fair = await choose(brief(), entries(3, 5, 4), "a-model", Studio().shop)
    best, _, worst = fair.ranking
    assert None not in (best.low, best.strength, best.high, best.first)
    assert (best.strength or 0) > 0 > (worst.strength or 0)
    assert (best.first or 0) > 0.5


async def test_swiss_rounds_go_on_from_the_verdicts_on_record() -> None:
    studio = Studio()
    before = await choose(brief(), entries(*range(9)), "a-model", studio.shop)
    started = len(studio.steps.started)
    assert await choose(brief(), entries(*range(9)), "a-model", studio.shop) == before
    assert len(studio.steps.started) == started == verdicts(9)


def test_a_selection_of_an_earlier_version_can_be_read() -> None:
    old = """{"winner": "v01", "ranking": [{"variant": "v01", "iteration": 2, "points": 1.0, "score": 6.0}],
    "comparisons": [{"left": "v01", "right": "v02", "winner": "v01", "reasons": ["a", "b"], "agreed": true}],
    "judge": "house", "measured": true, "unpaid": false}"""
    selection = Selection.model_validate_json(old)
    assert (selection.rounds, selection.flip_rate, selection.ranking[0].strength) == (0, None, None)
