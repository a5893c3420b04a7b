"""What a sketch's exception means: in English, with the sketch's own line and a hint that an agent can act on."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from artloop.grafix.process import SKETCH
from artloop.grafix.registry import Registry
from artloop.models import Failure, FailureKind

MESSAGE_MAX = 600

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_PATH = re.compile(r"(?<![\w.:/])/(?:[^\s/'\":,;()<>]+/)+")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_TRANSLATIONS = (
    (
        r"正規化できない引数型: <class '([\w.]+)'>",
        r"a parameter is a \1; Grafix takes plain Python numbers, strings and tuples only",
        "cast with float(), int() or .tolist() before passing it",
    ),
    (
        r"非有限の float は Geometry 引数に使用できない",
        "a parameter is NaN or infinite",
        "look for a division by zero, or the root or logarithm of a negative number",
    ),
    (
        r"effect '(\w+)' は入力 Geometry を (\d+) 個必要とします.*",
        r"E.\1 takes \2 geometries",
        "two-input effects (clip, warp) stand alone: E.clip()(base, mask), then pass the result to the next chain",
    ),
    (
        r"multi-input effect はチェーンの先頭にのみ使用できます: '(\w+)'",
        r"E.\1 takes two geometries and cannot follow another effect in a chain",
        r"call it first: E.\1()(base, mask), then pass the result to the next chain",
    ),
    (
        r"normalize_scene で処理できない型: <class 'NoneType'>",
        "draw returned None, or a list that holds None",
        "return a Geometry, or a list of L(name=...).layer(...)",
    ),
    (
        r"normalize_scene で処理できない型: <class '(?:[\w.]+\.)?EffectBuilder'>",
        "draw returned an effect that was not applied to a geometry",
        "call the effect with its input: E.fill(...)(geometry)",
    ),
    (
        r"normalize_scene で処理できない型: <class '(?:[\w.]+\.)?(\w+)'>",
        r"draw returned something that holds a \1",
        "return only Geometry, L(name=...).layer(...), or lists of them",
    ),
    (
        r"L\.layer .*(?:渡してください|受け付けます): <class '(?:[\w.]+\.)?(\w+)'>",
        r"L.layer was given a \1 instead of a Geometry or a flat list of Geometry",
        "pass what G.name(...) or E.name(...)(geometry) returned",
    ),
    (
        r"L\.layer に空の Geometry リストは渡せません",
        "L.layer was given an empty list",
        "leave the layer out when there is nothing to draw",
    ),
    (r"L\(name=\.\.\.\) は str のみ受け付けます.*", "L(name=...) takes a string", "name the pen: L(name='ink')"),
    (r"thickness は正の値である必要がある", "thickness must be more than 0", "thickness = 2 * PEN_MM / min(W, H)"),
    (
        r"(@\w+) [\w.]*?(\w+): 期待する戻り値は .*: <class '([\w.]+)'>",
        r"\1 \2 returned a \3 instead of the tuple (coords, offsets)",
        "return coords float32 (N, 3) and offsets int32 (M + 1,)",
    ),
    (
        r"(@\w+) [\w.]*?(\w+): coords は shape \(N,3\) .*shape=(.*)",
        r"\1 \2 returned coords of shape \3 instead of (N, 3)",
        "add a column of zeros for z: np.c_[xy, np.zeros(len(xy))]",
    ),
    (
        r"(@\w+) [\w.]*?(\w+): offsets は 1 .*shape=(.*)",
        r"\1 \2 returned offsets of shape \3 instead of (M + 1,)",
        "offsets is flat: the row at which each stroke begins, and len(coords) at the end",
    ),
    (
        r"offsets.*(?:必要がある|である必要がある)",
        "the offsets returned do not fit the coords",
        "offsets start at 0, never fall, and end at len(coords): np.cumsum([0, *lengths])",
    ),
    (
        r"(?s)フォントが見つかりません.*|既定フォントが見つかりません.*",
        "the font was not found",
        'pass font="GoogleSans-Regular.ttf" to G.text (also -Medium, -SemiBold, -Bold)',
    ),
    (
        r"(the sketch defines no function draw\(t\))",
        r"\1",
        "end the sketch with: def draw(t): return [L(name='ink').layer(geometry)]",
    ),
    (
        r"(layer .* has \d+ points whose coordinates are NaN or infinite)",
        r"\1",
        "look for a division by zero, or the root or logarithm of a negative number",
    ),
    (r"(\w+) の ([\w/]+) は (\S+) 以上である必要がある", r"\1: \2 must be at least \3", ""),
    (r"(\w+) の ([\w/]+) は長さ (\d+) のシーケンスである必要がある", r"\1: \2 must have \3 numbers", ""),
    (r"空のシーケンスは指定できません", "a parameter is an empty list", "give at least one value"),
    (r"axis_dir は非ゼロのベクトルである必要がある: (.*)", r"axis_dir is \1; it must not be zero", ""),
    (r"(\w+) '(\w+)' は既に登録されている", r"a \1 named \2 exists already", "choose another function name"),
)
_HINTS = (
    (r"draw\(\) takes 0 positional arguments", "define it as draw(t): t is the time in seconds"),
    (r"draw\(\) missing \d+ required", "define it as draw(t) with no other required parameters"),
    (r"factory\(\) takes 0 positional arguments", "parameters of G and E are keyword-only: G.grid(nx=20, scale=100.0)"),
    (r"LayerNamespace\.layer\(\) got an unexpected keyword", "L(name='ink').layer(geometry, color=..., thickness=...)"),
    (r"'Geometry' object", "a Geometry is a recipe, not points: write an @primitive that returns (coords, offsets)"),
    (
        r"unsupported operand .*'list' and 'Geometry'|'Geometry' and 'list'",
        "L.layer returns a list: nest lists, add geometry",
    ),
    (r"cannot import name", "grafix offers G, E, L, P, cc, primitive, effect, preset"),
    (r"No module named", "a sketch may import grafix, numpy, math and the rest of the standard library"),
    (r"File too large", "print less: what a sketch prints is limited"),
    (r"maximum recursion depth", "use a loop, or end the recursion earlier"),
    (r"'float' object cannot be interpreted as an integer", "round first: int(round(value))"),
)
_KNOWN_NAMES = {
    "np": "import numpy as np",
    "math": "import math",
    "random": "import random",
    **dict.fromkeys(("G", "E", "L", "P", "primitive", "effect"), "from grafix import G, E, L, primitive, effect"),
}


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
    return Failure(kind=kind, message=scrubbed(message)[:MESSAGE_MAX], line=line, hint=scrubbed(hint)[:MESSAGE_MAX])


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
    """The exception and its causes, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__


def _words(chain: list[BaseException], source: str, registry: Registry) -> tuple[str, str]:
    root, operation = chain[-1], _operation(chain)
    text = str(root)
    if match := re.search(r"未登録の (primitive|effect): '(\w+)'", text):
        return _unknown_operation("G" if match[1] == "primitive" else "E", match[2], source, registry)
    if operation and (match := re.search(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'", text)):
        return _unknown_parameter(operation, match[2], source, registry)
    for link in reversed(chain):
        for pattern, message, hint in _TRANSLATIONS:
            if match := re.search(pattern, str(link)):
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
    if isinstance(root, NameError) and root.name in _KNOWN_NAMES:
        return f"add: {_KNOWN_NAMES[root.name]}"
    return next((hint for pattern, hint in _HINTS if re.search(pattern, text)), "")


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
