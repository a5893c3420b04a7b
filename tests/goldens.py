"""Stored references for what people look at; `pytest --record` writes them anew, to be looked at before they stay."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"


def check(request: pytest.FixtureRequest, name: str | Path, text: str) -> None:
    """The text is the stored one, up to blanks at the ends of lines."""
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n") + "\n"
    path = FOLDER / name  # a whole path stays what it is
    if request.config.getoption("--record", default=False):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} is not recorded yet: pytest --record"
    assert text == path.read_text(encoding="utf-8")
