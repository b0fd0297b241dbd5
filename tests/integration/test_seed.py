"""A seeded database is a real one: verify opens every seal and walks every chain of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from yihao.clock import system_clock
from yihao.demo.load import load_demo, places
from yihao.indicators import service as indicators
from yihao.orders.places import Places
from yihao.orders.verify import verify
from yihao.people.passwords import Passwords
from yihao.seal.keys import open_keys
from yihao.seed.fill import NotEmpty, fill, spread
from yihao.store.db import Database

END = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def test_days_add_up_and_weekends_are_quieter() -> None:
    days = spread(50_000, END.date())
    assert len(days) == 30
    assert sum(count for _, count in days) == 50_000
    assert days[-1][0] == END.date()
    by_day = dict(days)
    assert by_day[date(2026, 11, 15)] < by_day[date(2026, 11, 16)]
    assert len(spread(5_000_000, END.date())) == 730


async def test_seeded_orders_pass_a_deep_verify(migrated_database: str, tmp_path: Path) -> None:
    database = await Database.open(migrated_database)
    ring = open_keys(tmp_path / "keys")
    await load_demo(
        database, places()[0], tmp_path / "demo.json",
        ring=ring, passwords=Passwords(memory_kib=64, passes=1), clock=system_clock,
    )  # fmt: skip
    events = await fill(migrated_database, ring, tmp_path / "keys", None, orders=1_000, end=END, data=tmp_path)
    report = await verify(database, ring, data=tmp_path, deep=True)
    assert (report.orders, report.events) == (1_000, events)
    assert report.faults == []
    owner = await asyncpg.connect(migrated_database)
    states = {
        row["state"]: row["n"] for row in await owner.fetch("SELECT state, count(*) n FROM work_order GROUP BY 1")
    }
    assert {"answered", "archived", "signed", "closed"} <= states.keys()
    assert await owner.fetchval("SELECT count(*) FROM order_event WHERE at > $1", END) == 0
    missed = "SELECT count(*) FROM open_duty WHERE due_at < $1 AND breached_at IS NULL AND paused_at IS NULL"
    assert await owner.fetchval(missed, END) == 0, "the clock has nothing left to do"
    assert await owner.fetchval("SELECT count(*) FROM order_search") == 1_000
    await _figures_are_in(owner, database)
    await owner.close()
    with pytest.raises(NotEmpty):
        await fill(migrated_database, ring, tmp_path / "keys", None, orders=10, end=END)
    await database.close()


async def _figures_are_in(owner: asyncpg.Connection, database: Database) -> None:
    """What the orders count for is what a nightly rebuild makes of them, and no follower has anything to do."""
    whole = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    before = [await owner.fetchval(whole.format(table)) for table in ("order_fact", "indicator_day")]
    assert await owner.fetchval("SELECT count(*) FROM order_fact") == 1_000
    assert await owner.fetchval("SELECT sum(numerator) FROM indicator_day WHERE by = 'all'") > 3_000
    rebuilt = await indicators.rebuild(database, Places())
    assert (rebuilt.orders, rebuilt.changed, rebuilt.sums) == (1_000, 0, 0)
    await owner.execute("TRUNCATE order_fact, indicator_day")
    assert (await indicators.rebuild(database, Places())).changed == 1_000
    assert [await owner.fetchval(whole.format(table)) for table in ("order_fact", "indicator_day")] == before
    assert await owner.fetchval("SELECT to_regclass('order_fact_keys') IS NOT NULL")
    followers = {row["name"] for row in await owner.fetch("SELECT name FROM follower WHERE as_of IS NOT NULL")}
    assert followers == {"checkpoint", "search", "children", "indicators"}
    assert await owner.fetchval("SELECT ok_at IS NOT NULL FROM job WHERE name = 'indicators.rebuild'")
