"""Options and profiles as people give them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artloop.errors import UsageError
from artloop.grafix.plotter.layout import PlotOptions
from artloop.grafix.plotter.profiles import Profile, read_profile
from artloop.grafix.plotter.sheet import Margins, Sheet
from artloop.models import Canvas

SVG_MAX = 64 << 20
PROFILE_MAX = 64 << 10


def options_from(
    paper: str | None, margin_mm: float | str = 0.0, called: Callable[[str], str] = str, **values: Any
) -> PlotOptions:
    """Options as people give them: paper by its name or size, margins as in CSS.

    Raises `UsageError`, with the name by which a field is `called` where people gave it.
    """
    on_sheet = {name: values.pop(name) for name in set(Sheet.model_fields) & set(values)}
    try:
        margins = Margins.parse(str(margin_mm))
        sheet = Sheet(paper=Canvas.parse(paper) if paper else None, margins_mm=margins, **on_sheet)
        return PlotOptions(sheet=sheet, **values)
    except ValidationError as error:
        first = error.errors()[0]
        field = "margin" if first["loc"][0] in Margins.model_fields else str(first["loc"][0])
        raise UsageError(f"{called(field)} {first['input']}: {first['msg'].lower()}") from error
    except ValueError as error:
        raise UsageError(f"{called('paper')}: {error}" if "canvas" in str(error) else str(error)) from error


def read_profile_file(file: Path, shown: str) -> Profile:
    """A profile of somebody's own. Raises `UsageError` that shows the file as it was given."""
    try:
        if file.stat().st_size > PROFILE_MAX:
            raise UsageError(f"profile {shown} is too large to be one")
        return read_profile(file.read_text(encoding="utf-8"), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"profile {shown} cannot be read: {reason}") from error
