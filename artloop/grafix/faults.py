"""What a sketch's exception means: in English, with the sketch's own line and a hint that an agent can act on."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from artloop.grafix.phrases import HINTS, KNOWN_NAMES, TRANSLATIONS
from artloop.grafix.registry import Registry
from artloop.grafix.sandbox.process import SKETCH
from artloop.models import Failure, FailureKind

MESSAGE_MAX = 600
READ_MAX = 4 * MESSAGE_MAX
"""Of a longer text only the beginning is looked at: searching it takes time."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_PATH = re.compile(r"(?<![\w.:/])/(?:[^\s/'\":,;()<>]+/)+")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def explain(error: BaseException, source: str, registry: Registry) -> Failure:
    """The failure that an exception of a sketch amounts to."""
    chain = list(_chain(error))
    root = chain[-1]
    line = _line(chain, source)
    if isinstance(root, SyntaxError) and root.filename == SKETCH:
        return failed("syntax", f"SyntaxError: {root.msg}", root.lineno, _quoted(source, root.lineno))
    if isinstance(root, MemoryError):
        return failed("memory", "the sketch used more memory than it may", line, "draw fewer points; lower counts")
    if isinstance(root, SystemExit):
        return failed("exception", "the sketch ended the program", line, "remove exit() and sys.exit()")
    if isinstance(root, OSError) and root.errno == 27:
        return failed("output", "the sketch printed too much", line, "remove the printing")
    message, hint = _words(chain, source, registry)
    return failed("exception", message, line, hint)


def failed(kind: FailureKind, message: str, line: int | None = None, hint: str = "") -> Failure:
    """A failure with its texts scrubbed and cut."""
    words, advice = (scrubbed(text[:READ_MAX])[:MESSAGE_MAX] for text in (message, hint))
    return Failure(kind=kind, message=words, line=line, hint=advice)


def scrubbed(text: str) -> str:
    """Without object addresses and folders of this machine, so that it reads the same everywhere."""
    return _PATH.sub("", _ADDRESS.sub("", text))


def slowest(source: str) -> tuple[int | None, str]:
    """Where a sketch that did not finish probably spends its time, from its text alone: line and hint."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, ""
    loops = sorted(node.lineno for node in nodes if isinstance(node, ast.While))
    endless = sorted(
        node.lineno for node in nodes if isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
    )
    slow = sorted((line, name) for name in ("reaction_diffusion", "growth") for line in _calls(nodes, name, None))
    if endless:
        return endless[0], "make sure that this loop ends"
    if slow:
        return slow[0][0], f"E.{slow[0][1]} is slow: a coarser grid_pitch or spacing, and fewer steps or iters"
    return (loops[0] if loops else None), "make fewer or cheaper steps; use numpy instead of loops over points"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and its causes, outermost first, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _words(chain: list[BaseException], source: str, registry: Registry) -> tuple[str, str]:
    root, operation = chain[-1], _operation(chain)
    text = str(root)[:READ_MAX]
    if match := re.search(r"未登録の (primitive|effect): '(\w+)'", text):
        return _unknown_operation("G" if match[1] == "primitive" else "E", match[2], source, registry)
    if operation and (match := re.search(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'", text)):
        return _unknown_parameter(operation, match[2], source, registry)
    for link in reversed(chain):
        for pattern, message, hint in TRANSLATIONS:
            if match := re.search(pattern, str(link)[:READ_MAX]):
                return match.expand(message), match.expand(hint)
    if _JAPANESE.search(text):
        text = f"Grafix refused this (its message, in Japanese: {text})"
    where = f"in {registry_title(operation, registry)}: " if operation else ""
    return f"{where}{type(root).__name__}: {text}", _hint(root, text)


def registry_title(operation: str, registry: Registry) -> str:
    """`G.grid` for `grid`; an operation of the sketch's own keeps its name."""
    found = registry.find(operation)
    return found.title if found else operation


def _hint(root: BaseException, text: str) -> str:
    if isinstance(root, NameError) and root.name in KNOWN_NAMES:
        return f"add: {KNOWN_NAMES[root.name]}"
    return next((hint for pattern, hint in HINTS if re.search(pattern, text)), "")


def _unknown_operation(space: str, name: str, source: str, registry: Registry) -> tuple[str, str]:
    other = "E" if space == "G" else "G"
    if name in registry.names(other):
        kind = "an effect" if other == "E" else "a primitive"
        call = f"E.{name}(...)(geometry)" if other == "E" else f"G.{name}(...)"
        return f"there is no {space}.{name}", f"{name} is {kind}: {call}"
    own = [node.name for node in _functions(source)]
    near = difflib.get_close_matches(name, [*registry.names(space), *own], n=1, cutoff=0.5)
    if name in ("polyline", "polylines", "curve", "path", "circle", "rect", "spline", "points"):
        hint = "this Grafix has none; write an @primitive that returns (coords, offsets)"
        return f"there is no {space}.{name}", hint + (
            "; a circle is G.polygon(n_sides=128)" if name == "circle" else ""
        )
    return (
        f"there is no {space}.{name}",
        f"did you mean {space}.{near[0]}?" if near else "see describe_api for the names",
    )


def _unknown_parameter(operation: str, name: str, source: str, registry: Registry) -> tuple[str, str]:
    known = registry.find(operation)
    own = next((node for node in _functions(source) if node.name == operation), None)
    if own is not None:
        names = [argument.arg for argument in (*own.args.args, *own.args.kwonlyargs)]
    else:
        names = [parameter.name for parameter in known.parameters] if known else []
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{registry_title(operation, registry)} has no parameter {name!r}", f"{guess}It takes: {', '.join(names)}"


def _operation(chain: list[BaseException]) -> str | None:
    """Name of the Grafix operation that failed, from the frames of its evaluation."""
    for error in reversed(chain):
        names = [
            frame.f_locals.get("op")
            for frame, _ in _frames(error.__traceback__)
            if frame.f_code.co_name == "_evaluate_geometry_node"
        ]
        if names:
            return str(names[-1])
    return None


def _line(chain: list[BaseException], source: str) -> int | None:
    for error in reversed(chain):
        lines = [line for frame, line in _frames(error.__traceback__) if frame.f_code.co_filename == SKETCH]
        if lines:
            return lines[-1]
    operation = _operation(chain)
    if operation is None:
        return None
    keyword = re.search(r"unexpected keyword argument '(\w+)'", str(chain[-1]))
    lines = _calls(list(ast.walk(ast.parse(source))), operation, keyword[1] if keyword else None)
    return lines[0] if len(lines) == 1 or (keyword and lines) else None


def _calls(nodes: list[ast.AST], name: str, keyword: str | None) -> list[int]:
    """Lines of the calls `something.name(...)`, optionally only those with that keyword."""
    return sorted(
        node.func.end_lineno or node.lineno
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and (keyword is None or any(given.arg == keyword for given in node.keywords))
    )


def _functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]


def _frames(traceback: TracebackType | None) -> Iterator[tuple[Any, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _quoted(source: str, line: int | None) -> str:
    lines = source.splitlines()
    return f"the line reads: {lines[line - 1].strip()[:120]}" if line and line <= len(lines) else ""
