"""A server's entry in a JSON configuration, set and cut in its text: the rest stays as it is, byte for byte.

How an entry is laid out says what to take away with it: a table or a file that was made for it closes after white
space, one that was there does not.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

TABLE = "mcpServers"
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


class Member(NamedTuple):
    """Where a key, its value and the end of that stand."""

    key: str
    start: int
    value: int
    end: int


class Braces(NamedTuple):
    """An object in a text: its members, and where it opens and closes."""

    opening: int
    members: list[Member]
    closing: int

    @property
    def keys(self) -> list[str]:
        """The members' keys in their order."""
        return [member.key for member in self.members]


def servers(text: str) -> dict[str, Any]:
    """All entries by name. Raises ValueError when this is no configuration."""
    if not text.strip():
        return {}
    try:
        content = json.loads(text, object_pairs_hook=_each_once)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    table = content.get(TABLE, {})
    if not isinstance(table, dict):
        raise ValueError(f'"{TABLE}" is no JSON object')
    return table


def entered(text: str | None, name: str, entry: dict[str, Any]) -> str:
    """The text with the entry, anew or instead of the one of this name; None is a file that does not exist."""
    if text is None or not text.strip():
        whole = _laid_out({TABLE: {name: entry}}, "  ", "\n")
        return f"{whole}\n" if text is None else text + whole
    root = _braces(text, _after_space(text, 0))
    if TABLE not in root.keys:
        return _added(text, root, TABLE, {name: entry})
    table = _braces(text, root.members[root.keys.index(TABLE)].value)
    if name not in table.keys:
        return _added(text, table, name, entry)
    old = table.members[table.keys.index(name)]
    return text[: old.value] + _value(text, text[: old.value], entry) + text[old.end :]


def cut(text: str, name: str) -> str | None:
    """The text without the entry, which is there; None when the file was made for it."""
    root = _braces(text, _after_space(text, 0))
    holder = root.members[at_table := root.keys.index(TABLE)]
    table = _braces(text, holder.value)
    entry = table.members[at_entry := table.keys.index(name)]
    if len(table.members) > 1 or entry.end == table.closing:
        return _removed(text, table, at_entry)
    if len(root.members) > 1 or holder.end == root.closing:
        return _removed(text, root, at_table)
    rest = text[: root.opening] + text[root.closing + 1 :]
    return None if root.opening == 0 and rest == "\n" else rest


def _added(text: str, braces: Braces, key: str, value: dict[str, Any]) -> str:
    """A member after the last one, led in as that is."""
    if braces.members:
        last = braces.members[-1]
        lead = text[len(text[: last.start].rstrip(" \t\r\n")) : last.start]
        head, tail = f"{text[: last.end]},{lead}", text[last.end :]
    else:
        head, tail = text[: braces.closing], text[braces.closing :]
    return f"{head}{json.dumps(key)}: {_value(text, head, value)}{tail}"


def _removed(text: str, braces: Braces, at: int) -> str:
    member, members = braces.members[at], braces.members
    if at > 0:
        return text[: members[at - 1].end] + text[member.end :]
    return text[: member.start] + text[members[1].start if len(members) > 1 else member.end :]


def _value(text: str, head: str, value: dict[str, Any]) -> str:
    """The value as it is written after `head`, indented and with line ends like the rest of the text."""
    line = head[head.rfind("\n") + 1 :]
    indent = line[: _after_space(line, 0)]
    unit = re.search(r"\n([ \t]+)\S", text)
    return _laid_out(value, unit[1] if unit else "  ", ("\r\n" if "\r\n" in text else "\n") + indent)


def _laid_out(value: dict[str, Any], unit: str, newline: str) -> str:
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", newline)


def _braces(text: str, opening: int) -> Braces:
    """The object that opens there, in a text that is known to be JSON."""
    members = []
    at = _after_space(text, opening + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        value = _after_space(text, _after_space(text, end) + 1)
        _, end = _DECODER.raw_decode(text, value)
        members.append(Member(key, at, value, end))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return Braces(opening, members, at)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, _ in pairs if [other for other, _ in pairs].count(key) > 1)
        raise ValueError(f"it has the key {twice!r} twice")
    return found
