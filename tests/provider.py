"""A provider on loopback that speaks ChatCompletions and Responses; it answers by rule or by script, and logs all."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.rules import reply

MODEL = "loopback-1"
Play = Callable[["Asked"], Response]
"""What the provider does with one request."""


class Asked:
    """A request in either form."""

    def __init__(self, body: dict[str, Any], number: int, chat: bool, output_tokens: int = 10) -> None:
        self.body, self.number, self.chat, self.output_tokens = body, number, chat, output_tokens
        self.items: list[dict[str, Any]] = body.get("messages" if chat else "input") or []
        form = (
            (body.get("response_format") or {}).get("json_schema") if chat else (body.get("text") or {}).get("format")
        )
        self.schema: dict[str, Any] | None = (form or {}).get("schema")
        self.pictures = [decoded(text) for text in texts(body) if text.startswith("data:image/")]
        """(width, height) of every picture, decoded."""

    @property
    def tools_called(self) -> bool:
        """Whether a tool has been called already."""
        return any(item.get("role") == "tool" or item.get("type") == "function_call_output" for item in self.items)

    @property
    def task(self) -> str:
        """The instructions and the first message."""
        first = self.items[:2] if self.chat else [self.body.get("instructions"), self.items[0]]
        return json.dumps(first, sort_keys=True)


class Provider:
    """The server's memory. `before` and `after` are told the number of each request, from 1, around its answer."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        """Hash of every request body, in the order of arrival."""
        self.asked: list[Asked] = []
        self.script: list[Play] = []
        """What to do with the next requests; afterwards it answers by rule."""
        self.offers = {"/chat/completions", "/responses", "/models"}
        self.lock = threading.Lock()
        self.before: Callable[[int], None] = ignore
        self.after: Callable[[int], None] = ignore
        self.output_tokens = 10
        """What an answer by rule is said to have taken."""
        self.url = ""

    async def models(self, request: Request) -> Response:
        """`GET /models`."""
        if "/models" not in self.offers:
            return refused(404)(Asked({}, 0, True))
        return JSONResponse(
            {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "t"}]}
        )

    async def complete(self, request: Request) -> Response:
        """`POST /chat/completions` and `POST /responses`."""
        path = request.url.path.removeprefix("/v1")
        if path not in self.offers:
            return JSONResponse({"detail": "Not Found"}, 404)
        try:
            raw = await request.body()
        except ClientDisconnect:  # killed while it was asking: nothing was paid
            return Response(status_code=400)
        if not (body := json.loads(raw)):
            return refused(400, "you must provide a model parameter")(Asked({}, 0, True))
        with self.lock:
            self.bodies.append(hashlib.sha256(raw).hexdigest())
            number = len(self.bodies)
            asked = Asked(body, number, path == "/chat/completions", self.output_tokens)
            self.asked.append(asked)
            play = self.script.pop(0) if self.script else by_rule
        self.before(number)
        answer = play(asked)
        self.after(number)
        return answer


def ignore(number: int) -> None:
    """Nothing happens around a request."""


# -- what it may do ----------------------------------------------------------------------------------------------------


def by_rule(asked: Asked) -> Response:
    """Decided by the request's content alone, but for its number, which it carries as input tokens."""
    properties = (asked.schema or {}).get("properties", {})
    answer = reply(properties, asked.task, asked.tools_called)
    if "say" in answer:
        return says(answer["say"])(asked)
    return calls(("render", {"source": answer["call"]}, answer["id"]))(asked)


def says(value: Any, cached: int = 0, reasoning: int = 0, cut: bool = False) -> Play:
    """Text, or a value as JSON; `cut`: the limit of output tokens was reached."""
    text = value if isinstance(value, str) else json.dumps(value)

    def play(asked: Asked) -> Response:
        part = {"type": "output_text", "text": text, "annotations": []}
        said = [{"type": "message", "id": f"m{asked.number}", "role": "assistant", "status": "completed"}]
        output = [{**said[0], "content": [part]}] if text or not cut else []
        message = {"role": "assistant", "content": text or None}
        return answer(asked, message, output, "length" if cut else "stop", cached, reasoning)

    return play


def calls(*wanted: tuple[str, dict[str, Any], str]) -> Play:
    """Tool calls: (name, arguments, id)."""

    def play(asked: Asked) -> Response:
        functions = [(name, json.dumps(arguments), call_id) for name, arguments, call_id in wanted]
        message = {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
                for name, arguments, call_id in functions
            ],
        }
        output = [
            {"type": "function_call", "id": f"f{i}", "call_id": i, "name": n, "arguments": a, "status": "completed"}
            for n, a, i in functions
        ]
        return answer(asked, message, output, "tool_calls")

    return play


def refuses(asked: Asked) -> Response:
    """The model itself will not."""
    output = [
        {
            "type": "message",
            "id": "m",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "refusal", "refusal": "I cannot help with that."}],
        }
    ]
    return answer(asked, {"role": "assistant", "content": None, "refusal": "I cannot help with that."}, output, "stop")


def answer(
    asked: Asked, message: dict[str, Any], output: list[Any], end: str, cached: int = 0, reasoning: int = 0
) -> Response:
    """A complete answer in the form of the request; its number stands in as input tokens."""
    if asked.chat:
        return JSONResponse(
            {
                "id": f"chatcmpl-{asked.number}",
                "object": "chat.completion",
                "created": 1,
                "model": asked.body["model"],
                "choices": [{"index": 0, "finish_reason": end, "message": message}],
                "usage": {
                    "prompt_tokens": asked.number,
                    "completion_tokens": asked.output_tokens,
                    "total_tokens": asked.number + asked.output_tokens,
                    "prompt_tokens_details": {"cached_tokens": cached},
                    "completion_tokens_details": {"reasoning_tokens": reasoning},
                },
            }
        )
    return JSONResponse(
        {
            "id": f"resp_{asked.number}",
            "object": "response",
            "created_at": 1,
            "model": asked.body["model"],
            "status": "incomplete" if end == "length" else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if end == "length" else None,
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "error": None,
            "instructions": None,
            "metadata": {},
            "temperature": 1,
            "top_p": 1,
            "usage": {
                "input_tokens": asked.number,
                "output_tokens": 10,
                "total_tokens": asked.number + 10,
                "input_tokens_details": {"cached_tokens": cached},
                "output_tokens_details": {"reasoning_tokens": reasoning},
            },
        }
    )


def refused(status: int, message: str = "no", code: str | None = None, **headers: str) -> Play:
    """An HTTP error as OpenAI words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asked: JSONResponse({"error": {"message": message, "type": "t", "code": code}}, status, named)


def sends(content: str, kind: str = "application/json") -> Play:
    """A body of 200 that may be anything."""
    return lambda asked: Response(content, media_type=kind)


def hangs(asked: Asked) -> Response:
    """Never answers."""
    return Hanging()


def breaks_off(asked: Asked) -> Response:
    """Half an answer, then the connection is gone."""
    return Half()


class Hanging(Response):
    """Waits until the client has gone away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


class Half(Response):
    """Promises more than it sends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id": "half', "more_body": False})


# -- reading requests --------------------------------------------------------------------------------------------------


def texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def decoded(url: str) -> tuple[int, int]:
    """The size of a picture in a data URL; every pixel is read."""
    with Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2], validate=True))) as picture:
        picture.load()
        return picture.size


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider on a free port of the loopback, in a thread of this process."""
    provider = Provider()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", provider.complete, methods=["POST"]),
            Route("/v1/responses", provider.complete, methods=["POST"]),
            Route("/v1/models", provider.models),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
