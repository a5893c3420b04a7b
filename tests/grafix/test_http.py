import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from artloop.errors import UsageError
from artloop.grafix.http import key_from
from artloop.grafix.places import META_KEY
from artloop.grafix.sandbox.forks import AVAILABLE
from artloop.web.listening import Address, listening

from .sketches import HEXAGON, ended, rendering, until, workers
from .web import SERVER, Hosted, environment, hosted

ARTLOOP = (sys.executable, "-m", "artloop", "mcp")
KEY = "a-key-of-more-than-16-characters"
ENDLESS = "while True: pass"
LIST = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
forked = pytest.mark.skipif(not AVAILABLE, reason="where workers are not forked, nothing tells when one has begun")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root").resolve()


@pytest.fixture(scope="module")
def web(root: Path, cache_folder: Path) -> Iterator[Hosted]:
    """Without a key; whoever runs these tests on a machine that cannot confine trusts their sketches."""
    with hosted(root, cache_folder, "--allow-unsafe", max_concurrency=2, timeout_s=100) as found:
        yield found


@pytest.fixture(scope="module")
def locked(root: Path, cache_folder: Path) -> Iterator[Hosted]:
    """At every address of this machine, with a key."""
    with hosted(root, cache_folder, "--host", "0.0.0.0", "--allow-host", "plotter.example", key=KEY) as found:
        yield found


@asynccontextmanager
async def client(server: Hosted, key: str = "", mode: str = "auto") -> AsyncIterator[Client]:
    """The SDK's own."""
    headers = {"Authorization": f"Bearer {key}"} if key else None
    async with create_mcp_http_client(headers) as http:
        url = f"http://127.0.0.1:{server.port}/mcp"
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as made:  # type: ignore[arg-type]
            yield made


def running(server: Hosted) -> set[int]:
    """The render workers of a server that run a sketch."""
    return {worker.pid for worker in workers(server.process.pid)}


# -- who may use it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:8423", "127.0.0.1:80"])
def test_this_machine_is_known_by_its_loopback_names(web: Hosted, host: str) -> None:
    assert web.post(LIST, Host=host)[0] == 400  # no session: it has passed the door


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8423", "evil@localhost", "192.168.0.7", "", "*"],
)
def test_a_host_that_a_page_may_have_rebound_is_refused(web: Hosted, host: str) -> None:
    assert web.post(LIST, Host=host)[0] == 421


@pytest.mark.parametrize("path", [b"/", b"/mcp", b"/other", b"*"])
def test_host_is_checked_on_every_path_and_must_be_there(web: Hosted, path: bytes) -> None:
    assert b" 421 " in web.raw(b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert web.raw(b"GET " + path + b" HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:5173", 400),
        ("https://127.0.0.1", 400),
        ("http://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://192.168.0.7", 403),
        ("null", 403),
        ("file://", 403),
        ("chrome-extension://abcdef", 403),
        ("", 403),
    ],
)
def test_only_pages_of_this_machine_may_ask(web: Hosted, origin: str, status: int) -> None:
    assert web.post(LIST, Origin=origin)[0] == status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {KEY}", 400),
        (f"bearer {KEY}", 400),
        (f"Bearer {KEY}x", 401),
        (f"Bearer {KEY[:-1]}", 401),
        (f"Basic {KEY}", 401),
        (KEY, 401),
        ("Bearer ", 401),
        ("Bearer \xe9\xe9", 401),
        (None, 401),
    ],
)
def test_a_key_must_be_presented_exactly(locked: Hosted, given: str | None, status: int) -> None:
    found, headers, _ = locked.post(LIST, **({"Authorization": given} if given is not None else {}))
    assert found == status
    assert ("www-authenticate" in headers) == (status == 401)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("192.168.0.7:8423", None, 400),
        ("plotter.example", "https://plotter.example", 400),
        (socket.gethostname(), None, 400),
        ("evil.example", None, 421),
        ("192.168.0.7", "http://192.168.0.7", 403),
    ],
)
def test_beyond_this_machine_addresses_and_allowed_names_are_answered(
    locked: Hosted, host: str, origin: str | None, status: int
) -> None:
    page = {"Origin": origin} if origin else {}
    assert locked.post(LIST, Host=host, Authorization=f"Bearer {KEY}", **page)[0] == status


@pytest.mark.parametrize("headers", [{}, {"Transfer_Encoding": "chunked"}])
def test_a_body_beyond_the_limit_is_refused(web: Hosted, headers: dict[str, str]) -> None:
    body = b"4ffffff\r\n" if headers else b""
    assert web.post(body + b" " * 5_000_000, **headers)[0] == 413


async def test_without_a_key_nobody_is_the_host_of_a_run(web: Hosted, locked: Hosted) -> None:
    place = {META_KEY: {"workspace": "default", "run": "forged", "variant": "v01"}}
    async with client(web) as stranger:
        with pytest.raises(MCPError, match="for hosts with the server's key"):
            await stranger.call_tool("list_artifacts", {}, meta=place)
    async with client(locked, KEY) as host:
        assert not (await host.call_tool("list_artifacts", {}, meta=place)).is_error


@pytest.mark.parametrize("key", ["short", "with a blank in the middle", "ключ-ключ-ключ-ключ", "tab\tabcdefghijklmnop"])
def test_a_key_that_protects_nothing_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(UsageError) as refused:
        key_from({"MCP_API_KEY": key})
    assert key not in str(refused.value)
    assert key_from({"MCP_API_KEY": KEY}) == KEY
    assert key_from({"MCP_API_KEY": ""}) is None


@pytest.mark.parametrize("name", ["", "http://plotter", "plotter:80", "plotter/mcp", "*", "a b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name or address"):
        Address.given(name, None, None)
    with pytest.raises(UsageError, match="no name or address"):
        Address.given(None, None, [name])


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        (ARTLOOP, ["--http", "--port", "PORT"], "in use"),
        (SERVER, ["--http", "--port", "PORT"], "in use"),
        (ARTLOOP, ["--http", "--host", "0.0.0.0"], "MCP_API_KEY"),
        (ARTLOOP, ["--port", "0"], "for --http"),
    ],
)
def test_where_it_may_not_listen_one_line_says_so(
    web: Hosted, root: Path, command: tuple[str, ...], options: list[str], said: str
) -> None:
    given = [str(web.port) if option == "PORT" else option for option in options]
    done = subprocess.run(
        [*command, *given, "--root", str(root)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match=f"{host}"):
        listening(Address(host, 0))


# -- what it does ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_render_over_http_answers_while_a_slower_one_goes_on(web: Hosted, root: Path, mode: str) -> None:
    async with client(web, mode=mode) as one, asyncio.TaskGroup() as group:
        done: list[str] = []

        async def draw(run: str, source: str) -> None:
            assert rendering(await one.call_tool("render", {"source": source, "run_id": run})).ok
            done.append(run)

        group.create_task(draw(f"slow-{mode}", f"{HEXAGON}import time\ntime.sleep(1.5)\n# {mode}\n"))
        await until(lambda: bool(running(web))) if AVAILABLE else None
        group.create_task(draw(f"quick-{mode}", f"{HEXAGON}# {mode}\n"))
    assert done == [f"quick-{mode}", f"slow-{mode}"]
    assert (root / f"runs/quick-{mode}/variants/v01/iterations/01/drawing.svg").is_file()


COUNTING = """
import sys
from pathlib import Path
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from artloop.grafix.http import serve
from artloop.web.listening import Address
server = MCPServer("counting")
@server.tool(description="Counts.")
async def count(ctx: Context) -> str:
    for number in range(3):
        await ctx.report_progress(number, 3, "counting")
    return "counted"
sys.exit(serve(server, Address(port=0), as_json=True))
"""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress_arrives_before_the_answer(root: Path, cache_folder: Path, mode: str) -> None:
    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    with hosted(root, cache_folder, command=(sys.executable, "-c", COUNTING)) as web:
        async with client(web, mode=mode) as one:
            await one.call_tool("count", {}, progress_callback=progress)
    assert seen == [0, 1, 2]


async def test_sessions_are_apart_and_an_ended_one_is_gone(web: Hosted) -> None:
    first, second = web.initialized(), web.initialized()
    assert first != second
    assert web.post(LIST, Mcp_Session_Id=first)[0] == 200
    assert web.answer("DELETE", Mcp_Session_Id=first)[0] == 200
    assert web.post(LIST, Mcp_Session_Id=first)[0] == 404
    assert web.post(LIST, Mcp_Session_Id=second)[0] == 200


@forked
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_hangs_up_ends_its_render(web: Hosted, mode: str) -> None:
    """The program ends without a word: no cancellation, no end of its session."""
    call = f"await one.call_tool('render', {{'source': {ENDLESS!r}, 'run_id': 'left'}})"
    program = (
        f"import asyncio\nfrom mcp import Client\nasync def main():\n"
        f"  async with Client({web.url!r}, mode={mode!r}) as one: {call}\nasyncio.run(main())"
    )
    before = running(web)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=subprocess.DEVNULL)
    await until(lambda: bool(running(web) - before))
    worker = running(web) - before
    process.kill()
    await process.wait()
    await until(lambda: all(map(ended, worker)), seconds=20)


@forked
async def test_the_end_of_a_session_ends_its_render(web: Hosted) -> None:
    session = web.initialized()
    call = {"name": "render", "arguments": {"source": f"{ENDLESS}  # session", "run_id": "deleted"}}
    message = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}
    before = running(web)
    waiting = asyncio.ensure_future(asyncio.to_thread(web.post, message, Mcp_Session_Id=session))
    await until(lambda: bool(running(web) - before))
    worker = running(web) - before
    assert web.answer("DELETE", Mcp_Session_Id=session)[0] == 200
    await until(lambda: all(map(ended, worker)), seconds=20)
    await waiting


def announced(root: Path, cache_folder: Path) -> Hosted:
    """A server that says on stderr where it listens."""
    command = [*SERVER, "--root", str(root), "--cache", str(cache_folder), "--http", "--port", "0", "--allow-unsafe"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("artloop: serving http://127.0.0.1:")
    return Hosted(line.split()[2].rstrip(";"), process)


@forked
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_streams_open_and_a_render_on(
    root: Path, cache_folder: Path, number: signal.Signals
) -> None:
    web = announced(root, cache_folder)
    session = web.initialized()
    stream = socket.create_connection(("127.0.0.1", web.port))
    wanted = f"Host: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}"
    stream.sendall(f"GET /mcp HTTP/1.1\r\n{wanted}\r\n\r\n".encode())
    assert stream.recv(12) == b"HTTP/1.1 200"
    call = {"name": "render", "arguments": {"source": ENDLESS, "run_id": f"signal-{number}"}}
    message = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}
    waiting = asyncio.ensure_future(asyncio.to_thread(web.post, message, Mcp_Session_Id=session))
    await until(lambda: bool(running(web)))
    children = {child.pid for child in psutil.Process(web.process.pid).children(recursive=True)}
    web.process.send_signal(number)
    _, said = await asyncio.to_thread(web.process.communicate, timeout=30)
    assert (web.process.returncode, said) == (128 + number, "")
    assert all(map(ended, children))
    await waiting
    stream.close()
