"""A hub as a process of its own, with keys for each role, and clients that speak to it."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from typer.testing import CliRunner

from artloop.cli import app
from artloop.hub.keys import Keys
from artloop.hub.roles import ROLES, Role
from artloop.settings import HubSettings
from artloop.taskboard.client import HubClient
from artloop.taskboard.opening import opened_store

from ..grafix.web import Hosted, environment

RECORD = re.compile(r"^(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) )", re.M)
"""Where a line of the log begins; a traceback belongs to the one before."""
COMMAND = (sys.executable, "-P", "-m", "artloop", "hub", "serve")


@dataclass(frozen=True)
class Served(Hosted):
    """A hub that listens."""

    root: Path
    log: IO[str]
    """What it says on stderr."""
    keys: dict[str, str] = field(default_factory=dict)
    """By name: those of the roles are named like them."""

    @property
    def rendering(self) -> str:
        """Where its Grafix tools are."""
        return self.url.replace("/mcp", "/grafix/mcp")

    def client(self, name: str = "orchestrator") -> HubClient:
        """Our own client, with the key of that name if there is one."""
        return HubClient(self.url, self.keys.get(name))

    @asynccontextmanager
    async def plain(self, name: str = "", mode: str = "auto") -> AsyncIterator[Client]:
        """The SDK's client."""
        headers = {"Authorization": f"Bearer {self.keys[name]}"} if name else None
        async with create_mcp_http_client(headers) as http:
            streams = streamable_http_client(self.url, http_client=http)
            async with Client(streams, mode=mode) as made:
                yield made


def made_key(root: Path, name: str, role: Role) -> str:
    """A new key of the hub of this root, whether it is served or not."""
    return asyncio.run(_made_key(root, name, role))


async def _made_key(root: Path, name: str, role: Role) -> str:
    async with opened_store(HubSettings(), root / "hub", sys.stderr.write) as store:
        return await Keys(store).add(name, role)


def revoke(root: Path, name: str) -> None:
    """Revoke a key as one does."""
    done = CliRunner().invoke(app, ["hub", "key", "revoke", name, "--root", str(root)])
    assert done.exit_code == 0, done.output


def role_keys(root: Path) -> dict[str, str]:
    """A key for each role, named like it."""
    return {role: made_key(root, role, role) for role in ROLES}


@contextmanager
def served(root: Path, cache_folder: Path, *options: str, port: int = 0, **variables: str) -> Iterator[Served]:
    """Start a hub; Ctrl-C ends it in good order, unless it was killed before. Without keys: see `role_keys`."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [*COMMAND, "--root", str(root), "--port", str(port), "--json", "--allow-unsafe", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(ARTLOOP_CACHE=str(cache_folder), **variables),
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line, said(log)
            yield Served(json.loads(line)["url"], process, root, log)
        finally:
            killed = process.poll() == -signal.SIGKILL
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            told = said(log)
        assert killed or process.returncode == 130, told
        # the SDK's own: a client hung up while its message was passed on
        wrong = [one for one in RECORD.split(told) if "Traceback" in one and "ClosedResourceError" not in one]
        assert wrong == []


def said(log: IO[str]) -> str:
    """What it wrote to its log."""
    log.seek(0)
    return log.read()
