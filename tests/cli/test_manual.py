"""docs/cli.md says what `--help` says; `pytest --record` writes it anew."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .. import goldens

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = re.compile(r"^Examples:\n((?:  .*\n)+)", re.MULTILINE)


def written() -> str:
    """Typer's own manual of the commands, with their examples as code."""
    command = [
        sys.executable,
        "-m",
        "typer",
        "artloop.cli",
        "utils",
        "docs",
        "--name",
        "artloop",
        "--title",
        "Commands",
    ]
    quiet = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=quiet).stdout
    return EXAMPLES.sub(as_code, html.unescape(text))


def as_code(found: re.Match[str]) -> str:
    """The lines of an example, which Markdown would run together."""
    lines = "\n".join(line.strip() for line in found[1].splitlines())
    return f"Examples:\n\n```console\n{lines}\n```\n"


def test_the_manual_of_the_commands_is_what_help_says(request: pytest.FixtureRequest) -> None:
    goldens.check(request, DOCS / "cli.md", written())
