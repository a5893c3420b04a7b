import pytest

from artloop.errors import UsageError
from artloop.models import Params, RenderRequest, TuneMethod, TuneTask
from artloop.tune.searchers import Grid, searcher_for
from artloop.tune.space import space_of


def task(ranges: str, start: str, method: TuneMethod, renders: int = 200) -> TuneTask:
    source = f"PARAMS = {start}\nRANGES = {ranges}\n"
    return TuneTask(request=RenderRequest(source=source), targets=[], method=method, renders=renders)


def everything(ask: TuneTask) -> list[Params]:
    space = space_of(ask)
    grid = searcher_for(ask, space)
    found: list[Params] = []
    while points := grid.ask():
        found += [space.params(point) for point in points]
    return found


def test_a_grid_covers_its_ranges_within_the_renders_nearest_first() -> None:
    found = everything(task('{"a": (0.0, 1.0), "b": (1, 3)}', '{"a": 0.5, "b": 2}', "grid", 40))
    assert len(found) == 39
    assert {params["b"] for params in found} == {1, 2, 3}
    assert {params["a"] for params in found} >= {0.0, 1.0, 0.5}
    assert found[0] == {"a": 0.5, "b": 2}
    assert len(everything(task('{"a": (1, 7)}', '{"a": 2}', "grid"))) == 7


def test_a_grid_over_three_parameters_is_refused_by_name() -> None:
    wide = task('{"a": (0, 1), "b": (0, 1), "c": (0, 1)}', '{"a": 0, "b": 0, "c": 0}', "grid")
    with pytest.raises(UsageError, match=r"3 \(a, b, c\); use --method cma"):
        Grid(space_of(wide), 100)


def test_evolution_finds_a_whole_and_a_broken_number_that_hang_together() -> None:
    ask = task('{"n": (0, 30), "x": (0.0, 1.0), "y": (-5.0, 5.0)}', '{"n": 2, "x": 0.9, "y": 4.0}', "cma")
    space = space_of(ask)
    search = searcher_for(ask, space)

    def loss(params: Params) -> float:
        return abs(params["n"] - 20) + 10 * abs(params["x"] - params["n"] / 40) + abs(params["y"] + 1)

    best, renders = float("inf"), 0
    while best > 0.5 and renders < 400:
        points = search.ask()
        losses = [loss(space.params(point)) for point in points]
        search.tell(losses)
        best, renders = min(best, *losses), renders + len(points)
    assert best <= 0.5


def test_evolution_that_has_converged_starts_over_elsewhere() -> None:
    ask = task('{"n": (0, 1), "m": (0, 1)}', '{"n": 0, "m": 0}', "cma")
    search = searcher_for(ask, space_of(ask))
    seen = set()
    for _ in range(200):
        points = search.ask()
        seen |= {tuple(map(float, point)) for point in points}
        search.tell([float(sum(point)) for point in points])
    assert len(seen) == 4
