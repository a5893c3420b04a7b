"""Small sketches, tasks and pictures for the tests of the house artist."""

import base64
import io
from pathlib import Path

from PIL import Image, ImageDraw

from artloop.house.look import Sight, see
from artloop.house.repertoire import Repertoire
from artloop.models import Brief, Canvas, Concept, Critique, Drawing, DrawTask, Iteration, Metrics, Rendering, Target
from tests.fakes import METRICS

SKETCHES = Path(__file__).parents[2] / "sketches"
FIELD = '''"""Level field: lines from side to side, and nothing else.

A study for tests.
"""

from grafix import G, L

CANVAS = (148, 210)
SEED = 7
PEN_MM = 0.3
PARAMS = {
    "lines": 90,
    "width_mm": 120.0,
    "swell_mm": 4.0,
}
RANGES = {
    "lines": (40, 120),
    "width_mm": (90.0, 126.0),
    "swell_mm": (0.0, 8.0),
}
TAGS = ("tide", "sea", "calm")


def draw(t):
    size = PARAMS["width_mm"] * min(CANVAS) / 148
    field = G.grid(nx=0, ny=PARAMS["lines"], center=(CANVAS[0] / 2, CANVAS[1] / 2, 0), scale=size)
    return L(name="ink").layer(field, color=(0.1, 0.1, 0.2), thickness=2 * PEN_MM / min(CANVAS))
'''
CITY = FIELD.replace("Level field", "Street plan").replace('"tide", "sea", "calm"', '"city", "order"')
BARE = "from grafix import G\n\n\ndef draw(t):\n    return G.polygon(n_sides=5, center=(74, 105, 0), scale=90)\n"


def repertoire(folder: Path, **sources: str) -> Repertoire:
    """A repertoire of the given sketches."""
    for name, source in (sources or {"level": FIELD, "street": CITY}).items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return Repertoire.read([folder])


def shipped() -> Repertoire:
    """The repertoire that comes with artloop."""
    return Repertoire.read([SKETCHES])


def picture(ink: tuple[int, int, int, int] = (60, 60, 420, 660), red: tuple[int, int, int, int] | None = None) -> str:
    """A `data:` picture of an A5 sheet at 4 px/mm with level lines in one box and a red patch in another."""
    image = Image.new("RGB", (592, 840), "white")
    pen = ImageDraw.Draw(image)
    for y in range(ink[1], ink[3], 6):
        pen.line((ink[0], y, ink[2], y), fill=(20, 20, 40))
    if red:
        pen.rectangle(red, fill=(210, 70, 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def sight(**boxes: tuple[int, int, int, int]) -> Sight:
    """What is seen of such a picture."""
    return see(picture(**boxes), Canvas())


def field_sight() -> Sight:
    """A field that fills most of the sheet."""
    return sight(ink=(48, 48, 544, 792))


def concept(**changes: object) -> Concept:
    """A concept that starts from the level field."""
    values = {
        "title": "Level, and its answer",
        "idea": "Lines lie still.",
        "focus": "the middle",
        "technique": "level lines",
        "pens": ["ink"],
        "strategy": "one disturbance",
        "study": "level",
    }
    return Concept.model_validate({**values, **changes})


def iteration(number: int, source: str, score: float | None, metrics: Metrics = METRICS) -> Iteration:
    """An iteration that was drawn, and criticised if it has a score."""
    targets = [Target(metric="ink_coverage", low=0.02, high=0.08)]
    said = Critique(
        first_seen="lines", keep="air", changes=[], targets=targets, scores=[], overall=score or 0, measured=True
    )
    return Iteration(
        number=number,
        drawing=Drawing(source=source, change="", hypothesis=""),
        rendering=Rendering(ok=True, metrics=metrics),
        critique=said if score is not None else None,
    )


def draw_task(*history: Iteration, text: str = "tidal memory", variant: str = "v01", **changes: object) -> DrawTask:
    """The next draw task after this history."""
    scored = [one for one in history if one.score is not None]
    best = max(scored, key=lambda one: one.score or 0.0) if scored else None
    values = {
        "brief": Brief(text=text),
        "variant": variant,
        "concept": concept(),
        "iteration": len(history) + 1,
        "history": list(history),
        "incumbent": best.number if best else None,
    }
    return DrawTask.model_validate({**values, **changes})
