"""What driver, worker and the worker's render server do for a run is one trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from artloop import telemetry
from artloop.workspace import Workspace
from tests.collector import collector
from tests.distributed.fleet import fleet
from tests.valkey import Valkey


@pytest.mark.slow
def test_driver_worker_and_render_server_are_one_trace(server: Valkey, tmp_path: Path, cache_folder: Path) -> None:
    with collector() as found:
        with fleet(server, tmp_path / "fleet", cache_folder, 1, **found.environment) as worker:
            size = ("--variants", "1", "--iterations", "1")
            driver = worker.drive("run", "tidal memory", *size, root=tmp_path)
            said, _ = driver.communicate(timeout=300)
            assert driver.returncode == 0, said
            assert set(worker.end().values()) == {0}  # by then it has sent the rest
    (folder,) = Workspace(tmp_path).every()
    mine = [span for span in found.spans if span.trace == telemetry.trace_id(folder.id)]
    assert {span.service for span in mine} == {"artloop", "artloop-worker", "artloop-grafix"}
    sketch = next(span for span in mine if span.name == "sketch")
    line = found.line(sketch)
    assert line[:3] == ["sketch", "tools/call render", "MCP send tools/call render"]
    assert line[-3:] == ["errand draw", "step draw", "run"]
    errands = [span for span in mine if span.name.startswith("errand ")]
    assert {span.service for span in errands} == {"artloop-worker"}
