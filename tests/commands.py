"""Commands of ours that stand in files, taken as the program would take them, without running them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from artloop.cli import app

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = {"", "console", "sh"}
INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
PROMPT = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?=artloop )")
SAID_OF_IT = re.compile(r"(?<=\S)  +(?=\S)")
"""What stands behind two spaces is said of the command."""
TALKED_ABOUT = {"COMMAND", "--help", "-h"}
"""A command line with one of these is not given."""
STANDS_FOR = {"CLIENT": "cursor", "N": "3"}
MISSING = "Missing parameter"
PROGRAM = get_command(app)


def in_blocks(text: str) -> Iterator[str]:
    """The commands in blocks of code."""
    for language, block in BLOCK.findall(text):
        if language in SHELL:
            lines = block.replace("\\\n", " ").splitlines()
            yield from (PROMPT.sub("", line) for line in lines if PROMPT.match(line))


def in_sentences(text: str) -> Iterator[str]:
    """The commands in code within a line; headings may be messages that begin with our name."""
    prose = re.sub(r"^#.*$", "", BLOCK.sub("", text), flags=re.MULTILINE)
    yield from (" ".join(code.split()) for code in INLINE.findall(prose) if code.startswith("artloop "))


def refusals(text: str) -> list[str]:
    """The commands of a Markdown file that the program would not take, each with the reason."""
    given = [(line, refusal(line)) for line in in_blocks(text)]
    named = [(line, refusal(line)) for line in in_sentences(text)]
    wrong = [(line, why) for line, why in named if why and not why.startswith(MISSING)]
    return [f"{line}: {why}" for line, why in (*given, *wrong) if why]


def refusal(line: str) -> str | None:
    """Why the program would not take a command line that begins with `artloop`; None: it would."""
    words = shlex.split(SAID_OF_IT.split(line)[0], comments=True)[1:]
    if TALKED_ABOUT & set(words):
        return None
    return refused([STANDS_FOR.get(word, word).split("|")[0] for word in words if word != "..."])


def refused(words: Sequence[str]) -> str | None:
    """Why the program would not take these words; None: it would."""
    command, name, rest = PROGRAM, "artloop", list(words)
    while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
        name, command, rest = rest[0], command.commands[rest[0]], rest[1:]
    if isinstance(command, TyperGroup) and not rest and name != "artloop":
        return None  # the name of a group stands for its commands
    try:
        left = command.make_context(name, rest).args
    except TyperException as error:
        return str(error)
    return f"{name} does not know {left}" if left else None
