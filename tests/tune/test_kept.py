import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from artloop.errors import RunDamaged, UsageError
from artloop.models import Target, Tuned
from artloop.tune.kept import tuned_in, verdict

from .test_search import Bars, task


async def killed_after(count: int, folder: Path) -> None:
    """What a search leaves that is killed in the middle of writing its trial after `count`."""
    await tuned_in(lambda: folder, task(), Bars())
    lines = (folder / "tune.jsonl").read_text().splitlines(keepends=True)
    (folder / "tune.jsonl").write_text("".join(lines[: count + 1]) + lines[count + 1][:20])


async def test_a_killed_search_goes_on_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole = Bars()
    found = await tuned_in(lambda: tmp_path / "whole", task(), whole)
    await killed_after(7, tmp_path / "killed")
    rest = Bars()
    assert await tuned_in(lambda: tmp_path / "killed", task(), rest) == found
    assert len(rest.asked) == len(whole.asked) - 7
    again = Bars()
    assert await tuned_in(lambda: tmp_path / "killed", task(), again) == found
    assert again.asked == []


async def test_the_result_lies_beside_the_record_with_a_picture_of_the_search(tmp_path: Path) -> None:
    found = await tuned_in(lambda: tmp_path, task(), Bars())
    assert Tuned.model_validate_json((tmp_path / "tune.json").read_bytes()) == found
    chart = ElementTree.parse(tmp_path / "tune.svg").getroot()
    assert sum(element.tag.endswith("circle") for element in chart.iter()) == len(found.losses)
    trials = (tmp_path / "tune.jsonl").read_text().splitlines()[1:]
    assert sorted(json.loads(line)["loss"] for line in trials) == sorted(found.losses)


async def test_more_renders_go_on_from_where_fewer_ended(tmp_path: Path) -> None:
    wish = [Target(metric="strokes", low=90, high=99)]
    await tuned_in(lambda: tmp_path, task(targets=wish, renders=20), Bars())
    more = Bars()
    await tuned_in(lambda: tmp_path, task(targets=wish, renders=30), more)
    assert len(more.asked) == 10


async def test_the_record_of_another_search_is_refused_and_left(tmp_path: Path) -> None:
    await tuned_in(lambda: tmp_path, task(), Bars())
    before = (tmp_path / "tune.jsonl").read_bytes()
    with pytest.raises(UsageError, match="another search: it differs in seed, targets"):
        await tuned_in(lambda: tmp_path, task(targets=[], seed=9), Bars())
    assert (tmp_path / "tune.jsonl").read_bytes() == before


@pytest.mark.parametrize(("line", "said"), [(0, "line 1"), (3, "line 4")])
async def test_a_damaged_record_is_named_and_left(tmp_path: Path, line: int, said: str) -> None:
    await tuned_in(lambda: tmp_path, task(), Bars())
    lines = (tmp_path / "tune.jsonl").read_text().splitlines()
    lines[line] = "???"
    (tmp_path / "tune.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(RunDamaged, match=said):
        await tuned_in(lambda: tmp_path, task(), Bars())
    assert (tmp_path / "tune.jsonl").read_text().splitlines() == lines


async def test_the_verdict_says_whether_the_start_was_beaten(tmp_path: Path) -> None:
    def wish(low: float, high: float) -> list[Target]:
        return [Target(metric="strokes", low=low, high=high)]

    met = await tuned_in(lambda: tmp_path / "met", task(targets=wish(38, 38)), Bars())
    assert verdict(met)[0].startswith("everything is met after")
    assert verdict(met)[1] == "strokes 10 -> 38 (wished 38..38: met)"
    start = await tuned_in(lambda: tmp_path / "start", task(targets=wish(10, 10)), Bars())
    assert verdict(start)[0] == "everything is met at the start already: nothing was changed"
    nearer = await tuned_in(lambda: tmp_path / "nearer", task(targets=wish(90, 90), renders=50), Bars())
    assert "not everything is met after 50 renders, but nearer" in verdict(nearer)[0]
    worse = await tuned_in(lambda: tmp_path / "worse", task(nearer.source, wish(90, 90), renders=20), Bars())
    assert verdict(worse)[0] == "nothing better than the start was found in 20 renders: nothing was changed"
