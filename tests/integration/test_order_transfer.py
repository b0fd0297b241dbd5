"""Orders from a table: checked whole, registered whole, and never twice."""

from __future__ import annotations

import asyncpg
import pytest

from conftest import House
from yihao.orders import transfer
from yihao.orders.packing import unpacked
from yihao.orders.transfer import Counts
from yihao.people.model import INTERNAL
from yihao.store.tables import BadTable, read

HEAD = "来源编号,诉求类型,标题,诉求内容,所属领域,区划代码,事项分类编码,事发时间,诉求人,联系电话,被反映单位,匿名\n"
ONE = "X-1,求助,路灯不亮,演示路的路灯三天不亮。,公共服务,532801,light,2021-09-27 20:30,演示甲,13800000000,,\n"
TWO = "X-2,complaint,井盖缺失,演示路井盖缺失。,service,532822,,,演示乙,0691-2123456,示范州市场局,否\n"


async def take(house: House, *lines: str, head: str = HEAD) -> Counts:
    """The file's rows, in a transaction of the account for files."""
    rows = read((head + "".join(lines)).encode(), transfer.COLUMNS)
    jurisdiction, path = house.places["州"]
    actor = transfer.internal_actor(transfer.ROLE, jurisdiction=jurisdiction, path=path)
    async with house.database.write(actor.wall()) as connection:
        return await transfer.import_orders(connection, house.desk, rows)


async def faults(house: House, *lines: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    with pytest.raises(BadTable) as refused:
        await take(house, *lines, head=head)
    return [(cell.row, cell.column, cell.reason) for cell in refused.value.cells]


async def test_rows_become_orders_as_from_any_door(house: House, owner: asyncpg.Connection) -> None:
    made = await take(house, ONE, TWO)
    assert (made.created, made.unchanged) == (2, 0)
    rows = await owner.fetch("SELECT * FROM work_order ORDER BY number")
    assert [row["number"] for row in rows] == sorted(made.numbers)
    assert [(row["channel"], row["kind"], row["title"], row["category"]) for row in rows] == [
        ("import", "help", "路灯不亮", "light"),
        ("import", "complaint", "井盖缺失", None),
    ]
    event = await owner.fetchrow("SELECT account_id, role, body FROM order_event WHERE number = $1", rows[0]["number"])
    assert (event["account_id"], event["role"]) == (INTERNAL["files"], "files")
    assert unpacked(event["body"])["facts"]["occurred_at"].startswith("2021-09-27T12:30")  # told in the place's time
    assert await owner.fetchval("SELECT count(*) FROM open_duty") >= 4
    assert await owner.fetchval("SELECT count(*) FROM caller_index") == 2
    found = await owner.fetch("SELECT redacted FROM order_private ORDER BY number")
    assert [unpacked(row["redacted"])["caller"]["phone"] for row in found] == ["138****0000", "0691-****456"]
    sealed = str([tuple(row) for row in await owner.fetch("SELECT t::text FROM order_import t")])
    assert "X-1" not in sealed and b"X-1".hex() not in sealed


async def test_the_same_file_again_does_nothing(house: House, owner: asyncpg.Connection) -> None:
    first = await take(house, ONE)
    again = await take(house, ONE, TWO)
    assert (again.created, again.unchanged) == (1, 1)
    assert (await take(house, TWO, ONE, ONE)).unchanged == 3
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 2
    # However late: idempotency keys are forgotten after a week, these are not.
    await owner.execute("DELETE FROM idempotency")
    assert (await take(house, ONE)).created == 0
    assert first.numbers[0] in (await faults(house, ONE.replace("三天", "四天")))[0][2]


async def test_a_rotated_index_key_still_knows_what_came(house: House) -> None:
    await take(house, ONE)
    house.ring.rotate("index")
    assert (await take(house, ONE)).unchanged == 1
    assert (await faults(house, ONE.replace("三天", "四天")))[0][1] == "来源编号"


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (ONE.replace("求助", "求救"), "诉求类型", "求救"),
        (ONE.replace("公共服务", "天气"), "所属领域", "不在可选值之内"),
        (ONE.replace("532801", "110000"), "区划代码", "110000"),
        (ONE.replace("532801", "x"), "区划代码", "格式"),
        (ONE.replace("light", "dark"), "事项分类编码", "dark"),
        (ONE.replace("2021-09-27 20:30", "昨天"), "事发时间", "昨天"),
        (ONE.replace("13800000000", "12"), "联系电话", "电话号码"),
        (TWO.replace("示范州市场局", "无此局"), "被反映单位", "无此局"),
        (TWO.replace(",否\n", ",也许\n"), "匿名", "也许"),
        (ONE.replace("路灯不亮", "灯" * 201), "标题", "长度"),
        (ONE.replace("X-1", ""), "来源编号", "不能为空"),
    ],
)
async def test_a_bad_cell_is_named_and_nothing_is_kept(
    house: House, owner: asyncpg.Connection, line: str, column: str, reason: str
) -> None:
    other = TWO.replace("X-2", "X-9")
    (found,) = await faults(house, other, line)
    assert found[:2] == (3, column) and reason in found[2]
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 0
    assert await owner.fetchval("SELECT count(*) FROM order_import") == 0


async def test_every_bad_row_is_listed_before_any_is_registered(house: House, owner: asyncpg.Connection) -> None:
    lines = [ONE.replace("X-1", f"X-{n}") for n in range(5)]
    lines[1] = lines[1].replace("13800000000", "12")
    lines[3] = lines[3].replace("求助", "求救")
    lines += [ONE.replace("X-1", "X-5").replace("light", "none"), ONE.replace("X-1", "X-0").replace("路灯", "灯")]
    assert [(row, column) for row, column, _ in await faults(house, *lines)] == [
        (3, "联系电话"),
        (5, "诉求类型"),
        (7, "事项分类编码"),
        (8, "来源编号"),
    ]
    assert await owner.fetchval("SELECT coalesce(sum(next), 0) FROM order_counter") == 0  # not even a number was drawn


async def test_what_only_the_place_can_refuse_is_listed_too(house: House, owner: asyncpg.Connection) -> None:
    head = HEAD.strip() + ",已进入信访渠道\n"
    lines = [ONE.strip() + ",是\n", TWO.strip() + ",\n"]
    ((row, column, reason),) = await faults(house, *lines, head=head)
    assert (row, column) == (2, "已进入信访渠道") and "信访" in reason
    assert await owner.fetchval("SELECT count(*) FROM work_order") == 0


async def test_a_state_secret_stops_the_file(house: House) -> None:
    rows = read((HEAD + ONE + TWO.replace("井盖缺失。", "机密★10年 文件。")).encode(), transfer.COLUMNS)
    jurisdiction, path = house.places["州"]
    actor = transfer.internal_actor(transfer.ROLE, jurisdiction=jurisdiction, path=path)
    with pytest.raises(transfer.StoppedTable) as stopped:
        async with house.database.write(actor.wall()) as connection:
            await transfer.import_orders(connection, house.desk, rows)
    assert [cell.row for cell in stopped.value.cells] == [3] and len(stopped.value.stopped) == 1


async def test_a_row_may_name_the_jurisdiction_it_is_registered_in(house: House, owner: asyncpg.Connection) -> None:
    await take(house, ONE.strip() + ",532801\n", head=HEAD.strip() + ",登记辖区\n")
    assert await owner.fetchval("SELECT path FROM work_order") == house.places["甲县"][1]


async def test_nobody_else_sees_what_came_by_files(house: House) -> None:
    await take(house, ONE)
    for actor in (house.actor("manager", cleared=True), house.actor("dispatcher")):
        async with house.database.read(actor.wall()) as connection:
            assert await connection.fetchval("SELECT count(*) FROM order_import") == 0


async def test_a_report_keeps_its_reporter_apart(house: House, owner: asyncpg.Connection) -> None:
    await take(house, ONE.replace("求助", "举报"))
    assert await owner.fetchval("SELECT count(*) FROM reporter") == 1
    assert await owner.fetchval("SELECT count(*) FROM caller_index") == 0


async def test_too_many_rows_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "MOST_ROWS", 1)
    assert (await faults(house, ONE, TWO))[0][0] == 3
