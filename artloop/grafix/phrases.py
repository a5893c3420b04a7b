"""Known complaints of Grafix and Python: their English, and what to do about them."""

from __future__ import annotations

TRANSLATIONS = (
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
"""Pattern of Grafix's own message (often Japanese), its English, and a hint; both may use the pattern's groups."""
HINTS = (
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
    (
        r"Permission denied|Operation not permitted",
        "a sketch has no files, network or other processes: compute instead",
    ),
    (r"can't start new thread", "a sketch runs in one thread: use a loop, numpy or numba"),
    (r"maximum recursion depth", "use a loop, or end the recursion earlier"),
    (r"'float' object cannot be interpreted as an integer", "round first: int(round(value))"),
)
"""Pattern of any other message, and a hint."""
KNOWN_NAMES = {
    "np": "import numpy as np",
    "math": "import math",
    "random": "import random",
    **dict.fromkeys(("G", "E", "L", "P", "primitive", "effect"), "from grafix import G, E, L, primitive, effect"),
}
"""Names that sketches forget to import, and the import."""
