"""After commit: orders are found by their words, children follow their parents, and one process does it all."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import asyncpg

from conftest import House
from yihao.orders import bodies, jobs, service
from yihao.orders.bigrams import query_of
from yihao.orders.followers import children_follower, search_follower
from yihao.orders.model import Order
from yihao.orders.packing import unpacked
from yihao.people.scope import Actor
from yihao.store.jobs import Job, keep_running
from yihao.work import Work, run


async def search(house: House, actor: Actor, text: str) -> list[str]:
    async with house.database.read(actor.wall()) as connection:
        rows = await connection.fetch("SELECT search_orders($1::text::tsquery, '~', 50) AS number", query_of(text))
    return [row["number"] for row in rows]


async def see(house: House, number: str) -> Order:
    async with house.database.read(house.clockwork().wall()) as connection:
        return (await service.load(connection, number))[0].order


async def prepared(house: House, **fields: object) -> Order:
    order = await house.register(house.actor("agent"), **fields)
    return await house.act(house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801"))


async def through_to_closed(house: House, order: Order) -> Order:
    unit = "州建设局"
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units[unit]))
    order = await house.act(house.actor("unit_receiver", unit=unit), order, "sign", bodies.Empty())
    order = await house.act(house.actor("unit_handler", unit=unit), order, "reply", bodies.Reply(text="灯泡已更换。"))
    return await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))


async def merged(house: House, parent: Order, **fields: object) -> Order:
    child = await prepared(house, **fields)
    body = bodies.Merge(into=parent.number, relation="repeat")
    return await house.act(house.actor("dispatcher"), child, "merge", body)


async def test_an_order_is_found_by_the_words_of_each_step_within_scope(house: House) -> None:
    order = await prepared(house, content="演示路的路灯坏了，请联系张三，电话13800000000。")
    secret = await house.register(
        house.actor("agent"), title="路灯", caller={"name": "演示乙", "phone": "13900000000", "confidential": True}
    )
    follower = search_follower()
    await follower.drain(house.database)
    lead = house.actor("shift_lead")
    assert await search(house, lead, "路灯坏了") == [order.number]
    assert secret.number not in await search(house, lead, "路灯")
    assert secret.number in await search(house, house.actor("shift_lead", cleared=True), "路灯")
    assert await search(house, house.actor("shift_lead", place="乙县"), "路灯") == []
    assert await search(house, house.actor("unit_handler", unit="州市场局"), "路灯") == []
    assert await search(house, lead, "13800000000") == []  # masked, so not to be found
    await through_to_closed(house, order)
    await follower.drain(house.database)
    assert await search(house, lead, "灯泡已更换") == [order.number]


async def test_a_child_is_told_when_its_parent_closes_and_may_then_rate(
    house: House, owner: asyncpg.Connection
) -> None:
    parent = await prepared(house)
    child = await merged(house, parent)
    other = await merged(house, parent)
    follower = children_follower(house.database, house.desk)
    await follower.drain(house.database)
    clerk, rating = house.actor("revisit_clerk"), bodies.Rate(service=5, handling=5, solved=True)
    try:
        await house.act(clerk, await see(house, child.number), "rate", rating)
    except service.Conflict as no:
        assert "主单" in no.sentence()
    else:
        raise AssertionError("rated before there was an answer")
    house.clock.advance_to(house.clock() + timedelta(days=45))  # longer than an order lies quiet
    await jobs.run_clock(house.database, house.desk, house.clock())
    assert (await see(house, child.number)).state == "merged"
    closed = await through_to_closed(house, await see(house, parent.number))
    await follower.drain(house.database)
    for number in (child.number, other.number):
        order = await see(house, number)
        assert order.state == "merged" and order.closed_at == closed.closed_at
        event = await owner.fetchrow("SELECT * FROM order_event WHERE number = $1 ORDER BY seq DESC LIMIT 1", number)
        facts = unpacked(event["body"])["facts"]
        assert event["verb"] == "follow" and facts["parent"] == parent.number
        assert facts["reply_in"] == closed.reply_seq
        topics = await owner.fetch("SELECT topic FROM outbox WHERE number = $1 AND topic LIKE 'sms.f%'", number)
        assert [row["topic"] for row in topics] == ["sms.followed"]
    rated = await house.act(clerk, await see(house, child.number), "rate", rating)
    assert rated.ratings == (5, 5)
    # Reading the feed again (a restart, a restore) tells nobody twice.
    await owner.execute("UPDATE follower SET xid = '0', id = 0")
    version = (await see(house, other.number)).version
    await follower.drain(house.database)
    assert (await see(house, other.number)).version == version
    await jobs.run_due(house.desk, house.database, house.clock() + timedelta(days=60))
    assert (await see(house, child.number)).state == "archived"


async def test_a_child_of_a_child_follows_too(house: House) -> None:
    top = await prepared(house)
    middle = await prepared(house)
    low = await merged(house, middle)
    await house.act(
        house.actor("dispatcher"), await see(house, middle.number), "merge",
        bodies.Merge(into=top.number, relation="repeat"),
    )  # fmt: skip
    follower = children_follower(house.database, house.desk)
    closed = await through_to_closed(house, await see(house, top.number))
    await follower.drain(house.database)
    await follower.drain(house.database)
    for number in (middle.number, low.number):
        assert (await see(house, number)).closed_at == closed.closed_at


async def test_a_later_call_on_a_final_answer_is_answered_by_reference_at_once(house: House) -> None:
    first = await through_to_closed(house, await prepared(house))
    for _ in range(2):
        bound = bodies.Merge(into=first.number, relation="repeat", link=True)
        await house.act(house.actor("dispatcher"), await prepared(house), "merge", bound)
    body = bodies.ProposeFinal(finding="无新事实、新理由。", evidence="材料目录", head_signed="示范局局长")
    first = await house.act(house.actor("unit_handler", unit="州建设局"), first, "propose_final", body)
    final = await house.act(house.actor("manager"), first, "finalise", bodies.Finalise(reason="同意"))
    later = await merged(house, final)
    await children_follower(house.database, house.desk).drain(house.database)
    assert (await see(house, later.number)).closed_at == final.closed_at


async def test_a_redo_of_the_parent_tells_the_child_again(house: House, owner: asyncpg.Connection) -> None:
    parent = await prepared(house)
    child = await merged(house, parent)
    follower = children_follower(house.database, house.desk)
    order = await through_to_closed(house, await see(house, parent.number))
    await follower.drain(house.database)
    clerk, unit = house.actor("revisit_clerk"), house.actor("unit_handler", unit="州建设局")
    house.clock.advance_to(house.clock() + timedelta(hours=3))
    order = await house.act(clerk, order, "revisit", bodies.Revisit(reached=True))
    order = await house.act(clerk, order, "rate", bodies.Rate(service=1, handling=1, solved=False))
    order = await house.act(clerk, order, "redo", bodies.Because(reason="合理"))
    order = await house.act(unit, order, "reply", bodies.Reply(text="再次修复。"))
    order = await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))
    await follower.drain(house.database)
    assert (await see(house, child.number)).closed_at == order.closed_at
    count = "SELECT count(*) FROM order_event WHERE number = $1 AND verb = 'follow'"
    assert await owner.fetchval(count, child.number) == 2


async def test_the_whole_background_process(house: House, owner: asyncpg.Connection, tmp_path: Path) -> None:
    """Everything at once, as a running installation has it; stopped and started again in between."""
    for _ in range(2):
        stop = asyncio.Event()
        task = asyncio.create_task(run(house.database, house.ring, house.clock, stop, data=tmp_path))
        order = await prepared(house)
        late = (await house.register(house.actor("agent"), kind="complaint")).number
        house.clock.advance_to(house.clock() + timedelta(days=3))
        for _ in range(100):
            await asyncio.sleep(0.1)
            done = await owner.fetchval("SELECT count(*) FROM order_event WHERE number = $1 AND verb = 'breach'", late)
            if done and order.number in await search(house, house.actor("agent"), "路灯"):
                break
        stop.set()
        await asyncio.wait_for(task, 20)
        assert done
    rows = await owner.fetch("SELECT name, failures, error FROM job")
    assert {row["name"] for row in rows} >= {"clock", "outbox", "checkpoint", "follow.search", "months", "tidy"}
    assert [row for row in rows if row["failures"]] == []
    names = {row["name"] for row in await owner.fetch("SELECT name FROM follower")}
    assert names >= {"checkpoint", "search", "children", "indicators"}
    made = await owner.fetch("SELECT relname FROM pg_class WHERE relname ~ '^work_order_[0-9]{6}$'")
    assert len(made) >= 3
    await Work(house.database, house.ring, house.clock, data=tmp_path).catch_up()
    assert (tmp_path / "checkpoints.log").read_bytes().count(b"\n") >= 1


async def test_a_failing_job_is_noted_and_stops_no_other(house: House, owner: asyncpg.Connection) -> None:
    stop, runs = asyncio.Event(), 0

    async def bad() -> None:
        raise RuntimeError("13800000000")

    async def good() -> None:
        nonlocal runs
        runs += 1
        if runs == 5:
            stop.set()

    await asyncio.wait_for(keep_running(house.database, [Job("bad", 0.01, bad), Job("good", 0.01, good)], stop), 30)
    row = await owner.fetchrow("SELECT failures, error, ok_at FROM job WHERE name = 'bad'")
    assert row["failures"] >= 1 and row["error"] == "RuntimeError" and row["ok_at"] is None
    assert await owner.fetchval("SELECT failures FROM job WHERE name = 'good'") == 0


async def test_old_keys_are_forgotten(house: House, owner: asyncpg.Connection) -> None:
    from yihao.orders import housekeeping

    await house.register(house.actor("agent"), key="old")
    await owner.execute("UPDATE idempotency SET created_at = created_at - interval '8 days'")
    await house.register(house.actor("agent"), key="new")
    async with house.database.work() as connection:
        assert await housekeeping.forget_keys(connection) == 1
    assert await owner.fetchval("SELECT key FROM idempotency") == "new"
