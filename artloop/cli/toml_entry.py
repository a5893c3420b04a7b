"""A server's entry in a TOML configuration, set and cut in its text: whatever else is there stays, comments too.

Every edit is read back: it changes what the file says of this entry and nothing else, or it is not made.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

import tomlkit
import tomlkit.exceptions

TABLE = "mcp_servers"


def servers(text: str) -> dict[str, Any]:
    """All entries by name. Raises ValueError when this is no configuration."""
    table = tomllib.loads(text).get(TABLE, {})
    if not isinstance(table, dict):
        raise ValueError(f"{TABLE} is no table")
    return table


def entered(text: str | None, name: str, entry: dict[str, Any]) -> str:
    """The text with the entry, anew or with its values in the one of this name; None is a file that does not exist."""
    before = text or ""
    old = servers(before).get(name)
    after = _appended(text, name, entry) if old is None else _updated(before, name, entry)
    return _checked(after, before, name, entry if old is None else {**old, **entry})


def cut(text: str, name: str) -> str | None:
    """The text without the entry, which is there, and without its subtables; None when the file was made for it."""
    lines = _lines(text)
    whole = False
    while (found := _table(lines, name, subtables=True)) is not None:
        start, end = found
        whole = lines[end - 1].endswith("\n")
        kept = lines[:start]
        if kept and not kept[-1].strip():
            kept.pop()  # the blank line that sets the table off
        if kept and not whole:
            kept[-1] = re.sub(r"\r?\n\Z", "", kept[-1])
        lines = kept + lines[end:]
    after = _checked("".join(lines), text, name, None)
    return None if whole and not after else after


def _appended(text: str | None, name: str, entry: dict[str, Any]) -> str:
    """A table at the end. It ends in a line end where the text did, which tells `cut` how it was."""
    newline = "\r\n" if "\r\n" in (text or "") else "\n"
    table = tomlkit.dumps({TABLE: {name: entry}}).replace("\n", newline)
    if text is None:
        return table
    if text.endswith("\n"):
        return text + newline + table
    return text + 2 * newline * bool(text) + table.removesuffix(newline)


def _updated(text: str, name: str, entry: dict[str, Any]) -> str:
    """The values changed in the table's own lines: comments and other keys in there stay."""
    lines = _lines(text)
    found = _table(lines, name, subtables=False)
    if found is None:
        return text
    start, end = found
    try:
        document = tomlkit.parse("".join(lines[start:end]))
    except tomlkit.exceptions.TOMLKitError:  # these lines are no table by themselves: the check will refuse it
        return text
    table: Any = document[TABLE]
    for key, value in entry.items():
        if table[name].get(key) != value:
            table[name][key] = value
    return "".join([*lines[:start], tomlkit.dumps(document), *lines[end:]])


def _lines(text: str) -> list[str]:
    """With their ends; only these two end a line in TOML."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _table(lines: list[str], name: str, subtables: bool) -> tuple[int, int] | None:
    """From the line of the header to after the last value; comments after that belong to what follows."""
    header = re.compile(rf"\s*\[\s*{TABLE}\s*\.\s*([\"']?){re.escape(name)}\1\s*" + (r"[.\]]" if subtables else r"\]"))
    start = next((at for at, line in enumerate(lines) if header.match(line)), None)
    if start is None:
        return None
    after = range(start + 1, len(lines))
    following = next((at for at in after if lines[at].lstrip().startswith("[")), len(lines))
    return start, max(at for at in range(start, following) if at == start or _says_something(lines[at])) + 1


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _checked(after: str, before: str, name: str, entry: dict[str, Any] | None) -> str:
    """The new text, once it is known to say the same as the old but for this entry."""
    wanted = _without(before, name)
    try:
        same = _without(after, name) == wanted and servers(after).get(name) == entry
    except ValueError:
        same = False
    if not same:
        raise ValueError(f"its {TABLE} is not written as [{TABLE}.NAME] tables, so that {name} is yours to edit there")
    return after


def _without(text: str, name: str) -> dict[str, Any]:
    content = tomllib.loads(text)
    table = {key: value for key, value in content.pop(TABLE, {}).items() if key != name}
    return content | ({TABLE: table} if table else {})
