"""The board's state in Redis or Valkey, for several hubs and machines.

One key counts versions. A transaction watches it, reads (every answer comes with the version it belongs to) and writes
in one MULTI/EXEC that counts it up: transactions happen one after another, whichever hubs they come from.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline, PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError, WatchError
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as TooLate

from artloop.beside import beside
from artloop.errors import StorageError
from artloop.redis_checks import address, check_durable, check_url
from artloop.taskboard.sealing import Seal
from artloop.taskboard.store import Changes, Listeners, Ranked, Told, Transaction, check_seal

T = TypeVar("T")
PREFIX = "artloop:hub"
VERSION = f"{PREFIX}:version"
FORMAT = 1
TIMEOUT_S = 5.0
"""For one answer of the server."""
PATIENCE_S = 10.0
"""How long a transaction waits for a server that is away."""
REMEMBERED_S = 86_400
"""How long the server keeps which transaction of a hub was its last."""


class _Moved(Exception):
    """Another hub has committed meanwhile: what was read may be of the past."""


@dataclass
class _Sent:
    """Transactions whose EXEC was sent and not answered, by token; at most one of them was done."""

    results: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)


class RedisStore:
    """`Store` in one database of a server, all keys under `artloop:hub:`."""

    def __init__(self, client: Redis, where: str, seal: Seal) -> None:
        self.where = where
        self._client, self._seal = client, seal
        self._hub = secrets.token_hex(8)
        self._last = f"{PREFIX}:last:{self._hub}"
        self._turn = asyncio.Lock()
        self._listeners = Listeners()

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See `Store`. Lost connections are tried again; a commit whose answer was lost is not done twice."""
        sent = _Sent()
        async with self._turn:
            patient_until, tries = time.monotonic() + PATIENCE_S, 0
            while True:
                tries += 1
                try:
                    with self._explained():
                        result, told = await self._tried(work, sent)
                    break
                except (_Moved, WatchError):
                    patient_until = time.monotonic() + PATIENCE_S
                    pause = random.uniform(0.0, min(0.05, 0.002 * tries))
                except (Lost, TooLate) as error:
                    if time.monotonic() > patient_until:
                        raise self._away(error, sent) from error
                    pause = random.uniform(0.05, 0.2)
                await asyncio.sleep(pause)
        self._listeners.tell(told)
        return result

    def listening(self, told: Told) -> AbstractContextManager[None]:
        """See `Store`; other hubs are heard too."""
        return self._listeners.listening(told)

    async def listen(self) -> None:
        """Hear what other hubs commit, for ever."""
        while True:
            try:
                async with self._client.pubsub() as channel:
                    await channel.subscribe(f"{PREFIX}:told")
                    await self._hear(channel)
            except (Lost, TooLate):
                await asyncio.sleep(random.uniform(0.2, 0.5))

    async def check(self, durable: Callable[[], Awaitable[None]]) -> None:
        """Refuse a server that is not as it must be, or that a newer artloop wrote to; mark a new one."""
        try:
            with self._explained():
                await durable()
                await self._client.set(f"{PREFIX}:format", FORMAT, nx=True)
                found = int(await self._client.get(f"{PREFIX}:format") or FORMAT)
        except (Lost, TooLate) as error:
            raise self._away(error, _Sent()) from error
        if found > FORMAT:
            raise StorageError(
                f"{self.where} was written by a newer artloop (hub version {found}, this one reads {FORMAT});"
                " upgrade artloop, nothing was changed"
            )

    async def _tried(self, work: Callable[[Transaction], Awaitable[T]], sent: _Sent) -> tuple[T, list[str]]:
        if sent.results and (last := await self._client.get(self._last)) in sent.results:
            return sent.results[last]
        reader = _Reader(self._client)
        transaction = Transaction(reader, self._seal)
        result = await work(transaction)
        if transaction.changes:
            await self._commit(reader, transaction.changes, result, sent)
        return result, transaction.changes.told

    async def _commit(self, reader: _Reader, changes: Changes, result: Any, sent: _Sent) -> None:
        async with self._client.pipeline(transaction=True) as pipe:
            await pipe.watch(VERSION)
            reader.check(await pipe.get(VERSION))
            token = secrets.token_hex(8)
            sent.results[token] = (result, changes.told)
            self._queue(pipe, changes, token)
            await pipe.execute()

    def _queue(self, pipe: Pipeline, changes: Changes, token: str) -> None:
        """Put all that changes behind a MULTI."""
        pipe.multi()  # type: ignore[no-untyped-call]
        for kind, documents in changes.documents.items():
            kept: dict[Any, Any] = {id: text for id, text in documents.items() if text is not None}
            if kept:
                pipe.hset(f"{PREFIX}:doc:{kind}", mapping=kept)
            if gone := [id for id, text in documents.items() if text is None]:
                pipe.hdel(f"{PREFIX}:doc:{kind}", *gone)
        for name, members in changes.rankings.items():
            if ranked := {member: score for member, score in members.items() if score is not None}:
                pipe.zadd(f"{PREFIX}:rank:{name}", ranked)
            if gone := [member for member, score in members.items() if score is None]:
                pipe.zrem(f"{PREFIX}:rank:{name}", *gone)
        pipe.incr(VERSION)
        pipe.set(self._last, token, ex=REMEMBERED_S)
        if changes.told:
            pipe.publish(f"{PREFIX}:told", json.dumps([self._hub, changes.told]))

    async def _hear(self, channel: PubSub) -> None:
        async for message in channel.listen():
            if message["type"] == "subscribe":
                self._listeners.tell([None])  # also after a lost connection, which loses notices
            if message["type"] == "message":
                hub, told = json.loads(message["data"])
                if hub != self._hub:
                    self._listeners.tell(told)

    def _away(self, error: Exception, sent: _Sent) -> StorageError:
        doubt = "the last change may have been kept or not" if sent.results else "nothing was changed"
        return StorageError(f"{self.where} cannot be reached ({error}); {doubt}: start it and try again")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (AuthenticationError, AuthorizationError) as error:
            raise StorageError(
                f"{self.where} refuses the hub ({error}); correct user and password in its URL"
            ) from error
        except (Lost, TooLate, WatchError):
            raise
        except RedisError as error:
            raise StorageError(
                f"{self.where} refuses the hub's commands ({error}); mend the server, nothing was changed"
            ) from error


class _Reader:
    """`store.Reader` of the version that its first answer is of; raises `_Moved` once that is of the past."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._version: object = self  # none yet: not even that of an empty database, which is None

    def check(self, version: object) -> None:
        """Something was read at this version."""
        if self._version is self:
            self._version = version
        if version != self._version:
            raise _Moved

    async def documents(self, kind: str, ids: Sequence[str]) -> list[str | None]:
        found: list[str | None] = await self._asked(lambda pipe: pipe.hmget(f"{PREFIX}:doc:{kind}", list(ids)))
        return found

    async def every(self, kind: str) -> dict[str, str]:
        found: dict[str, str] = await self._asked(lambda pipe: pipe.hgetall(f"{PREFIX}:doc:{kind}"))
        return found

    async def least(self, name: str, count: int, above: float | None, upto: float | None) -> list[Ranked]:
        low, high = "-inf" if above is None else f"({above!r}", "+inf" if upto is None else upto
        found = await self._asked(
            lambda pipe: pipe.zrangebyscore(f"{PREFIX}:rank:{name}", low, high, start=0, num=count, withscores=True)
        )
        return [(member, score) for member, score in found]

    async def scores(self, name: str, members: Sequence[str]) -> list[float | None]:
        found: list[float | None] = await self._asked(lambda pipe: pipe.zmscore(f"{PREFIX}:rank:{name}", list(members)))
        return found

    async def size(self, name: str) -> int:
        return int(await self._asked(lambda pipe: pipe.zcard(f"{PREFIX}:rank:{name}")))

    async def _asked(self, command: Callable[[Pipeline], Any]) -> Any:
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.get(VERSION)
            command(pipe)
            pipe.get(VERSION)
            before, answer, after = await pipe.execute()
        # The same before and after: nothing was committed in between, so the answer is of this version.
        self.check(before)
        self.check(after)
        return answer


def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )


@asynccontextmanager
async def opened(url: str, seal: Seal, *, allow_unsafe: bool, warn: Callable[[str], None]) -> AsyncIterator[RedisStore]:
    """The store at this URL. Raises `SettingsError` if the server may forget, `StorageError` if it is away."""
    check_url(url, allow_unsafe=allow_unsafe)
    async with _client(url) as client:
        store = RedisStore(client, address(url), seal)
        await store.check(lambda: check_durable(client, store.where, allow_unsafe=allow_unsafe, warn=warn))
        await check_seal(store)
        async with beside(store.listen()):
            yield store
