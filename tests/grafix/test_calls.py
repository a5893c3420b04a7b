"""The server as strangers meet it: a process, a pipe and JSON."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from artloop.grafix.places import META_KEY

from .raw import RawClient, raw_client
from .sketches import HEXAGON, until, workers

pytestmark = pytest.mark.asyncio(loop_scope="module")
SLOTS = 4
TRIES = 3
"""Other processes of the machine may delay one try, but not all."""
HOST = {META_KEY: {"workspace": "default", "run": "hosted", "variant": "v01", "iteration": 1}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(root: Path, cache_folder: Path) -> AsyncIterator[RawClient]:
    async with raw_client(root, cache_folder, max_concurrency=SLOTS, timeout_s=60) as made:
        assert (await made.called("render", {"source": HEXAGON}))["structuredContent"]["ok"]
        yield made


def lasting(name: str, seconds: float = 60) -> dict[str, Any]:
    """A sketch that takes its time and is in no cache."""
    source = f"import time\ntime.sleep({seconds})\n# {name}\n{HEXAGON}"
    return {"source": source, "run_id": name}


@pytest.mark.alone
async def test_four_renders_start_together_and_the_fifth_is_told_to_come_back(client: RawClient) -> None:
    spreads, refusals = [], []
    for turn in range(TRIES):
        calls = [client.call("render", lasting(f"t{turn}n{n}", 0.4)) for n in range(SLOTS + 1)]
        answers = [await client.answer(call) for call in calls]
        results = [answer for answer in answers if answer["structuredContent"]["ok"]]
        # requests are read in order, but which of five that came at once is the fifth is not promised
        [fifth] = [answer for answer in answers if answer not in results]
        assert fifth["structuredContent"]["failure"]["kind"] == "busy"
        assert fifth["_meta"]["retry_after_ms"] > 0
        assert fifth["_meta"]["server_started_ms"] is None
        refusals.append(fifth["_meta"]["server_finished_ms"] - fifth["_meta"]["server_received_ms"])
        starts = [result["_meta"]["server_started_ms"] for result in results]
        spreads.append(max(starts) - min(starts))
        for result in results:
            assert result["_meta"]["server_received_ms"] <= result["_meta"]["server_started_ms"]
            assert result["_meta"]["server_finished_ms"] - result["_meta"]["server_started_ms"] >= 400
    assert min(spreads) <= 100, spreads
    assert min(refusals) <= 50, refusals


async def test_a_fast_call_overtakes_a_slow_one(client: RawClient) -> None:
    slow = client.call("render", lasting("slow", 1.0))
    fast = client.call("render", {"source": HEXAGON, "run_id": "fast"})
    listing = client.call("list_artifacts", {"run_id": "fast"})
    for number in (slow, fast, listing):
        await client.answer(number)
    assert client.order[-1] == slow


async def test_a_render_that_is_cancelled_takes_its_process_along_and_frees_its_slot(client: RawClient) -> None:
    calls = [client.call("render", lasting(f"cancelled{n}")) for n in range(SLOTS)]
    await until(lambda: len(workers()) == SLOTS)
    for call in calls:
        client.cancel(call)
    await until(lambda: not workers())
    again = await client.called("render", {"source": HEXAGON + "# again\n", "run_id": "again"})
    assert again["structuredContent"]["ok"]


async def test_a_job_answers_at_the_end_what_render_would_have(client: RawClient) -> None:
    arguments = {"source": f"print('drawing')\n{HEXAGON}# a job\n", "iteration": 1}
    started = await client.called("start_render", {**arguments, "run_id": "job"})
    assert started["structuredContent"]["state"] in ("running", "finished")
    job_id = started["structuredContent"]["job_id"]
    polled = await client.called("poll_job", {"job_id": job_id, "wait_seconds": 60})
    waited = await client.called("render", {**arguments, "run_id": "waited"})
    assert polled["structuredContent"]["state"] == "finished"
    assert polled["structuredContent"]["result"] == waited["structuredContent"]
    assert polled["content"][1:] == waited["content"]
    assert {link["name"] for link in polled["_meta"]["links"]} == {link["name"] for link in waited["_meta"]["links"]}
    assert polled["_meta"]["server_received_ms"] <= polled["_meta"]["server_started_ms"]
    assert polled["_meta"]["server_started_ms"] <= polled["_meta"]["server_finished_ms"]


async def test_jobs_and_renders_share_the_slots(client: RawClient) -> None:
    begun = [await client.called("start_render", lasting(f"slots{n}")) for n in range(SLOTS)]
    ids = [one["structuredContent"]["job_id"] for one in begun]
    refused = await client.called("start_render", lasting("late"))
    assert refused["structuredContent"]["state"] == "busy"
    assert refused["structuredContent"]["job_id"] is None
    assert refused["structuredContent"]["result"]["failure"]["kind"] == "busy"
    assert refused["_meta"]["retry_after_ms"] > 0
    assert (await client.called("render", lasting("later")))["structuredContent"]["failure"]["kind"] == "busy"
    running = await client.called("poll_job", {"job_id": ids[0], "wait_seconds": 0})
    assert running["structuredContent"]["state"] == "running"
    await until(lambda: len(workers()) == SLOTS)
    for job_id in ids:
        ended = await client.called("cancel_job", {"job_id": job_id})
        assert ended["structuredContent"]["state"] == "cancelled"
    await until(lambda: not workers())


async def test_a_job_that_cannot_draw_finishes_with_the_failure(client: RawClient) -> None:
    started = await client.called("start_render", {"source": "def draw(t:", "run_id": "broken"})
    job_id = started["structuredContent"]["job_id"]
    polled = await client.called("poll_job", {"job_id": job_id})
    assert polled["structuredContent"]["result"]["failure"]["kind"] == "syntax"


@pytest.mark.parametrize(
    ("job_id", "said"),
    [
        ("", "is no job id"),
        ("../../etc/passwd", "is no job id"),
        ("ffffffff-" + "0" * 32, "there is no job"),
        ("00000001-" + "0" * 32, "has expired"),
    ],
)
async def test_ids_that_lead_nowhere_are_told_apart(client: RawClient, job_id: str, said: str) -> None:
    for tool in ("poll_job", "cancel_job"):
        refused = await client.called(tool, {"job_id": job_id})
        assert refused["isError"]
        assert said in refused["content"][0]["text"]


async def test_agents_of_a_run_get_no_jobs(client: RawClient) -> None:
    for tool, arguments in (
        ("start_render", {"source": HEXAGON}),
        ("poll_job", {"job_id": "ffffffff-" + "0" * 32}),
        ("cancel_job", {"job_id": "ffffffff-" + "0" * 32}),
    ):
        refused = await client.called(tool, arguments, HOST)
        assert refused["isError"]
        assert "agents of a run have no jobs" in refused["content"][0]["text"]


async def test_a_finished_job_survives_its_server_and_a_running_one_is_cancelled_with_it(
    root: Path, cache_folder: Path
) -> None:
    async with raw_client(root, cache_folder, timeout_s=60) as first:
        started = await first.called("start_render", {"source": HEXAGON + "# kept\n", "run_id": "kept"})
        done = started["structuredContent"]["job_id"]
        before = await first.called("poll_job", {"job_id": done, "wait_seconds": 60})
        begun = await first.called("start_render", lasting("unfinished"))
    async with raw_client(root, cache_folder, timeout_s=60) as second:
        after = await second.called("poll_job", {"job_id": done})
        assert after["structuredContent"]["state"] == "finished"
        assert after == before
        lost = await second.called("poll_job", {"job_id": begun["structuredContent"]["job_id"]})
        assert lost["structuredContent"]["state"] == "cancelled"


async def test_an_export_tells_its_times_too(client: RawClient) -> None:
    await client.called("render", {"source": HEXAGON, "run_id": "export", "iteration": 1})
    made = await client.called("export_gcode", {"run_id": "export", "path": "iterations/01/drawing.svg"})
    times = [made["_meta"][f"server_{name}_ms"] for name in ("received", "started", "finished")]
    assert times == sorted(times)
