from __future__ import annotations

from typing import Literal

import pytest

from artloop.errors import BudgetReached, ModelMisbehaved
from artloop.events import Challenged, IterationEnded
from artloop.flow.loop import improve
from artloop.flow.stopping import after_iterations
from artloop.flow.tournament import candidates, choose
from artloop.models import Challenge, ChooseTask, DescribeTask, Iteration, Variant, Verdict
from artloop.ports import Attempt
from tests.fakes import FakeArtists, MemorySteps, Studio, brief, concept, critique, drawn

RISING = {("v01", 1): 4.0, ("v01", 2): 6.0, ("v01", 3): 5.0}
Winner = Literal["first", "second", "tie"]


class Judge(FakeArtists):
    """Says of each pair what it is told: by (iteration shown first, shown second)."""

    def __init__(self, says: dict[tuple[int, int], Winner], scores: dict[tuple[str, int], float] = RISING) -> None:
        super().__init__(scores)
        self.says = says

    async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
        self.tasks.append(task)
        winner = self.says.get((task.first.iteration, task.second.iteration), "tie")
        return Verdict(first_alone="", second_alone="", winner=winner, reason=f"{winner} it is")


async def improved(studio: Studio, iterations: int = 3) -> Variant:
    return await improve("v01", concept(1), brief(), studio.shop, after_iterations(iterations))


def looking(artists: FakeArtists, steps: MemorySteps | None = None) -> Studio:
    return Studio(artists, steps=steps, challenges=True, describes=True)


def numbers(variant: Variant) -> list[int | None]:
    """The incumbent after each iteration."""
    every = [variant.model_copy(update={"iterations": variant.iterations[:end]}) for end in range(1, 4)]
    return [one.incumbent.number if one.incumbent else None for one in every]


async def test_a_challenger_must_win_both_orders_whatever_it_scores() -> None:
    judge = Judge({(1, 2): "second", (2, 1): "second", (1, 3): "second", (3, 1): "first"})
    studio = looking(judge)
    made = await improved(studio)
    assert numbers(made) == [1, 1, 3], "2 scored more and won one order only; 3 won both"
    split, won = (one.challenge for one in made.iterations[1:])
    assert split
    assert won
    assert split.comparison
    assert (split.won, split.against, split.comparison.agreed) == (False, 1, False)
    assert "disagree" in split.reason
    assert won.comparison
    assert (won.won, won.comparison.left, won.comparison.winner) == (True, "v01.01", "v01.03")
    assert [event.better for event in studio.told(IterationEnded)] == [True, False, True]
    assert [event.challenge for event in studio.told(Challenged)] == [split, won]


async def test_each_picture_is_described_once_and_the_tournament_asks_for_none_again() -> None:
    studio = looking(Judge({}))
    made = await improved(studio)
    described = [task.candidate.iteration for task in studio.artists.tasks if isinstance(task, DescribeTask)]
    assert sorted(described) == [1, 2, 3]
    other = made.model_copy(update={"id": "v02"})
    await choose(brief(), candidates([made, other]), "a-model", studio.shop)
    assert [task.candidate.variant for task in studio.artists.tasks if isinstance(task, DescribeTask)][3:] == ["v02"]


async def test_a_tie_leaves_the_best_where_it_is() -> None:
    made = await improved(looking(Judge({})))
    assert numbers(made) == [1, 1, 1]
    assert made.stalled_for == 2


async def test_without_a_judge_that_looks_scores_decide_and_nobody_is_asked() -> None:
    studio = Studio(Judge({}))
    made = await improved(studio)
    assert numbers(made) == [1, 2, 2]
    assert not any(isinstance(task, ChooseTask) for task in studio.artists.tasks)


@pytest.mark.parametrize("error", [BudgetReached("no money is left"), ModelMisbehaved("empty text")])
async def test_a_judge_that_cannot_be_paid_or_is_parked_leaves_it_to_the_score_for_good(error: Exception) -> None:
    class Silent(FakeArtists):
        async def choose(self, task: ChooseTask, attempt: Attempt) -> Verdict:
            raise error

    studio = looking(Silent(RISING))
    made = await improved(studio)
    assert numbers(made) == [1, 2, 2]
    for one in made.iterations[1:]:
        assert one.challenge
        assert one.challenge.comparison is None
        assert str(error) in one.challenge.reason
    assert made.status == "finished"
    again = looking(Judge({(1, 2): "first", (2, 1): "second"}), studio.steps)
    assert await improved(again) == made, "a resume that could pay the judge changes nothing that drawings rest on"


async def test_what_cannot_be_plotted_challenges_nobody() -> None:
    studio = looking(Judge({}))
    made = await improved(studio, iterations=1)
    assert made.iterations[0].challenge is None
    assert studio.told(Challenged) == []


def turn(number: int, score: float, against: int = 0, won: bool = False) -> Iteration:
    """An iteration and how it fared against an earlier one."""
    met = Challenge(against=against, won=won, reason="") if against else None
    drawing = {"source": "", "change": "", "hypothesis": ""}
    fields = {"number": number, "drawing": drawing, "rendering": drawn(""), "critique": critique(score)}
    return Iteration.model_validate({**fields, "challenge": met})


def test_a_chapter_that_never_beat_the_best_of_another_has_its_best_by_score() -> None:
    made = Variant(id="v01", concept=concept(1), iterations=[turn(4, 3, against=1), turn(5, 6, 1), turn(6, 5, 1)])
    assert made.incumbent is not None
    assert made.incumbent.number == 5
    risen = made.model_copy(update={"iterations": [*made.iterations, turn(7, 2, against=1, won=True)]})
    assert risen.incumbent is not None
    assert risen.incumbent.number == 7
