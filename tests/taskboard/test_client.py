import asyncio
import http.server
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artloop.errors import ProviderError, StorageError, UsageError
from artloop.taskboard.client import HubClient

from ..grafix.web import Hosted, hosted

KEY = "a-key-of-more-than-16-characters"
ECHO = """
import asyncio, os, sys
from pathlib import Path
from typing import Annotated, Any
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from artloop import errors
from artloop.grafix.answers import result
from artloop.grafix.calls import guarded
from artloop.grafix.http import serve
from artloop.web.listening import Address
from artloop.models import Value
from mcp_types import CallToolResult
class Echo(Value):
    said: str
server = MCPServer("echo")
async def echo(text: str) -> Annotated[CallToolResult, Echo]:
    "Say it again."
    return result(Echo(said=text))
async def fail(name: str) -> Annotated[CallToolResult, Echo]:
    "Refuse."
    raise getattr(errors, name)("it is full")
async def wait(ctx: Context, mark: str) -> Annotated[CallToolResult, Echo]:
    "Never answer."
    await ctx.report_progress(1, 2, "waiting")
    Path(mark).touch()
    await asyncio.Event().wait()
for tool in (echo, fail, wait):
    server.add_tool(guarded(tool))
sys.exit(serve(server, Address(port=int(os.environ.get("PORT", "0"))), as_json=True))
"""
COMMAND = (sys.executable, "-c", ECHO)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    folder = tmp_path_factory.mktemp("hub")
    with hosted(folder, folder, command=COMMAND, key=KEY) as found:
        yield found


@contextmanager
def answering(*answers: tuple[int, dict[str, str], str]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, whatever is asked: its URL, and the methods that it heard."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, headers, text = answers[min(len(heard), len(answers) - 1)]
            self.rfile.read(int(self.headers["content-length"]))
            heard.append(self.headers["mcp-method"])
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/mcp", heard
        finally:
            server.shutdown()
            thread.join()


async def test_calls_are_answered_side_by_side(hub: Hosted) -> None:
    async with HubClient(hub.url, KEY) as client:
        texts = [f"{number} " * 1000 for number in range(20)]
        found = await asyncio.gather(*(client.call("echo", text=text) for text in texts))
        assert [answer["said"] for answer in found] == texts


async def test_a_refusal_is_the_error_that_it_was(hub: Hosted) -> None:
    async with HubClient(hub.url, KEY) as client:
        with pytest.raises(StorageError, match="it is full"):
            await client.call("fail", name="StorageError")
        with pytest.raises(UsageError, match="it is full"):
            await client.call("fail", name="UsageError")
        with pytest.raises(UsageError, match="text"):
            await client.call("echo")
        with pytest.raises(UsageError, match="nothing"):
            await client.call("nothing")


@pytest.mark.parametrize("key", [None, "another-key-of-16-characters"])
async def test_without_the_key_the_hub_s_own_words_are_told_and_the_key_is_not(hub: Hosted, key: str | None) -> None:
    async with HubClient(hub.url, key) as client:
        with pytest.raises(UsageError, match="Authorization: Bearer") as refused:
            await client.call("echo", text="")
    assert not key or key not in str(refused.value)


async def test_a_body_beyond_the_hub_s_limit_is_refused(hub: Hosted) -> None:
    async with HubClient(hub.url, KEY) as client:
        with pytest.raises(UsageError, match="too large"):
            await client.call("echo", text="x" * 5_000_000)
        assert (await client.call("echo", text="on"))["said"] == "on"


async def test_a_hub_that_is_away_is_said_so_and_reached_again_when_it_is_back(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with HubClient(f"http://127.0.0.1:{port}/mcp") as client:
        with pytest.raises(ProviderError, match="artloop hub serve"):
            await client.call("echo", text="")
        command = ("env", f"PORT={port}", *COMMAND)
        with hosted(tmp_path, tmp_path, command=command):
            assert (await client.call("echo", text="on"))["said"] == "on"
        with pytest.raises(ProviderError, match="away"):
            await client.call("echo", text="")


async def test_calls_that_wait_hear_of_a_hub_s_death_and_the_others_go_on_when_it_is_back(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    process = await asyncio.create_subprocess_exec(*COMMAND, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split('"')[3]
    async with HubClient(url) as client:
        waiting = asyncio.ensure_future(client.call("wait", mark=str(mark)))
        async with asyncio.timeout(30):
            while not mark.exists():
                await client.call("echo", text="")
            os.kill(process.pid, signal.SIGKILL)
            with pytest.raises(ProviderError, match="away"):
                await waiting
    await process.wait()


async def test_an_error_of_one_of_several_calls_is_not_lost_when_the_client_is_left() -> None:
    with pytest.raises(ExceptionGroup) as group:
        async with HubClient("http://127.0.0.1:1/mcp") as client, asyncio.TaskGroup() as calls:
            calls.create_task(client.call("echo", text=""))
    assert isinstance(group.value.exceptions[0], ProviderError)


async def test_a_client_may_be_left_by_another_task_than_entered_it(hub: Hosted) -> None:
    client = await asyncio.create_task(HubClient(hub.url, KEY).__aenter__())
    assert (await client.call("echo", text="on"))["said"] == "on"
    await asyncio.create_task(client.__aexit__(None, None, None))


async def test_a_call_that_is_put_off_is_sent_again_when_told() -> None:
    later = (429, {"Retry-After": "0"}, "600 calls a minute are enough")
    refused = (403, {}, "not with this key")
    with answering(later, later, refused) as (url, heard):
        async with HubClient(url) as client:
            with pytest.raises(UsageError, match="not with this key"):
                await client.call("echo", text="")
    assert heard == ["tools/call"] * 3


async def test_one_that_is_put_off_for_ever_is_given_up() -> None:
    with answering((429, {"Retry-After": "0"}, "later")) as (url, heard):
        async with HubClient(url) as client:
            with pytest.raises(ProviderError, match="calls_per_minute"):
                await client.call("echo", text="")
    assert len(heard) == 5


async def test_a_client_that_is_closed_or_has_no_url_says_so() -> None:
    with pytest.raises(UsageError, match="async with"):
        await HubClient("http://127.0.0.1:1/mcp").call("echo")
    with pytest.raises(UsageError, match="no URL"):
        async with HubClient("127.0.0.1:1"):
            """Not reached."""
