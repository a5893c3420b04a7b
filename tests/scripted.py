"""A run told by hand: the events of four variants, one of which never draws anything that can be plotted."""

from artloop.events import (
    CallCounted,
    Chosen,
    Compared,
    ConceptReady,
    Event,
    IterationEnded,
    KernelsCompiling,
    Rendered,
    RepairAsked,
    RunEnded,
    RunStarted,
    StationEntered,
    StepFailed,
    VariantEnded,
)
from artloop.models import Brief, Selection, Usage
from artloop.views.console import State, fold

RUN = "20250101-120000-tidal-memory-ab12"
BRIEF = Brief(text="tidal memory", seed=7)
TITLES = {
    "v01": "Salt Lines",
    "v02": "The Moon's Ledger of Small Returning Waters",
    "v03": "Undertow",
    "v04": "潮の記憶",
}
SCORES: dict[str, list[float | None]] = {
    "v01": [5.1, 6.3, None, 7.4, 6.9],
    "v02": [4.4, 4.8, 5.9, 6.1, 6.0],
    "v03": [None, None],
    "v04": [3.0, 5.5, 7.2, 7.2, 8.1],
}
BROKEN = "exception (line 12): name 'tide' is not\n \x1b[31mdefined\x07, and neither is anything that depends on it"

Told = list[tuple[float, Event]]


def beginning() -> Told:
    """Kernels compile while the ideas come."""
    models = dict.fromkeys(("imagine", "draw", "critique", "choose"), "house")
    told: Told = [(0.0, RunStarted(run=RUN, brief=BRIEF, models=models))]
    told += [(0.0, StationEntered(variant=name, iteration=0, station="imagine")) for name in TITLES]
    told += [(1.0, KernelsCompiling(done=0, total=34)), (6.0, KernelsCompiling(done=12, total=34))]
    told += [(6.5, ConceptReady(variant=v, title=title, technique="flow lines")) for v, title in TITLES.items()]
    return told


def middle() -> Told:
    """Two iterations of each and into the third."""
    told = [*beginning(), (8.0, KernelsCompiling(done=34, total=34))]
    for number in (1, 2):
        for place, name in enumerate(TITLES):
            told += turn(name, number, 10.0 * number + place)
    told += [
        (31.0, StationEntered(variant="v01", iteration=3, station="draw")),
        (31.0, StationEntered(variant="v02", iteration=3, station="draw")),
        (32.0, StationEntered(variant="v02", iteration=3, station="render")),
        (33.0, VariantEnded(variant="v03", status="failed", reason="step v03/03/draw/0 parked: quota used up")),
        (34.0, StationEntered(variant="v04", iteration=3, station="render")),
        (34.0, Rendered(variant="v04", iteration=3, attempt=0, ok=False, complaint=BROKEN, measures={})),
        (34.0, RepairAsked(variant="v04", iteration=3, attempt=0, complaint=BROKEN)),
        (35.0, CallCounted(usage=Usage(requests=21, input_tokens=184220, output_tokens=38102, cost_usd=0.414))),
    ]
    return told


def judging() -> Told:
    """All iterations made, two of three pairs judged."""
    told = middle()
    for number in (3, 4, 5):
        for place, name in enumerate(("v01", "v02", "v04")):
            told += turn(name, number, 10.0 * number + 10 + place)
    for name, status in (("v01", "finished"), ("v02", "stalled"), ("v04", "finished")):
        told.append((64.0, VariantEnded(variant=name, status=status, reason="all 5 iterations made")))
        told.append((65.0, StationEntered(variant=name, iteration=4, station="choose")))
    told.append((66.0, Compared(left="v01", right="v02", winner="v01", agreed=True)))
    told.append((66.0, Compared(left="v01", right="v04", winner=None, agreed=False)))
    return told


def finished() -> Told:
    """To the winner."""
    return [
        *judging(),
        (67.0, Compared(left="v02", right="v04", winner="v04", agreed=True)),
        (68.0, Chosen(selection=Selection(winner="v04", judge="house"))),
        (68.5, RunEnded(status="finished", reason="all iterations made", seconds=68.5)),
    ]


def turn(name: str, number: int, at: float) -> Told:
    """One iteration of a variant, eight seconds long."""
    score = SCORES[name][number - 1]
    measures = {"strokes": 1204, "ink_mm": 9123.4} if score is not None else {}
    complaint = "" if score is not None else "blank: 12 mm of ink, at least 100 are needed"
    told: Told = [
        (at, StationEntered(variant=name, iteration=number, station="draw")),
        (at + 4, StationEntered(variant=name, iteration=number, station="render")),
        (
            at + 5,
            Rendered(
                variant=name,
                iteration=number,
                attempt=0,
                ok=score is not None,
                complaint=complaint,
                measures=measures,
            ),
        ),
    ]
    if score is not None:
        told.append((at + 6, StationEntered(variant=name, iteration=number, station="critique")))
    better = score is not None and score > max([s for s in SCORES[name][: number - 1] if s is not None], default=0)
    change = "Thin the hatch in the lower third and let the horizon break once"
    ended = IterationEnded(variant=name, iteration=number, score=score, better=better, change=change, repairs=0)
    return [*told, (at + 8, ended)]


def parked(error: str) -> Event:
    """A step that is given up."""
    return StepFailed(key="v01/02/draw/0", failures=3, parked=True, error=error)


def folded(told: Told) -> State:
    """Where the run stands after these events."""
    state = State()
    for at, event in told:
        state = fold(state, event, at)
    return state
