"""Structural moves on a sketch's source: each appends a block of `blocks` and its parameters, and can be undone."""

from __future__ import annotations

import ast
import re
from typing import Literal

from artloop.house.blocks import accents, cuts, openings
from artloop.house.blocks.tools import TOOLS
from artloop.house.repertoire import read_declared
from artloop.models import Canvas, Params, Value
from artloop.source import replaced

Placement = Literal["dark", "open", "rim", "centre", "none"]
"""Where a move's disc belongs: on lines, in the air, on lines away from the middle, in the middle; or it has none."""
Group = Literal["cut", "opening", "accent"]

MARK = "# house: "
COMPOSED = f"{MARK}view"
MAX_MOVES = 2
THINGS = ("landscape", "horizon", "mountain", "tree", "star", "stairs", "record", "figure", "building", "vessel")
"""Tags of drawings of something: a disc of it turned round is damage, not a disturbance."""
CLASHES: dict[Group, tuple[Group, ...]] = {
    "cut": ("cut", "accent"),
    "accent": ("cut", "accent"),
    "opening": ("opening",),
}
"""What a move does not go with: a cut through a disc, or two of a kind, is one idea too many."""


class Move(Value):
    """One structural change, what it needs of a drawing and what it promises."""

    name: str
    code: str
    group: Group
    """Says which moves it goes with: see `CLASHES`."""
    params: Params
    ranges: dict[str, tuple[float, float]]
    change: str
    hypothesis: str
    placement: Placement = "none"
    fill: float = 0.0
    """How much of its disc must be drawn on."""
    field: bool = False
    """Only for fields of lines: a figure would look damaged."""
    one_voice: bool = False
    """Only for drawings whose second pen is silent or nearly so."""
    not_for: tuple[str, ...] = ()
    """Tags that speak against it."""
    min_spacing_mm: float = 0.0
    """Lines closer than this would turn to mud."""


def _disc(name: str, radius: float, low: float, high: float) -> tuple[Params, dict[str, tuple[float, float]]]:
    centre = {f"{name}_x": 0.5, f"{name}_y": 0.42, f"{name}_mm": radius}
    return centre, {f"{name}_x": (0.24, 0.76), f"{name}_y": (0.2, 0.8), f"{name}_mm": (low, high)}


_TURN, _TURN_RANGES = _disc("turn", 24.0, 14.0, 34.0)
_GLASS, _GLASS_RANGES = _disc("glass", 25.0, 16.0, 34.0)
_VOICE, _VOICE_RANGES = _disc("voice", 20.0, 11.0, 28.0)
_SUN, _SUN_RANGES = _disc("sun", 13.0, 8.0, 19.0)
_ECHO, _ECHO_RANGES = _disc("echo", 22.0, 14.0, 30.0)
_MEDALLION, _MEDALLION_RANGES = _disc("medallion", 50.0, 42.0, 58.0)

MOVES = (
    Move(
        name="slip",
        code=cuts.SLIP,
        group="cut",
        params={"slip_y": 0.56, "slip_deg": -18.0, "slip_mm": 6.0},
        ranges={"slip_y": (0.3, 0.72), "slip_deg": (-34.0, 34.0), "slip_mm": (3.0, 9.0)},
        change="broke the sheet along a slanting line and let one side slip",
        hypothesis="one fault across the order gives the eye a place to stop",
        not_for=("letter", "writing", "star"),
    ),
    Move(
        name="card",
        code=cuts.CARD,
        group="cut",
        params={"card_deg": -24.0, "card_drop": 0.0},
        ranges={"card_deg": (-42.0, 42.0), "card_drop": (-0.1, 0.1)},
        change="let the upper part answer itself below a slanting line, turned half round",
        hypothesis="a form and its answer make one figure and balance the sheet",
        not_for=("tree", "forest", "landscape", "mountain", "horizon", "winter", "writing", "letter", "star", "map"),
    ),
    Move(
        name="slats",
        code=cuts.SLATS,
        group="cut",
        params={"slats_count": 6, "slats_mm": 9.0, "slats_end": 1},
        ranges={"slats_count": (4, 9), "slats_mm": (4.0, 14.0), "slats_end": (0, 1)},
        change="cut the drawing into upright slats that slip further out of line one by one",
        hypothesis="order that decays across the sheet sets a direction to read it in",
        field=True,
        not_for=("letter", "writing", "star"),
    ),
    Move(
        name="panes",
        code=cuts.PANES,
        group="cut",
        params={"panes_columns": 2, "panes_rows": 3, "panes_gap_mm": 4.0, "panes_odd": 3},
        ranges={"panes_columns": (2, 4), "panes_rows": (2, 5), "panes_gap_mm": (2.5, 7.0), "panes_odd": (0, 19)},
        change="set the drawing behind the panes of a window and turned one of them upside down",
        hypothesis="a grid learnt at once and one exception to it hold the field together",
        not_for=("grid", "square", "squares", "gate", "door", "window", "letter", "star", "record"),
        field=True,
    ),
    Move(
        name="window",
        code=openings.WINDOW,
        group="opening",
        params={"window_side_mm": 27.0, "window_tall": 1.5, "window_round": 1, "window_head": 0.25},
        ranges={
            "window_side_mm": (19.0, 40.0),
            "window_tall": (1.0, 1.9),
            "window_round": (0, 1),
            "window_head": (-0.2, 0.7),
        },
        change="let the drawing be seen through one opening with air around it",
        hypothesis="air around a clear edge turns a texture into a place",
        field=True,
    ),
    Move(
        name="medallion",
        code=openings.MEDALLION,
        group="opening",
        params=_MEDALLION,
        ranges=_MEDALLION_RANGES | {"medallion_x": (0.42, 0.58), "medallion_y": (0.38, 0.56)},
        change="kept only a disc of the drawing",
        hypothesis="a round edge and an empty sheet around it make one large form",
        placement="centre",
        fill=0.8,
        field=True,
    ),
    Move(
        name="sun",
        code=accents.SUN,
        group="accent",
        params=_SUN | {"sun_gap_mm": 0.75, "sun_air_mm": 2.0, "sun_phase": 0.0},
        ranges=_SUN_RANGES | {"sun_gap_mm": (0.6, 1.1), "sun_air_mm": (1.2, 4.0), "sun_phase": (0.0, 0.8)},
        change="set a disc of level lines against the drawing",
        hypothesis="one quiet, closed form in the second pen becomes the place where the eye lands",
        placement="rim",
        one_voice=True,
        not_for=("sun", "moon", "star", "pool", "stairs"),
    ),
    Move(
        name="voice",
        code=accents.VOICE,
        group="accent",
        params=_VOICE,
        ranges=_VOICE_RANGES,
        change="drew the same lines with the second pen within a disc",
        hypothesis="a form made of nothing but a change of ink gives a focus without one line more",
        placement="dark",
        fill=0.72,
        one_voice=True,
        not_for=("sun", "moon"),
    ),
    Move(
        name="turn",
        code=accents.TURN,
        group="accent",
        params=_TURN | {"turn_deg": 36.0},
        ranges=_TURN_RANGES | {"turn_deg": (12.0, 90.0)},
        change="turned a disc of the drawing out of its direction",
        hypothesis="the one place where the rule breaks draws the eye",
        placement="rim",
        fill=0.86,
        field=True,
        not_for=THINGS,
    ),
    Move(
        name="glass",
        code=accents.GLASS,
        group="accent",
        params=_GLASS,
        ranges=_GLASS_RANGES,
        change="showed a disc of the drawing the other way round, as in a looking glass",
        hypothesis="lines that meet their mirror image at a round edge make a form without an outline",
        placement="rim",
        fill=0.86,
        field=True,
        not_for=THINGS,
    ),
    Move(
        name="echo",
        code=accents.ECHO,
        group="accent",
        params=_ECHO | {"echo_deg": 5.0},
        ranges=_ECHO_RANGES | {"echo_deg": (3.0, 9.0)},
        change="laid the lines once more over themselves within a disc, a little turned and in the second pen",
        hypothesis="interference of two almost equal rhythms glows where nothing is drawn",
        placement="dark",
        fill=0.86,
        one_voice=True,
        not_for=("moire", "interference"),
        min_spacing_mm=0.85,
    ),
)
_DRAW = re.compile(r"^def draw\(", re.MULTILINE)
BY_NAME = {move.name: move for move in MOVES}


def applied(source: str) -> tuple[str, ...]:
    """Names of the moves already in a source, oldest first."""
    found = re.findall(rf"^{MARK}(\w+)$", source, re.MULTILINE)
    return tuple(name for name in found if name in BY_NAME)


def allowed(source: str, move: Move) -> bool:
    """Whether the sketch can take this move: it defines `draw`, has room, and no move that clashes with it.

    PARAMS that are no literal cannot take up the move's own; a composition of two studies is full as it is.
    """
    if COMPOSED in source or not _DRAW.search(source) or ("PARAMS" in source and not read_declared(source).params):
        return False
    done = [BY_NAME[name] for name in applied(source)]
    clear = all(move.group not in CLASHES[other.group] for other in done)
    return len(done) < MAX_MOVES and clear


def apply(source: str, move: Move, values: Params, canvas: Canvas) -> str:
    """The sketch with the move at its end and the move's parameters among its own."""
    text = source.rstrip("\n") + "\n"
    if f"{MARK}tools" not in text:
        text = text + TOOLS + _declarations(text, canvas)
    text = replaced(text, PARAMS={**move.params, **values}, RANGES=dict(move.ranges))
    return text + move.code


def undone(source: str) -> str:
    """The sketch without its last move; the same text if it has none."""
    names = applied(source)
    if not names:
        return source
    text = source[: source.rindex(f"{MARK}{names[-1]}")].rstrip("\n") + "\n"
    text = re.sub(rf'^ +"{names[-1]}_\w+": .*,\n', "", text, flags=re.MULTILINE)
    if len(names) == 1:
        text = text[: text.index(f"{MARK}tools")].rstrip("\n") + "\n"
    return text


def _declarations(text: str, canvas: Canvas) -> str:
    """Sheet and parameters for a sketch that declares none, so that the moves have a place for theirs."""
    names = {target.id for node in ast.parse(text).body for target in _targets(node)}
    width, height = canvas.size
    lines = {"CANVAS": f"CANVAS = ({width:g}, {height:g})", "PARAMS": "PARAMS = {}", "RANGES": "RANGES = {}"}
    missing = [line for name, line in lines.items() if name not in names]
    return "\n\n" + "\n".join(missing) + "\n" if missing else ""


def _targets(node: ast.stmt) -> list[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target for target in targets if isinstance(target, ast.Name)]
