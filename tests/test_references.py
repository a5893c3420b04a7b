from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from artloop import references
from artloop.errors import UsageError
from artloop.references import LONGER_PX, read_reference, read_references

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200mm" height="100mm" viewBox="0 0 200 100">{}</svg>'
DISC = '<circle cx="100" cy="50" r="40"/>'


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")


def kept(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_photograph_is_made_small_and_turned_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (3000, 1500), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # lying on its side
    picture.save(tmp_path / "bay.jpg", exif=exif)
    reference, png = read_reference(tmp_path / "bay.jpg")
    assert reference.name == "bay.jpg"
    assert opened(png).size == (LONGER_PX // 2, LONGER_PX)


def test_what_is_transparent_becomes_paper(tmp_path: Path) -> None:
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(tmp_path / "nothing.png")
    assert opened(read_reference(tmp_path / "nothing.png")[1]).getpixel((5, 5)) == (255, 255, 255)


def test_an_svg_is_drawn(tmp_path: Path) -> None:
    picture = opened(read_reference(kept(tmp_path / "disc.svg", SVG.format(DISC)))[1])
    assert picture.size == (LONGER_PX, LONGER_PX // 2)
    assert picture.getpixel((LONGER_PX // 2, LONGER_PX // 4)) == (0, 0, 0)


def test_the_same_file_is_the_same_reference(tmp_path: Path) -> None:
    path = kept(tmp_path / "disc.svg", SVG.format(DISC))
    assert read_reference(path) == read_reference(path)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds hardly anything."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


LAUGHS = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + SVG.format("<text>&b;</text>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png_of_size(60_000, 60_000), "too many"),
        (png_of_size(60, 60), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0 no picture", "damaged"),
        (b"GIF89a\x01\x00\x01\x00", "neither"),
        ("just words", "neither a PNG"),
        (LAUGHS, "entities"),
        (SVG.format('<image href="/etc/passwd" width="9" height="9"/>'), "links to other files"),
        (SVG.format('<image xlink:href="file:///a.png" width="9" height="9"/>'), "links to other files"),
        (SVG.format('<image HREF = "&#47;a.png" width="9" height="9"/>'), "links to other files"),
        (SVG.format("<circle"), "no valid SVG"),
        (b"\xff\xfe<\0s\0v\0g\0", "neither a picture nor text"),
        (b" " * 20_000_001, "bytes are too many"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_by_name(tmp_path: Path, content: bytes | str, reason: str) -> None:
    path = kept(tmp_path / "reference.bin", content)
    with pytest.raises(UsageError, match=rf"reference .*reference\.bin: .*{reason}"):
        read_reference(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing.png", tmp_path / "pipe"):
        with pytest.raises(UsageError, match="no file" if path.exists() else "no such file"):
            read_reference(path)


def test_a_picture_that_needs_too_much_memory_breaks_only_its_reader(tmp_path: Path) -> None:
    """1 x 10 000 000 mm: drawn 1024 wide it would be larger than any machine."""
    tall = SVG.replace('"100mm"', '"10000000mm"').replace('"200mm"', '"1mm"').replace("200 100", "1 10000000")
    with pytest.raises(UsageError, match=r"tall\.svg: (it broke|it is no valid SVG)"):
        read_reference(kept(tmp_path / "tall.svg", tall.format("")))


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "SECONDS", 0.01)
    with pytest.raises(UsageError, match="takes longer than"):
        read_reference(kept(tmp_path / "disc.svg", SVG.format(DISC)))


def test_there_is_a_limit_to_how_many(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="9 references are too many"):
        read_references([tmp_path / "a.png"] * 9)
