"""Lists look at the newest stretch first and go all the way back when it does not fill the page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conftest import House
from yihao.orders import reading
from yihao.orders.listing import Filters, ask
from yihao.people.scope import Actor


async def numbers(house: House, actor: Actor, **filters: object) -> tuple[list[str], str | None]:
    wanted = Filters(**filters)
    asked = ask(wanted, actor.wall(), house.clock(), house.ring)
    async with house.database.read(actor.wall()) as connection:
        found = await reading.page(connection, house.desk, asked, wanted.limit, house.clock())
    return [one.number for one in found.items], found.next


async def test_pages_go_back_over_the_months(house: House) -> None:
    agent = house.actor("agent")
    made = []
    for days in (0, 1, 200, 60):
        house.clock.advance_to(house.clock() + timedelta(days=days))
        made.append((await house.register(agent)).number)
    newest = made[::-1]
    assert (await numbers(house, agent, limit=1))[0] == newest[:1]
    assert (await numbers(house, agent, limit=3))[0] == newest[:3]
    walked, after = [], None
    for _ in range(5):
        page, after = await numbers(house, agent, limit=1, after=after)
        walked += page
        if after is None:
            break
    assert walked == newest
    assert (await numbers(house, agent, state="received", kind="help", limit=50))[0] == newest
    assert (await numbers(house, agent, after="9" * 21, limit=50))[0] == newest


async def test_a_list_shows_the_earliest_running_due(house: House) -> None:
    agent = house.actor("agent")
    order = await house.register(agent)
    wanted = Filters()
    asked = ask(wanted, agent.wall(), house.clock(), house.ring)
    async with house.database.read(agent.wall()) as connection:
        shown = (await reading.page(connection, house.desk, asked, wanted.limit, house.clock())).items[0]
        due = await connection.fetchval("SELECT min(due_at) FROM open_duty WHERE number = $1", order.number)
    assert shown.next_due_at == due


async def test_what_no_index_leads_to_is_looked_for_a_while_and_then_further(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, made = house.actor("agent"), []
    for days in (0, 30, 200, 300):
        house.clock.advance_to(house.clock() + timedelta(days=days))
        made.append((await house.register(agent, channel="letter")).number)
        await house.register(agent)
    newest = made[::-1]
    assert (await numbers(house, agent, channel="letter", limit=3)) == (newest[:3], newest[2])
    assert (await numbers(house, agent, channel=("letter", "fax"), limit=50)) == (newest, None)
    monkeypatch.setattr(reading, "LOOKED_FOR", 0)  # each page may look at one more stretch
    walked, after, pages = [], None, 0
    while pages < 20:
        found, after = await numbers(house, agent, channel="letter", after=after, limit=50)
        walked, pages = walked + found, pages + 1
        if after is None:
            break
    assert walked == newest and pages > 3
