"""What a sketch's source says without being run: its name, and the plain literals it declares, read and replaced."""

from __future__ import annotations

import ast
import json
import keyword
import re
from typing import Any

from artloop.errors import UsageError
from artloop.models import Number, Params, Value

DECLARED = ("PARAMS", "RANGES", "SEED", "TAGS", "CANVAS", "PEN_MM")
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
LARGEST = 1e300
"""A literal beyond this (or 1e999, which is infinity) is no number to work with."""


class Declared(Value):
    """The literals of a sketch; what it does not declare is empty or None."""

    title: str
    params: Params = {}
    ranges: dict[str, tuple[Number, Number]] = {}
    seed: int | None = None
    tags: tuple[str, ...] = ()
    canvas: tuple[float, float] | None = None
    pen_mm: float | None = None

    @property
    def movable(self) -> list[str]:
        """Parameters with a range to move in, in the order of the sketch."""
        return [name for name in self.params if name in self.ranges and self.ranges[name][0] < self.ranges[name][1]]


def sketch_name(text: str) -> str:
    """A sketch's name, given with or without `.py`. Raises `UsageError` for one that cannot be a module's."""
    name = text.removesuffix(".py")
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} cannot name a sketch; use 2 to 40 small letters, digits and _, a letter first: night_ferry"
        )
    return name


def drawable(source: str, what: str) -> str:
    """The source itself, if it parses and has a `draw`; it is not run. Raises `UsageError` that says `what` it is."""
    try:
        tree = _parsed(source)
    except SyntaxError as error:
        line = f" line {error.lineno}" if error.lineno else ""
        raise UsageError(f"sketch {what}{line}: {error}; mend it and try again") from error
    if not any(isinstance(node, ast.FunctionDef) and node.name == "draw" for node in ast.walk(tree)):
        raise UsageError(f"sketch {what} has no draw(t) function; see: artloop sketches")
    return source


def declared(source: str) -> Declared:
    """Read a sketch's literals. Raises SyntaxError as Python does; a declaration that is no literal is ignored."""
    tree = _parsed(source)
    found = {name: _literal(node) for name, node in _declarations(tree).items()}
    title = (ast.get_docstring(tree) or "").strip().splitlines()
    return Declared(
        title=title[0].strip() if title else "",
        params=_numbers(found.get("PARAMS")),
        ranges=_ranges(found.get("RANGES")),
        seed=found.get("SEED") if isinstance(found.get("SEED"), int) else None,
        tags=_words(found.get("TAGS")),
        canvas=_pair(found.get("CANVAS")),
        pen_mm=found.get("PEN_MM") if _is_number(found.get("PEN_MM")) else None,
    )


def replaced(source: str, **values: Any) -> str:
    """The source with declared literals replaced (`PARAMS=` merges), everything else to the letter as it was.

    A name the sketch does not declare is left alone, so values apply only where the author meant them to. Raises
    SyntaxError as Python does.
    """
    tree = _parsed(source)
    encoded = source.encode()
    lines = encoded.splitlines(keepends=True)
    spans = []
    for name, node in _declarations(tree).items():
        if values.get(name) is None:
            continue
        old = _literal(node)
        new = {**old, **values[name]} if isinstance(old, dict) and isinstance(values[name], dict) else values[name]
        if new != old:
            spans.append((_offset(lines, node.lineno, node.col_offset), _end(lines, node), written(new)))
    for start, end, text in sorted(spans, reverse=True):
        encoded = encoded[:start] + text.encode() + encoded[end:]
    return encoded.decode()


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (RecursionError, MemoryError, ValueError) as error:
        raise SyntaxError(f"cannot be parsed: {error}") from error


def _declarations(tree: ast.Module) -> dict[str, ast.expr]:
    """Name to value expression of the declarations at module level; the last one counts, as it does in Python."""
    found = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in DECLARED:
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in DECLARED:
                found[name] = value
    return found


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= LARGEST


def _numbers(value: Any) -> Params:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and _is_number(v)}


def _ranges(value: Any) -> dict[str, tuple[Number, Number]]:
    if not isinstance(value, dict):
        return {}
    pairs = {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, tuple | list) and len(v) == 2}
    return {k: (low, high) for k, (low, high) in pairs.items() if _is_number(low) and _is_number(high)}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, tuple | list) else ()


def _pair(value: Any) -> tuple[float, float] | None:
    if isinstance(value, tuple | list) and len(value) == 2 and all(map(_is_number, value)):
        return (float(value[0]), float(value[1]))
    return None


def written(value: Any) -> str:
    """Python source of a literal: a table one entry a line; whole floats in a pair stay short (148, not 148.0)."""
    if isinstance(value, dict):
        entries = "".join(f"    {_key(key)}: {written(entry)},\n" for key, entry in value.items())
        return f"{{\n{entries}}}" if value else "{}"
    if isinstance(value, tuple):
        return "(" + ", ".join(f"{v:g}" if isinstance(v, float) and v.is_integer() else repr(v) for v in value) + ")"
    return repr(value)


def _key(name: Any) -> str:
    return json.dumps(name, ensure_ascii=False) if isinstance(name, str) else repr(name)


def _offset(lines: list[bytes], line: int, column: int) -> int:
    """Byte offset of an AST position, whose columns count UTF-8 bytes."""
    return sum(len(text) for text in lines[: line - 1]) + column


def _end(lines: list[bytes], node: ast.expr) -> int:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return _offset(lines, node.end_lineno, node.end_col_offset)
