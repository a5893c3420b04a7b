"""The server over HTTP as a process of its own, and what is sent to it byte by byte."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from artloop.grafix.sandbox.handle import PACKAGE

SERVER = (sys.executable, "-P", "-m", "artloop.grafix")
INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@dataclass(frozen=True)
class Hosted:
    """A server that listens."""

    url: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """Where."""
        return urlsplit(self.url).port or 0

    def answer(
        self, method: str = "GET", body: bytes = b"", path: str = "/mcp", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; header names with underscores for dashes. Host is sent as given, once."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Host": f"127.0.0.1:{self.port}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        connection.request(method, path, body or None, sent)
        response = connection.getresponse()
        found = response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()
        connection.close()
        return found

    def post(self, message: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """`answer` to a JSON-RPC message as a client sends it."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        kinds = {"Content_Type": "application/json", "Accept": "application/json, text/event-stream"}
        return self.answer("POST", body, **kinds, **headers)

    def initialized(self) -> str:
        """The id of a new session of a 2025 client."""
        status, headers, _ = self.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE})
        assert status == 200
        return headers["mcp-session-id"]

    def raw(self, content: bytes) -> bytes:
        """What comes back until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            found = b""
            while chunk := connection.recv(65536):
                found += chunk
            return found


def environment(**variables: str) -> dict[str, str]:
    """Ours without a key, and with these."""
    kept = {name: value for name, value in os.environ.items() if name != "MCP_API_KEY"}
    return {**kept, "PYTHONPATH": str(PACKAGE), **variables}


@contextmanager
def hosted(
    root: Path,
    cache_folder: Path,
    *options: str,
    command: tuple[str, ...] = SERVER,
    key: str = "",
    **limits: Any,
) -> Iterator[Hosted]:
    """Start it at a free port; Ctrl-C ends it in good order."""
    arguments = ("--root", str(root), "--cache", str(cache_folder), "--limits", json.dumps(limits))
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - a pipe that nobody reads would fill and stop the server
    process = subprocess.Popen(
        [*command, *arguments, "--http", "--port", "0", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=environment(**({"MCP_API_KEY": key} if key else {})),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        yield Hosted(json.loads(line)["url"], process)
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        with log:
            log.seek(0)
            said = log.read()
    assert (process.returncode, out) == (130, ""), said
    assert "Traceback" not in said, said
    assert not key or key not in said
