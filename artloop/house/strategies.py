"""Creative strategies: what sets the concepts of one brief apart, and which moves each of them reaches for."""

from __future__ import annotations

from artloop.house.words import chance
from artloop.models import Brief, Value


class Strategy(Value):
    """One way to treat a subject."""

    name: str
    intent: str
    """What it does to the drawing, as the end of a sentence that begins with "The drawing"."""
    focus: str
    epithets: tuple[str, ...]
    """Second halves of titles."""
    moves: tuple[str, ...]
    """Structural moves it reaches for, dearest first."""
    liveliness: float
    """Where it leads the parameters of movement, -1 to 1."""


STRATEGIES = (
    Strategy(
        name="one disturbance",
        intent="keeps one rule until a single place breaks it",
        focus="the place where the rule breaks, off the middle",
        epithets=("out of true", "the one that moved", "a place that will not settle"),
        moves=("turn", "slip", "voice", "slats"),
        liveliness=0.0,
    ),
    Strategy(
        name="subtract until it breathes",
        intent="gives up everything it can spare, until the empty part of the sheet begins to speak",
        focus="the edge between what is drawn and what is left out",
        epithets=("what is left", "less each time", "the part that stayed"),
        moves=("window", "sun", "medallion", "slip"),
        liveliness=-0.6,
    ),
    Strategy(
        name="second voice",
        intent="is written for two pens, and the second one speaks once",
        focus="where the second pen enters",
        epithets=("for two pens", "overheard", "said a second time"),
        moves=("voice", "echo", "sun", "glass"),
        liveliness=0.2,
    ),
    Strategy(
        name="statement and answer",
        intent="says its form once and lets it answer itself from the other side",
        focus="the line along which the form meets its answer",
        epithets=("and its answer", "from either side", "here and across"),
        moves=("card", "glass", "turn", "slip"),
        liveliness=0.0,
    ),
    Strategy(
        name="slow decay",
        intent="begins in order and loses it step by step across the sheet",
        focus="the last place that still keeps the order",
        epithets=("coming undone", "step by step", "before it falls"),
        moves=("slats", "slip", "turn", "panes"),
        liveliness=0.6,
    ),
    Strategy(
        name="seen through something",
        intent="is not the thing itself but the thing seen from inside, through an opening",
        focus="the far part of the view, framed by the near",
        epithets=("from indoors", "through an opening", "the view kept"),
        moves=("panes", "window", "glass", "voice"),
        liveliness=-0.3,
    ),
    Strategy(
        name="contrast of scale",
        intent="sets one large quiet form against fine, busy work",
        focus="the quiet form, felt against the fine lines beside it",
        epithets=("near and very far", "large and small", "at two distances"),
        moves=("sun", "medallion", "voice", "turn"),
        liveliness=-0.2,
    ),
    Strategy(
        name="push the weather",
        intent="takes the movement that is in the lines as far as the sheet allows",
        focus="the fastest part of the movement",
        epithets=("rising", "in a hurry", "before the change"),
        moves=("slip", "glass", "voice", "window"),
        liveliness=1.0,
    ),
)
BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}


def dealt(brief: Brief, count: int) -> list[Strategy]:
    """A different strategy for each variant as long as there are enough; the brief's letters shuffle them."""
    deck = list(STRATEGIES)
    chance(brief.text, brief.seed, "strategies").shuffle(deck)
    return [deck[number % len(deck)] for number in range(count)]
