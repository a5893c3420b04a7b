"""The contact sheet: every drawing of a run on one picture, the way a photographer looks at a roll of film."""

from __future__ import annotations

import io
import math
import random
import unicodedata
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from artloop.models import Iteration, RunRecord, Selection, Variant
from artloop.workspace import RunFolder, write_bytes

TABLE, PAPER, EDGE, EMPTY = "#f1eee7", "#fffefb", "#d9d4c8", "#ebe7de"
INK, FAINT, ALARM, CRAYON = "#2b2925", "#8f897d", "#a5493d", "#c8402f"

WIDTH_MAX, HEIGHT_MAX = 2400, 16_000
MARGIN, HEADING, GAP, CAPTION, TITLE = 84, 130, 36, 64, 74
FRAME_MIN, FRAME_MAX = 150, 380
COLUMNS, ROWS = 11, 40
"""More would be specks: of a longer variant a selection is shown, of more variants the best ranked."""

OTHER_SCRIPTS = (
    "NotoSansCJK-Regular.ttc",
    "Hiragino Sans GB.ttc",
    "YuGothR.ttc",
    "Arial Unicode.ttf",
    "DejaVuSans.ttf",
    "Arial.ttf",
)
"""Tried in this order for letters the built-in typeface lacks."""

Box = tuple[int, int, int, int]


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
    _write(draw, (MARGIN, MARGIN - 8), record.brief.text, 46, INK, room)
    models = ", ".join(dict.fromkeys(record.models.values()))
    facts = [record.created[:10], str(record.brief.canvas), f"seed {record.brief.seed}", models, record.id]
    facts += [f"{left_out} lower ranked variants are not shown"] if left_out else []
    _write(draw, (MARGIN, MARGIN + 58), " · ".join(facts), 19, FAINT, room)


def _row(
    sheet: Image.Image, top: int, frame: tuple[int, int], variant: Variant, selection: Selection, folder: RunFolder
) -> None:
    draw, room = ImageDraw.Draw(sheet), sheet.width - 2 * MARGIN
    _write(draw, (MARGIN, top + 20), variant.id, 22, FAINT, room)
    left = _write(draw, (MARGIN + 58, top + 17), variant.concept.title, 26, INK, room - 220)
    if variant.status not in ("finished", "running"):
        _write(draw, (left + 18, top + 20), variant.status.replace("_", " "), 22, ALARM, 140)
    chosen = _chosen_iteration(variant, selection)
    best = variant.incumbent
    for column, turn in enumerate(_picked(variant)):
        left, upper = MARGIN + column * (frame[0] + GAP), top + TITLE
        box = (left, upper, left + frame[0], upper + frame[1])
        _hang(sheet, box, turn, folder.file(variant.id, turn.number, "preview.png"))
        _caption(draw, box, turn, incumbent=best is not None and turn.number == best.number)
        if turn.number == chosen:
            _circle(sheet, box)
    if not variant.iterations:
        _write(draw, (MARGIN, top + TITLE), variant.failure or "no iteration was made", 19, ALARM, room)


def _chosen_iteration(variant: Variant, selection: Selection) -> int | None:
    if variant.id != selection.winner:
        return None
    ranked = next((place.iteration for place in selection.ranking if place.variant == variant.id), None)
    return ranked if ranked is not None else variant.incumbent.number if variant.incumbent else None


def _hang(sheet: Image.Image, box: Box, turn: Iteration, picture: Path) -> None:
    """A print with a soft shadow, or an empty frame that says why."""
    image = _opened(picture, (box[2] - box[0], box[3] - box[1])) if turn.rendering.ok else None
    draw = ImageDraw.Draw(sheet)
    if image is None:
        draw.rectangle(box, fill=EMPTY, outline=EDGE)
        reason = turn.rendering.complaint or "its picture cannot be read"
        _paragraph(draw, (box[0] + 16, box[1] + 16, box[2] - 16, box[3] - 16), reason)
        return
    _shadow(sheet, box)
    draw.rectangle(box, fill=PAPER, outline=EDGE)
    sheet.paste(image, (box[0] + (box[2] - box[0] - image.width) // 2, box[1] + (box[3] - box[1] - image.height) // 2))
    draw.rectangle(box, outline=EDGE)


def _opened(path: Path, size: tuple[int, int]) -> Image.Image | None:
    """The picture on paper white, as large as fits; None when it is missing or damaged."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", size)
            small = image.convert("RGBA")
            small.thumbnail(size, Image.Resampling.LANCZOS)
    except (OSError, Image.DecompressionBombError):
        return None
    print_ = Image.new("RGB", small.size, "white")
    print_.paste(small, mask=small.getchannel("A"))
    return ImageChops.multiply(print_, Image.new("RGB", small.size, PAPER))


def _shadow(sheet: Image.Image, box: Box) -> None:
    reach = 14
    area = (box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach)
    mask = Image.new("L", (area[2] - area[0], area[3] - area[1]), 0)
    ImageDraw.Draw(mask).rectangle((reach, reach + 4, mask.width - reach, mask.height - reach + 4), fill=46)
    sheet.paste("#6b6354", area[:2], mask.filter(ImageFilter.GaussianBlur(6)))


def _caption(draw: ImageDraw.ImageDraw, box: Box, turn: Iteration, incumbent: bool) -> None:
    """Number at the left, score at the right; the incumbent's in ink, with a dot."""
    top, colour = box[3] + 12, INK if incumbent else FAINT
    _write(draw, (box[0] + (16 if incumbent else 0), top), f"{turn.number:02d}", 19, colour, 80)
    if incumbent:
        draw.ellipse((box[0], top + 8, box[0] + 8, top + 16), fill=CRAYON)
    if turn.score is not None:
        score, font = f"{turn.score:.1f}", _font(19, "0")
        _write(draw, (box[2] - math.ceil(font.getlength(score)), top), score, 19, colour, 80)


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


def _paragraph(draw: ImageDraw.ImageDraw, box: Box, text: str) -> None:
    """A few lines of small type, broken at blanks, cut when the frame is full."""
    font, line_height, y, line = _font(17, text), 23, box[1], ""
    for word in [*text.split(), ""]:
        longer = f"{line} {word}".strip()
        if word and font.getlength(longer) <= box[2] - box[0]:
            line = longer
            continue
        if y + 2 * line_height > box[3] and word:
            line += " ..."
            word = ""
        _write(draw, (box[0], y), line, 17, ALARM, box[2] - box[0])
        y, line = y + line_height, word
        if not word:
            return


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: str, room: int) -> int:
    """One line, cut to the room it has; returns where it ends."""
    font = _font(size, text)
    text = " ".join(_writable(text, font).split())
    if font.getlength(text) > room:
        while text and font.getlength(f"{text}...") > room:
            text = text[:-1]
        text = f"{text.rstrip()}..."
    draw.text(at, text, fill=colour, font=font)
    return at[0] + math.ceil(font.getlength(text))


def _font(size: int, text: str) -> ImageFont.FreeTypeFont:
    """The built-in typeface, or one of the system when the text has letters beyond ASCII and that one has them."""
    for name in () if _plain(text) else OTHER_SCRIPTS:
        try:
            font = ImageFont.truetype(name, size)
        except OSError:
            continue
        if all(_has(font, letter) for letter in set(text) if not letter.isspace()):
            return font
    built_in = ImageFont.load_default(size)
    assert isinstance(built_in, ImageFont.FreeTypeFont)
    return built_in


def _plain(text: str) -> bool:
    """Whether the built-in typeface has every letter of it."""
    return text.replace("·", "").isascii()


def _has(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether it draws something else for the letter than for one that no typeface has."""
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffe"))


def _writable(text: str, font: ImageFont.FreeTypeFont) -> str:
    """Where no typeface is found for it: letters without their accents, the rest left out."""
    if _plain(text) or font.getname()[0] != "Aileron":
        return text
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip() or "(untitled)"
