"""Answers by rule, decided by what is asked alone: for the provider, for agents of a hub and for `rule_model`."""

from __future__ import annotations

import hashlib
from typing import Any

SKETCH = '''"""Waves {number}: horizontal lines that lean."""
import numpy as np
from grafix import L, G, primitive

CANVAS = (148, 210)
SEED = 1
PEN_MM = 0.3
PARAMS = {{"lines": {lines}}}
RANGES = {{"lines": (8, 60)}}
TAGS = ("wave",)
W, H = CANVAS


@primitive
def waves_{number}(*, lines: int = 20):
    x = np.linspace(20.0, W - 20.0, 40)
    rows = [np.c_[x, y + 4 * np.sin(x / 9 + {number}), 0 * x] for y in np.linspace(30.0, H - 30.0, lines)]
    return np.concatenate(rows).astype(np.float32), np.arange(0, 40 * lines + 1, 40, dtype=np.int32)


def draw(t):
    return [L(name="ink").layer(G.waves_{number}(lines=PARAMS["lines"]), color=(0.1, 0.1, 0.2))]
'''


def reply(properties: dict[str, Any], asked: str, tools_called: bool) -> dict[str, Any]:
    """`{"call": source}` or `{"say": value}`: which role is asked is seen from the schema it must answer in."""
    number = int(hashlib.sha256(asked.encode()).hexdigest()[:6], 16)
    if "source" in properties:
        source = SKETCH.format(number=number % 100000, lines=10 + number % 30)
        whole = {"source": source, "patch": "", "base": "none"}
        answer = {**whole, "change": f"lines {number % 30}", "hypothesis": "it leans"}
        return {"say": answer} if tools_called else {"call": source, "id": f"call-{number}"}
    if "concepts" in properties:
        count = int(asked.partition("Give exactly ")[2].partition(" ")[0])
        return {"say": {"concepts": [concept(index) for index in range(count)]}}
    if "critique" in properties:
        return {"say": {"winner": "v01", "reason": f"{number}", "critique": critique(number)}}
    if set(properties) == {"text"}:
        return {"say": {"text": f"lines {number % 30}"}}
    if "winner" in properties:
        winner = ("first", "second")[number % 2] if number % 7 else "tie"
        return {"say": {"first_alone": "lines", "second_alone": "lines", "winner": winner, "reason": f"{number}"}}
    if "knobs" in properties:
        knob = {"name": "lines", "start": 40, "low": 20, "high": 900}
        search = {"move": "tune", "reason": f"more lines {number}", "knobs": [knob]}
        return {"say": search if "- lines " in asked else {"move": "draw", "reason": "on", "knobs": []}}
    if "study" in properties:
        return {"say": concept(100 + number % 900)}
    tested = {"hypothesis_held": ("confirmed", "refuted", "unclear")[number % 3]}
    asks = {"asks": "amounts" if number % 4 else "structure"}
    fields = (tested if "hypothesis_held" in properties else {}) | (asks if "asks" in properties else {})
    return {"say": critique(number) | fields}


def concept(index: int) -> dict[str, Any]:
    """One concept."""
    texts = ("title", "idea", "focus", "technique", "strategy")
    return {**{name: f"{name} {index}" for name in texts}, "pens": ["ink"], "study": ""}


def critique(number: int) -> dict[str, Any]:
    """A critique whose value depends on what was asked."""
    overall = number % 100 / 10
    return {
        "first_seen": "lines",
        "keep": "the lean",
        "changes": [{"place": "left", "what": "more air", "amount": "10 mm"}],
        "targets": [{"metric": "ink_mm", "low": 9000.0, "high": 9500.0}],
        "scores": [{"criterion": "focus", "value": overall, "seen": "lines"}],
        "overall": overall,
        "measured": False,
    }
