from __future__ import annotations

from artloop.errors import ModelMisbehaved
from artloop.events import Compared
from artloop.models import Verdict
from artloop.ports import Attempt, Candidate, ChooseTask
from artloop.tournament import choose
from tests.fakes import FakeArtists, Studio, brief, drawn


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
