"""Lawful erasure and key rotation: the data go or move, the history stays whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest
from test_order_followers import prepared, search, see, through_to_closed

from conftest import House
from yihao.orders import attachments, bodies, jobs, rekey, service
from yihao.orders.checkpoints import Checkpoints
from yihao.orders.erasure import erase
from yihao.orders.faults import report_text
from yihao.orders.followers import search_follower
from yihao.orders.model import Order
from yihao.orders.packing import unpacked
from yihao.orders.private import caller_indexes
from yihao.orders.verify import verify
from yihao.people import approvals
from yihao.people.errors import SecondPersonNeeded
from yihao.people.scope import Act, Actor
from yihao.people.totp import open_totp, seal_totp
from yihao.seal.box import sealed_under

BASIS = "个人信息保护法第四十七条第一款第三项，示范办〔2021〕1号"


async def green(house: House, data: Path | None = None) -> None:
    report = await verify(house.database, house.ring, data=data, deep=True)
    assert report.ok, report_text(report)


async def account(owner: asyncpg.Connection, house: House, *roles: str) -> Actor:
    """An actor with a row of its own: approvals name accounts."""
    actor = house.actor(*roles, cleared=True)
    await owner.execute(
        "INSERT INTO account (id, username, name, jurisdiction_id, created_at) "
        "VALUES ($1, $2, '演示', $3, clock_timestamp())",
        *(actor.account, actor.username, actor.jurisdiction),
    )
    return actor


async def archived(house: House, **fields: object) -> Order:
    order = await through_to_closed(house, await prepared(house, **fields))
    await jobs.run_due(house.desk, house.database, house.clock() + timedelta(days=90))
    return await see(house, order.number)


async def consent(house: House, asker: Actor, approver: Actor, number: str) -> None:
    async with house.database.write(asker.wall()) as connection:
        asked = await approvals.ask(connection, Act(actor=asker, now=house.clock()), "erasure", number, "本人申请删除")
    async with house.database.write(approver.wall()) as connection:
        await approvals.approve(connection, Act(actor=approver, now=house.clock()), asked.id)


async def test_erasure_needs_two_persons_and_leaves_the_history_whole(
    house: House, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    manager, second = await account(owner, house, "manager"), await account(owner, house, "manager")
    order = await archived(house)
    kept = await archived(house)
    points, words = Checkpoints(house.ring, tmp_path), search_follower()
    await words.drain(house.database)
    await points.make(house.database)
    assert order.number in await search(house, manager, "路灯")
    with pytest.raises(SecondPersonNeeded):
        async with house.database.write(manager.wall()) as connection:
            await erase(connection, house.desk, manager, order.number, BASIS, version=order.version)
    await green(house, tmp_path)
    await consent(house, manager, second, order.number)
    async with house.database.write(manager.wall()) as connection:
        gone = await erase(connection, house.desk, manager, order.number, BASIS, version=order.version)
    assert gone.state == "archived" and gone.erased_at == house.clock()
    rows = await owner.fetch("SELECT * FROM order_private WHERE number = $1", order.number)
    assert rows and all(row["sealed"] is None and unpacked(row["redacted"]) == {} for row in rows)
    assert await owner.fetchval("SELECT title FROM work_order WHERE number = $1", order.number) == ""
    for table in ("caller_index", "order_search", "reporter"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table} WHERE number = $1", order.number) == 0
    event = await owner.fetchrow("SELECT * FROM order_event WHERE number = $1 ORDER BY seq DESC LIMIT 1", order.number)
    assert event["verb"] == "erase" and unpacked(event["body"])["facts"]["basis"] == BASIS
    await green(house, tmp_path)
    await words.drain(house.database)  # the follower reads the erasure itself and brings nothing back
    await points.make(house.database)
    await green(house, tmp_path)
    assert await search(house, manager, "路灯") == [kept.number]
    for verb in ("unseal", "reopen", "erase"):
        body = {
            "unseal": bodies.Because(reason="再看"),
            "reopen": bodies.Reopen(ground="new_fact", reason="再办"),
            "erase": bodies.Erase(basis=BASIS),
        }[verb]
        with pytest.raises(service.Conflict):
            await house.act(manager, gone, verb, body)


async def test_an_approval_serves_once_and_for_its_order(house: House, owner: asyncpg.Connection) -> None:
    manager, second = await account(owner, house, "manager"), await account(owner, house, "manager")
    one, other = await archived(house), await archived(house)
    await consent(house, manager, second, one.number)
    with pytest.raises(SecondPersonNeeded):
        async with house.database.write(manager.wall()) as connection:
            await erase(connection, house.desk, manager, other.number, BASIS, version=other.version)


async def test_an_open_order_is_not_erased_nor_by_another_role(house: House, owner: asyncpg.Connection) -> None:
    order = await prepared(house)
    for actor, error in ((house.actor("manager"), service.Conflict), (house.actor("shift_lead"), Exception)):
        with pytest.raises(error):
            await house.act(actor, order, "erase", bodies.Erase(basis=BASIS))


async def test_the_function_alone_erases_nothing(house: House) -> None:
    order = await archived(house)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        async with house.database.write(house.actor("manager").wall()) as connection:
            await connection.execute("SELECT erase_private($1, $2)", order.number, house.clock())
    await green(house)


async def test_a_reporter_and_attachments_go_too(house: House, owner: asyncpg.Connection) -> None:
    manager, second = await account(owner, house, "manager"), await account(owner, house, "manager")
    agent = house.actor("agent")
    async with house.database.write(agent.wall()) as connection:
        file = await attachments.store(connection, house.ring, house.clock(), agent, "图.png", PNG)
        appeal = msgspec.convert(REPORT | {"attachments": [file.id]}, bodies.Appeal)
        order = (await service.register(connection, house.desk, agent, appeal)).order
    order = await house.act(agent, order, "refuse", bodies.Refuse(code="litigation", explanation="请向法院起诉。"))
    await jobs.run_due(house.desk, house.database, house.clock() + timedelta(days=90))
    order = await see(house, order.number)
    await green(house)
    await consent(house, manager, second, order.number)
    async with house.database.write(manager.wall()) as connection:
        await erase(connection, house.desk, manager, order.number, BASIS, version=order.version)
    for table in ("attachment", "reporter"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table} WHERE number = $1", order.number) == 0
    await green(house)


async def test_an_attachment_taken_away_or_slipped_in_is_found(house: House, owner: asyncpg.Connection) -> None:
    agent = house.actor("agent")
    async with house.database.write(agent.wall()) as connection:
        files = [await attachments.store(connection, house.ring, house.clock(), agent, "图", PNG) for _ in range(2)]
        appeal = msgspec.convert(REPORT | {"attachments": [files[0].id]}, bodies.Appeal)
        order = (await service.register(connection, house.desk, agent, appeal)).order
    await green(house)
    for change in (f"UPDATE attachment SET number = '{order.number}', seq = 1", "DELETE FROM attachment"):
        await owner.execute(change)
        report = await verify(house.database, house.ring, data=None, deep=False)
        assert [(fault.what, fault.number) for fault in report.faults] == [("attachments_edited", order.number)]


async def test_values_are_sealed_anew_and_indexes_rewritten_after_a_rotation(
    house: House, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekey, "BATCH", 2)
    orders = [await prepared(house, caller={"name": "演示", "phone": f"1380000000{n}"}) for n in range(5)]
    await prepared(house, kind="report")
    clerk = await owner.fetchval(
        "INSERT INTO account (username, name, jurisdiction_id, created_at) "
        "VALUES ('clerk', '演示', $1, '2026-01-01T00:00:00Z') RETURNING id",
        house.actor("agent").jurisdiction,
    )
    await owner.execute(
        "INSERT INTO credential (account_id, password_hash, password_changed_at, must_change, totp_sealed) "
        "VALUES ($1, '', '2026-01-01T00:00:00Z', false, $2)",
        *(clerk, seal_totp(house.ring, clerk, "DEMO")),
    )
    assert await rekey.reseal(house.database, house.ring) == 0
    assert await rekey.reindex(house.database, house.ring) == 0
    for purpose in ("data", "reporter", "index"):
        house.ring.rotate(purpose)
    late = await house.register(house.actor("agent"))  # already under the new keys
    # Stopped half-way: each batch is kept, the next call goes on behind it.
    broken, original = [2], house.ring.provider.encrypt

    def breaks(*arguments: object) -> bytes:
        broken[0] -= 1
        if broken[0] < 0:
            raise OSError("module unplugged")
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(house.ring.provider, "encrypt", breaks)
    with pytest.raises(OSError, match="unplugged"):
        await rekey.reseal(house.database, house.ring)
    monkeypatch.setattr(house.ring.provider, "encrypt", original)
    total = await owner.fetchval("SELECT count(*) FROM order_private WHERE sealed IS NOT NULL")
    # Two before and the late one are done; a reporter and a second factor come on top.
    assert await rekey.reseal(house.database, house.ring) == total - 2 - 1 + 1 + 1
    for row in await owner.fetch("SELECT sealed FROM order_private WHERE sealed IS NOT NULL"):
        assert sealed_under(row["sealed"]) == house.ring.current("data")
    assert sealed_under(await owner.fetchval("SELECT sealed FROM reporter")) == house.ring.current("reporter")
    assert await rekey.reindex(house.database, house.ring) == 6
    for n, order in enumerate(orders):
        ((_, index),) = caller_indexes(house.ring, {"phone": f"+861380000000{n}"})
        row = await owner.fetchrow("SELECT idx, idx_next FROM caller_index WHERE number = $1", order.number)
        assert row["idx"] == index and row["idx_next"] is None
    assert open_totp(house.ring, clerk, await owner.fetchval("SELECT totp_sealed FROM credential")) == "DEMO"
    assert sealed_under(await owner.fetchval("SELECT totp_sealed FROM credential")) == house.ring.current("data")
    assert late.number
    assert await rekey.reseal(house.database, house.ring) == 0
    assert await rekey.reindex(house.database, house.ring) == 0
    await green(house)


REPORT = {
    "channel": "phone", "kind": "report", "domain": "market", "title": "举报", "content": "演示店铺短斤少两。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}  # fmt: skip
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)
