"""Patches of a sketch: applied where they fit in exactly one place, refused with a reason everywhere else.

The SDK's `apply_diff` takes the first place that fits, however loosely; a drawing would be silently wrong. So every
hunk is checked before, and the result after.
"""

from __future__ import annotations

import ast
import re

from agents import apply_diff

from artloop.models import Value

HEADERS = ("*** Begin Patch", "*** Update File:", "*** End Patch", "*** End of File", "```")
NUMBERED = re.compile(r"^@@ -\d.*")
"""Line numbers of a unified diff, which models get wrong: the lines themselves decide."""


class Hunk(Value):
    """One change: a heading to look below, and the lines before it (kept or removed) and after it (kept or added)."""

    heading: str
    before: list[str]
    changes: bool
    """Whether a line is added or removed."""


class DoesNotApply(ValueError):
    """Why a patch cannot be applied, in words its author can act on."""


def patched(base: str, patch: str) -> str:
    """The sketch with a V4A patch applied. Raises `DoesNotApply`."""
    told = [line for line in patch.strip("\n").splitlines() if not line.startswith(HEADERS)]
    lines = [NUMBERED.sub("@@", line) for line in told]
    for number, hunk in enumerate(hunks(lines), start=1):
        check(hunk, base.splitlines(), number)
    try:
        result = apply_diff(base, "\n".join(lines))
    except ValueError as error:
        raise DoesNotApply(f"{' '.join(str(error).split())[:160]}; hunks go from top to bottom") from error
    if result == base:
        raise DoesNotApply("it changes nothing")
    try:
        ast.parse(result)
    except (SyntaxError, ValueError) as error:
        where = f"line {error.lineno} ({(error.text or '').strip()[:80]})" if isinstance(error, SyntaxError) else error
        raise DoesNotApply(f"what comes out is no Python: {error.__class__.__name__} in {where}") from error
    return result


def hunks(lines: list[str]) -> list[Hunk]:
    """The hunks of a patch. Raises `DoesNotApply` for lines that belong to none."""
    found: list[Hunk] = []
    heading, body = "", list[str]()
    for line in [*lines, "@@"]:
        if not line.startswith("@@"):
            body.append(line)
            continue
        if body:
            found.append(read(heading, body))
        heading, body = ("" if body else heading) + line.removeprefix("@@").strip(), []
    if not found:
        raise DoesNotApply("it has no hunk; give lines that begin with a space, - or + below a line @@")
    return found


def read(heading: str, body: list[str]) -> Hunk:
    """One hunk's lines, told apart by their first character."""
    strange = next((line for line in body if line and line[0] not in " +-"), None)
    if strange is not None:
        raise DoesNotApply(f"line {strange[:80]!r} begins neither with a space nor with - or +")
    return Hunk(
        heading=heading,
        before=[line[1:] for line in body if not line.startswith("+")],
        changes=any(line.startswith(("+", "-")) for line in body),
    )


def check(hunk: Hunk, base: list[str], number: int) -> None:
    """Refuse a hunk that fits nowhere, or in more than one place."""
    if not hunk.changes or not any(line.strip() for line in hunk.before):
        raise DoesNotApply(f"hunk {number} needs a line to add or remove, and lines around it that are there already")
    start = 0
    if hunk.heading:
        headings = [at for at, line in enumerate(base, start=1) if line.strip() == hunk.heading]
        if len(headings) != 1:
            raise DoesNotApply(f"hunk {number}: the line {hunk.heading[:80]!r} after @@ is there {len(headings)} times")
        start = headings[0]
    wanted = [line.rstrip() for line in hunk.before]
    there = [line.rstrip() for line in base]
    places = [at for at in range(start, len(there) - len(wanted) + 1) if there[at : at + len(wanted)] == wanted]
    if len(places) != 1:
        raise DoesNotApply(misplaced(number, wanted, there, len(places)))


def misplaced(number: int, wanted: list[str], there: list[str], places: int) -> str:
    """Why a hunk has no place of its own."""
    if places:
        return f"hunk {number} fits in {places} places; give more of the lines around it"
    missing = next((line for line in wanted if line.strip() and line not in there), None)
    if missing is None:
        return f"hunk {number}: its lines are there, but not one after the other"
    return f"hunk {number}: the line {missing[:100]!r} is not in the sketch; repeat its lines to the letter"
