"""The hub's pages over plain HTTP: who sees what, how one logs in, which forms are taken, what is pushed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from artloop.events import RunEnded, RunStarted
from artloop.hub.login import MOST, Sessions
from artloop.journal import Journal
from artloop.models import Brief
from artloop.workspace import Workspace

from .served import Served, made_key, revoke

PAGES = ("/", "/events", "/parts/board", "/parts/runs", "/metrics", "/runs/none", "/runs/none/gallery.html")
BUTTONS = ("/runs/none/pin", "/runs/none/drop", "/runs/none/note", "/runs/none/stop", "/runs/none/resume")
TO_READ = {"Accept": "text/html"}


def own(hub: Served) -> dict[str, str]:
    """What a browser adds to a form of one of our pages."""
    return {"Origin": f"http://127.0.0.1:{hub.port}", "Content_Type": "application/x-www-form-urlencoded"}


def posted(hub: Served, path: str, fields: dict[str, str], **headers: str) -> tuple[int, dict[str, str], bytes]:
    return hub.answer("POST", urlencode(fields).encode(), path=path, **{**own(hub), **headers})


def logged_in(hub: Served, name: str) -> str:
    """The cookie that a browser keeps."""
    status, headers, _ = posted(hub, "/login", {"key": hub.keys[name]})
    assert (status, headers["location"]) == (303, "/")
    cookie, *attributes = headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} == set(attributes)
    assert hub.keys[name] not in cookie
    return cookie


@contextmanager
def listening(hub: Served, path: str, **headers: str) -> Iterator[Iterator[tuple[str, dict[str, object]]]]:
    """(kind, body) of each event that is pushed."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=30) as connection:
        sent = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\n{sent}\r\n".encode())
        lines = (line.rstrip("\r\n") for line in connection.makefile("r", encoding="utf-8"))

        def told() -> Iterator[tuple[str, dict[str, object]]]:
            kind = ""
            for line in lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind != "hello":
                    yield kind, json.loads(line.removeprefix("data: "))
                elif line.startswith("data: "):
                    yield kind, {}

        yield told()


def test_a_browser_without_a_key_is_asked_for_one_and_a_program_is_told(hub: Served) -> None:
    for path in PAGES:
        assert hub.answer(path=path)[0] == 401, path
        status, headers, _ = hub.answer(path=path, **TO_READ)
        assert (status, headers["location"]) == (303, "/login"), path
    assert hub.answer("POST", path="/mcp", **TO_READ)[0] == 401
    status, _, page = hub.answer(path="/login")
    assert (status, b'name="key"' in page) == (200, True)


def test_who_has_shown_a_key_is_known_until_they_leave(hub: Served) -> None:
    cookie = logged_in(hub, "viewer")
    status, headers, page = hub.answer(path="/", Cookie=cookie)
    assert (status, headers["cache-control"], headers["x-frame-options"]) == (200, "no-store", "DENY")
    assert b"viewer" in page
    assert posted(hub, "/logout", {}, Cookie=cookie)[0] == 303
    assert hub.answer(path="/", Cookie=cookie)[0] == 401


@pytest.mark.parametrize("key", ["", "artloop_nothing", "x" * 20_000])
def test_a_wrong_key_opens_nothing(hub: Served, key: str) -> None:
    status, headers, _ = posted(hub, "/login", {"key": key})
    assert status in (401, 413)
    assert "set-cookie" not in headers
    assert hub.answer(path="/", Cookie="artloop_hub=made-up")[0] == 401


def test_a_key_that_is_revoked_ends_what_it_opened(hub: Served) -> None:
    name = "passing"
    hub.keys[name] = made_key(hub.root, name, "viewer")
    cookie = logged_in(hub, name)
    assert hub.answer(path="/", Cookie=cookie)[0] == 200
    revoke(hub.root, name)
    assert hub.answer(path="/", Cookie=cookie)[0] == 401


def test_viewers_look_on_and_workers_do_not(hub: Served) -> None:
    for path in ("/", "/parts/board", "/parts/runs"):
        assert hub.answer(path=path, Cookie=logged_in(hub, "viewer"))[0] == 200
        assert hub.answer(path=path, Cookie=logged_in(hub, "worker"))[0] == 403


@pytest.mark.parametrize("path", [*BUTTONS, "/tasks/t-none/retry"])
def test_a_button_is_for_orchestrators_on_a_page_of_this_hub(hub: Served, path: str) -> None:
    cookie = logged_in(hub, "orchestrator")
    assert posted(hub, path, {}, Cookie=logged_in(hub, "viewer"))[0] == 403
    status, _, said = posted(hub, path, {}, Cookie=cookie)
    assert status == 409
    assert b"none" in said
    strange = {"Origin": f"http://127.0.0.1:{hub.port + 1}"}  # another port of this machine
    assert posted(hub, path, {}, Cookie=cookie, **strange)[0] == 401  # its cookie is none there
    key = {"Authorization": f"Bearer {hub.keys['orchestrator']}"}
    assert posted(hub, path, {}, **key, **strange)[0] == 403
    assert hub.answer("POST", path=path, **key)[0] == 403
    assert hub.answer(path=path, Cookie=cookie)[0] == 405


def test_who_pressed_what_is_in_the_audit_log(hub: Served) -> None:
    posted(hub, "/runs/audited/drop", {"variant": "v02"}, Cookie=logged_in(hub, "orchestrator"))
    lines = [json.loads(line) for line in (hub.root / "hub" / "audit.jsonl").read_text().splitlines()]
    (line,) = [line for line in lines if line["ids"].get("run_id") == "audited"]
    assert (line["key"], line["tool"], line["outcome"]) == ("orchestrator", "drop_variant", "refused")
    assert line["ids"]["variant"] == "v02"


async def test_a_dead_letter_is_tried_again_by_its_button(hub: Served) -> None:
    async with hub.client() as client:
        agent = (await client.call("register_agent", agent_type="mortal"))["id"]
        asked = {"agent_type": "mortal", "task_description": "<script>alert(1)</script>", "max_attempts": 1}
        task = (await client.call("create_task", **asked))["id"]
        await client.call("poll_tasks", agent_id=agent, max_tasks=1)
        error = {"kind": "tired", "message": "no <b>more</b>", "retryable": True}
        await client.call("submit_result", agent_id=agent, task_id=task, status="failed", error=error)
        cookie = await asyncio.to_thread(logged_in, hub, "orchestrator")
        page = (await asyncio.to_thread(hub.answer, path="/parts/board", Cookie=cookie))[2].decode()
        assert "no &lt;b&gt;more&lt;/b&gt;" in page
        assert "&lt;script&gt;alert(1)" in page
        status, _, said = await asyncio.to_thread(posted, hub, f"/tasks/{task}/retry", {}, Cookie=cookie)
        assert (status, said.decode().strip()) == (200, f"{task} is pending again")
        assert (await client.call("get_task_status", task_id=task))["state"] == "pending"
        await client.call("cancel_task", task_id=task)


async def test_what_happens_on_the_board_is_pushed(hub: Served) -> None:
    key = {"Authorization": f"Bearer {hub.keys['viewer']}"}
    async with hub.client() as client:
        with listening(hub, "/events", **key) as told:
            assert await asyncio.to_thread(next, told) == ("hello", {})
            task = (await client.call("create_task", agent_type="pushed", task_description="x"))["id"]
            kind, body = await asyncio.to_thread(next, told)
        assert (kind, body["id"], body["state"], body["agent_type"]) == ("board", task, "pending", "pushed")
        await client.call("cancel_task", task_id=task)


def test_what_happens_in_a_run_is_pushed_whoever_drives_it(hub: Served) -> None:
    folder = Workspace(hub.root).create("pushed along")
    key = {"Authorization": f"Bearer {hub.keys['viewer']}"}
    with listening(hub, f"/events?run={folder.id}", **key) as told:
        next(told)
        with Journal.open(folder, max_failures=1) as journal:
            journal.append(RunStarted(run=folder.id, brief=Brief(text="pushed <b>along</b>"), models={"draw": "house"}))
            kind, body = next(told)
            assert (kind, body["run"], body["number"]) == ("run", folder.id, 1)
            assert body["event"]["type"] == "run_started"
            page = hub.answer(path="/parts/runs", **key)[2].decode()
            assert "pushed &lt;b&gt;along&lt;/b&gt;" in page
            assert "interrupted" in page
            journal.append(RunEnded(status="finished", reason="", seconds=1))
            assert next(told)[1]["event"]["type"] == "run_ended"
    assert hub.answer(path=f"/runs/{folder.id}", **key)[0] == 200
    assert hub.answer(path=f"/runs/{folder.id}/gallery.html", **key)[0] == 404


def test_of_a_run_only_what_is_its_own_is_handed_out(hub: Served, tmp_path: Path) -> None:
    folder = Workspace(hub.root).create("handed out")
    key = {"Authorization": f"Bearer {hub.keys['viewer']}"}
    with listening(hub, f"/events?run={folder.id}", **key) as told:
        next(told)
        with Journal.open(folder, max_failures=1) as journal:
            journal.append(RunStarted(run=folder.id, brief=Brief(text="x"), models={}))
        next(told)
    folder.final.mkdir()
    (folder.final / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    (folder.final / "secret.txt").write_text("s")
    folder.gallery.symlink_to(tmp_path)
    status, headers, _ = hub.answer(path=f"/runs/{folder.id}/final/drawing.svg", **key)
    assert status == 200
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["content-disposition"] == "attachment"
    for path in (
        "final/secret.txt",
        "run.json",
        "journal.db",
        "final/..%2frun.json",
        "pictures/v01/1",
        "pictures/..%2f/1",
    ):
        assert hub.answer(path=f"/runs/{folder.id}/{path}", **key)[0] in (404, 409), path
    assert hub.answer(path=f"/runs/{folder.id}/gallery.html", **key)[0] == 409  # a link is followed nowhere


def test_only_so_many_browsers_are_remembered() -> None:
    sessions = Sessions()
    first, *others = [sessions.open(f"key {number}") for number in range(MOST + 1)]
    assert sessions.key_of(first) is None
    assert sessions.key_of(others[0]) == "key 1"
