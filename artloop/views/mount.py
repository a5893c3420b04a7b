"""Prints and words on a table of paper: what every sheet of pictures is put together from."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

TABLE, PAPER, EDGE, EMPTY = "#f1eee7", "#fffefb", "#d9d4c8", "#ebe7de"
INK, FAINT, ALARM, CRAYON = "#2b2925", "#8f897d", "#a5493d", "#c8402f"

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


def hang(sheet: Image.Image, box: Box, picture: Path | None, reason: str | None) -> None:
    """A print with a soft shadow; without a picture, or one that can be read, an empty frame that says why."""
    image = _opened(picture, (box[2] - box[0], box[3] - box[1])) if picture else None
    draw = ImageDraw.Draw(sheet)
    if image is None:
        draw.rectangle(box, fill=EMPTY, outline=EDGE)
        inner = (box[0] + 16, box[1] + 16, box[2] - 16, box[3] - 16)
        _paragraph(draw, inner, reason or "its picture cannot be read")
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


def _paragraph(draw: ImageDraw.ImageDraw, box: Box, text: str) -> None:
    """A few lines of small type, broken at blanks, cut when the frame is full."""
    font, line_height, y, line = typeface(17, text), 23, box[1], ""
    for word in [*text.split(), ""]:
        longer = f"{line} {word}".strip()
        if word and font.getlength(longer) <= box[2] - box[0]:
            line = longer
            continue
        if y + 2 * line_height > box[3] and word:
            line += " ..."
            word = ""
        write(draw, (box[0], y), line, 17, ALARM, box[2] - box[0])
        y, line = y + line_height, word
        if not word:
            return


def write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: str, room: int) -> int:
    """One line, cut to the room it has; returns where it ends."""
    font = typeface(size, text)
    text = " ".join(_writable(text, font).split())
    if font.getlength(text) > room:
        while text and font.getlength(f"{text}...") > room:
            text = text[:-1]
        text = f"{text.rstrip()}..."
    draw.text(at, text, fill=colour, font=font)
    return at[0] + math.ceil(font.getlength(text))


def typeface(size: int, text: str) -> ImageFont.FreeTypeFont:
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
