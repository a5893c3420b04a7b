from __future__ import annotations

from pathlib import Path

import pytest

from artloop.canonical import step_for
from artloop.errors import RunDamaged, UsageError
from artloop.requests import LeftRequests, ask
from artloop.workspace import RunFolder

STEP = step_for("v01", 1, "before-draw", 0)


def test_requests_are_read_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    hand = LeftRequests(folder)
    assert hand.requests(STEP) == []
    first = ask(folder, "note", "v01", "more air")
    assert hand.requests(STEP) == [first]
    second = ask(folder, "stop")
    assert hand.requests(STEP) == [first, second]
    assert LeftRequests(folder).requests(STEP) == [first, second]


def test_a_file_that_is_no_request_is_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    ask(folder, "stop")
    (folder.requests / "mine.json").write_text("{}")
    with pytest.raises(RunDamaged, match=r"mine\.json"):
        LeftRequests(folder).requests(STEP)


def test_a_file_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.requests.mkdir()
    (folder.requests / ".00.json.k3jd").write_text("{")
    assert LeftRequests(folder).requests(STEP) == []


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.requests.symlink_to(tmp_path)
    with pytest.raises(UsageError, match="link"):
        ask(folder, "stop")
