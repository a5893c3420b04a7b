"""Pictures the artist points to: read in a process of its own, for a file from anywhere may be hostile, and made small.

Run as a program with a path it writes the PNG to stdout, or a reason to stderr.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

from artloop.errors import UsageError
from artloop.models import Reference

MOST = 8
"""References of one run: each is sent with every critique."""
LONGER_PX = 1024
MAX_BYTES = 20_000_000
MAX_PIXELS = 64_000_000
MEMORY_BYTES = 2 << 30
SECONDS = 30
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
OUTSIDE = re.compile(r"""href\s*=\s*(["'])(?!#|data:)""", re.IGNORECASE)
"""A link that leads out of the SVG: resvg would put pictures of this machine into it."""


class Unreadable(ValueError):
    """Why a file is no reference."""


def read_references(paths: list[Path]) -> list[tuple[Reference, bytes]]:
    """Each reference with its small PNG. Raises `UsageError` that names the file."""
    if len(paths) > MOST:
        raise UsageError(f"{len(paths)} references are too many; give {MOST} at most")
    return [read_reference(path) for path in paths]


def read_reference(path: Path) -> tuple[Reference, bytes]:
    """A PNG, JPEG or SVG as a small PNG. Raises `UsageError`."""
    command = [sys.executable, "-P", "-s", "-m", "artloop.references", str(path.absolute())]
    environment = {"PYTHONPATH": str(Path(__file__).parents[1])} | {
        name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT")
    }
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UsageError(f"reference {path}: takes longer than {SECONDS} s to read; give a simpler picture") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] if done.returncode == 2 else []
        reason = said[0][:200] if said else "it broke what reads it"
        raise UsageError(f"reference {path}: {reason}; give a PNG, a JPEG or an SVG")
    name = "".join(char if char.isprintable() else "?" for char in path.name)
    return Reference(name=name, sha256=hashlib.sha256(done.stdout).hexdigest()), done.stdout


def small_png(path: Path) -> bytes:
    """The picture on white, its longer side `LONGER_PX` at most. Raises `Unreadable`."""
    if not path.is_file():
        raise Unreadable("it is no file" if path.exists() else "there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"{path.stat().st_size:,} bytes are too many, {MAX_BYTES:,} are allowed")
    data = path.read_bytes()
    return shrunk(data if data.startswith(SIGNATURES) else rasterised(data))


def rasterised(data: bytes) -> bytes:
    """The PNG of an SVG that shows nothing from outside itself."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is neither a picture nor text") from error
    if "<svg" not in text:
        raise Unreadable("it is neither a PNG, nor a JPEG, nor an SVG")
    if "<!ENTITY" in text.upper():
        raise Unreadable("it defines entities; save it as a plain SVG")
    if OUTSIDE.search(text):
        raise Unreadable("it links to other files; embed them")

    import resvg_py

    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=text, width=LONGER_PX, background="#ffffff", skip_system_fonts=True, dpi=96
            )
        )
    except ValueError as error:
        raise Unreadable(f"it is no valid SVG ({' '.join(str(error).split())[:100]})") from error


def shrunk(data: bytes) -> bytes:
    """A PNG or JPEG made small, upright and opaque."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit, before anything is decoded
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable(f"{picture.width} x {picture.height} pixels are too many")
            picture.draft("RGB", (LONGER_PX, LONGER_PX))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, SyntaxError) as error:
        raise Unreadable(f"it is damaged ({error})") from error
    upright.thumbnail((LONGER_PX, LONGER_PX))
    paper = Image.new("RGBA", upright.size, "white")
    paper.alpha_composite(upright)
    written = io.BytesIO()
    paper.convert("RGB").save(written, "PNG")
    return written.getvalue()


def limited() -> None:
    """Bound this process's memory and time, where the platform can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    limited()
    try:
        sys.stdout.buffer.write(small_png(Path(sys.argv[1])))
    except (Unreadable, OSError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
