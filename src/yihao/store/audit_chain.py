"""The audit made tamper-evident after the fact: rows are sealed in batches, each batch chained to the one before.

A batch holds the SM3 of each of its rows and is signed with a key outside the database. What is changed, deleted or
slipped in after sealing is found and named by `verify_audit`. Not found: a row forged or removed, with its entry in
``audit_unsealed``, before the sealer has run (the window is the sealer's period), and the newest batches cut off
together with their rows, unless a copy of the last head kept elsewhere is given as ``witness``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import asyncpg
import msgspec

from yihao.clock import aware
from yihao.errors import Misconfigured
from yihao.seal.chain import GENESIS, link, sign_checkpoint, verify_checkpoint
from yihao.seal.keys import KeyRing
from yihao.store.audit import AuditRow, audit_in

SEAL_AT_MOST = 5_000
"""Rows one call takes in."""
LEAST_DAYS = 180
"""Logs are kept at least six months (网络安全法 第二十一条); the database's own function holds this floor too."""
DEFAULT_DAYS = 3 * 366
"""Three years, as 网络数据安全管理条例 asks for records of sharing and entrusting."""
MISSING = bytes(32)
"""Stands in a batch for a row that was gone before it could be sealed."""
EXPIRE = "audit.expire"
CLOCK_ACCOUNT = 2
"""The account of background jobs, made by migration 0003."""


class AuditKeptTooShort(Misconfigured):
    """The retention asked for is below what the law allows."""

    code = "audit_kept_too_short"
    zh = "审计日志保留 {days} 天，低于法定下限 {least} 天（网络安全法第二十一条）。请改为不少于 {least} 天。"
    en = "Audit rows kept for {days} days is below the lawful floor of {least} days. Set at least {least}."


class AuditHead(msgspec.Struct, frozen=True):
    """The newest batch; copied outside the database it is the witness against a cut-off tail."""

    batch: int
    hash: bytes


class AuditFault(msgspec.Struct, frozen=True):
    """One thing wrong.

    ``row`` in ``batch`` was ``edited``, is ``missing`` or was slipped in (``extra``); the batch itself is ``unsigned``
    (its signature does not hold) or ``broken`` (it does not follow from the one before, or is gone).
    """

    what: Literal["edited", "missing", "extra", "unsigned", "broken"]
    batch: int | None = None
    row: int | None = None


class AuditState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the audit is sealed, and what is wrong with the newest ``checked`` batches."""

    head: AuditHead | None
    sealed_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    checked: int
    faults: tuple[AuditFault, ...]


_ROWS = """
SELECT id, recorded_at, at, path, account_id, role, action, purpose, numbers, detail, request_id
FROM audit WHERE id = ANY ($1::bigint[]) AND recorded_at >= $2::date AND recorded_at < $2::date + interval '1 month'
ORDER BY id
"""


async def seal_audit(connection: asyncpg.Connection, ring: KeyRing, now: datetime) -> AuditHead | None:
    """Take rows no batch holds into new batches, one for each month; in the worker's transaction.

    It also makes next month's partition, so that no request has to.

    Answers the new head, or ``None`` when there was nothing to seal. Call again until ``None`` after a backlog.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.audit_seal'))")
    await connection.execute("SELECT ensure_audit_partition((clock_timestamp() + interval '1 month')::date)")
    taken = await connection.fetch(
        "DELETE FROM audit_unsealed WHERE id IN (SELECT id FROM audit_unsealed ORDER BY id LIMIT $1) "
        "RETURNING id, month",
        SEAL_AT_MOST,
    )
    by_month: dict[date, list[int]] = defaultdict(list)
    for row in taken:
        by_month[row["month"]].append(row["id"])
    head: AuditHead | None = None
    for month in sorted(by_month):
        head = await _seal_month(connection, ring, now, month, sorted(by_month[month]))
    return head


async def _seal_month(
    connection: asyncpg.Connection, ring: KeyRing, now: datetime, month: date, ids: list[int]
) -> AuditHead:
    last = await connection.fetchrow("SELECT id, hash FROM audit_batch ORDER BY id DESC LIMIT 1")
    number, previous = (last["id"] + 1, last["hash"]) if last else (1, GENESIS)
    found = {row["id"]: _digest(row) for row in await connection.fetch(_ROWS, ids, month)}
    digests = b"".join(found.get(i, MISSING) for i in ids)
    sealed = _batch_hash(previous, number, month, now, ids, digests)
    await connection.execute(
        "INSERT INTO audit_batch (id, month, at, ids, digests, previous, hash, signature) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *(number, month, aware(now), ids, digests, previous, sealed),
        sign_checkpoint(ring, _signed(number, sealed)),
    )
    return AuditHead(number, sealed)


def _digest(row: Mapping[str, Any]) -> bytes:
    return link(GENESIS, {**dict(row), "detail": msgspec.json.decode(row["detail"])})


def _batch_hash(previous: bytes, number: int, month: date, at: datetime, ids: list[int], digests: bytes) -> bytes:
    return link(previous, {"batch": number, "month": month.isoformat(), "at": at, "ids": ids, "digests": digests.hex()})


def _signed(number: int, sealed: bytes) -> dict[str, Any]:
    # "audit_batch" keeps it from ever passing for a checkpoint of the orders' chain, signed with the same key.
    return {"audit_batch": number, "hash": sealed.hex()}


async def verify_audit(
    connection: asyncpg.Connection,
    keys: KeyRing | Mapping[str, bytes] | None = None,
    *,
    witness: AuditHead | None = None,
) -> list[AuditFault]:
    """What is wrong with the sealed audit, in the order of its batches; empty when nothing is.

    Args:
        connection: of the worker role, in a transaction.
        keys: the ring, or the public checkpoint keys; without them signatures are not looked at.
        witness: a head copied outside the database earlier: it must still be there.
    """
    faults: list[AuditFault] = []
    expired = await _lawfully_expired(connection)
    previous, expected = GENESIS, 1
    async for batch in connection.cursor("SELECT * FROM audit_batch ORDER BY id", prefetch=50):
        number: int = batch["id"]
        faults += _chained(batch, previous, expected, keys)
        if batch["month"] not in expired:
            faults += await _verify_rows(connection, batch)
        if witness is not None and number == witness.batch and batch["hash"] != witness.hash:
            faults.append(AuditFault("broken", number))
        previous, expected = batch["hash"], number + 1
    if witness is not None and expected <= witness.batch:
        faults.append(AuditFault("broken", witness.batch))
    return faults + [AuditFault("extra", row=row["id"]) for row in await connection.fetch(_EXTRA)]


LOOK_BACK = 5
"""Batches that a look at the state checks again: a moment's work, where the whole audit takes minutes."""


async def audit_state(connection: asyncpg.Connection, keys: KeyRing) -> AuditState:
    """The chain's head, what waits for sealing, and a check of the newest batches. As the worker role."""
    last = await connection.fetchrow("SELECT id, at, hash FROM audit_batch ORDER BY id DESC LIMIT 1")
    queue = await connection.fetchrow(
        "SELECT count(*) AS waiting, (SELECT min(a.recorded_at) FROM audit a "
        "WHERE a.id = (SELECT min(id) FROM audit_unsealed)) AS since FROM audit_unsealed"
    )
    batches = await connection.fetch("SELECT * FROM audit_batch ORDER BY id DESC LIMIT $1", LOOK_BACK + 1)
    expired = await _lawfully_expired(connection)
    faults: list[AuditFault] = []
    newest = batches[:LOOK_BACK]
    for place, batch in enumerate(newest):
        before = batches[place + 1] if place + 1 < len(batches) else None
        previous, number = (before["hash"], before["id"] + 1) if before else (GENESIS, 1)
        faults += _chained(batch, previous, number, keys)
        if batch["month"] not in expired:
            faults += await _verify_rows(connection, batch)
    return AuditState(
        head=AuditHead(last["id"], last["hash"]) if last else None,
        sealed_at=last["at"] if last else None,
        waiting=queue["waiting"],
        waiting_since=queue["since"],
        checked=len(newest),
        faults=tuple(faults),
    )


def _chained(
    batch: Mapping[str, Any], previous: bytes, expected: int, keys: KeyRing | Mapping[str, bytes] | None
) -> list[AuditFault]:
    """What is wrong with the batch itself: it does not follow, or its signature does not hold."""
    number: int = batch["id"]
    faults: list[AuditFault] = []
    if number != expected or batch["previous"] != previous or _hash_again(batch) != batch["hash"]:
        faults.append(AuditFault("broken", number))
    if keys is not None and not verify_checkpoint(keys, _signed(number, batch["hash"]), batch["signature"]):
        faults.append(AuditFault("unsigned", number))
    return faults


def _hash_again(batch: Mapping[str, Any]) -> bytes:
    return _batch_hash(*(batch["previous"], batch["id"], batch["month"], batch["at"], batch["ids"], batch["digests"]))


async def _verify_rows(connection: asyncpg.Connection, batch: Mapping[str, Any]) -> list[AuditFault]:
    sealed = {i: batch["digests"][32 * n : 32 * n + 32] for n, i in enumerate(batch["ids"])}
    faults, seen = [], set()
    for row in await connection.fetch(_ROWS, batch["ids"], batch["month"]):
        if row["id"] in seen:
            faults.append(AuditFault("extra", batch["id"], row["id"]))
        elif _digest(row) != sealed[row["id"]]:
            faults.append(AuditFault("edited", batch["id"], row["id"]))
        seen.add(row["id"])
    return faults + [AuditFault("missing", batch["id"], i) for i in sealed if i not in seen]


# Rows of the table that neither a batch of their month nor the queue knows.
_EXTRA = """
SELECT a.id FROM audit a
LEFT JOIN (SELECT unnest(ids) AS id, month FROM audit_batch) s
  ON s.id = a.id AND s.month = date_trunc('month', a.recorded_at AT TIME ZONE 'UTC')::date
LEFT JOIN audit_unsealed u ON u.id = a.id
WHERE s.id IS NULL AND u.id IS NULL ORDER BY a.id
"""


async def _lawfully_expired(connection: asyncpg.Connection) -> set[date]:
    """Months that are gone whole, by the retention job (which left a row), and old enough to be."""
    rows = await connection.fetch(
        "SELECT DISTINCT b.month FROM audit_batch b WHERE to_regclass('audit_' || to_char(b.month, 'YYYYMM')) IS NULL "
        "AND b.month + interval '1 month' <= clock_timestamp() - make_interval(days => $1) "
        # Months go oldest first, and a note goes with its own month in the end: a later one speaks for all before it.
        "AND b.month::text <= (SELECT max(a.detail->>'month') FROM audit a WHERE a.action = $2)",
        *(LEAST_DAYS, EXPIRE),
    )
    return {row["month"] for row in rows}


async def expire_audit(connection: asyncpg.Connection, now: datetime, *, days: int = DEFAULT_DAYS) -> list[date]:
    """Drop whole months older than ``days`` and leave a row that says so; in the worker's transaction.

    Raises:
        AuditKeptTooShort: ``days`` is below the lawful floor.
    """
    if days < LEAST_DAYS:
        raise AuditKeptTooShort(where="audit", why="", mend="", days=days, least=LEAST_DAYS)
    rows = await connection.fetch("SELECT drop_audit_before(clock_timestamp()::date - $1::int) AS month", days)
    months = [row["month"] for row in rows]
    if months:
        notes = (
            AuditRow(account=CLOCK_ACCOUNT, role="clock", action=EXPIRE, at=now, detail={"month": m.isoformat()})
            for m in months
        )
        await audit_in(connection, *notes)
    return months
