"""SVG to PNG, by resvg."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import resvg_py

PAPER = "#ffffff"
MAX_PIXELS = 40_000_000
MM_PER_INCH = 25.4
SIGNATURE_AND_HEADER: Final = 33
"""Bytes of a PNG before what comes after its IHDR."""


def pictured(text: str, canvas: tuple[float, float], longer_px: float, paper: str = PAPER) -> bytes:
    """PNG of an SVG on paper of that colour, its longer side that many pixels, at most `MAX_PIXELS` in all."""
    scale = longer_px / max(canvas)
    scale = min(scale, (MAX_PIXELS / (canvas[0] * canvas[1])) ** 0.5)
    width = max(1, round(canvas[0] * scale))
    # dpi: without it resvg finds sizes in mm invalid
    return bytes(resvg_py.svg_to_bytes(svg_string=text, width=width, background=paper, skip_system_fonts=True, dpi=96))


def most_dpi(canvas: tuple[float, float]) -> int:
    """The finest resolution at which a sheet has no more than `MAX_PIXELS`."""
    return int((MAX_PIXELS / (canvas[0] * canvas[1])) ** 0.5 * MM_PER_INCH)


def printed(text: str, canvas: tuple[float, float], dpi: float, paper: str = PAPER) -> bytes:
    """PNG in the size of the sheet, its resolution in the file, so that it is printed true to size."""
    picture = pictured(text, canvas, max(canvas) / MM_PER_INCH * dpi, paper)
    chunk = b"pHYs" + struct.pack(">IIB", *[round(1000 * dpi / MM_PER_INCH)] * 2, 1)
    physical = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return picture[:SIGNATURE_AND_HEADER] + physical + picture[SIGNATURE_AND_HEADER:]
