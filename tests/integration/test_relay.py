"""Messages leave after commit, at least once; the inbox shows each to its readers, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import asyncpg
import pytest

from conftest import House
from yihao.orders import bodies, notices
from yihao.orders.notices import notice_sender
from yihao.store import relay
from yihao.store.relay import Message, Relay, one_by_one

PUT = "INSERT INTO outbox (topic, status, body) VALUES ($1, $2, $3) RETURNING id"


class Gateway:
    """Remembers what it was given; fails for the ids it is told."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.refuse: set[int] = set()

    async def __call__(self, messages: Sequence[Message]) -> Mapping[int, str]:
        self.sent += [message.id for message in messages if message.id not in self.refuse]
        return {message.id: "refused" for message in messages if message.id in self.refuse}


async def later(owner: asyncpg.Connection, by: str = "1 day") -> None:
    """Let every lease and pause run out."""
    await owner.execute(f"UPDATE outbox SET next_at = next_at - interval '{by}' WHERE next_at IS NOT NULL")


async def status(owner: asyncpg.Connection, message: int) -> str:
    found: str = await owner.fetchval("SELECT status FROM outbox WHERE id = $1", message)
    return found


async def test_what_fails_is_tried_again_and_at_last_dead(house: House, owner: asyncpg.Connection) -> None:
    gateway = Gateway()
    good = await owner.fetchval(PUT, "sms.a", "pending", "{}")
    bad = await owner.fetchval(PUT, "sms.b", "pending", "{}")
    other = await owner.fetchval(PUT, "call.a", "pending", "{}")
    gateway.refuse = {bad}
    sender = Relay({"sms": gateway}, attempts=3)
    assert await sender.step(house.database) == 2
    assert [await status(owner, m) for m in (good, bad, other)] == ["sent", "pending", "pending"]
    assert await sender.step(house.database) == 0  # not due again yet
    for _ in range(2):
        await later(owner)
        assert await sender.step(house.database) == 1
    row = await owner.fetchrow("SELECT status, attempts, error FROM outbox WHERE id = $1", bad)
    assert tuple(row) == ("dead", 3, "refused")
    await later(owner)
    assert await sender.step(house.database) == 0
    assert gateway.sent == [good]


async def test_a_sender_that_raises_loses_nothing_and_tells_no_content(house: House, owner: asyncpg.Connection) -> None:
    message = await owner.fetchval(PUT, "sms.a", "pending", "{}")

    async def broken(messages: Sequence[Message]) -> Mapping[int, str]:
        raise ConnectionError("13800000000 unreachable")

    await Relay({"sms": broken}).step(house.database)
    row = await owner.fetchrow(
        "SELECT status, error, next_at > clock_timestamp() AS later FROM outbox WHERE id = $1", message
    )
    assert tuple(row) == ("pending", "ConnectionError", True)


async def test_a_killed_sender_leaves_a_lease_that_runs_out(house: House, owner: asyncpg.Connection) -> None:
    message = await owner.fetchval(PUT, "sms.a", "pending", "{}")
    entered = asyncio.Event()

    async def hangs(messages: Sequence[Message]) -> Mapping[int, str]:
        entered.set()
        await asyncio.sleep(3600)
        return {}

    task = asyncio.create_task(Relay({"sms": hangs}).step(house.database))
    await entered.wait()
    gateway = Gateway()
    assert await Relay({"sms": gateway}).step(house.database) == 0  # leased
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await later(owner)
    assert await Relay({"sms": gateway}).step(house.database) == 1
    assert await status(owner, message) == "sent"


async def test_a_late_result_does_not_overrule_the_one_who_took_over(house: House, owner: asyncpg.Connection) -> None:
    message = await owner.fetchval(PUT, "sms.a", "pending", "{}")
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(messages: Sequence[Message]) -> Mapping[int, str]:
        entered.set()
        await leave.wait()
        return {m.id: "too late" for m in messages}

    task = asyncio.create_task(Relay({"sms": slow}).step(house.database))
    await entered.wait()
    await later(owner)
    await Relay({"sms": Gateway()}).step(house.database)
    leave.set()
    await task
    assert await status(owner, message) == "sent"


async def test_many_relays_send_each_message_once(house: House, owner: asyncpg.Connection) -> None:
    await owner.executemany(PUT, [("sms.a", "pending", "{}")] * 300)
    gateway = Gateway()
    await asyncio.gather(*(Relay({"sms": gateway}, batch=20).drain(house.database) for _ in range(3)))
    assert len(gateway.sent) == len(set(gateway.sent)) == 300


async def test_one_by_one_fails_singly(house: House, owner: asyncpg.Connection) -> None:
    first, second = [await owner.fetchval(PUT, "sms.a", "pending", "{}") for _ in range(2)]

    async def send(message: Message) -> None:
        if message.id == first:
            raise ValueError("no")

    await Relay({"sms": one_by_one(send)}).step(house.database)
    assert [await status(owner, m) for m in (first, second)] == ["pending", "sent"]


async def test_messages_without_a_sender_wait_until_one_takes_over(house: House, owner: asyncpg.Connection) -> None:
    old = await owner.fetchval(PUT, "sms.a", "no_sender", "{}")
    await owner.execute("UPDATE outbox SET created_at = created_at - interval '9 days' WHERE id = $1", old)
    fresh = await owner.fetchval(PUT, "sms.a", "no_sender", "{}")
    gateway = Gateway()
    sender = Relay({"sms": gateway})
    assert await sender.drain(house.database) == 0
    assert await sender.take_over(house.database) == 1
    await sender.drain(house.database)
    assert gateway.sent == [fresh]
    assert await relay.adopt(house.database, "sms", timedelta(days=30)) == 1  # somebody asked for it
    await sender.drain(house.database)
    assert gateway.sent == [fresh, old]


def test_pauses_grow_and_end() -> None:
    pauses = [relay.pause(n) for n in range(1, 40)]
    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=20), timedelta(seconds=80)]
    assert pauses == sorted(pauses) and pauses[-1] == relay.LONGEST_PAUSE


async def test_sent_messages_leave_after_their_time(house: House, owner: asyncpg.Connection) -> None:
    ids = [await owner.fetchval(PUT, "sms.a", "sent", "{}") for _ in range(2)]
    await owner.execute("UPDATE outbox SET sent_at = clock_timestamp() - interval '31 days' WHERE id = $1", ids[0])
    async with house.database.work() as connection:
        assert await relay.sweep(connection) == 1
    assert await owner.fetchval("SELECT count(*) FROM outbox WHERE id = ANY ($1)", ids) == 1


@pytest.fixture
async def told(house: House) -> House:
    """An order dispatched to the construction bureau, and its notice delivered (twice, as after a crash)."""
    order = await house.register(house.actor("agent"))
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    lead = house.units["州建设局"]
    await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=lead))
    await Relay({"notice": notice_sender(house.database)}).drain(house.database)
    return house


async def test_a_unit_reads_its_notices_and_nobody_elses(told: House, owner: asyncpg.Connection) -> None:
    await owner.execute("UPDATE outbox SET status = 'pending', next_at = NULL WHERE topic LIKE 'notice.%'")
    await Relay({"notice": notice_sender(told.database)}).drain(told.database)
    assert await owner.fetchval("SELECT count(*) FROM notice") == 1
    own, foreign, hotline = (
        told.actor("unit_receiver", unit="州建设局"),
        told.actor("unit_receiver", unit="州市场局"),
        told.actor("agent"),
    )
    async with told.database.read(own.wall()) as connection:
        (notice,) = await notices.inbox(connection, unread=True)
        assert await notices.unread_count(connection) == 1
    assert notice.title == "有新的工单待签收" and notice.at == told.clock()
    for other in (foreign, hotline):
        async with told.database.write(other.wall()) as connection:
            assert await notices.inbox(connection) == []
            assert await notices.mark_read(connection, other, [notice.id], told.clock()) == 0
    async with told.database.write(own.wall()) as connection:
        assert await notices.mark_read(connection, own, [notice.id], told.clock()) == 1
        assert await notices.inbox(connection, unread=True) == []
        (again,) = await notices.inbox(connection)
    assert again.read_at == told.clock()


async def test_what_the_hotline_owes_is_told_to_the_hotline_of_the_branch(house: House) -> None:
    from yihao.orders import jobs

    await house.register(house.actor("agent"), kind="complaint")
    await jobs.run_clock(house.database, house.desk, house.clock() + timedelta(days=40))
    await Relay({"notice": notice_sender(house.database)}).drain(house.database)
    for actor, seen in ((house.actor("shift_lead"), 2), (house.actor("shift_lead", place="乙县"), 0)):
        async with house.database.read(actor.wall()) as connection:
            found = await notices.inbox(connection)
        assert len(found) == seen and all(notice.topic == "notice.breached" for notice in found)
