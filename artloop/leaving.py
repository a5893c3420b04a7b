"""Leaving a request with a run: only one that it can still take up, and with the word when that will be."""

from __future__ import annotations

from collections.abc import Sequence

from artloop.errors import UsageError
from artloop.events import VariantBred
from artloop.journal import Journal
from artloop.models import What
from artloop.readback import over, standing
from artloop.requests import ask
from artloop.workspace import RunFolder

MAX_NOTE_CHARS = 500


def left(folder: RunFolder, what: What, variant: str | None = None, text: str = "", parents: Sequence[str] = ()) -> str:
    """Leave it, and say when it takes effect. Raises `UsageError`."""
    text = " ".join(text.split())
    if what == "note" and not 0 < len(text) <= MAX_NOTE_CHARS:
        raise UsageError(f"the note has {len(text)} characters; say something in at most {MAX_NOTE_CHARS}")
    known = sorted({*folder.read_record().brief.variant_ids, *_bred(folder)})
    if strange := sorted({*parents, *([variant] if variant else [])} - set(known)):
        raise UsageError(f"run {folder.id} has no variant {strange[0]!r}; it has {known[0]} to {known[-1]}")
    if status := over(folder):
        raise UsageError(f"run {folder.id} is over ({status}) and takes no more requests")
    ask(folder, what, variant, text, parents)
    driven = standing(folder)[0] == "running"
    when = (
        "before the next step" if driven else f"when the run goes on; nobody drives it now: artloop resume {folder.id}"
    )
    return f"{what} {' and '.join(parents) or variant or 'every variant'}: takes effect {when}"


def _bred(folder: RunFolder) -> set[str]:
    """The variants that were bred by now."""
    if not folder.journal.exists():
        return set()
    with Journal.read(folder) as journal:
        return {event.variant for _, _, event in journal.events() if isinstance(event, VariantBred)}
