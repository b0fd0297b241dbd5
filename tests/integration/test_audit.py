"""The audit: written before the answer, sealed after it, and every tampering with sealed rows found and named."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from staff import COUNTY, START, Staff, staffed
from yihao.people import jobs
from yihao.seal.chain import NotCanonical
from yihao.seal.keys import new_ring
from yihao.store.audit import LONGEST_WAIT, Audit, AuditLost, AuditQuery, AuditRow, audit_in, audit_page
from yihao.store.audit_chain import AuditFault, AuditKeptTooShort, expire_audit, seal_audit, verify_audit


@pytest.fixture
async def staff(migrated_database: str) -> AsyncIterator[Staff]:
    async with staffed(migrated_database) as made:
        yield made


def row(action: str = "order.read", account: int = 1, **more) -> AuditRow:
    return AuditRow(account=account, role="agent", action=action, at=START, **more)


async def verify(staff: Staff, **more) -> list[AuditFault]:
    async with staff.db.work() as connection:
        return await verify_audit(connection, more.pop("keys", staff.ring), **more)


async def sealed(staff: Staff, actions: str) -> list[int]:
    """Record one row for each letter, seal them, and answer their ids."""
    await asyncio.gather(*(staff.audit.record(row(letter)) for letter in actions))
    assert await jobs.seal(staff.db, staff.ring, staff.clock())
    async with staff.superuser() as connection:
        return [r["id"] for r in await connection.fetch("SELECT id FROM audit ORDER BY id")]


async def tamper(staff: Staff, *statements: str) -> None:
    async with staff.superuser() as connection:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert not (await connection.execute(statement)).endswith(" 0"), statement


async def test_requests_that_arrive_together_share_one_transaction(staff):
    await asyncio.gather(*(staff.audit.record(row(numbers=(f"N{n}",))) for n in range(60)))
    async with staff.superuser() as connection:
        rows = await connection.fetch("SELECT xmin::text AS tx, numbers, path FROM audit")
    assert len(rows) == 60 and {r["path"] for r in rows} == {"/1/"}
    assert len({r["tx"] for r in rows}) == 1


async def test_a_row_waits_at_most_fifty_milliseconds_for_company(staff):
    sent: list[float] = []

    class Watched(Audit):
        async def _keep(self, batch):
            sent.append(time.perf_counter())
            await super()._keep(batch)

    audit = Watched(staff.db, linger=LONGEST_WAIT)
    begun: list[float] = []
    waits = []
    for _ in range(4):
        begun.append(time.perf_counter())
        waits.append(asyncio.create_task(audit.record(row())))
        await asyncio.sleep(0.06)
    await asyncio.gather(*waits)
    assert len(sent) == 4  # each alone: none waited for the next, 60 ms later
    assert all(0 < after - before < LONGEST_WAIT + 0.03 for before, after in zip(begun, sent, strict=True))
    with pytest.raises(ValueError, match="linger"):
        Audit(staff.db, linger=0.051)


async def test_a_slow_batch_holds_up_a_later_one_for_fifty_milliseconds_at_most(staff):
    begun: list[float] = []

    class Slow(Audit):
        async def _keep(self, batch):
            begun.append(time.perf_counter())
            if len(begun) == 1:
                await asyncio.sleep(0.5)
            await super()._keep(batch)

    audit = Slow(staff.db, lanes=1)
    first = asyncio.create_task(audit.record(row()))
    await asyncio.sleep(0.02)
    asked = time.perf_counter()
    await asyncio.gather(audit.record(row()), audit.record(row()))
    assert not first.done()
    assert len(begun) == 2 and begun[1] - asked < LONGEST_WAIT + 0.03
    await first


async def test_the_answer_returns_after_the_row_is_durable(staff):
    await staff.audit.record(row("one"))
    async with staff.superuser() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit") == 1


async def test_no_audit_no_answer(staff):
    await staff.audit.record(row("fine"))
    async with staff.superuser() as connection:
        await connection.execute("REVOKE EXECUTE ON FUNCTION audit_write FROM yihao_app")
        outcomes = await asyncio.gather(*(staff.audit.record(row()) for _ in range(5)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [AuditLost] * 5
        await connection.execute("GRANT EXECUTE ON FUNCTION audit_write TO yihao_app")
    await staff.audit.record(row("fine again"))


async def test_a_database_that_does_not_answer_is_no_audit_either(staff):
    impatient = Audit(staff.db, patience=0.2)
    async with staff.superuser() as connection:
        await connection.execute("BEGIN; LOCK TABLE audit_unsealed IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(AuditLost):
            await impatient.record(row())
        await connection.execute("ROLLBACK")
    await impatient.record(row())


async def test_a_row_that_cannot_be_written_fails_its_own_request_alone(staff):
    outcomes = await asyncio.gather(
        staff.audit.record(row()),
        staff.audit.record(row(purpose="a\x00b")),
        staff.audit.record(row(purpose="\ud800")),
        staff.audit.record(row(detail={"share": 0.5})),
        staff.audit.record(row()),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), *[NotCanonical] * 3, type(None)]


async def test_a_request_that_is_given_up_takes_nobody_with_it(staff):
    given_up = asyncio.create_task(staff.audit.record(row()))
    other = asyncio.create_task(staff.audit.record(row()))
    await asyncio.sleep(0)
    given_up.cancel()
    await other
    assert given_up.cancelled()


async def test_closing_sees_waiting_rows_through(staff):
    audit = Audit(staff.db, linger=0.05)
    waiting = asyncio.create_task(audit.record(row()))
    await asyncio.sleep(0)
    await audit.close()
    assert waiting.done() or await asyncio.wait_for(waiting, 0.01) is None


async def test_a_row_inside_a_write_lives_and_dies_with_it(staff):
    wall = staff.setup().actor.wall()
    with pytest.raises(RuntimeError):
        async with staff.db.write(wall) as connection:
            await audit_in(connection, row("undone"))
            raise RuntimeError
    async with staff.db.write(wall) as connection:
        await audit_in(connection, row("kept"), row("kept"))
    async with staff.superuser() as connection:
        assert [r["action"] for r in await connection.fetch("SELECT action FROM audit")] == ["kept", "kept"]


async def test_what_is_sealed_and_left_alone_verifies(staff):
    await sealed(staff, "abc")
    await sealed(staff, "de")
    assert await jobs.seal(staff.db, staff.ring, staff.clock()) is None
    assert await verify(staff) == []
    assert await verify(staff, keys=staff.ring.checkpoint_public_keys()) == []
    await staff.audit.record(row("not sealed yet"))
    assert await verify(staff) == []


async def test_a_transaction_that_commits_late_is_sealed_all_the_same(staff):
    async with staff.db.write(staff.setup().actor.wall()) as slow:
        await audit_in(slow, row("slow"))
        await sealed(staff, "abc")
    assert await jobs.seal(staff.db, staff.ring, staff.clock())
    assert await verify(staff) == []
    async with staff.superuser() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_unsealed") == 0
        batches = [b["ids"] for b in await connection.fetch("SELECT ids FROM audit_batch ORDER BY id")]
    assert min(batches[1]) < min(batches[0])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account_id", "999"),
        ("action", "'order.unmask'"),
        ("purpose", "'另有事由'"),
        ("numbers", "'{20260105990100000001X}'"),
        ("detail", """'{"rows": 1}'"""),
        ("at", "at + interval '1 second'"),
        ("recorded_at", "recorded_at + interval '1 microsecond'"),
        ("path", "'/1/2/'"),
    ],
)
async def test_an_edited_row_is_found_and_named(staff, column, value):
    ids = await sealed(staff, "abc")
    await tamper(staff, f"UPDATE audit SET {column} = {value} WHERE id = {ids[1]}")
    assert await verify(staff) == [AuditFault("edited", 1, ids[1])]


async def test_a_deleted_row_is_found_and_named(staff):
    ids = await sealed(staff, "abc")
    await tamper(staff, f"DELETE FROM audit WHERE id = {ids[2]}")
    assert await verify(staff) == [AuditFault("missing", 1, ids[2])]


async def test_rows_slipped_in_are_found(staff):
    ids = await sealed(staff, "abc")
    copy = (
        "INSERT INTO audit (id, recorded_at, at, path, account_id, role, action, purpose, numbers, detail, request_id) "
    )
    copy += (
        "SELECT {id}, recorded_at + interval '{later}', at, path, account_id, role, action, purpose, numbers, detail, "
    )
    copy += f"request_id FROM audit WHERE id = {ids[0]}"
    await tamper(staff, copy.format(id=9999, later="1 second"))
    assert await verify(staff) == [AuditFault("extra", row=9999)]
    await tamper(staff, "DELETE FROM audit WHERE id = 9999", copy.format(id=ids[0], later="1 microsecond"))
    assert await verify(staff) == [AuditFault("extra", 1, ids[0])]


async def test_a_row_gone_before_it_was_sealed_is_found(staff):
    await staff.audit.record(row("a"))
    await tamper(staff, "DELETE FROM audit")
    assert await jobs.seal(staff.db, staff.ring, staff.clock())
    assert [fault.what for fault in await verify(staff)] == ["missing"]


async def test_a_batch_made_to_fit_an_edited_row_lacks_its_signature(staff):
    ids = await sealed(staff, "abc")
    await sealed(staff, "d")
    forger = new_ring()
    # Everything done again as the product would, with all rights on the database and a key of the forger's own.
    await tamper(
        staff,
        f"UPDATE audit SET action = 'harmless' WHERE id = {ids[1]}",
        "DELETE FROM audit_batch",
        "INSERT INTO audit_unsealed SELECT id, date_trunc('month', recorded_at)::date FROM audit",
    )
    async with staff.db.work() as connection:
        await seal_audit(connection, forger, staff.clock())
    assert [fault.what for fault in await verify(staff)] == ["unsigned"]


async def test_an_edited_or_missing_batch_is_found(staff):
    await sealed(staff, "a")
    await sealed(staff, "b")
    await sealed(staff, "c")
    await tamper(staff, "UPDATE audit_batch SET at = at + interval '1 hour' WHERE id = 2")
    assert await verify(staff) == [AuditFault("broken", 2)]
    await tamper(staff, "DELETE FROM audit_batch WHERE id = 2")
    assert {(fault.what, fault.batch) for fault in await verify(staff)} == {("broken", 3), ("extra", None)}


async def test_a_tail_cut_off_is_found_by_the_witness(staff):
    await sealed(staff, "abc")
    await staff.audit.record(row("d"))
    head = await jobs.seal(staff.db, staff.ring, staff.clock())
    assert head and head.batch == 2 and await verify(staff, witness=head) == []
    await tamper(
        staff,
        "DELETE FROM audit WHERE id IN (SELECT unnest(ids) FROM audit_batch WHERE id = 2)",
        "DELETE FROM audit_batch WHERE id = 2",
    )
    assert await verify(staff) == []
    assert await verify(staff, witness=head) == [AuditFault("broken", 2)]


async def age(staff: Staff, months: int) -> date:
    """Move all sealed rows to a month long ago, as if they had been recorded then; that month."""
    today = datetime.now(UTC).date().replace(day=1)
    old = (today - timedelta(days=30 * months)).replace(day=1)
    await tamper(
        staff,
        f"SELECT ensure_audit_partition('{old}')",
        f"UPDATE audit SET recorded_at = '{old} 12:00:00Z'",
        f"UPDATE audit_unsealed SET month = '{old}'",
    )
    return old


async def test_months_past_their_time_go_lawfully_and_the_rest_verifies(staff):
    await staff.audit.record(row("old"))
    old = await age(staff, 40)
    async with staff.db.work() as connection:
        assert await expire_audit(connection, staff.clock()) == []  # an unsealed row holds its month
    await jobs.seal(staff.db, staff.ring, staff.clock())
    async with staff.db.work() as connection:
        assert await expire_audit(connection, staff.clock()) == [old]
    await sealed(staff, "new")
    assert await verify(staff) == []
    async with staff.superuser() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit WHERE action = 'old'") == 0
        assert await connection.fetchval("SELECT count(*) FROM audit WHERE action = 'audit.expire'") == 1


async def test_a_month_is_never_dropped_before_half_a_year(staff):
    await staff.audit.record(row("young"))
    await age(staff, 4)
    await jobs.seal(staff.db, staff.ring, staff.clock())
    async with staff.db.work() as connection:
        assert await connection.fetch("SELECT drop_audit_before('2999-01-01')") == []
        assert await expire_audit(connection, staff.clock(), days=180) == []
    with pytest.raises(AuditKeptTooShort):
        await jobs.expire(staff.db, staff.clock(), days=179)


async def test_a_month_dropped_by_hand_is_missing(staff):
    await staff.audit.record(row("old"))
    old = await age(staff, 40)
    await jobs.seal(staff.db, staff.ring, staff.clock())
    await tamper(staff, f"DROP TABLE audit_{old:%Y%m}")
    assert [fault.what for fault in await verify(staff)] == ["missing"]


async def test_only_an_auditor_reads_and_only_its_own_branch(staff):
    auditor = await staff.privileged("demo.auditor", "auditor")
    county = await staff.privileged("demo.county", "auditor", jurisdiction=COUNTY)
    manager = await staff.privileged("demo.manager", "manager")
    below = await staff.account("demo.below", "agent", jurisdiction=COUNTY)
    await staff.audit.record(row("order.read", below, numbers=("N1", "N2")))
    await staff.audit.record(row("order.read", manager.account, numbers=("N2",)))

    async def read(actor, **query) -> list:
        async with staff.db.read(actor.wall()) as connection:
            return await audit_page(connection, AuditQuery(**query))

    assert await read(manager) == []
    assert {entry.account for entry in await read(county)} == {below, county.account}
    assert {entry.account for entry in await read(auditor)} >= {below, manager.account, 3}
    assert [entry.account for entry in await read(auditor, number="N2")] == [manager.account, below]
    assert [entry.username for entry in await read(auditor, number="N1")] == ["demo.below"]
    assert await read(auditor, actions=("nothing.such",)) == []
    assert await read(auditor, start=datetime.now(UTC) + timedelta(hours=1)) == []
    assert len(await read(auditor, account=below, end=datetime.now(UTC) + timedelta(hours=1))) == 1


async def test_pages_go_by_key_and_miss_nothing(staff):
    auditor = await staff.privileged("demo.auditor", "auditor")
    await asyncio.gather(*(staff.audit.record(row("page", numbers=(f"N{n}",))) for n in range(25)))
    seen: list[int] = []
    after = None
    while True:
        async with staff.db.read(auditor.wall()) as connection:
            page = await audit_page(connection, AuditQuery(actions=("page",)), after=after, limit=10)
        seen += [entry.id for entry in page]
        if len(page) < 10:
            break
        after = page[-1].id
    assert len(seen) == 25 and seen == sorted(set(seen), reverse=True)
