"""Which two studies go together on one sheet, and how: looked at one by one, for most pairs make mud."""

from __future__ import annotations

from typing import Literal

from artloop.models import Params, Value

Kind = Literal["all", "disc", "box", "arch", "above", "below"]
Voice = Literal["first", "second", "own", "silent"]
Ranges = dict[str, tuple[float, float]]


class Scene(Value):
    """A composition: the study in front, the one behind it, the opening that one is seen through, and why."""

    near: str
    far: str
    joint: Literal["before", "above", "beside", "within"]
    """How the first stands to the second, for the name."""
    title: str
    clause: str
    """What one sees."""
    why: str
    """Why these two go together."""
    focus: str
    prefix: str
    """Before the names of the second study's parameters."""
    kind: Kind = "all"
    whole: bool = True
    """The second study is drawn for the whole sheet and cut; else for a sheet of its own."""
    room: float = 0.2
    """How much larger than its opening that sheet is on every side, as a share of the opening's smaller half."""
    share: float = 0.0
    """Instead: how much of the width of its own upright sheet the opening takes."""
    anchor: tuple[float, float] = (0.5, 0.5)
    """The place on that sheet, in shares, that lies in the middle of the opening."""
    hole: bool = False
    """The opening is cut into the first study; else that stands before it."""
    tall: float = 1.0
    """Height of the opening, its width being 1."""
    frame: int = 0
    """Lines around the opening."""
    close_mm: float = 2.0
    """Half the width of gaps in the first study that nothing is seen through."""
    solid: bool = True
    """Nothing is seen through what the first study encloses."""
    voices: dict[str, Voice] = {}
    """Pens of the second study's layers: the first's first or second pen, their own, or none at all."""
    x: float = 0.5
    y: float = 0.5
    half_mm: float = 40.0
    air_mm: float = 1.6
    params: Params = {}
    """Parameters of both that the scene fixes."""
    ranges: Ranges = {}
    """Spans of the others that it narrows, and of its own."""

    @property
    def name(self) -> str:
        """What stands for it in a concept."""
        return f"{self.near} {self.joint} {self.far}"

    @property
    def placing(self) -> Params:
        """Where the opening is, and the air around what stands before it."""
        return {"view_x": self.x, "view_y": self.y, "view_mm": self.half_mm, "view_air_mm": self.air_mm}

    @property
    def view(self) -> dict[str, object]:
        """What the sketch's own code reads of the layout."""
        names = ("kind", "whole", "room", "share", "anchor", "hole", "tall", "frame", "close_mm", "solid", "voices")
        return {name: getattr(self, name) for name in names}


def _around(x: float, y: float, half_mm: float, reach: float = 0.04) -> Ranges:
    """Spans of a little play for an opening."""
    return {
        "view_x": (round(x - reach, 3), round(x + reach, 3)),
        "view_y": (round(y - reach, 3), round(y + reach, 3)),
        "view_mm": (round(0.88 * half_mm, 1), round(1.1 * half_mm, 1)),
    }


SCENES = (
    Scene(near="seated_figure", far="moire_gate", joint="before", title="Threshold", clause="c", why="w", focus="f",
        prefix="gate_", close_mm=2.5, voices={"vermilion": "second"}, params={"gate_ebb": 1.2}),
    Scene(near="winter_tree", far="moire_gate", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="gate_", kind="above", y=0.76, close_mm=1.6, voices={"vermilion": "silent"}),
    Scene(near="hatched_monoliths", far="star_chart", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="chart_", kind="disc", whole=False, share=0.835, anchor=(0.5, 0.353), x=0.36, y=0.36, half_mm=42, voices={"slate": "own", "vermilion": "second"}),
    Scene(near="two_lighthouses", far="star_chart", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="chart_", kind="disc", whole=False, share=0.835, anchor=(0.5, 0.353), x=0.4, y=0.38, half_mm=44, voices={"slate": "own", "vermilion": "second"}),
    Scene(near="night_city", far="tide_lines", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="tide_", kind="disc", x=0.34, y=0.26, half_mm=36, voices={"vermilion": "silent"}),
    Scene(near="still_vessels", far="harbour_masts", joint="beside", title="t", clause="c", why="w", focus="f",
        prefix="harbour_", kind="box", whole=False, room=0.15, tall=1.2, frame=2, x=0.62, y=0.28, half_mm=34, voices={"vermilion": "silent"}),
    Scene(near="still_vessels", far="sleeping_ridges", joint="beside", title="t", clause="c", why="w", focus="f",
        prefix="ridges_", kind="box", whole=False, room=0.15, tall=1.2, frame=2, x=0.62, y=0.28, half_mm=34, voices={"vermilion": "second"}, params={"ridges_hatch_mm": 0.75}),
    Scene(near="seated_figure", far="two_lighthouses", joint="beside", title="t", clause="c", why="w", focus="f",
        prefix="sea_", kind="box", whole=False, room=0.15, tall=1.3, frame=2, x=0.68, y=0.3, half_mm=32, voices={"vermilion": "second"}, params={"sea_wave_mm": 1.9}),
    Scene(near="seated_figure", far="night_city", joint="beside", title="t", clause="c", why="w", focus="f",
        prefix="city_", kind="arch", whole=False, room=0.1, tall=1.4, frame=2, x=0.68, y=0.32, half_mm=31, voices={"amber": "second"}, params={"city_hatch_mm": 0.7, "city_block_mm": 16.0}),
    Scene(near="lost_feather", far="tide_lines", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="tide_", close_mm=1.0, voices={"vermilion": "silent"}),
    Scene(near="meadow_wind", far="tide_lines", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="tide_", kind="disc", x=0.5, y=0.4, half_mm=46, close_mm=0.8, solid=False, voices={"vermilion": "silent"}),
    Scene(near="paper_fold", far="murmuration", joint="beside", title="t", clause="c", why="w", focus="f",
        prefix="flock_", kind="above", y=0.62, voices={"vermilion": "second"}),
    Scene(near="moire_gate", far="two_lighthouses", joint="within", title="t", clause="c", why="w", focus="f",
        prefix="sea_", kind="arch", hole=True, whole=False, room=0.12, tall=1.5, x=0.6, y=0.4, half_mm=34, voices={"vermilion": "second"}, params={"gate_width_mm": 64.0, "gate_x": 0.6}),
    Scene(near="moire_gate", far="winter_tree", joint="within", title="t", clause="c", why="w", focus="f",
        prefix="tree_", kind="arch", hole=True, whole=False, room=0.12, tall=1.5, x=0.6, y=0.4, half_mm=34, voices={"vermilion": "second"}, params={"gate_width_mm": 64.0, "gate_x": 0.6}),
    Scene(near="stair_light", far="star_chart", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="chart_", kind="disc", whole=False, share=0.835, anchor=(0.5, 0.353), x=0.5, y=0.32, half_mm=48, voices={"slate": "own", "vermilion": "silent"}),
    Scene(near="sleeping_ridges", far="star_chart", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="chart_", kind="disc", whole=False, share=0.835, anchor=(0.5, 0.353), x=0.5, y=0.34, half_mm=50, voices={"slate": "own", "vermilion": "silent"}),
    Scene(near="seated_figure", far="star_chart", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="chart_", kind="disc", whole=False, share=0.835, anchor=(0.5, 0.353), x=0.6, y=0.33, half_mm=48, close_mm=2.5, voices={"slate": "own", "vermilion": "second"}),
    Scene(near="hatched_monoliths", far="tide_lines", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="tide_", kind="below", y=0.685, voices={"vermilion": "silent"}),
    Scene(near="winter_tree", far="tide_lines", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="tide_", kind="disc", x=0.45, y=0.4, half_mm=52, close_mm=1.6, voices={"vermilion": "silent"}),
    Scene(near="meadow_wind", far="murmuration", joint="before", title="t", clause="c", why="w", focus="f",
        prefix="flock_", kind="above", y=0.6, close_mm=0.8, solid=False, voices={"vermilion": "silent"}),
)
