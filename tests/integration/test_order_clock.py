"""What the clock does by itself: once, at its time, and never in the way of others."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

import packed
from conftest import House
from yihao.orders import bodies, jobs, service
from yihao.orders.model import Matter, Order

DAY = timedelta(days=1)


async def to_unit(house: House, **fields: object) -> Order:
    """A fresh order signed by the construction bureau."""
    order = await house.register(house.actor("agent"), **fields)
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    lead = house.units["州建设局"]
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=lead))
    return await house.act(house.actor("unit_receiver", unit="州建设局"), order, "sign", bodies.Empty())


async def closed(house: House) -> Order:
    """An order whose reply was released."""
    order = await to_unit(house)
    order = await house.act(house.actor("unit_handler", unit="州建设局"), order, "reply", bodies.Reply(text="已修复。"))
    return await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))


async def see(house: House, number: str) -> Matter:
    async with house.database.read(house.clockwork().wall()) as connection:
        return (await service.load(connection, number))[0]


async def verbs(owner: asyncpg.Connection, number: str) -> list[str]:
    return [r["verb"] for r in await owner.fetch("SELECT verb FROM order_event WHERE number = $1 ORDER BY seq", number)]


async def tick(house: House, moment: datetime) -> int:
    house.clock.advance_to(moment)
    return await jobs.run_clock(house.database, house.desk, moment)


async def test_a_breach_is_recorded_once_for_all_due_duties(house: House, owner: asyncpg.Connection) -> None:
    order = await house.register(house.actor("agent"), kind="complaint")
    matter = await see(house, order.number)
    last = max(duty.due_at for duty in matter.duties)
    assert await tick(house, min(duty.due_at for duty in matter.duties)) == 0  # at its due nothing is late yet
    assert await tick(house, last + DAY) == 1
    assert await tick(house, last + 2 * DAY) == 0
    after = await see(house, order.number)
    assert [duty.breached_at for duty in after.duties] == [duty.due_at for duty in after.duties]
    assert await verbs(owner, order.number) == ["register", "breach"]
    told = await owner.fetchval(
        "SELECT count(*) FROM outbox WHERE number = $1 AND topic = 'notice.breached'", order.number
    )
    assert told == len(matter.duties)


async def test_an_unanswered_supervision_rises_step_by_step(house: House) -> None:
    order = await to_unit(house)
    order = await house.act(house.actor("supervisor"), order, "supervise", bodies.Supervise(level=1, demand="限期办理"))
    for level in (2, 3):
        duty = (await see(house, order.number)).duty("supervision")
        assert duty is not None
        assert await tick(house, duty.due_at + DAY) == 1
        matter = await see(house, order.number)
        assert matter.order.supervision_level == level
        assert matter.duty("supervision") is not None and matter.duty("supervision") != duty


async def test_no_rating_within_its_time_archives(house: House) -> None:
    order = await closed(house)
    order = await house.act(house.actor("revisit_clerk"), order, "revisit", bodies.Revisit(reached=True))
    wait = (await see(house, order.number)).duty("rating_wait")
    assert wait is not None
    await tick(house, wait.due_at)
    assert (await see(house, order.number)).order.state == "revisiting"
    await tick(house, wait.due_at + DAY)
    matter = await see(house, order.number)
    assert matter.order.state == "archived" and matter.duties == () and matter.order.ratings == ()


async def test_a_pause_ends_by_itself(house: House) -> None:
    order = await to_unit(house)
    order = await house.act(
        house.actor("manager"), order, "pause", bodies.Pause(ground="season", reason="雨季无法施工")
    )
    end = (await see(house, order.number)).duty("pause_end")
    assert end is not None
    await tick(house, end.due_at + timedelta(minutes=1))
    matter = await see(house, order.number)
    assert matter.order.state == "signed" and matter.duty("handling") is not None
    handling = matter.duty("handling")
    assert handling is not None and handling.paused_at is None and handling.due_at > end.due_at


async def test_a_clock_that_jumps_back_records_nothing_twice(house: House, owner: asyncpg.Connection) -> None:
    order = await house.register(house.actor("agent"))
    late = max(duty.due_at for duty in (await see(house, order.number)).duties) + DAY
    await jobs.run_clock(house.database, house.desk, late)
    for moment in (late - 30 * DAY, late - DAY, late):
        assert await jobs.run_clock(house.database, house.desk, moment) == 0
    # What is done while the clock is behind is still recorded after what went before.
    await house.act(house.actor("agent"), (await see(house, order.number)).order, "prepare",
                    bodies.Prepare(category="light", area_code="532801"))  # fmt: skip
    times = [
        r["at"] for r in await owner.fetch("SELECT at FROM order_event WHERE number = $1 ORDER BY seq", order.number)
    ]
    assert times == sorted(times) and times[-1] == late


async def test_an_order_that_fails_waits_and_the_rest_goes_on(house: House, owner: asyncpg.Connection) -> None:
    stuck = await closed(house)
    quiet = (await see(house, stuck.number)).duty("quiet")
    assert quiet is not None
    # A stage of the loop is neither done nor explained: it may not be archived.
    await packed.change(owner, "data", stuck.number, lambda data: data["stages"].pop("handle"))
    fine = await closed(house)
    late = quiet.due_at + 30 * DAY
    await tick(house, late)
    assert (await see(house, stuck.number)).order.state == "closed"
    assert (await see(house, fine.number)).order.state == "archived"
    retry = await owner.fetchrow("SELECT * FROM clock_retry")
    assert retry["number"] == stuck.number and retry["code"] == "not_now" and retry["next_at"] > late
    await tick(house, late + timedelta(seconds=30))
    assert await owner.fetchval("SELECT failures FROM clock_retry") == 1
    await tick(house, late + timedelta(minutes=2))
    assert await owner.fetchval("SELECT failures FROM clock_retry") == 2
    await packed.change(owner, "data", stuck.number, lambda data: data["stages"].update(handle="done"))
    await tick(house, late + DAY)
    assert (await see(house, stuck.number)).order.state == "archived"
    assert await owner.fetchval("SELECT count(*) FROM clock_retry") == 0


async def test_two_clocks_at_once_do_each_step_once(house: House, owner: asyncpg.Connection) -> None:
    import asyncio

    orders = [await house.register(house.actor("agent")) for _ in range(8)]
    late = max(duty.due_at for duty in (await see(house, orders[0].number)).duties) + DAY
    house.clock.advance_to(late)
    await asyncio.gather(*(jobs.run_clock(house.database, house.desk, late) for _ in range(2)))
    for order in orders:
        assert await verbs(owner, order.number) == ["register", "breach"]
    assert await owner.fetchval("SELECT count(*) FROM clock_retry") == 0


async def test_living_through_a_span_does_every_step_at_its_own_time(house: House, owner: asyncpg.Connection) -> None:
    order = await closed(house)
    order = await house.act(house.actor("revisit_clerk"), order, "revisit", bodies.Revisit(reached=False))
    other = await house.register(house.actor("agent"))
    dues = sorted({duty.due_at for duty in (await see(house, other.number)).duties})
    wait = (await see(house, order.number)).duty("rating_wait")
    assert wait is not None
    until = max(*dues, wait.due_at) + 90 * DAY
    assert await jobs.run_due(house.desk, house.database, until) == 2
    assert house.clock() == until
    rows = await owner.fetch(
        "SELECT at FROM order_event WHERE number = $1 AND verb = 'breach' ORDER BY seq", other.number
    )
    assert [row["at"] for row in rows] == [due + jobs.TICK for due in dues]
    assert (await see(house, order.number)).order.archived_at == wait.due_at + jobs.TICK
    assert await jobs.run_due(house.desk, house.database, until) == 0


def test_what_the_clock_does_about_each_kind() -> None:
    assert jobs.steps([]) == ()
    (only,) = jobs.steps([(1, "sign"), (2, "overall")])
    assert only == ("breach", bodies.Breach(duties=(1, 2)))
    assert [verb for verb, _ in jobs.steps([(1, "revisit"), (2, "quiet")])] == ["breach", "archive"]
    assert [verb for verb, _ in jobs.steps([(1, "pause_end"), (2, "pause_review")])] == ["breach", "resume"]


@pytest.mark.parametrize("text", ["2026-01-05T09:00:00"])
async def test_a_time_without_zone_is_refused(house: House, text: str) -> None:
    from yihao.clock import NaiveTime

    with pytest.raises(NaiveTime):
        await jobs.run_clock(house.database, house.desk, datetime.fromisoformat(text))
