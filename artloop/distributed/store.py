"""What Redis keeps of errands, and who may write it: only the worker that began an errand last.

Each begin takes a number that rises through the run. Whoever holds an older one (a worker that was frozen, or cut off
from the network) is refused everything, so no work is mixed and the first outcome stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooLate

from artloop.distributed.errand import Entry, Errand, Outcome
from artloop.errors import StorageError
from artloop.redis_checks import address

T = TypeVar("T")
CONNECTIONS = 32
"""Whoever finds none free waits: each is needed for a moment only."""
KEPT_S = 7 * 24 * 3600
"""How long what nobody takes is kept."""

BEGIN = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    redis.call('PUBLISH', KEYS[6], ARGV[1])
    return {}
end
local number = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[3], ARGV[1], number)
local starts = redis.call('HINCRBY', KEYS[4], ARGV[1], 1)
for each = 1, 4 do redis.call('EXPIRE', KEYS[each], ARGV[2]) end
return {number, starts, redis.call('LRANGE', KEYS[5], 0, -1)}
"""
APPEND = """
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[3] then return 0 end
redis.call('RPUSH', KEYS[5], ARGV[4])
redis.call('EXPIRE', KEYS[5], ARGV[2])
return 1
"""
COMMIT = """
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[3] then return 0 end
local first = redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[5])
redis.call('PUBLISH', KEYS[6], ARGV[1])
return first
"""
RELEASE = """
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], ARGV[1], -1)
return 1
"""


@dataclass(frozen=True)
class Keys:
    """The names of what is kept of a run. The braces keep them together in a cluster."""

    run: str

    def named(self, what: str) -> str:
        """A key of the run."""
        return f"artloop:{{{self.run}}}:{what}"

    def of(self, name: str) -> list[str]:
        """All keys the scripts need for one errand, in their order."""
        shared = [self.named(what) for what in ("outcomes", "number", "holders", "starts")]
        return [*shared, self.trail(name), self.channel]

    def trail(self, name: str) -> str:
        """The list of what an errand said to its providers."""
        return self.named(f"trail:{name}")

    @property
    def channel(self) -> str:
        """Where outcomes are announced by name."""
        return self.named("told")


class Begun(NamedTuple):
    """An errand in the hands of a worker."""

    number: str
    """Its right to write."""
    starts: int
    """How often the errand was begun and not given back in good order, this time included."""
    trail: list[Entry]


class Store:
    """Outcomes and trails of errands. `url` may hold a password and is never shown."""

    def __init__(self, url: str) -> None:
        self.shown = address(url)
        pool = BlockingConnectionPool.from_url(url, decode_responses=True, max_connections=CONNECTIONS)
        self.redis: Any = Redis.from_pool(pool)
        self._begin = self.redis.register_script(BEGIN)
        self._append = self.redis.register_script(APPEND)
        self._commit = self.redis.register_script(COMMIT)
        self._release = self.redis.register_script(RELEASE)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.redis.aclose()

    async def begin(self, errand: Errand) -> Begun | None:
        """Take an errand; whoever had it may write nothing any more. None: there is an outcome, which is announced."""
        found = await self._begin(keys=Keys(errand.run.id).of(errand.name), args=[errand.name, KEPT_S])
        if not found:
            return None
        number, starts, trail = found
        return Begun(str(number), int(starts), [Entry.model_validate_json(line) for line in trail])

    async def append(self, errand: Errand, begun: Begun, entry: Entry) -> bool:
        """Add to an errand's trail; False when another worker has the errand."""
        call = self._call(errand, begun, entry.model_dump_json(exclude_none=True))
        return bool(await patiently(lambda: self._append(**call), KEPT_S, self.shown))

    async def commit(self, errand: Errand, begun: Begun, outcome: Outcome) -> bool:
        """Keep an outcome, which has the trail, once; False when another worker has the errand."""
        call = self._call(errand, begun, outcome.model_dump_json())
        return bool(await patiently(lambda: self._commit(**call), KEPT_S, self.shown))

    async def release(self, errand: Errand, begun: Begun) -> None:
        """Give an errand back in good order: its end is no death."""
        await self._release(**self._call(errand, begun, ""))

    def _call(self, errand: Errand, begun: Begun, text: str) -> dict[str, Any]:
        keys = Keys(errand.run.id).of(errand.name)
        return {"keys": keys, "args": [errand.name, KEPT_S, begun.number, text]}

    async def outcomes(self, run: str, names: list[str]) -> list[Outcome | None]:
        """The outcomes that are there."""
        if not names:
            return []
        found = await self.redis.hmget(Keys(run).named("outcomes"), names)
        return [Outcome.model_validate_json(text) if text else None for text in found]

    async def trail(self, run: str, name: str) -> list[Entry]:
        """What was said to providers for an errand, in order."""
        return [Entry.model_validate_json(line) for line in await self.redis.lrange(Keys(run).trail(name), 0, -1)]

    async def forget(self, run: str, name: str) -> None:
        """Nothing is known of an errand any more, and whoever still has it may write nothing."""
        keys = Keys(run)
        async with self.redis.pipeline(transaction=True) as pipe:
            for what in ("outcomes", "holders", "starts"):
                pipe.hdel(keys.named(what), name)
            pipe.delete(keys.trail(name))
            await pipe.execute()

    async def forget_run(self, run: str) -> None:
        """Nothing is known of a run any more. The numbers stay until they expire: no old worker gets a right back."""
        keys = Keys(run)
        names: Iterable[str] = await self.redis.hkeys(keys.named("starts"))
        await self.redis.delete(
            *(keys.named(what) for what in ("outcomes", "holders", "starts")), *(keys.trail(name) for name in names)
        )


async def patiently(work: Callable[[], Awaitable[T]], patience_s: float, where: str) -> T:
    """Do it, and again while Redis is away. Raises `StorageError` after that long, or when Redis refuses."""
    clock = asyncio.get_running_loop()
    until, pause = clock.time() + patience_s, 0.05
    while True:
        try:
            return await work()
        except ResponseError as error:
            raise refused(where, error) from error
        except (Unreachable, TooLate, OSError) as error:
            if clock.time() >= until:
                raise StorageError(
                    f"Redis at {where} has been away for {patience_s:.0f} s; nothing is lost, resume when it is back"
                ) from error
        await asyncio.sleep(pause)
        pause = min(1.0, 2 * pause)


def refused(where: str, error: BaseException) -> StorageError:
    """What to say when Redis does not do what it is asked."""
    return StorageError(f"Redis at {where} refused: {error}; see its memory and its log")
