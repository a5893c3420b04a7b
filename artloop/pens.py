"""`pens.toml` of a workspace: the sets of pens somebody has, beside those that are built in."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artloop.errors import UsageError
from artloop.models import PenSet, PlotterPen

FILE = "pens.toml"
MOST_BYTES = 256_000
EXAMPLE = 'pens = [{ name = "black", color = "#111111", width_mm = 0.3 }]'


def _set(name: str, width_mm: float, paper: str = "#ffffff", **colors: str) -> PenSet:
    pens = tuple(
        PlotterPen(name=pen.replace("_", " "), color=color, width_mm=width_mm) for pen, color in colors.items()
    )
    return PenSet(name=name, pens=pens, paper=paper)


BUILT_IN = {
    one.name: one
    for one in (
        _set("black", 0.3, black="#111111"),
        _set("fineliners", 0.4, black="#111111", blue="#1f4fa3", red="#c8322b", green="#2e7d4f"),
        _set("gel-on-black", 0.5, paper="#151515", white="#f5f3ee", gold="#c9a24b", silver="#b4b8bd"),
        _set("carousel", 0.3, black="#111111", red="#c8322b", blue="#1f4fa3", green="#2e7d4f", orange="#e07b25"),
    )
}
"""Sets that need no file; one of the same name in the file takes their place."""


def pen_sets(folder: Path) -> dict[str, PenSet]:
    """All sets of a workspace's folder by name. Raises `UsageError` that names the file and what is wrong in it."""
    return {**BUILT_IN, **_read(folder / FILE)}


def pen_set(name: str, folder: Path) -> PenSet:
    """One set. Raises `UsageError` with the nearest name."""
    known = pen_sets(folder)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
        raise UsageError(
            f"there are no pens {name!r}; there are {', '.join(known)} (did you mean {near}?), or add [{name}] to "
            f"{folder / FILE}"
        )
    return known[name]


def _read(file: Path) -> dict[str, PenSet]:
    if not file.exists():
        return {}
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"{file} is too large to be a list of pens; mend or remove it")
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{file} cannot be read: {error}; mend or remove it") from error
    return {name: _checked(name, table, file) for name, table in content.items()}


def _checked(name: str, table: Any, file: Path) -> PenSet:
    if not isinstance(table, dict):
        raise UsageError(f"{file}: {name} is no set of pens; in a set stands: {EXAMPLE}")
    try:
        return PenSet.model_validate({**table, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        where, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        said = said[:1].lower() + said[1:]  # all of it would also change what a pattern says
        raise UsageError(f"{file}: [{name}] {where}: {said}; in a set stands: {EXAMPLE}") from error
