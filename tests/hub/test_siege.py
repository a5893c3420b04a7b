"""A run on the board while agents, hub and driver are killed and frozen: it ends as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from artloop.workspace import Workspace
from tests.campaign import finished
from tests.hub.siege import account, besieged, town


@pytest.mark.parametrize(
    ("moments", "variants", "iterations"),
    [pytest.param(4, 2, 1, id="short"), pytest.param(40, 4, 3, id="long", marks=pytest.mark.slow)],
)
def test_every_task_ends_once_and_no_answer_is_lost(
    tmp_path: Path, cache_folder: Path, moments: int, variants: int, iterations: int
) -> None:
    with town(tmp_path / "siege", cache_folder) as place:
        struck = besieged(place, moments, variants, iterations, seed=1)
        (folder,) = Workspace(place.root).every()
        found = account(place, folder)
    assert len(struck) >= moments // 2, "on a fast machine the run ends before the last of them"
    assert found.doubled == []
    assert found.acknowledged <= found.calls
    assert found.taken >= found.calls
    replayed = finished("replay", folder.id, root=place.root, cache=cache_folder)  # nobody is there any more
    assert f"identical: {variants * iterations} drawing" in replayed
