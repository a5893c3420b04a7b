"""What a worker answers, checked: it ran code that nobody has read, so its bytes may be anybody's."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from artloop.grafix.faults import failed
from artloop.models import Failure, FailureKind

MAX_LAYERS = 2000
NAME_MAX = 60
LINE_MAX = 1_000_000
FARTHEST_MM = 1e6
"""Farther from the sheet nothing can be meant, and a float32 no longer tells 0.1 mm."""
KINDS: tuple[FailureKind, ...] = ("syntax", "exception", "memory", "output")
"""Failures that a worker may report. Not `busy`: whoever is told so asks again."""


def reported(told: dict[str, Any]) -> Failure:
    """The failure that a worker tells of. Raises KeyError, TypeError or ValueError if it tells of none."""
    kind, line = KINDS.index(told["kind"]), told["line"]
    known = type(line) is int and 0 < line <= LINE_MAX
    return failed(KINDS[kind], str(told["message"]), line if known else None, str(told["hint"]))


def checked(header: dict[str, Any], blobs: list[bytes]) -> list[dict[str, Any]]:
    """The layers, when every claim fits the bytes; KeyError, TypeError, ValueError or OverflowError if not."""
    layers = header["layers"]
    if len(layers) > MAX_LAYERS or len(blobs) != 2 * len(layers):
        raise ValueError("layers and blobs do not match")
    return [_layer(layer, *pair) for layer, *pair in zip(layers, blobs[::2], blobs[1::2], strict=True)]


def _layer(layer: dict[str, Any], coords: bytes, offsets: bytes) -> dict[str, Any]:
    points, bounds = np.frombuffer(coords, "<f4"), np.frombuffer(offsets, "<i4")
    if len(points) % 2 or not (np.abs(points) <= FARTHEST_MM).all():  # so that NaN is refused
        raise ValueError("coordinates are no pairs of numbers near the sheet")
    # Compared, not subtracted: a difference of two int32 may wrap around and look right.
    if not len(bounds) or bounds[0] != 0 or bounds[-1] != len(points) // 2 or (bounds[1:] < bounds[:-1]).any():
        raise ValueError("offsets do not fit the coordinates")
    red, green, blue = (min(1.0, max(0.0, float(part))) for part in layer["color"])
    width, name = float(layer["width_mm"]), layer["name"]
    if not (isfinite(red + green + blue) and 0 < width < 1000 and isinstance(name, str)):
        raise ValueError("colour, width or name is none")
    color = "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))
    name = "".join(letter for letter in name[: 16 * NAME_MAX] if letter.isprintable())[:NAME_MAX].strip()
    return {"name": name or "ink", "color": color, "width_mm": round(max(width, 0.01), 3)}
