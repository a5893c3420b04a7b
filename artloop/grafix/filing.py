"""Puts what a render made into its folder, and says what lies there."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from artloop.grafix.presses import Print
from artloop.models import Artifact, Place
from artloop.workspace import storage, write_bytes

MIME = {
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".gcode": "text/x-gcode",
}
DRAWN = ("drawing.svg", "preview.png", "metrics.json")


def filed(folder: Path, place: Place, source: str, printed: Print | None, log: bytes | None) -> list[Artifact]:
    """Write a render's files; the list has those that are the same every time. Without a log the sketch never ran.

    A failed render leaves no picture of an earlier one beside its sketch.
    """
    write_bytes(folder / "sketch.py", source.encode(errors="replace"))
    drawn = _drawn(printed) if printed else {}
    written = {**drawn, "log.txt": log} if log is not None else drawn
    for name, content in written.items():
        write_bytes(folder / name, content)
    # what a sketch that never ran cannot have
    earlier = DRAWN if log is not None else (*DRAWN, "log.txt", "manifest.json")
    for name in set(earlier) - set(written):
        with storage(folder / name):
            (folder / name).unlink(missing_ok=True)
    attempt = f"/tries/{place.attempt}" if place.attempt else ""
    base = f"iterations/{place.iteration:02d}{attempt}"
    return [_artifact(folder, name, f"{base}/{name}") for name in ("sketch.py", *drawn)]


def mime(name: str) -> str:
    """The MIME type of a file by its name."""
    return MIME.get(Path(name).suffix, "application/octet-stream")


def _drawn(printed: Print) -> dict[str, bytes]:
    metrics = (printed.metrics.model_dump_json(indent=2) + "\n").encode()
    return {
        name: content for name, content in zip(DRAWN, (printed.svg, printed.preview, metrics), strict=True) if content
    }


def _artifact(folder: Path, name: str, path: str) -> Artifact:
    content = (folder / name).read_bytes()
    return Artifact(name=name, path=path, mime=mime(name), bytes=len(content), sha256=sha256(content).hexdigest())
