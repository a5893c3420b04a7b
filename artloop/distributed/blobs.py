"""Files by the hash of their content, where driver and workers all find them: a shared folder or any fsspec URL."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from artloop.errors import StorageError, UsageError
from artloop.ports import Blobs
from artloop.workspace import write_bytes

BUCKETS = ("s3", "s3a", "gs", "gcs")
"""Stores without folders: to make one there would found a bucket, perhaps of a misspelled name."""


def sha256(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()


def blobs_at(where: str) -> Blobs:
    """The files at a folder or URL. Raises `UsageError` when what a URL needs is not installed."""
    scheme, apart, rest = where.partition("://")
    if not apart:
        return FolderBlobs(Path(where))
    if scheme == "file":
        return FolderBlobs(Path(rest))
    return UrlBlobs(where)


class FolderBlobs:
    """`ports.Blobs` in a folder, each file whole or not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def __str__(self) -> str:
        return str(self.folder)

    def put(self, content: bytes) -> str:
        """Keep a content that is not there yet; a damaged one is replaced. What is in use counts as new."""
        name = sha256(content)
        path = self._path(name)
        if not path.is_file() or path.stat().st_size != len(content) or sha256(path.read_bytes()) != name:
            write_bytes(path, content)
        else:
            with suppress(OSError):  # it may be another user's
                os.utime(path)  # whoever clears away what is old goes by that
        return name

    def get(self, name: str) -> bytes:
        """The content. Raises `StorageError`."""
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise missing(name, str(self), str(error.strerror)) from error
        return verified(name, content, str(self))

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name


class UrlBlobs:
    """`ports.Blobs` at an fsspec URL: s3://bucket/prefix, gs://, memory:// and so on, with the environment's keys."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        try:
            from fsspec.core import url_to_fs

            system, self._base = url_to_fs(url)
            self._errors: tuple[type[Exception], ...] = (OSError, *own_errors(scheme))
        except ImportError as error:
            extra = "s3" if url.startswith("s3") else "distributed"
            raise UsageError(f"--blobs {url}: {error}; pip install 'artloop[{extra}]'") from error
        except ValueError as error:
            raise UsageError(f"--blobs {url}: {error}; give a folder or a URL that fsspec knows") from error
        self._system: Any = system
        self._url, self._has_folders = url, scheme not in BUCKETS

    def __str__(self) -> str:
        return self._url

    def put(self, content: bytes) -> str:
        """Keep a content that is not there yet; one that is cut short is replaced. Raises `StorageError`."""
        name = sha256(content)
        path = self._path(name)
        try:
            if self._size(path) != len(content):
                if self._has_folders:
                    self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._system.pipe_file(path, content)
        except self._errors as error:
            raise StorageError(f"cannot write to {self}: {error}; see --blobs and its keys") from error
        return name

    def get(self, name: str) -> bytes:
        """The content. Raises `StorageError`."""
        try:
            content: bytes = self._system.cat_file(self._path(name))
        except FileNotFoundError as error:
            raise missing(name, str(self), str(error)) from error
        except self._errors as error:
            raise StorageError(f"cannot read from {self}: {error}; see --blobs and its keys") from error
        return verified(name, content, str(self))

    def _size(self, path: str) -> int | None:
        try:
            found: int = self._system.info(path)["size"]
        except FileNotFoundError:
            return None
        return found

    def _path(self, name: str) -> str:
        return f"{self._base.rstrip('/')}/{name[:2]}/{name}"


def own_errors(scheme: str) -> tuple[type[Exception], ...]:
    """What a store raises that is no OSError, when it is away or knows no keys."""
    if scheme not in ("s3", "s3a"):
        return ()
    from botocore.exceptions import BotoCoreError

    return (BotoCoreError,)


def missing(name: str, where: str, why: str) -> StorageError:
    """What to say of a file that should be there."""
    return StorageError(
        f"file {name[:12]} is not in {where} ({why}); driver and workers need the same --blobs, which all of them reach"
    )


def verified(name: str, content: bytes, where: str) -> bytes:
    """The content if it is what its name says. Raises `StorageError`."""
    if sha256(content) != name:
        raise StorageError(f"file {name[:12]} in {where} is damaged; remove it there, then resume the run")
    return content
