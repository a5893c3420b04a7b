"""A door before a server, which can be shut at chosen moments."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Passes bytes on, until it is told to cut."""

    target: int
    tls: ssl.SSLContext | None = None
    port: int = 0
    refusing: bool = False
    cuts: int = 0
    _cut_word: bytes | None = None
    _answered: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The server, through this door."""
        return f"{'rediss' if self.tls else 'redis'}://127.0.0.1:{self.port}/0"

    def cut_at(self, word: bytes, *, answered: bool) -> None:
        """Cut the connection that next sends a command; answered: after the server has done it, not before."""
        self._cut_word, self._answered = b"\r\n" + word + b"\r\n", answered

    async def cut(self, *, refuse: bool = False) -> None:
        """Cut every connection."""
        self.refusing = refuse
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.refusing:
            writer.transport.abort()
            return
        inner_reader, inner = await asyncio.open_connection("127.0.0.1", self.target)
        self._open |= {writer, inner}
        answers = asyncio.ensure_future(self._answers(inner_reader, writer))
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65536):
                if self._cut_word is not None and self._cut_word in data:
                    await self._strike(data, inner, answers)
                    break
                inner.write(data)
        answers.cancel()
        for one in (writer, inner):
            one.transport.abort()
            self._open.discard(one)

    async def _strike(self, data: bytes, inner: asyncio.StreamWriter, answers: asyncio.Future[None]) -> None:
        self._cut_word, self.cuts = None, self.cuts + 1
        if self._answered:
            answers.cancel()
            inner.write(data)
            await inner.drain()
            # The server has it; the answer to a later command says that it is done.
            await self._done()

    async def _done(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(b"PING\r\n")
        await reader.readline()
        writer.close()

    async def _answers(self, inner: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await inner.read(65536):
                writer.write(data)
        writer.transport.abort()


@asynccontextmanager
async def proxy(target: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """A door on a free port; all that is open is cut at the end."""
    door = Proxy(target, tls)
    listening = await asyncio.start_server(door.serve, "127.0.0.1", 0, ssl=tls)
    door.port = listening.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        listening.close()
        await door.cut(refuse=True)
        await asyncio.sleep(0.01)
