import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artloop.grafix.stdio import LINE_MAX, refusal

from .web import INITIALIZE, SERVER, environment

PARSE, INVALID, UNKNOWN, PARAMETERS = -32700, -32600, -32601, -32602
OK = None
WAIT_S = 60


class Wire:
    """A server over stdio, spoken to in bytes."""

    def __init__(self, root: Path, cache_folder: Path) -> None:
        command = [*SERVER, "--root", str(root), "--cache", str(cache_folder)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment())
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._numbers = count()
        self.said = b""
        self._threads = [threading.Thread(target=self._hear), threading.Thread(target=self._listen)]
        for thread in self._threads:
            thread.start()

    def send(self, content: bytes) -> None:
        """As it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(content)
        self.process.stdin.flush()

    def answers(self, content: bytes, expected: int = 0) -> list[dict[str, Any]]:
        """What came back before the answer to a ping that follows, and until there are as many as expected."""
        ping = f"ping-{next(self._numbers)}"
        self.send(content + json.dumps({"jsonrpc": "2.0", "id": ping, "method": "ping"}).encode() + b"\n")
        found: list[dict[str, Any]] = []
        ponged = False
        while not ponged or len(found) < expected:
            message = json.loads(self._lines.get(timeout=WAIT_S))
            assert message["jsonrpc"] == "2.0"
            if message.get("id") == ping:
                assert message["result"] == {}
                ponged = True
            else:
                found.append(message)
        return found

    def end(self) -> int:
        """Close stdin and wait."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.over()

    def over(self) -> int:
        """Wait for its end: the exit code."""
        code = self.process.wait(WAIT_S)
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return code

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said = self.process.stderr.read()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Iterator[Wire]:
    made = Wire(tmp_path_factory.mktemp("root"), cache_folder)
    assert made.answers(request("initialize", INITIALIZE, "hello"), 1)[0]["id"] == "hello"
    yield made
    assert made.end() == 0
    assert b"Traceback" not in made.said, made.said.decode()


def request(method: str, params: object = None, number: object = 1) -> bytes:
    """A line."""
    asked = {"jsonrpc": "2.0", "id": number, "method": method}
    return json.dumps(asked if params is None else {**asked, "params": params}).encode() + b"\n"


def call(tool: str, arguments: str) -> bytes:
    """A call with arguments as they stand."""
    params = f'{{"name": "{tool}", "arguments": {arguments}}}'
    return f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {params}}}\n'.encode()


def numbered(number: str) -> bytes:
    """A ping with an id as it stands."""
    return f'{{"jsonrpc": "2.0", "id": {number}, "method": "ping"}}\n'.encode()


NOTICE = b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}\n'
CASES: dict[str, tuple[bytes, list[tuple[object, int | None]]]] = {
    "truncated": (b'{"jsonrpc": "2.0", "id": 1, "meth\n', [(None, PARSE)]),
    "blank lines": (b"\n \n\r\n", []),
    "a batch": (b"[" + numbered("1").strip() + b"]\n", [(None, INVALID)]),
    "no object": (b'42\n"text"\nnull\n[]\n', [(None, INVALID)] * 4),
    "an unknown method": (request("no/such"), [(1, UNKNOWN)]),
    "invalid UTF-8": (b'{"jsonrpc": "2.0", "id": 1, "method": "pi\xff\xfeng"}\n', [(None, PARSE)]),
    "NUL": (b'\x00\n{"jsonrpc": "2.0", "id": 1, "method": "pi\x00ng"}\n', [(None, PARSE)] * 2),
    "deep nesting": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", [(None, PARSE)]),
    "nested arguments": (call("render", '{"source": "x", "params": ' + '{"a": ' * 99 + "1" + "}" * 100), [(1, OK)]),
    "a null id": (numbered("null"), [(None, INVALID)]),
    "a fraction as id": (numbered("1.5"), [(None, INVALID)]),
    "a float as id": (numbered("1.0"), [(None, INVALID)]),
    "a boolean as id": (numbered("true"), [(None, INVALID)]),
    "an object as id": (numbered("{}"), [(None, INVALID)]),
    "an enormous id": (numbered("9" * 400), [(None, INVALID)]),
    "a negative id": (numbered("-7"), [(-7, OK)]),
    "an empty id": (numbered('""'), [("", OK)]),
    "a lone surrogate": (numbered(r'"\ud800"'), [(None, PARSE)]),
    "a byte order mark": (b"\xef\xbb\xbf" + numbered("1"), [(None, PARSE)]),
    "CRLF": (numbered("1").replace(b"\n", b"\r\n"), [(1, OK)]),
    "the same id twice": (numbered("5") * 2, [(5, OK)] * 2),
    "the same call twice": (call("list_artifacts", "{}") * 2, [(1, OK)] * 2),
    "another version": (b'{"jsonrpc": "1.0", "id": 3, "method": "ping"}\n', [(3, INVALID)]),
    "no version": (b'{"id": 3, "method": "ping"}\n', [(3, INVALID)]),
    "a list as params": (request("tools/call", [1]), [(1, INVALID)]),
    "no params": (request("tools/call"), [(1, PARAMETERS)]),
    "a text as arguments": (call("render", '"x"'), [(1, PARAMETERS)]),
    "_meta of another type": (request("tools/list", {"_meta": 7}), [(1, PARAMETERS)]),
    "no number": (call("render", '{"source": "x", "time": NaN}'), [(1, OK)]),
    "an endless number": (call("render", '{"source": "x", "params": {"a": 1e999}}'), [(1, OK)]),
    "NUL in a name": (call("list_artifacts", r'{"run_id": "a\u0000b"}'), [(1, OK)]),
    "an unknown resource": (request("resources/read", {"uri": "artifact://a/b/c/../../etc/passwd"}), [(1, PARAMETERS)]),
    "answers to nothing": (b'{"jsonrpc": "2.0", "id": 99, "result": {}}\n', []),
    "a request that is an answer": (
        b'{"jsonrpc": "2.0", "id": 4, "method": "ping", "params": [], "result": {}}\n',
        [(4, INVALID)],
    ),
    "a broken answer": (b'{"jsonrpc": "2.0", "id": 98, "error": "x"}\n', [(None, INVALID)]),
    "a second handshake": (request("initialize", INITIALIZE), [(1, OK)]),
    "a flood": (NOTICE * 3000, []),
    "a huge message": (b'{"a": "' + b"x" * 3 * LINE_MAX + b'"}\n', [(None, INVALID)]),
    "huge rubbish": (b"x" * 3 * LINE_MAX + b"\n", [(None, INVALID)]),
    "a big message": (request("ping", {"a": "x" * (LINE_MAX - 100)}), [(1, OK)]),
}


@pytest.mark.parametrize("name", CASES)
def test_whatever_comes_is_answered_and_the_next_request_too(wire: Wire, name: str) -> None:
    content, expected = CASES[name]
    found = wire.answers(content, len(expected))
    assert [(answer["id"], answer.get("error", {}).get("code")) for answer in found] == expected


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
METHODS = ["ping", "initialize", "tools/list", "tools/call", "resources/read", "resources/list", "completion/complete"]
NAMES = ["list_artifacts", "get_artifact", "metrics", "export_gcode", "describe_api", "no_such"]
CALLS = st.fixed_dictionaries({"name": st.sampled_from(NAMES) | ANY}, optional={"arguments": ANY, "_meta": ANY})
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | ANY,
        "id": st.integers(-(2**70), 2**70) | st.text() | ANY,
        "method": st.sampled_from(METHODS) | ANY,
        "params": CALLS | ANY,
        "result": ANY,
    },
)
LINES = st.binary().map(lambda content: content.replace(b"\n", b"")) | (MESSAGES | ANY).map(
    lambda value: json.dumps(value).encode()
)


@settings(max_examples=200)
@given(LINES)
def test_every_line_but_a_notification_or_an_answer_is_answered_once(wire: Wire, line: bytes) -> None:
    refused = refusal(line) if line.strip() else None
    expected = [] if not line.strip() else [refused.id] if refused else asked(line)
    found = wire.answers(line + b"\n", len(expected))
    assert [answer["id"] for answer in found] == expected
    assert all("error" in answer for answer in found) or refused is None


def asked(line: bytes) -> list[object]:
    """The id of a request; nothing else is answered."""
    message = json.loads(line)
    return [message["id"]] if "id" in message and "method" in message else []


@given(st.binary() | MESSAGES.map(lambda value: json.dumps(value).encode()))
def test_a_refusal_never_raises(line: bytes) -> None:
    answer = refusal(line)
    assert answer is None or answer.error.code in (PARSE, INVALID)


@pytest.mark.parametrize("left", [b"", b'{"jsonrpc": "2.0", "id": 1, "meth', b"\xff", b"x" * 100_000])
def test_half_a_message_and_then_nothing_ends_it(tmp_path: Path, cache_folder: Path, left: bytes) -> None:
    wire = Wire(tmp_path, cache_folder)
    wire.answers(request("initialize", INITIALIZE), 1)
    wire.send(left)
    assert wire.end() == 0
    assert wire.said == b""


def test_ctrl_c_ends_it_while_the_client_still_holds_its_end(tmp_path: Path, cache_folder: Path) -> None:
    wire = Wire(tmp_path, cache_folder)
    wire.answers(b"")
    os.kill(wire.process.pid, signal.SIGINT)
    assert wire.over() == 130
    assert wire.said == b""
