"""A provider on loopback that speaks ChatCompletions: answers by rule, and logs every request it was paid for."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MODEL = "loopback-1"
SKETCH = '''"""Waves {number}: horizontal lines that lean."""
import numpy as np
from grafix import L, G, primitive

CANVAS = (148, 210)
SEED = 1
PEN_MM = 0.3
PARAMS = {{"lines": {lines}}}
RANGES = {{"lines": (8, 60)}}
TAGS = ("wave",)
W, H = CANVAS


@primitive
def waves_{number}(*, lines: int = 20):
    x = np.linspace(20.0, W - 20.0, 40)
    rows = [np.c_[x, y + 4 * np.sin(x / 9 + {number}), 0 * x] for y in np.linspace(30.0, H - 30.0, lines)]
    return np.concatenate(rows).astype(np.float32), np.arange(0, 40 * lines + 1, 40, dtype=np.int32)


def draw(t):
    return [L(name="ink").layer(G.waves_{number}(lines=PARAMS["lines"]), color=(0.1, 0.1, 0.2))]
'''


class Provider:
    """The server's memory. `before` and `after` are told the number of each request, from 1, around its answer."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        """Hash of every request body, in the order of arrival."""
        self.lock = threading.Lock()
        self.before: Callable[[int], None] = lambda number: None
        self.after: Callable[[int], None] = lambda number: None
        self.url = ""

    async def models(self, request: Request) -> Response:
        """`GET /models`."""
        return JSONResponse(
            {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "t"}]}
        )

    async def complete(self, request: Request) -> Response:
        """`POST /chat/completions`."""
        raw = await request.body()
        with self.lock:
            self.bodies.append(hashlib.sha256(raw).hexdigest())
            number = len(self.bodies)
        self.before(number)
        answer = JSONResponse(completion(json.loads(raw), f"chatcmpl-{number}"))
        self.after(number)
        return answer


def completion(body: dict[str, Any], name: str) -> dict[str, Any]:
    """The answer to a request: decided by its content alone, but for the id."""
    message = message_for(body)
    return {
        "id": name,
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {"index": 0, "finish_reason": "tool_calls" if "tool_calls" in message else "stop", "message": message}
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 110,
            "prompt_tokens_details": {"cached_tokens": 40},
        },
    }


def message_for(body: dict[str, Any]) -> dict[str, Any]:
    """Which role is asked is seen from the schema it must answer in."""
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    asked = json.dumps(body["messages"][:2], sort_keys=True)
    number = int(hashlib.sha256(asked.encode()).hexdigest()[:6], 16)
    if "source" in properties:
        return draw_turn(body, number)
    if "concepts" in properties:
        count = int(asked.partition("Give exactly ")[2].partition(" ")[0])
        return say({"concepts": [concept(index) for index in range(count)]})
    if "winner" in properties:
        winner = "first" if number % 3 else "tie"
        return say({"first_alone": "lines", "second_alone": "lines", "winner": winner, "reason": f"because {number}"})
    return say(critique(number))


def draw_turn(body: dict[str, Any], number: int) -> dict[str, Any]:
    """First try the sketch with the render tool, then answer with it."""
    source = SKETCH.format(number=number % 100000, lines=10 + number % 30)
    if any(message["role"] == "tool" for message in body["messages"]):
        return say({"source": source, "change": f"lines {number % 30}", "hypothesis": "it leans"})
    call = {"name": "render", "arguments": json.dumps({"source": source})}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": f"call-{number}", "type": "function", "function": call}],
    }


def concept(index: int) -> dict[str, Any]:
    """One concept."""
    texts = ("title", "idea", "focus", "technique", "strategy")
    return {**{name: f"{name} {index}" for name in texts}, "pens": ["ink"], "study": ""}


def critique(number: int) -> dict[str, Any]:
    """A critique whose value depends on what was asked."""
    overall = number % 100 / 10
    return {
        "first_seen": "lines",
        "keep": "the lean",
        "changes": [{"place": "left", "what": "more air", "amount": "10 mm"}],
        "targets": [{"metric": "ink_mm", "low": 1000.0, "high": 4000.0}],
        "scores": [{"criterion": "focus", "value": overall, "seen": "lines"}],
        "overall": overall,
        "measured": False,
    }


def say(value: dict[str, Any]) -> dict[str, Any]:
    """A message with JSON."""
    return {"role": "assistant", "content": json.dumps(value)}


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider on a free port of the loopback, in a thread of this process."""
    provider = Provider()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", provider.complete, methods=["POST"]),
            Route("/v1/models", provider.models),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
