import asyncio
import os

import pytest

from artloop.grafix.sandbox import wire


def reader(content: bytes) -> asyncio.StreamReader:
    made = asyncio.StreamReader()
    made.feed_data(content)
    made.feed_eof()
    return made


async def test_a_frame_arrives_as_it_was_packed() -> None:
    frame = wire.pack({"a": [1, "ü"]}, b"one", b"", b"three")
    assert await wire.receive(reader(frame), 100) == ({"a": [1, "ü"]}, [b"one", b"", b"three"])


def test_frames_pass_through_a_pipe_until_its_end() -> None:
    out, into = os.pipe()
    wire.write(into, wire.pack({"n": 1}, b"x") + wire.pack({"n": 2}))
    os.close(into)
    assert [wire.read(out), wire.read(out), wire.read(out)] == [({"n": 1}, [b"x"]), ({"n": 2}, []), None]
    os.close(out)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        b"\xff\xff\xff\xff",
        wire.LENGTH.pack(4) + b"nope",
        wire.LENGTH.pack(2) + b"[]",
        wire.LENGTH.pack(14) + b'{"blobs":[-1]}',
        wire.LENGTH.pack(16) + b'{"blobs":[true]}',
        wire.pack({}, b"x" * 101),
        wire.pack({}, b"xxx")[:-1],
    ],
)
async def test_what_is_no_frame_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(wire.BrokenFrameError):
        await wire.receive(reader(content), 100)
