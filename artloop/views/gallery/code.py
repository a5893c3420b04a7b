"""Sketches as people read them: with colours, and as what changed against the one before."""

from __future__ import annotations

import builtins
import html
import keyword
import re
from difflib import SequenceMatcher
from functools import lru_cache

from markupsafe import Markup

CONTEXT = 3
"""Lines shown before and after a change."""
_STRING = r"""(?:'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)|'(?:\\.|[^'\\\n])*(?:'|$)|"(?:\\.|[^"\\\n])*(?:"|$))"""
_TOKEN = re.compile(
    rf"""(?P<note>\#[^\n]*)|(?P<text>\b[rbfuRBFU]{{0,2}}{_STRING})|(?P<loose>{_STRING})
    |(?P<word>\b(?:{"|".join(keyword.kwlist)})\b)|(?P<name>(?<=\bdef[ ])\w+|(?<=\bclass[ ])\w+|^[ \t]*@[\w.]+)
    |(?P<number>\b\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?\b)|(?P<known>\b(?:{"|".join(dir(builtins))})\b)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""What has a colour. A lexer that knows all of Python takes thirty times as long, which a long run would wait for."""

Row = tuple[str, Markup]


@lru_cache(maxsize=256)
def coloured(source: str) -> tuple[Markup, ...]:
    """The source's lines with their colours as classes, each line whole in itself; every character is escaped."""
    text, pieces, at = _plain(source), [], 0
    for token in _TOKEN.finditer(text):
        kind = "text" if token.lastgroup == "loose" else token.lastgroup
        lines = html.escape(token[0]).split("\n")
        pieces += [
            html.escape(text[at : token.start()]),
            "\n".join(f'<span class="{kind}">{line}</span>' if line else "" for line in lines),
        ]
        at = token.end()
    return tuple(Markup(line) for line in "".join([*pieces, html.escape(text[at:])]).split("\n"))


def changed(before: str, after: str) -> list[Row]:
    """(kind, line) of a difference with some context: `same`, `gone`, `new`, or `skip` where lines are left out."""
    old, new = coloured(before), coloured(after)
    matcher = SequenceMatcher(None, _plain(before).split("\n"), _plain(after).split("\n"))
    rows: list[Row] = []
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if rows or group[0][3]:
            rows.append(("skip", Markup("")))
        for tag, a, b, c, d in group:
            if tag == "equal":
                rows += [("same", line) for line in new[c:d]]
            else:
                rows += [("gone", line) for line in old[a:b]]
                rows += [("new", line) for line in new[c:d]]
    return rows


def _plain(source: str) -> str:
    """With one kind of line end, and none at the end."""
    return source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
