"""What the documents say of the program: its commands, its settings, its messages, and where to read on."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from artloop.clock import WallClock
from artloop.errors import SettingsError
from artloop.hub.meters import Meters
from artloop.settings import HubSettings, load
from artloop.taskboard import sqlite
from artloop.taskboard.board import Board
from artloop.taskboard.sealing import Plain, seal_for
from tests.commands import refusals

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
MANUAL = ROOT / "docs" / "cli.md"
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
VARIABLE = re.compile(r"\bARTLOOP_[A-Z0-9_]+\b")
PROGRAM = re.compile(r"^python3 -c \"(.*)\"$", re.MULTILINE)
PLACEHOLDERS = {"ARTLOOP_SECTION__KEY", "ARTLOOP_"}
MESSAGES = ROOT / "docs" / "troubleshooting.md"
MESSAGE = re.compile(r"`([^`]+)`")
BETWEEN = re.compile(r"[^\w .-]|\b[A-Z][A-Z_]*\b|\b\d+\b|\bhouse\b")
"""What parts the words of a message that stand together in the program: signs, and what is filled in."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path != MANUAL], ids=named)
def test_the_program_takes_every_command_of_a_document(document: Path) -> None:
    assert refusals(document.read_text(encoding="utf-8")) == []


async def test_the_programs_of_the_operations_guide_do_what_it_says(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path / "hub" / "hub.db", Plain()) as store:
        await Board(store, HubSettings(), WallClock()).set_state("mood", "calm")
        printed = ""
        for program in PROGRAM.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8")):
            command = [sys.executable, "-c", program]
            quiet = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True, text=True)
            printed += (await asyncio.to_thread(quiet, command)).stdout
    assert seal_for(SecretStr(printed)).opened("{}") == "{}"
    async with sqlite.opened(tmp_path / "hub-backup.db", Plain()) as copy:
        assert await Board(copy, HubSettings(), WallClock()).get_state("mood") == "calm"


def test_every_metric_of_the_operations_guide_is_one_that_a_hub_has() -> None:
    known = {metric.name for metric in Meters(["poll_tasks"]).registry.collect()}
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = {name.removesuffix("_total") for name in re.findall(r"\b(artloop_[a-z_]+)", text)}
    assert told == known


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    lost = []
    for file, anchor in LINK.findall(document.read_text(encoding="utf-8")):
        target = document.parent / file if file else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(f"{file}#{anchor}")
    assert lost == []


def anchors(document: Path) -> set[str]:
    """What headings are called in links, as GitHub calls them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def unknown(variable: str) -> str | None:
    """What the program says against a variable as a name; None: it is a setting, whatever its value must be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, "1")
        try:
            load()
        except SettingsError as error:
            return str(error) if "unknown setting" in str(error) else None
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_variable_of_a_document_is_a_setting(document: Path) -> None:
    found = set(VARIABLE.findall(document.read_text(encoding="utf-8"))) - PLACEHOLDERS
    assert [refusal for variable in sorted(found) if (refusal := unknown(variable))] == []


@cache
def spoken() -> str:
    """Every text in the program, what its f-strings fill in left out, and the Makefile."""
    texts = []
    for path in sorted((ROOT / "artloop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join([*texts, (ROOT / "Makefile").read_text(encoding="utf-8")])


def messages() -> Iterator[str]:
    """The messages that the page explains; what differs from case to case stands there in CAPITALS."""
    for heading in re.findall(r"^#### (.+)$", MESSAGES.read_text(encoding="utf-8"), flags=re.MULTILINE):
        yield from (message for message in MESSAGE.findall(heading) if " " in message)


@pytest.mark.parametrize("message", list(messages()))
def test_every_message_of_the_troubleshooting_page_is_one_that_we_say(message: str) -> None:
    clauses = [clause.split() for clause in BETWEEN.split(message)]
    pairs = [f"{one} {two}" for clause in clauses for one, two in pairwise(clause)]
    assert pairs
    assert [pair for pair in pairs if pair not in spoken()] == []
