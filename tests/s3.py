"""An S3 server of one's own on a free port of the loopback, from the package moto."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

READY_IN_S = 60.0


@dataclass(frozen=True)
class Bucket:
    """An empty one, whose server knows no other."""

    url: str
    """Of the server."""
    name: str

    @property
    def keys(self) -> list[str]:
        """What lies in it."""
        with urllib.request.urlopen(f"{self.url}/{self.name}?list-type=2") as answer:
            return [one.text or "" for one in ElementTree.parse(answer).iter() if one.tag.endswith("}Key")]

    def environment(self) -> dict[str, str]:
        """What a client needs, and nothing else that it would heed."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def bucket(folder: Path, name: str = "studio") -> Iterator[Bucket]:
    """A server with this bucket; gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = folder / "s3.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        until = time.monotonic() + READY_IN_S
        while not listens(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, "the server does not listen"
            time.sleep(0.05)  # it tells nobody when it is ready
        made = Bucket(f"http://127.0.0.1:{port}", name)
        urllib.request.urlopen(urllib.request.Request(f"{made.url}/{name}", method="PUT")).close()
        yield made
    finally:
        process.kill()
        process.wait(30)


def listens(port: int) -> bool:
    """Whether somebody is there."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
