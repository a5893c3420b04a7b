"""Sketches that agents keep: each with all its versions, and never one in place of another that nobody has seen."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from artloop.errors import UsageError
from artloop.models import Value
from artloop.source import declared, drawable, sketch_name
from artloop.workspace import contained, storage, unfollowing, write_bytes

VERSIONS = ".versions"
LARGEST = 200_000
"""Characters of a source."""


class KeptSketch(Value):
    """A sketch as it is, or was."""

    name: str
    version: int
    """0: it has no versions; the artist, or artloop, put it there."""
    sha256: str
    """Of the source: what `save_sketch` wants as `replaces`."""
    title: str
    source: str


class Sketches:
    """The folder of the artist's own sketches, and those that come with artloop."""

    def __init__(self, folders: Sequence[Path], own: Path) -> None:
        self._folders = folders
        self._own = own
        self._turn = threading.Lock()

    def get(self, name: str, version: int | None = None) -> KeptSketch:
        """A sketch, or one of its versions. Raises `UsageError` when there is none."""
        name = sketch_name(name)
        if version is None:
            path = self.path(name)
            text = _read(path)
            return _kept(name, self._number_of(name, text), text)
        path = self._version(name, version)
        if not path.is_file():
            known = self._versions(name)
            has = f"it has 1 to {known[-1]}" if known else "it has none"
            raise UsageError(f"sketch {name} has no version {version}; {has}")
        return _kept(name, version, _read(path))

    def path(self, name: str) -> Path:
        """Where a sketch lies. Raises `UsageError` when it lies nowhere."""
        if (found := self._find(sketch_name(name))) is None:
            raise UsageError(f"there is no sketch {name}; save_sketch makes one")
        return found

    def save(self, name: str, source: str, replaces: str = "") -> KeptSketch:
        """Keep a source as the sketch's next version. `replaces`: the sha256 of the one that its author has seen.

        Raises `UsageError` for a source that cannot be a sketch, and when there is another one than was seen.
        """
        name = sketch_name(name)
        if len(source) > LARGEST:
            raise UsageError(f"sketch {name} has {len(source)} characters; {LARGEST} are the most")
        drawable(source, name)
        with self._turn:
            self._check_seen(name, replaces)
            target = contained(self._own, f"{name}.py")
            if target.is_file() and not self._number_of(name, before := _read(target)):
                self._keep(name, before)  # the artist's own hand: a version too
            number = self._keep(name, source)
            write_bytes(target, _encoded(source))
        return _kept(name, number, source)

    def _find(self, name: str) -> Path | None:
        paths = (contained(folder, f"{name}.py") for folder in self._folders)
        return next((path for path in paths if path.is_file()), None)

    def _check_seen(self, name: str, replaces: str) -> None:
        path = self._find(name)
        if path and replaces != _hash(_read(path)):
            what = "has changed since you saw it" if replaces else "is there already"
            raise UsageError(f"sketch {name} {what}; look with get_sketch, then save with its sha256 as replaces")

    def _keep(self, name: str, source: str) -> int:
        """Write the next version; no other writer gets the same number."""
        number = max(self._versions(name), default=0) + 1
        while True:
            path = self._version(name, number)
            with storage(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                try:
                    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                except FileExistsError:
                    number += 1
                    continue
                with os.fdopen(handle, "wb") as file:
                    file.write(_encoded(source))
                    file.flush()
                    os.fsync(file.fileno())
                return number

    def _number_of(self, name: str, source: str) -> int:
        """The latest version with this source, or 0."""
        found = (number for number in reversed(self._versions(name)) if _read(self._version(name, number)) == source)
        return next(found, 0)

    def _versions(self, name: str) -> list[int]:
        folder = contained(self._own, f"{VERSIONS}/{name}")
        names = [path.stem for path in folder.glob("*.py")] if folder.is_dir() else []
        return sorted(int(stem) for stem in names if stem.isdecimal())

    def _version(self, name: str, number: int) -> Path:
        return contained(self._own, f"{VERSIONS}/{name}/{number:03d}.py")


def _kept(name: str, version: int, source: str) -> KeptSketch:
    try:
        title = declared(source).title
    except SyntaxError:
        title = ""
    return KeptSketch(name=name, version=version, sha256=_hash(source), title=title, source=source)


def _read(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", newline="", opener=unfollowing) as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"sketch {path.name} cannot be read: {str(error).splitlines()[0]}") from error


def _encoded(source: str) -> bytes:
    try:
        return source.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"the source is no UTF-8 text: {error.reason}") from error


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
