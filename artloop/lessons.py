"""`lessons.md` of a workspace: what runs with `--learn` left to later ones. A person may read, edit and shorten it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from artloop.errors import UsageError
from artloop.workspace import RunFolder, storage

FILE = "lessons.md"
MOST_BYTES = 256_000
MOST = 40
"""Lessons a run is told; the newest, which stand last."""
CHARS = 300
HEAD = """# Lessons

Written by `artloop run --learn` when a run ends, and read when the next one begins. Every line that begins with "- "
is a lesson; the last {most} of them are told to idea agent and implementer. Edit, add and remove as you like.
"""


class Learned(NamedTuple):
    """What a run is told of earlier ones."""

    lessons: list[str]
    left_out: int
    """How many older lessons there are besides."""


def read_lessons(folder: Path) -> Learned:
    """The newest lessons of a workspace's folder. Raises `UsageError` for a file that is no text or huge."""
    text = _text(folder / FILE)
    lines = [" ".join(line.split())[2:].strip() for line in text.splitlines() if line.strip().startswith(("- ", "* "))]
    every = [line if len(line) <= CHARS else f"{line[: CHARS - 3].rstrip()}..." for line in lines if line]
    return Learned(every[-MOST:], max(0, len(every) - MOST))


def keep_lessons(folder: Path, run: RunFolder, brief: str, lessons: Sequence[str]) -> bool:
    """Add what a run learned under its own heading; False if it stands there already or there is nothing to add.

    In one write at the end of the file: what is there, and what another run adds meanwhile, stays as it is.
    """
    path = folder / FILE
    before = _text(path)
    if not lessons or f"({run.id})" in before:
        return False
    title = " ".join(brief.split())
    said = "".join(f"- {' '.join(lesson.split())}\n" for lesson in lessons)
    blank = "\n" if before.endswith("\n") or not before else "\n\n"
    text = ("" if before else HEAD.format(most=MOST)) + f"{blank}## {title[:80]} ({run.id})\n\n{said}"
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    return True


def _text(path: Path) -> str:
    """The file's text; empty if there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; mend it, or run without --learn") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} has more than {MOST_BYTES // 1000} kB; shorten it, or run without --learn")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text; save it as UTF-8, or run without --learn") from error
