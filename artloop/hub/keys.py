"""The keys of a hub: documents of its store that hold a key's hash, never the key."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from artloop.errors import UsageError
from artloop.hub.roles import Caller, Role
from artloop.models import Ident, Value
from artloop.taskboard.store import Store, Transaction
from artloop.web.door import Knows
from artloop.workspace import checked_id

KIND = "access"
PREFIX = "artloop_"
"""By which scanners for leaked secrets may know a key."""
MOST = 1000


class KeyRecord(Value):
    """A key that was made."""

    name: Ident
    role: Role
    sha256: str
    created: float
    """Unix time."""
    revoked: float | None = None
    """A revoked key stays on record: a hub that has had a key is never again open to all."""


class Keys:
    """The keys on record in a store."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now

    async def add(self, name: str, role: Role) -> str:
        """A new key, which nobody can be told again. Raises `UsageError` for a name that is taken or is none."""
        checked_id(name, "key name")
        key = PREFIX + secrets.token_urlsafe(32)
        record = KeyRecord(name=name, role=role, sha256=hashed(key), created=self._now())

        async def add(transaction: Transaction) -> None:
            found = await _every(transaction)
            if any(known.name == name and known.revoked is None for known in found):
                raise UsageError(f"there is a key named {name!r}; choose another name, or revoke that one first")
            if len(found) >= MOST:
                raise UsageError(f"there are {MOST} keys on record, which is the limit; revoke and share fewer")
            transaction.put(KIND, record.sha256, record.model_dump_json())

        await self._store.transact(add)
        return key

    async def revoke(self, name: str) -> KeyRecord:
        """Let nobody in with it any more. Raises `UsageError` when there is none of that name."""

        async def revoke(transaction: Transaction) -> KeyRecord:
            for known in await _every(transaction):
                if known.name == name and known.revoked is None:
                    revoked = known.model_copy(update={"revoked": self._now()})
                    transaction.put(KIND, known.sha256, revoked.model_dump_json())
                    return revoked
            raise UsageError(f"there is no key named {name!r}; see: artloop hub key list")

        return await self._store.transact(revoke)

    async def every(self) -> list[KeyRecord]:
        """All keys on record, the oldest first."""
        return await self._store.transact(_every)

    async def holder(self, key: str) -> KeyRecord | None:
        """Whose key this is, if it opens anything."""

        async def look(transaction: Transaction) -> str | None:
            return await transaction.get(KIND, hashed(key))

        text = await self._store.transact(look)
        record = KeyRecord.model_validate_json(text) if text else None
        return record if record and record.revoked is None else None


def keyed(keys: Keys) -> Knows:
    """The door's question. While no key was ever made, everybody who can reach this machine's own address may pass."""

    async def knows(given: str | None) -> Caller | None:
        if given and (record := await keys.holder(given)):
            return Caller(record.name, record.role)
        return None if await keys.every() else Caller("", "orchestrator")

    return knows


def hashed(key: str) -> str:
    """What is kept of a key. It is random and long, so that a plain hash cannot be turned back."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


async def _every(transaction: Transaction) -> list[KeyRecord]:
    found = [KeyRecord.model_validate_json(text) for text in (await transaction.every(KIND)).values()]
    return sorted(found, key=lambda record: (record.created, record.name))
