"""Pictures small enough for a page of many: viewing copies of drawings, thumbnails, and what is packed until wanted."""

from __future__ import annotations

import base64
import io
import re
import zlib
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from artloop.workspace import contained

STEPS_PER_MM = 50
"""A viewing copy counts in steps of 0.02 mm: finer than a pen goes, and a seventh of the file."""
LARGE_PX = (1600, 1600)
_FOREIGN = re.compile(r'<(?!/|svg[\s>]|g[\s>]|path d="M[^"]*"/>)|\son\w+\s*=', re.IGNORECASE)
_SIZE = re.compile(r'viewBox="0 0 (\S+) ([^"\s]+)"')
_WIDTH = re.compile(r'stroke-width="([^"]*)"')
_PATH = re.compile(r'<path d="M([^"]*)"/>')


def viewing_copy(svg: str) -> str:
    """The drawing with relative coordinates in steps of 0.02 mm; an SVG that is not of our making stays as it is."""
    if _FOREIGN.search(svg):
        return svg
    try:
        sized = _SIZE.sub(lambda found: f'viewBox="0 0 {_steps(found[1])} {_steps(found[2])}"', svg, count=1)
        return _PATH.sub(_stepped, _WIDTH.sub(lambda found: f'stroke-width="{_steps(found[1])}"', sized))
    except ValueError:  # something else than numbers: a drawing changed by hand
        return svg


@dataclass(frozen=True)
class Picture:
    """A drawing to be looked at closely; empty: there is none."""

    kind: str = ""
    """Its media type."""
    deflated: bytes = b""
    layered: bool = False
    """Whether it is an SVG of ours, whose pens can be told apart."""

    @property
    def uri(self) -> str:
        """It as the source of an `<img>`."""
        return data_uri(self.kind, zlib.decompress(self.deflated)) if self.kind else ""

    @property
    def packed(self) -> str:
        """It as the page's script unpacks it."""
        return base64.b64encode(self.deflated).decode()


def packed(content: bytes) -> str:
    """Deflated and in letters, as the page's script unpacks it."""
    return base64.b64encode(zlib.compress(content)).decode()


def data_uri(mime: str, content: bytes) -> str:
    """The content as an address that needs no network."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def found(place: Path, name: str) -> bytes:
    """A file of that folder; nothing if it is missing, unreadable or a link."""
    path = contained(place, name)
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def drawn(place: Path, most: int) -> Picture:
    """A drawing as lines if they take at most so many bytes deflated, else as its picture.

    As the source of an `<img>` an SVG can neither run a script nor load anything, whatever a sketch put into it.
    """
    svg = found(place, "drawing.svg").decode(errors="replace")
    copy = viewing_copy(svg)
    if svg and len(deflated := zlib.compress(copy.encode())) <= most:
        return Picture("image/svg+xml", deflated, layered=copy != svg)
    picture = thumbnail(found(place, "preview.png"), LARGE_PX)
    return Picture("image/webp", zlib.compress(picture)) if picture else Picture()


def thumbnail(png: bytes, size: tuple[int, int], quality: int = 60) -> bytes:
    """A small WebP of a picture on white; nothing if that is damaged."""
    try:
        with Image.open(io.BytesIO(png)) as image:
            white = Image.new("RGBA", image.size, "white")
            flat = Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    except (OSError, Image.DecompressionBombError):
        return b""
    flat.thumbnail(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    flat.save(stream, "WEBP", quality=quality, method=2)
    return stream.getvalue()


def _steps(millimetres: str) -> str:
    return f"{float(millimetres) * STEPS_PER_MM:.6g}"


def _stepped(path: re.Match[str]) -> str:
    """Every point as its way from the one before, across strokes too: `m` moves on from where the pen is."""
    strokes = path[1].split("M")
    numbers = np.array(path[1].replace("M", " ").replace(",", " ").split(), np.float64)
    points = np.rint(numbers.reshape(-1, 2) * STEPS_PER_MM).astype(np.int64)
    ways = [f"{x} {y}" for x, y in np.diff(points, axis=0, prepend=0).tolist()]
    bounds = accumulate((stroke.count(",") for stroke in strokes), initial=0)
    text = "".join("m" + " ".join(ways[a:b]) for a, b in pairwise(bounds))
    return f'<path d="{text.replace(" -", "-")}"/>'
