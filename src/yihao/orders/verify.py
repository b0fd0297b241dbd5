"""`verify`: whether the database still says what was recorded, and if not, where.

Everything is read in one snapshot, a run of orders at a time and in step with what checkpoints say of them, so memory
stays small whatever the number of orders. No transaction of it draws an xid while it reads: followers go on meanwhile.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from yihao.orders import checkpoints, refold
from yihao.orders.checkpoints import SQL, Head
from yihao.orders.faults import Fault, Report, report_text
from yihao.orders.housekeeping import audit_witness
from yihao.seal.chain import GENESIS
from yihao.seal.keys import KeyRing
from yihao.store.audit_chain import verify_audit
from yihao.store.db import Database

PAGE: Final = 500
"""Orders looked at together."""
CHECKPOINTS: Final = 20
"""Checkpoints read together; one of 1,000 events has some 60 kB."""
_LAST: Final = "~"
"""Sorts after every order number."""

__all__ = ["Fault", "Report", "report_text", "verify"]


async def verify(
    database: Database,
    ring: KeyRing,
    *,
    data: Path | None,
    deep: bool,
) -> Report:
    """Look at everything there is.

    Args:
        database: read through the worker role.
        ring: checks signatures; opens sealed parts when ``deep``.
        data: folder of the files that testify outside the database (checkpoints, audit heads), or ``None``.
        deep: also open every sealed part and compare it with the commitment in its event and with its shown copy.
    """
    begun, report = time.monotonic(), Report()
    async with database.work() as connection:
        await connection.execute("DROP TABLE IF EXISTS pg_temp.covered")
        await connection.execute(SQL["covered"])
        chain = _Chain(ring, report, data)
        async for heads in chain.read(connection):
            await connection.copy_records_to_table("covered", records=heads, schema_name="pg_temp")
        await connection.execute("CREATE INDEX ON covered (number); ANALYZE covered; COMMIT")
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # What became a checkpoint in between belongs to the snapshot too.
        late: dict[str, list[tuple[Head, int]]] = defaultdict(list)
        async for heads in chain.read(connection):
            for number, first, last, digest, checkpoint in heads:
                late[number].append((Head(number, first, last, digest), checkpoint))
        chain.finish()
        await _orders(connection, ring, report, late, deep=deep)
        witness = audit_witness(data) if data else None
        for fault in await verify_audit(connection, ring, witness=witness):
            where = " ".join(
                f"{name} {value}" for name in ("batch", "row") if (value := getattr(fault, name)) is not None
            )
            report.add("audit", detail=f"{where} {fault.what}")
        report.audit = True
        await connection.execute("COMMIT; BEGIN; DROP TABLE pg_temp.covered")
    report.seconds = time.monotonic() - begun
    return report


class _Chain:
    """Walks the checkpoints: signature, link, numbering, and the file outside the database."""

    def __init__(self, ring: KeyRing, report: Report, data: Path | None) -> None:
        self._ring, self._report = ring, report
        self._noted = {line.id: line.hash for line in checkpoints.read_log(data / checkpoints.FILE)} if data else {}
        self._previous, self._number = GENESIS, 0

    async def read(self, connection: asyncpg.Connection) -> Any:
        """The heads of all checkpoints not read yet, a few checkpoints at a time, as rows of ``covered``."""
        while rows := await connection.fetch(SQL["checkpoints_after"], self._number, CHECKPOINTS):
            for row in rows:
                self._check(row)
            yield [
                (head.number, head.first, head.last, head.digest, row["id"])
                for row in rows
                for head in checkpoints.unpack(row["heads"])
            ]

    def _check(self, row: Mapping[str, Any]) -> None:
        number, hashed, report = row["id"], bytes(row["hash"]), self._report
        for gone in range(self._number + 1, min(number, self._number + 1000)):
            report.add("checkpoint_missing", detail=str(gone))
        again = checkpoints.hash_of(
            bytes(row["previous"]), number, row["at"], row["orders"], row["events"], bytes(row["heads"])
        )
        linked = bytes(row["previous"]) == self._previous or number != self._number + 1
        if again != hashed or not linked:
            report.add("checkpoint_edited", detail=str(number))
        elif not checkpoints.vouched(self._ring, number, hashed, bytes(row["signature"])):
            report.add("checkpoint_unsigned", detail=str(number))
        if (noted := self._noted.pop(number, None)) is not None and noted != hashed.hex():
            report.add("checkpoint_differs", detail=str(number))
        self._previous, self._number = hashed, number
        report.checkpoints += 1
        report.sealed_until = row["at"]

    def finish(self) -> None:
        """What the file knows and the database does not, at the end of the chain."""
        for number in sorted(self._noted):
            if number > self._number:
                self._report.add("checkpoint_missing", detail=str(number))


async def _orders(
    connection: asyncpg.Connection,
    ring: KeyRing,
    report: Report,
    late: Mapping[str, list[tuple[Head, int]]],
    *,
    deep: bool,
) -> None:
    unread = {(row["number"], row["seq"]) for row in await connection.fetch(SQL["unread"])}
    report.waiting = len(unread)
    after = ""
    while True:
        numbers = [row["number"] for row in await connection.fetch(SQL["page"], after, PAGE)]
        upto = numbers[-1] if len(numbers) == PAGE else _LAST
        for case in await _cases(connection, after, upto, numbers, deep=deep):
            heads = [*case.heads, *late.get(case.number, ())]
            refold.check(case, heads, unread, report, ring if deep else None)
        if upto == _LAST:
            break
        after = upto
    for number, seq in sorted(unread):  # each event seen was taken out
        report.add("event_missing", number, seq, "（待入检查点）")


async def _cases(
    connection: asyncpg.Connection, after: str, upto: str, numbers: Iterable[str], *, deep: bool
) -> Iterable[refold.Case]:
    """Everything known of the orders in (after, upto], by number."""
    found = {number: refold.Case(number) for number in numbers}

    async def each(name: str, put: Callable[[refold.Case, asyncpg.Record], None]) -> None:
        for row in await connection.fetch(SQL[name], after, upto):
            case = found.get(row["number"])
            if case is None:
                case = found[row["number"]] = refold.Case(row["number"])
            put(case, row)

    await each("orders", lambda case, row: setattr(case, "row", row))
    await each("history", lambda case, row: case.events.append(row))
    await each("clocks", lambda case, row: case.duties.append(row))
    await each("parts", lambda case, row: case.parts.append(row))
    await each("attached", lambda case, row: case.attached.append(row["id"]))
    await each("ties", lambda case, row: case.ties.append((row["parent"], row["relation"])))
    await each("secrets_whole" if deep else "secrets", lambda case, row: case.secrets.append(row))
    if deep:
        await each("reporters", lambda case, row: case.reporters.append(row["sealed"]))
    await each("heads", lambda case, row: case.heads.append((_head(row), row["checkpoint"])))
    return [found[number] for number in sorted(found)]


def _head(row: asyncpg.Record) -> Head:
    return Head(row["number"], row["first"], row["last"], bytes(row["digest"]))
