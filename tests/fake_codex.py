"""A program that behaves like `codex exec --json`, or misbehaves on demand. Run as a process; see `codex_program`.

It finds our MCP server in the configuration that it is given, as Codex does, and speaks to it as any client would.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

SKETCH = '''"""Six lines."""
from grafix import G, L
CANVAS = (148, 210)
def draw(t):
    return [L(name="ink").layer(G.polygon(n_sides=6, center=(74.0, 105.0, 0.0), scale=60.0 + NUMBER))]
'''
USAGE = {"input_tokens": 1000, "cached_input_tokens": 400, "output_tokens": 50, "reasoning_output_tokens": 20}
REFUSED = "unexpected status 401 Unauthorized: Incorrect API key provided: {key}"


def codex_program(folder: Path, mode: str = "draw") -> Path:
    """A Codex to put into `codex.path`; it leaves what it saw in `folder/seen-PID.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"codex-{mode}"
    command = shlex.join([sys.executable, __file__, mode, str(folder)])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return program


def seen(folder: Path) -> list[dict[str, Any]]:
    """What each session of such a Codex saw, in the order of their ends."""
    files = sorted(folder.glob("seen-*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text()) for path in files]


def main(mode: str, folder: Path, arguments: list[str]) -> int:
    """One session."""
    assert arguments[0] == "exec"
    prompt = sys.stdin.read()
    if mode == "as-briefed":
        mode = prompt.partition('Brief: "')[2].partition('"')[0]
    options = dict(argument.partition("=")[::2] for argument in arguments if argument.startswith("--"))
    config = tomllib.loads(Path(os.environ["CODEX_HOME"], "config.toml").read_text())
    told: dict[str, Any] = {"arguments": arguments, "prompt": prompt, "environment": dict(os.environ), "config": config}
    told["schema"] = json.loads(Path(options["--output-schema"]).read_text())
    told["pictures"] = [argument for argument in arguments if argument.startswith("--image=")]
    event(type="thread.started", thread_id="t")
    event(type="turn.started")
    source = SKETCH.replace("NUMBER", str(len(prompt) % 7))
    if mode in ("draw", "trespass"):
        told["heard"] = asyncio.run(at_the_server(config["mcp_servers"]["grafix"], source, mode))
    (folder / f"seen-{os.getpid()}.json").write_text(json.dumps(told))
    if (folder / "ready").exists():
        (folder / "ready").write_text("ready")  # a pipe that the test reads
    return act(mode, source, folder)


def act(mode: str, source: str, folder: Path) -> int:
    """What this Codex does when it has read everything; its exit status."""
    answer = json.dumps(
        {"source": source, "patch": "", "base": "none", "change": "six lines", "hypothesis": "it stands"}
    )
    match mode:
        case "hang" | "orphan" | "end-with-orphan":
            if "orphan" in mode:
                child = subprocess.Popen(["sleep", "600"], start_new_session=True)
                sys.stderr.write(f"orphan {child.pid}\n")
            if mode != "end-with-orphan":
                signal.pause()
        case "meet":
            while not (folder / "go").exists():
                time.sleep(0.02)
        case "crash":
            sys.stderr.write("thread 'main' panicked\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGSEGV)
        case "refuse":
            failed(REFUSED.format(key=os.environ["CODEX_API_KEY"]))
            return 1
        case "silent":
            event(type="turn.completed", usage=USAGE)
            return 0
        case "flood":
            while True:
                sys.stdout.write("x" * 65536)
        case "garbage":
            answer = "here is your sketch:"
            sys.stdout.write("\x00\xff not json\n[1, 2]\n")
    event(type="item.completed", item={"id": "i", "type": "agent_message", "text": answer})
    event(type="turn.completed", usage=USAGE)
    return 0


async def at_the_server(entry: dict[str, Any], source: str, mode: str) -> dict[str, Any]:
    """Start the configured server and use it; gives what it answered."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    start = StdioServerParameters(command=entry["command"], args=entry["args"], env=entry["env"])
    async with Client(stdio_client(start)) as client:
        drawn = await client.call_tool("render", {"source": source})
        assert drawn.structured_content
        paths = [artifact["path"] for artifact in drawn.structured_content["artifacts"]]
        heard = {"render": drawn.structured_content["ok"], "paths": paths}
        return {**heard, **(await tried(client) if mode == "trespass" else {})}


async def tried(client: Any) -> dict[str, Any]:
    """Everything a curious implementer might reach for."""
    from mcp import MCPError

    heard: dict[str, Any] = {}
    for name in ("run_id", "variant_id", "workspace_id"):
        heard[name] = (await client.call_tool("list_artifacts", {name: "other"})).is_error
    heard["forged"] = (
        await client.call_tool("list_artifacts", {}, meta={"artloop/place": {"run": "other"}})
    ).structured_content
    try:
        await client.read_resource("artifact://default/other/v01/secret.txt")
        heard["resource"] = "read"
    except MCPError as error:
        heard["resource"] = str(error)
    heard["api"] = len((await client.read_resource("grafix://api")).contents)
    return heard


def event(**fields: Any) -> None:
    """A line of JSON on stdout."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def failed(message: str) -> None:
    """The lines with which Codex says that it gives up."""
    event(type="error", message=message)
    event(type="turn.failed", error={"message": message})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
