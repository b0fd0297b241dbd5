"""Figures over a real database: counted by hand, replaced and never added, rebuilt to the same, within the wall."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from conftest import House
from yihao.errors import Forbidden
from yihao.indicators import service
from yihao.indicators.model import INDICATORS, By
from yihao.orders import bodies, jobs
from yihao.orders import service as orders
from yihao.orders.checkpoints import Checkpoints
from yihao.orders.model import Order
from yihao.orders.verify import verify
from yihao.store.feed import FeedRow

DAY = date(2021, 9, 28)
LATER = date(2021, 12, 31)


async def taken_in(house: House) -> None:
    await service.follower(house.desk.places).drain(house.database)


async def figures(house: House, *by: By, actor: Any = None, first: date = DAY, last: date = LATER) -> dict[Any, Any]:
    """(group, member, indicator) -> (numerator, denominator); only what is not nothing."""
    actor = actor or house.actor("manager")
    async with house.database.read(actor.wall()) as connection:
        answer = await service.figures(connection, actor, first, last, by or ("all",))
    return {
        (f.by, f.key, f.name): (f.numerator, f.denominator)
        for f in answer.figures
        if f.numerator or (f.denominator and INDICATORS[f.name].measure == "rate")
    }


async def orders_of(house: House, name: str, *, actor: Any = None, **more: Any) -> list[tuple[str, int, int]]:
    actor = actor or house.actor("manager")
    async with house.database.read(actor.wall()) as connection:
        found = await service.orders_of(connection, actor, name, DAY, LATER, **more)
    return [(share.number, share.numerator, share.denominator) for share in found]


async def signed(house: House, *, place: str = "州", unit: str = "州建设局", **fields: Any) -> Order:
    order = await house.register(house.actor("agent", place=place), **fields)
    body = bodies.Prepare(category="light", area_code="532801")
    order = await house.act(house.actor("agent", place=place), order, "prepare", body)
    sent = bodies.Dispatch(lead=house.units[unit])
    order = await house.act(house.actor("dispatcher", place=place), order, "dispatch", sent)
    return await house.act(house.actor("unit_receiver", unit=unit), order, "sign", bodies.Empty())


async def closed(house: House, *, unit: str = "州建设局", **fields: Any) -> Order:
    order = await signed(house, unit=unit, **fields)
    order = await house.act(house.actor("unit_handler", unit=unit), order, "reply", bodies.Reply(text="已修复。"))
    return await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))


async def rated(house: House, handling: int, *, solved: bool = True, **fields: Any) -> Order:
    order = await closed(house, **fields)
    clerk = house.actor("revisit_clerk")
    order = await house.act(clerk, order, "revisit", bodies.Revisit(reached=True))
    return await house.act(clerk, order, "rate", bodies.Rate(service=5, handling=handling, solved=solved))


async def everything(owner: asyncpg.Connection) -> tuple[list[Any], list[Any]]:
    sums = await owner.fetch("SELECT * FROM indicator_day ORDER BY by, day, path, key, indicator")
    facts = await owner.fetch(
        "SELECT number, path, kind, line, area, lane, counts, keys FROM order_fact ORDER BY number"
    )
    return [tuple(row) for row in sums], [tuple(row) for row in facts]


async def test_counted_by_hand(house: House) -> None:
    await rated(house, 5)
    await rated(house, 2, solved=False)
    await signed(house)
    refused = await house.register(house.actor("agent"), kind="consult")
    body = bodies.Refuse(code="litigation", explanation="请向人民法院提起诉讼。")
    await house.act(house.actor("agent"), refused, "refuse", body)
    answered = await house.register(house.actor("agent"), kind="consult")
    await house.act(house.actor("agent"), answered, "answer", bodies.Answer(text="每周一至周五。", expert="演示专家"))
    await taken_in(house)
    assert await figures(house) == {
        ("all", "", name): value
        for name, value in {
            "accepted": (4, 1),
            "refused": (1, 1),
            "dispatched": (3, 1),
            "closed": (3, 1),
            "direct_answer": (1, 4),
            "dispatched_on_time": (3, 3),
            "signed_on_time": (3, 3),
            "responded": (2, 2),
            "on_time": (2, 2),
            "overall_on_time": (2, 2),
            "returned": (0, 3),
            "extended": (0, 3),
            "redone": (0, 2),
            "revisited": (2, 2),
            "rated": (2, 3),
            "satisfaction": (1, 2),
            "service_satisfaction": (2, 2),
            "solved": (1, 2),
        }.items()
    }
    unit = str(house.units["州建设局"])
    assert (await figures(house, "unit"))["unit", unit, "satisfaction"] == (1, 2)
    kinds = await figures(house, "kind", "area")
    assert kinds["kind", "consult", "accepted"] == (1, 1)
    assert kinds["kind", "help", "on_time"] == (2, 2)
    assert kinds["area", "532801", "solved"] == (1, 2)


async def test_a_missed_due_counts_when_the_clock_says_so(house: House) -> None:
    order = await signed(house)
    await taken_in(house)
    assert ("all", "", "on_time") not in await figures(house)
    house.clock.advance_to(house.clock() + timedelta(days=20))
    async with house.database.work() as connection:
        duties = await connection.fetch(
            "SELECT no FROM open_duty WHERE number = $1 AND due_at < $2", order.number, house.clock()
        )
    body = bodies.Breach(duties=tuple(row["no"] for row in duties))
    order = await house.act(house.clockwork(), order, "breach", body)
    await taken_in(house)
    found = await figures(house)
    assert found["all", "", "on_time"] == (0, 1)
    assert found["all", "", "responded"] == (0, 1)
    assert order.due_at is not None
    on_due_day = await figures(house, first=date(2021, 10, 8), last=date(2021, 10, 8))
    assert on_due_day["all", "", "on_time"] == (0, 1)  # 3 working days from 28 September: 29, 30, 8 October
    handler = house.actor("unit_handler", unit="州建设局")
    await house.act(handler, order, "reply", bodies.Reply(text="已修复。"))
    await taken_in(house)
    assert (await figures(house))["all", "", "on_time"] == (0, 1)


async def test_a_late_review_is_not_held_against_the_matter(house: House) -> None:
    """The overall due passed while the reply waited for review: the clock noted it, and the closing takes it back."""
    order = await signed(house)
    handler = house.actor("unit_handler", unit="州建设局")
    order = await house.act(handler, order, "reply", bodies.Reply(text="已修复。"))
    house.clock.advance_to(house.clock() + timedelta(days=20))
    await jobs.run_clock(house.database, house.desk, house.clock())
    await taken_in(house)
    assert (await figures(house))["all", "", "overall_on_time"] == (0, 1)
    async with house.database.work() as connection:
        order = (await orders.load(connection, order.number))[0].order
    await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))
    await taken_in(house)
    assert (await figures(house))["all", "", "overall_on_time"] == (1, 1)
    await Checkpoints(house.ring, None).make(house.database)
    assert (await verify(house.database, house.ring, data=None, deep=True)).faults == []


async def test_replaced_never_added(house: House, owner: asyncpg.Connection) -> None:
    order = await rated(house, 5)
    await taken_in(house)
    before = await everything(owner)
    async with house.database.work() as connection:
        for _ in range(3):
            assert await service.refresh(connection, house.desk.places, [order.number]) == 0
    row = FeedRow(1, 1, "order.rate", order.number, order.version, {}, house.clock())
    follower = service.follower(house.desk.places)
    async with house.database.work() as connection:
        await follower._handler(connection, [row, row])
    assert await everything(owner) == before
    await house.act(house.actor("manager"), order, "reopen", bodies.Reopen(ground="new_fact", reason="有新情况"))
    await taken_in(house)
    found = await figures(house)
    assert found["all", "", "accepted"] == (1, 1)
    assert found["all", "", "closed"] == (1, 1)


async def test_a_corrected_kind_leaves_nothing_behind(house: House) -> None:
    order = await house.register(house.actor("agent"), kind="help")
    await taken_in(house)
    body = bodies.Prepare(category="light", area_code="532822", kind="consult")
    await house.act(house.actor("agent"), order, "prepare", body)
    await taken_in(house)
    found = await figures(house, "kind", "area")
    assert {key for key in found if key[0] == "kind"} == {
        ("kind", "consult", "accepted"),
        ("kind", "consult", "direct_answer"),
    }
    assert found["area", "532822", "accepted"] == (1, 1)


async def test_rebuild_equals_and_mends(house: House, owner: asyncpg.Connection) -> None:
    await rated(house, 4)
    await signed(house, kind="complaint")
    await rated(house, 1, kind="report", legal_process=True)
    await taken_in(house)
    kept = await everything(owner)
    assert kept[0] and kept[1]
    done = await service.rebuild(house.database, house.desk.places)
    assert (done.orders, done.changed, done.sums) == (3, 0, 0)
    assert await everything(owner) == kept
    await owner.execute("UPDATE indicator_day SET numerator = numerator + 7 WHERE indicator = 'solved'")
    await owner.execute("INSERT INTO indicator_day VALUES ('all', '2021-01-01', '/1/', '', 'on_time', 9, 9)")
    await owner.execute("DELETE FROM indicator_day WHERE indicator = 'returned'")
    await owner.execute("DELETE FROM order_fact WHERE kind = 'complaint'")
    assert (await service.rebuild(house.database, house.desk.places)).sums > 0
    assert await everything(owner) == kept


async def test_mediation_and_enforcement_leave_satisfaction_alone(house: House) -> None:
    await rated(house, 1, solved=False, legal_process=True)
    await taken_in(house)
    found = await figures(house, "all", "unit")
    unit = str(house.units["州建设局"])
    for group in (("all", ""), ("unit", unit)):
        assert (*group, "satisfaction") not in found
        assert found[(*group, "solved")] == (0, 1)
        assert found[(*group, "on_time")] == (1, 1)


async def test_returned_and_rejected(house: House) -> None:
    order = await signed(house)
    officer = house.actor("unit_receiver", unit="州建设局")
    body = bodies.Return(
        legal_basis="示范职责清单", suggested_unit=house.units["州市场局"], explanation="不属于本单位职责"
    )
    order = await house.act(officer, order, "return", body)
    order = await house.act(house.actor("dispatcher"), order, "reject_return", bodies.Because(reason="属于职责"))
    order = await house.act(officer, order, "return", body)
    order = await house.act(house.actor("dispatcher"), order, "approve_return", bodies.Because(reason="同意"))
    sent = bodies.Dispatch(lead=house.units["州市场局"])
    await house.act(house.actor("dispatcher"), order, "dispatch", sent)
    await taken_in(house)
    found = await figures(house, "all", "unit")
    first, second = str(house.units["州建设局"]), str(house.units["州市场局"])
    assert found["all", "", "returned"] == (1, 2)
    assert found["unit", first, "returned"] == (1, 1)
    assert found["unit", second, "returned"] == (0, 1)
    assert found["all", "", "improper_returns"] == (1, 1)
    assert found["unit", first, "improper_returns"] == (1, 1)


async def test_each_level_sees_its_branch_and_each_unit_itself(house: House) -> None:
    top = await closed(house)
    county = await house.register(house.actor("agent", place="甲县"))
    await taken_in(house)
    assert (await figures(house))["all", "", "accepted"] == (2, 1)
    assert (await figures(house, actor=house.actor("manager", place="甲县")))["all", "", "accepted"] == (1, 1)
    assert await figures(house, actor=house.actor("manager", place="乙县")) == {}
    officer = house.actor("unit_handler", unit="州建设局")
    own = await figures(house, "all", "unit", "kind", actor=officer)
    assert {key[:2] for key in own} == {("unit", str(house.units["州建设局"]))}
    assert await figures(house, "unit", actor=house.actor("unit_handler", unit="州市场局")) == {}
    assert {number for number, _, _ in await orders_of(house, "accepted")} == {top.number, county.number}
    below = house.actor("manager", place="甲县")
    assert [number for number, _, _ in await orders_of(house, "accepted", actor=below)] == [county.number]
    member = str(house.units["州建设局"])
    assert await orders_of(house, "on_time", actor=officer, by="unit", key=member) == [(top.number, 1, 1)]
    with pytest.raises(Forbidden):
        await figures(house, actor=house.actor("admin"))


async def test_a_figure_leads_to_its_orders(house: House) -> None:
    made = [(await closed(house)).number for _ in range(3)]
    await closed(house, kind="complaint")
    secret = await house.register(house.actor("agent"), caller={"confidential": True, "phone": "13800000000"})
    await taken_in(house)
    found = await orders_of(house, "closed", by="kind", key="help", limit=2)
    assert found == [(number, 1, 0) for number in sorted(made, reverse=True)[:2]]
    rest = await orders_of(house, "closed", by="kind", key="help", before=found[-1][0])
    assert [number for number, _, _ in rest] == sorted(made)[:1]
    assert await orders_of(house, "improper_returns") == []
    assert secret.number not in {number for number, _, _ in await orders_of(house, "accepted")}
    cleared = house.actor("manager", cleared=True)
    assert secret.number in {number for number, _, _ in await orders_of(house, "accepted", actor=cleared)}
    with pytest.raises(service.UnknownIndicator):
        await orders_of(house, "no_such")


async def test_partners_have_no_figures(house: House, owner: asyncpg.Connection) -> None:
    unit = house.units["州市场局"]
    await owner.execute("UPDATE unit SET in_indicators = false WHERE id = $1", unit)
    await owner.execute("UPDATE units_version SET version = version + 1")
    await closed(house, unit="州市场局")
    await taken_in(house)
    found = await figures(house, "all", "unit")
    assert not [key for key in found if key[0] == "unit"]
    assert found["all", "", "closed"] == (1, 1)
    assert ("all", "", "on_time") not in found  # the profile leaves referrals out of it


async def test_the_period_is_checked(house: House) -> None:
    actor = house.actor("manager")
    async with house.database.read(actor.wall()) as connection:
        for first, last in ((LATER, DAY), (date(2000, 1, 1), LATER)):
            with pytest.raises(service.WrongPeriod):
                await service.figures(connection, actor, first, last)


async def test_says_up_to_when(house: House) -> None:
    actor = house.actor("manager")
    await closed(house)
    async with house.database.read(actor.wall()) as connection:
        assert (await service.figures(connection, actor, DAY, LATER)).as_of is None
    await taken_in(house)
    async with house.database.read(actor.wall()) as connection:
        answer = await service.figures(connection, actor, DAY, LATER)
    assert answer.as_of is not None and answer.as_of.tzinfo is not None
