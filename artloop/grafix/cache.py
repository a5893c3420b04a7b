"""Finished renders by content: the same sketch with the same values and versions is not run again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artloop.grafix.presses import Print
from artloop.models import Metrics

MAX_BYTES = 512 << 20
LOW_WATER = 7 / 8
"""A sweep leaves this share of `max_bytes`: room for what all servers of a folder store between two sweeps."""
SWEEP_EVERY = 1 / 32
"""Share of `max_bytes` stored between two sweeps of one server."""
DIGEST_SIZE = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Entry:
    """A finished render: its files, its log, the log's end, and how it was confined when it was made."""

    printed: Print
    log: bytes
    log_tail: str
    isolation: str


def room_fingerprint() -> str:
    """Hash of this package's own source, so that a changed measure or writer never serves old results."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def content_key(values: dict[str, Any]) -> str:
    """sha256 of the canonical JSON."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class RenderCache:
    """A file per render, written whole or not at all; the longest unused go when `max_bytes` is exceeded.

    Any number of servers may share a folder. A cache that cannot be written is one without that entry, and so is an
    entry whose bytes are not those that were written; the next render replaces it.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._unswept: float = max_bytes

    def find(self, key: str) -> Entry | None:
        """A finished render, from now on the last to go."""
        path = self._path(key)
        try:
            entry = _unpacked(path.read_bytes())
        except (OSError, ValueError, KeyError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return entry

    def store(self, key: str, entry: Entry) -> None:
        """Keep a finished render."""
        path, content = self._path(key), _packed(entry)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                os.replace(part, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part)
                raise
        self._unswept += len(content)
        if self._unswept > self._max_bytes * SWEEP_EVERY:
            self.sweep()

    def sweep(self) -> None:
        """Remove the entries longest unused, and what broken-off writes have left, until the rest fits."""
        self._unswept = 0
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self._max_bytes * LOW_WATER:
                return
            with contextlib.suppress(OSError):  # another server was faster
                path.unlink()
            total -= size

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):  # another server has just removed it
                status = path.stat()
                yield status.st_mtime, status.st_size, path

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key


def _packed(entry: Entry) -> bytes:
    """sha256 of all that follows, one line of JSON, the blobs it announces."""
    made = entry.printed
    blobs = (made.svg, made.preview, made.thumbnail, entry.log)
    header = {
        "metrics": made.metrics.model_dump(mode="json"),
        "strange": made.strange,
        "log_tail": entry.log_tail,
        "isolation": entry.isolation,
        "blobs": [len(blob) for blob in blobs],
    }
    body = b"".join([json.dumps(header).encode(), b"\n", *blobs])
    return hashlib.sha256(body).digest() + body


def _unpacked(content: bytes) -> Entry:
    """Raises ValueError or KeyError when it is damaged."""
    digest, body = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("it is not what was written")
    text, _, rest = body.partition(b"\n")
    header = json.loads(text)
    blobs, at = [], 0
    for size in header["blobs"]:
        blobs.append(rest[at : at + size])
        at += size
    svg, preview, thumbnail, log = blobs
    metrics = Metrics.model_validate_json(json.dumps(header["metrics"]))
    printed = Print(svg, preview, thumbnail, metrics, tuple(header["strange"]))
    return Entry(printed, log, header["log_tail"], header["isolation"])
