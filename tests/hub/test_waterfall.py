"""Steps as bars: where they lie, what lies beside them, and nights that are cut out."""

from __future__ import annotations

from pathlib import Path

from artloop.hub.waterfall import CUT, IDLE_S, waterfall
from artloop.journal import Journal
from artloop.journal.steps import TimedStep
from artloop.models import Value
from artloop.ports import Attempt, Step
from artloop.workspace import RunFolder


def step(key: str, start: float, end: float | None, state: str = "done") -> TimedStep:
    return TimedStep.model_validate(
        {"key": key, "state": state, "started_at": start, "finished_at": end, "error": None}
    )


def test_bars_lie_where_their_time_lies_and_share_a_lane_where_they_can() -> None:
    steps = [
        step("run/00/imagine/0", 100, 110),
        step("v01/01/draw/0", 110, 150),
        step("v01/01/render/0", 150, 160),
        step("v02/01/draw/0", 110, None, "started"),
        step("run/00/choose/0", 160, 180),
        step("run/00/choose/1", 170, 200),
    ]
    found = waterfall(steps, now=200.0)
    assert [(lane.label, [bar.kind for bar in lane.bars]) for lane in found.lanes] == [
        ("run", ["imagine", "choose"]),
        ("", ["choose"]),
        ("v01", ["draw", "render"]),
        ("v02", ["draw"]),
    ]
    places = {bar.step.key: (bar.left, bar.width) for bar in found.bars}
    assert places["run/00/imagine/0"] == (0, 10)
    assert places["v01/01/draw/0"] == (10, 40)
    assert places["v02/01/draw/0"] == (10, 90)
    assert found.seconds == 100
    assert found.colours == ["imagine", "draw", "render", "judge"]


def test_a_night_between_two_sessions_is_cut_out() -> None:
    night = 40_000.0
    found = waterfall([step("v01/01/draw/0", 0, 50), step("v01/02/draw/0", 50 + night, 100 + night)], now=0)
    first, second = found.bars
    assert found.seconds == 100
    assert first.width > 49
    assert second.left - first.width < 100 * CUT * 1.01
    assert [first.width < cut < second.left for cut in found.cuts] == [True]
    assert waterfall([step("v01/01/draw/0", 0, 50), step("v01/02/draw/0", 50 + IDLE_S, 100)], now=0).cuts == []


def test_what_failed_or_took_no_time_is_seen_all_the_same() -> None:
    (bar,) = waterfall([step("v01/01/draw/0", 10, None, "parked")], now=500.0).bars
    assert (bar.seconds, bar.words) == (0, "v01/01/draw/0: 0.0 s, parked")
    assert bar.width > 0
    assert waterfall([], now=5.0).lanes == []


async def test_the_journal_knows_when_its_steps_began_and_ended(tmp_path: Path) -> None:
    class Done(Value):
        pass

    async def work(_: Attempt) -> Done:
        return Done()

    (tmp_path / "run").mkdir()
    with Journal.open(RunFolder(tmp_path / "run"), max_failures=1) as journal:
        for number in (2, 1):
            await journal.perform(Step(kind="draw", variant="v01", iteration=number, input_sha256="0"), Done, work)
        found = journal.timed()
    assert [one.key for one in found] == ["v01/02/draw/0", "v01/01/draw/0"]
    assert all(one.started_at <= (one.finished_at or 0) for one in found)
