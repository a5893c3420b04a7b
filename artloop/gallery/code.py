"""Sketches as people read them: with colours, and as what changed against the one before."""

from __future__ import annotations

from difflib import SequenceMatcher

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

CONTEXT = 3
"""Lines shown before and after a change."""

_LEXER = PythonLexer(stripnl=False, ensurenl=True)
_SPANS = HtmlFormatter(nowrap=True)


def coloured(source: str) -> list[Markup]:
    """The source's lines with the classes of Pygments, each closed in itself; every character of it is escaped."""
    found = highlight(_plain(source), _LEXER, _SPANS)
    return [Markup(line) for line in found.split("\n")[:-1]]  # noqa: S704 - made and escaped by Pygments


def changed(before: str, after: str) -> list[tuple[str, Markup]]:
    """(kind, line) of a difference with some context: `same`, `gone`, `new`, or `skip` where lines are left out."""
    old, new = coloured(before), coloured(after)
    matcher = SequenceMatcher(None, _plain(before).split("\n"), _plain(after).split("\n"), autojunk=False)
    rows: list[tuple[str, Markup]] = []
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
    """With one kind of line end: Pygments counts lines so too."""
    return source.replace("\r\n", "\n").replace("\r", "\n")
