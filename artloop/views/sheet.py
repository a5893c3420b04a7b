"""The contact sheet: every drawing of a run on one picture, the way a photographer looks at a roll of film."""

from __future__ import annotations

import io
import math
import random
from pathlib import Path

from PIL import Image, ImageDraw

from artloop.models import Iteration, RunRecord, Selection, Variant
from artloop.views.mount import ALARM, CRAYON, FAINT, INK, TABLE, Box, hang, typeface, write
from artloop.workspace import RunFolder, write_bytes

WIDTH_MAX, HEIGHT_MAX = 2400, 16_000
MARGIN, HEADING, GAP, CAPTION, TITLE = 84, 130, 36, 64, 74
FRAME_MIN, FRAME_MAX = 150, 380
COLUMNS, ROWS = 11, 40
"""More would be specks: of a longer variant a selection is shown, of more variants the best ranked."""


def contact_sheet(record: RunRecord, variants: list[Variant], selection: Selection, folder: RunFolder) -> Path:
    """Write `contact_sheet.png`: a row for each variant, a column for each iteration, the winner circled."""
    shown = _ranked(variants, selection)[:ROWS]
    columns = min(COLUMNS, max((len(variant.iterations) for variant in shown), default=1) or 1)
    frame = _frame_size(record, columns, len(shown))
    row_height = TITLE + frame[1] + CAPTION + GAP
    width = max(2 * MARGIN + columns * (frame[0] + GAP) - GAP, 900)
    height = 2 * MARGIN + HEADING + len(shown) * row_height
    sheet = Image.new("RGB", (width, height), TABLE)
    _heading(sheet, record, len(variants) - len(shown))
    for place, variant in enumerate(shown):
        _row(sheet, MARGIN + HEADING + place * row_height, frame, variant, selection, folder)
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return write_bytes(folder.contact_sheet, stream.getvalue())


def _ranked(variants: list[Variant], selection: Selection) -> list[Variant]:
    """In their own order while all fit; else the best ranked first."""
    if len(variants) <= ROWS:
        return variants
    places = {standing.variant: place for place, standing in enumerate(selection.ranking)}
    return sorted(variants, key=lambda variant: (places.get(variant.id, len(places)), variant.id))


def _frame_size(record: RunRecord, columns: int, rows: int) -> tuple[int, int]:
    """Width and height of a frame in pixels, in the proportions of the paper where that fits."""
    room = (WIDTH_MAX - 2 * MARGIN + GAP) // columns - GAP
    width = max(FRAME_MIN, min(FRAME_MAX, room))
    paper_width, paper_height = record.brief.canvas.size
    height = max(60, min(2 * width, round(width * paper_height / paper_width)))
    height_max = (HEIGHT_MAX - 2 * MARGIN - HEADING) // max(rows, 1) - TITLE - CAPTION - GAP
    return (width, height) if height <= height_max else (max(60, width * height_max // height), height_max)


def _picked(variant: Variant) -> list[Iteration]:
    """All iterations while they fit; else first, last, incumbent and others at even distances."""
    turns = variant.iterations
    if len(turns) <= COLUMNS:
        return turns
    best = variant.incumbent
    spread = {round(step * (len(turns) - 1) / (COLUMNS - 1)) for step in range(COLUMNS)}
    if best is not None and (index := turns.index(best)) not in spread:
        spread.remove(min(spread - {0, len(turns) - 1}, key=lambda other: abs(other - index)))
        spread.add(index)
    return [turns[index] for index in sorted(spread)]


def _heading(sheet: Image.Image, record: RunRecord, left_out: int) -> None:
    draw, room = ImageDraw.Draw(sheet), sheet.width - 2 * MARGIN
    write(draw, (MARGIN, MARGIN - 8), record.brief.text, 46, INK, room)
    models = ", ".join(dict.fromkeys(record.models.values()))
    facts = [record.created[:10], str(record.brief.canvas), f"seed {record.brief.seed}", models, record.id]
    facts += [f"{left_out} lower ranked variants are not shown"] if left_out else []
    write(draw, (MARGIN, MARGIN + 58), " · ".join(facts), 19, FAINT, room)


def _row(
    sheet: Image.Image, top: int, frame: tuple[int, int], variant: Variant, selection: Selection, folder: RunFolder
) -> None:
    draw, room = ImageDraw.Draw(sheet), sheet.width - 2 * MARGIN
    write(draw, (MARGIN, top + 20), variant.id, 22, FAINT, room)
    left = write(draw, (MARGIN + 58, top + 17), variant.concept.title, 26, INK, room - 220)
    if variant.status not in ("finished", "running"):
        write(draw, (left + 18, top + 20), variant.status.replace("_", " "), 22, ALARM, 140)
    chosen = _chosen_iteration(variant, selection)
    best = variant.incumbent
    for column, turn in enumerate(_picked(variant)):
        left, upper = MARGIN + column * (frame[0] + GAP), top + TITLE
        box = (left, upper, left + frame[0], upper + frame[1])
        picture = folder.file(variant.id, turn.number, "preview.png") if turn.rendering.ok else None
        hang(sheet, box, picture, turn.rendering.complaint)
        _caption(draw, box, turn, incumbent=best is not None and turn.number == best.number)
        if turn.number == chosen:
            _circle(sheet, box)
    if not variant.iterations:
        write(draw, (MARGIN, top + TITLE), variant.failure or "no iteration was made", 19, ALARM, room)


def _chosen_iteration(variant: Variant, selection: Selection) -> int | None:
    if variant.id != selection.winner:
        return None
    ranked = next((place.iteration for place in selection.ranking if place.variant == variant.id), None)
    return ranked if ranked is not None else variant.incumbent.number if variant.incumbent else None


def _caption(draw: ImageDraw.ImageDraw, box: Box, turn: Iteration, incumbent: bool) -> None:
    """Number at the left, score at the right; the incumbent's in ink, with a dot."""
    top, colour = box[3] + 12, INK if incumbent else FAINT
    write(draw, (box[0] + (16 if incumbent else 0), top), f"{turn.number:02d}", 19, colour, 80)
    if incumbent:
        draw.ellipse((box[0], top + 8, box[0] + 8, top + 16), fill=CRAYON)
    if turn.score is not None:
        score, font = f"{turn.score:.1f}", typeface(19, "0")
        write(draw, (box[2] - math.ceil(font.getlength(score)), top), score, 19, colour, 80)


def _circle(sheet: Image.Image, box: Box) -> None:
    """The red crayon around the winner: drawn by a hand, but the same hand every time."""
    hand, scale, reach = random.Random(7), 3, 26
    width, height = box[2] - box[0] + 2 * reach, box[3] - box[1] + 2 * reach
    stroke = Image.new("L", (width * scale, height * scale), 0)
    points = []
    for step in range(124):
        angle = -2.2 + step / 120 * math.tau
        drift = 1 - 0.012 * step / 120 + hand.uniform(-0.0012, 0.0012)
        across, down = (_squircle(part) * drift for part in (math.cos(angle), math.sin(angle)))
        points.append(((0.5 + 0.475 * across) * stroke.width, (0.5 + 0.478 * down) * stroke.height))
    ImageDraw.Draw(stroke).line(points, fill=225, width=6 * scale, joint="curve")
    mask = stroke.resize((width, height), Image.Resampling.LANCZOS)
    sheet.paste(CRAYON, (box[0] - reach, box[1] - reach), mask)


def _squircle(part: float) -> float:
    """Between circle and rectangle."""
    return math.copysign(abs(part) ** 0.24, part)
