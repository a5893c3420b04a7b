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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.rules import reply

MODEL = "loopback-1"


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
        try:
            raw = await request.body()
        except ClientDisconnect:  # killed while it was asking: nothing was paid
            return Response(status_code=400)
        with self.lock:
            self.bodies.append(hashlib.sha256(raw).hexdigest())
            number = len(self.bodies)
        self.before(number)
        answer = JSONResponse(completion(json.loads(raw), number))
        self.after(number)
        return answer


def completion(body: dict[str, Any], number: int) -> dict[str, Any]:
    """The answer to a request: decided by its content alone, but for its number, which it carries as prompt tokens."""
    message = message_for(body)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {"index": 0, "finish_reason": "tool_calls" if "tool_calls" in message else "stop", "message": message}
        ],
        "usage": {
            "prompt_tokens": number,
            "completion_tokens": 10,
            "total_tokens": number + 10,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


def message_for(body: dict[str, Any]) -> dict[str, Any]:
    """The rule's answer as a ChatCompletions message."""
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    called = any(message["role"] == "tool" for message in body["messages"])
    answer = reply(properties, json.dumps(body["messages"][:2], sort_keys=True), called)
    if "say" in answer:
        return {"role": "assistant", "content": json.dumps(answer["say"])}
    call = {"name": "render", "arguments": json.dumps({"source": answer["call"]})}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": answer["id"], "type": "function", "function": call}],
    }


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
