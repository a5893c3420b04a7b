"""A run told in plain lines, one an event, for logs and pipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from artloop.events import (
    BreakerMoved,
    Challenged,
    Chosen,
    Compared,
    ConceptReady,
    Confirmed,
    Critiqued,
    Estimated,
    Event,
    FilesRestored,
    IterationEnded,
    KernelsCompiling,
    LessonsLearned,
    LimitFound,
    Rendered,
    RepairAsked,
    RequestHeeded,
    RoundEnded,
    RunEnded,
    RunStarted,
    Searching,
    SentBack,
    Steered,
    StepChanged,
    StepFailed,
    VariantBred,
    VariantEnded,
)
from artloop.models import Answer, Estimate, Request, RunRecord, RunSummary, TestedCritique
from artloop.views.progress import one_line

N = TypeVar("N", int, float)
UNPAID = ", by the critic's scores: the budget did not reach for the judge"


def plain(event: Event, iterations: int | None = None) -> str | None:
    """The event in one line, or None when it is not worth one. `iterations`: how many each variant makes, if known."""
    match event:
        case RunStarted(run=run, brief=brief, session=session):
            verb = "started" if session == 1 else f"resumed (session {session})"
            models = ", ".join(dict.fromkeys(event.models.values()))
            size = f"{_count(brief.variants, 'variant')}, {_count(brief.iterations, 'iteration')}, {models}"
            text = f"run {run} {verb}: {brief.text} ({size})"
        case Estimated(estimate=estimate):
            text = f"estimated {estimated(estimate)}"
        case KernelsCompiling(done=done, total=total):
            text = _compiling(done, total)
        case ConceptReady(variant=variant, title=title, technique=technique):
            text = f"{variant} concept: {title} ({technique})"
        case Steered(decision=decision):
            text = f"{_turn(event.variant, event.iteration, iterations)} {decision.move}: {decision.reason}"
        case Critiqued(critique=TestedCritique(hypothesis_held=held)):
            text = f"{_turn(event.variant, event.iteration, iterations)} hypothesis {held}"
        case Searching():
            text = _searching(event, _turn(event.variant, event.iteration, iterations))
        case Rendered():
            text = f"{_turn(event.variant, event.iteration, iterations)} {_rendered(event)}"
        case FilesRestored(same=same):
            text = f"{_turn(event.variant, event.iteration, iterations)} had lost files; drawn again, "
            text += "the same" if same else "NOT the same: Grafix or its settings have changed since"
        case RepairAsked(attempt=attempt):
            text = f"{_turn(event.variant, event.iteration, iterations)} goes back for repair {attempt + 1}"
        case Confirmed(answer=answer):
            text = f"{_turn(event.variant, event.iteration, iterations)} {answered(answer)}"
        case SentBack(variant=variant, nearness=near):
            turn = _turn(variant, event.iteration, iterations) if event.iteration else f"{variant} concept"
            text = f"{turn} goes back once, too close to {near.nearest} (distance {near.distance:.2f})"
        case IterationEnded():
            text = f"{_turn(event.variant, event.iteration, iterations)} {_ended(event)}"
        case LessonsLearned(lessons=lessons):
            text = f"{_turn(event.variant, event.iteration, iterations)} learned: {'; '.join(lessons)}"
        case VariantEnded(variant=variant, status=status, reason=reason):
            text = f"{variant} {status.replace('_', ' ')}: {reason}"
        case RequestHeeded(variant=variant, request=request):
            turn = _turn(variant, event.iteration, iterations) if event.iteration else variant
            text = f"{turn} before {event.before}: {asked(request)}"
        case VariantBred(variant=variant, lineage=lineage):
            text = f"{variant} is bred, {lineage}, for {_count(event.turns, 'iteration')}"
        case RoundEnded(number=number, survivors=survivors, restarts=restarts):
            text = f"round {number}: {', '.join(survivors) or 'nobody'} ahead"
            text += f"; {', '.join(restarts)} to begin again as crossings" if restarts else ""
        case Compared():
            text = f"{event.left} against {event.right}: {_verdict(event)}"
        case Challenged(challenge=challenge):
            turn, stays = (
                _turn(event.variant, event.iteration, iterations),
                "takes" if challenge.won else "does not take",
            )
            text = f"{turn} {stays} the place of {challenge.against}: {challenge.reason}"
        case Chosen(selection=selection):
            text = f"winner {selection.winner}" if selection.winner else "no winner: nothing could be chosen from"
            text += UNPAID if selection.unpaid else ""
        case LimitFound(model=model, lacks=lacks):
            instead = "measures and a thumbnail in characters" if lacks == "pictures" else "the schema in words"
            text = f"{model} takes no {lacks} and gets {instead} instead"
        case BreakerMoved():
            text = _breaker(event)
        case StepFailed():
            text = f"step {event.key} failed ({event.failures}): {event.error}"
            text += "; parked until artloop retry" if event.parked else ""
        case StepChanged(key=key):
            text = f"step {key} would be asked differently today; its result is kept"
        case RunEnded(status=status, reason=reason, seconds=seconds):
            text = f"run {status.replace('_', ' ')} after {clock_time(seconds)}: {reason}"
        case _:
            return None
    return one_line(text) or None


def estimated(estimate: Estimate) -> str:
    """What a run will probably come to: `26 to 40 calls, 90k to 400k tokens, $0.40 to $2.10 (by 3 past runs ...)`."""
    parts = [f"{_span(estimate.calls, str)} calls", f"{_span(estimate.tokens, amount)} tokens"]
    if estimate.usd is not None:
        parts.append(_span(estimate.usd, dollars))
    else:
        parts.append(f"no price known for {', '.join(estimate.unpriced)}")
    return f"{', '.join(parts)} ({estimate.basis})"


def asked(request: Request) -> str:
    """What the artist wants, as the console and the gallery say it."""
    match request.what:
        case "note":
            return f'told "{request.text}"'
        case "pin":
            return "pinned by the artist"
        case "drop":
            return "dropped by the artist"
        case "breed":
            return f"bred of {' and '.join(request.parents)}"
        case _:
            return "stopped by the artist"


def answered(answer: Answer) -> str:
    """What the artist said of a drawing, as the console and the gallery say it."""
    if answer.accepted:
        return "accepted by the artist"
    return "refused by the artist" + (f': "{answer.note}"' if answer.note else "")


def descent(record: RunRecord | RunSummary) -> str:
    """Where a run comes from, in a few words; empty for one that began by itself."""
    if record.fork and record.fork.run == record.origin:
        return f"forked from {record.origin}, {record.fork.variant}, iteration {record.fork.iteration}"
    return f"replay of {record.origin}" if record.origin else ""


def dollars(usd: float) -> str:
    """Cents, and what is less than ten cents more exactly."""
    return f"${usd:.2f}" if usd >= 0.095 or not usd else f"${usd:.4f}"


def amount(count: int) -> str:
    """`9,120`, `184k` or `1.2M`."""
    return f"{count:,}" if count < 10_000 else f"{count / 1000:,.0f}k" if count < 1_000_000 else f"{count / 1e6:.1f}M"


def _span(ends: tuple[N, N], shown: Callable[[N], str]) -> str:
    low, high = (shown(end) for end in ends)
    return low if low == high else f"{low} to {high}"


def clock_time(seconds: float) -> str:
    """`0:41`, `12:05` or `1:02:03`."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _turn(variant: str, iteration: int, iterations: int | None) -> str:
    return f"{variant} {iteration}/{iterations}" if iterations else f"{variant} {iteration}"


def _compiling(done: int, total: int) -> str:
    """Beginning, end and quarters only."""
    if done == total:
        return "Grafix is compiled"
    quarter = max(1, total // 4)
    return "" if done % quarter else f"compiling Grafix, once per machine: {done}/{total}"


def _searching(event: Searching, turn: str) -> str:
    """Quarters only."""
    quarter = max(1, event.total // 4)
    return "" if event.done % quarter else f"{turn} {event.done} of {event.total} renders, distance {event.best:.2g}"


def _rendered(event: Rendered) -> str:
    if event.complaint:
        return f"cannot be plotted: {event.complaint}"
    strokes, ink_mm = event.measures.get("strokes"), event.measures.get("ink_mm")
    parts = [f"{strokes:,.0f} strokes"] if strokes is not None else []
    parts += [f"{ink_mm / 1000:,.1f} m ink"] if ink_mm is not None else []
    return f"rendered {', '.join(parts)}".strip()


def _breaker(event: BreakerMoved) -> str:
    match event.state:
        case "open":
            failed = _count(event.failures, "failure")
            return f"{event.provider} is left alone for {event.pause_s:.0f} s after {failed} in a row"
        case "half_open":
            return f"{event.provider} is tried again"
        case _:
            return f"{event.provider} answers again"


def _ended(event: IterationEnded) -> str:
    score = "without a score" if event.score is None else f"scored {event.score:.1f}"
    change = f": {event.change}" if event.change else ""
    return f"{score}{', the best so far' if event.better else ''}{change}"


def _verdict(event: Compared) -> str:
    if not event.agreed:
        return "a tie, the two orders disagree"
    return event.winner or "a tie"
