"""Frames between the server and its child processes: a length, a JSON header, then the blobs it announces."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from typing import Any

LENGTH = struct.Struct("!I")
HEADER_MAX = 1 << 20
Frame = tuple[dict[str, Any], list[bytes]]


class BrokenFrameError(Exception):
    """The other side went away or sent something that is no frame."""


class EndedEarlyError(BrokenFrameError):
    """The other side closed the pipe, most likely because it ended."""


def pack(header: dict[str, Any], *blobs: bytes) -> bytes:
    """One frame as bytes."""
    text = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join([LENGTH.pack(len(text)), text, *blobs])


def read(descriptor: int) -> Frame | None:
    """The next frame from a blocking descriptor; None at its end."""
    start = _exactly(descriptor, LENGTH.size)
    if len(start) < LENGTH.size:
        return None
    header = json.loads(_exactly(descriptor, LENGTH.unpack(start)[0]))
    return header, [_exactly(descriptor, size) for size in header.pop("blobs")]


def write(descriptor: int, content: bytes) -> None:
    """Write all of it."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


async def receive(reader: asyncio.StreamReader, limit: int) -> Frame:
    """The next frame; what the other side claims is checked, for it may have run hostile code.

    Raises `BrokenFrameError` when it ends early, is no JSON, or its blobs exceed `limit` bytes.
    """
    try:
        size = LENGTH.unpack(await reader.readexactly(LENGTH.size))[0]
        if size > HEADER_MAX:
            raise BrokenFrameError("its header is too long")
        header = json.loads(await reader.readexactly(size))
        sizes = header.pop("blobs") if isinstance(header, dict) else None
        if not isinstance(sizes, list) or not all(type(blob) is int and blob >= 0 for blob in sizes):
            raise BrokenFrameError("its header announces no blobs")
        if sum(sizes) > limit:
            raise BrokenFrameError("it is too large")
        return header, [await reader.readexactly(blob) for blob in sizes]
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise EndedEarlyError("it ended early") from error
    except (ValueError, RecursionError) as error:
        raise BrokenFrameError("its header is no JSON") from error


def _exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
