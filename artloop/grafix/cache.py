"""Finished renders by content: the same sketch with the same values and versions is not run again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artloop.grafix.presses import Print
from artloop.models import Metrics

MAX_BYTES = 512 << 20
SWEEP_EVERY = 64
_FILES = ("drawing.svg", "preview.png", "thumbnail.png", "metrics.json", "log_tail.txt", "log.txt")


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
    """A folder per render, written whole or not at all; the oldest go when `max_bytes` is exceeded.

    A cache that cannot be written, or an entry that cannot be read, is a cache without that entry.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._stored = 0

    def find(self, key: str) -> tuple[Print, bytes, str] | None:
        """A finished render: its files, its log and the log's end."""
        entry = self._entry(key)
        try:
            svg, preview, thumbnail, metrics, tail, log = ((entry / name).read_bytes() for name in _FILES)
            found = Print(svg, preview, thumbnail, Metrics.model_validate_json(metrics))
        except (OSError, ValidationError):
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)
        return found, log, tail.decode(errors="replace")

    def store(self, key: str, made: Print, log: bytes, tail: str) -> None:
        """Keep a finished render."""
        entry = self._entry(key)
        content = (made.svg, made.preview, made.thumbnail, made.metrics.model_dump_json().encode(), tail.encode(), log)
        with contextlib.suppress(OSError):
            entry.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=".part-", dir=entry.parent))
            try:
                for name, data in zip(_FILES, content, strict=True):
                    (part / name).write_bytes(data)
                part.rename(entry)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        if self._stored % SWEEP_EVERY == 0:
            self.sweep()
        self._stored += 1

    def sweep(self) -> None:
        """Remove the entries longest unused until the rest fits."""
        entries = []
        with contextlib.suppress(OSError):
            entries = [(path.stat().st_mtime, _size(path), path) for path in self._folder.glob("*/*")]
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._max_bytes:
                return
            shutil.rmtree(path, ignore_errors=True)
            total -= size

    def _entry(self, key: str) -> Path:
        return self._folder / key[:2] / key


def _size(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(path.stat().st_size for path in folder.iterdir())
    return 0
