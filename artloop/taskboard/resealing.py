"""Writing all documents anew, so that only the present encryption key is needed to read them."""

from __future__ import annotations

from artloop.taskboard.store import Store, Transaction

KINDS = ("access", "agent", "card", "hub", "key", "result", "shared", "spec", "thread")
"""Every kind of document there is."""
PAGE = 200
"""Documents of one transaction, so that a hub at work waits for none long."""


async def reseal(store: Store) -> int:
    """Seal every document with the first key; how many there were. A hub may be at work meanwhile."""
    return sum([await _resealed(store, kind) for kind in KINDS])


async def _resealed(store: Store, kind: str) -> int:
    async def look(transaction: Transaction) -> list[str]:
        return list(await transaction.every(kind))

    ids = await store.transact(look)
    for first in range(0, len(ids), PAGE):
        await _page(store, kind, ids[first : first + PAGE])
    return len(ids)


async def _page(store: Store, kind: str, ids: list[str]) -> None:
    async def write(transaction: Transaction) -> None:
        for id, text in zip(ids, await transaction.many(kind, ids), strict=True):
            if text is not None:
                transaction.put(kind, id, text)

    await store.transact(write)
