"""Knowledge in a real database: search, visibility, steps, versions, files."""

from datetime import UTC, date, datetime

import pytest

from yihao.knowledge.errors import (
    NotCitable,
    NothingToSearch,
    SamePerson,
    TitleTaken,
    UnknownItem,
    WrongItem,
    WrongStep,
)
from yihao.knowledge.model import PUBLIC, ItemDraft, ItemQuery, Reader
from yihao.knowledge.service import change_item, cite, create_item, in_force, one, page, search, take_step
from yihao.knowledge.transfer import COLUMNS, every, export_items, import_items
from yihao.store.db import Database, Wall
from yihao.store.tables import BadTable, read, write
from yihao.units.errors import UnknownPlace
from yihao.units.model import By, Category, JurisdictionDraft, UnitDraft
from yihao.units.service import edit, tree

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TODAY = NOW.date()
WALL = Wall(account=3)
EDITOR = By(account=101, role="kb_editor", at=NOW)
REVIEWER = By(account=102, role="kb_reviewer", at=NOW)
HOTLINE = Reader(visibilities=("internal", "grassroots", "public"))


@pytest.fixture
async def db(migrated_database):
    database = await Database.open(migrated_database, app=2)
    async with database.write(WALL) as connection:
        now = await edit(connection, By(account=3, role="setup", at=NOW))
        city = await now.create_jurisdiction(JurisdictionDraft(area_code="991100", name="示范州", level="city"))
        for code in ("991101", "991102"):
            draft = JurisdictionDraft(parent_id=city.id, area_code=code, name=f"示范县{code}", level="county")
            await now.create_jurisdiction(draft)
        await now.create_unit(UnitDraft(jurisdiction_id=city.id, name="州公积金中心（演示）", kind="department"))
        await now.put_category(Category(code="01", name="住房"))
    yield database
    await database.close()


async def node(connection, area):
    return (await tree(connection)).area(area)


async def add(connection, title, body="办理时请携带身份证。", *, area="991100", publish=True, **changes):
    values = {"visibility": "public", "valid_from": date(2026, 1, 1), "source": "示范口径（演示）"}
    place = (await node(connection, area)).id
    draft = ItemDraft(**{"jurisdiction_id": place, "title": title, "body": body, **values, **changes})
    made = await create_item(connection, await tree(connection), draft, EDITOR)
    if publish:
        await take_step(connection, made.id, "check", REVIEWER)
        made = await take_step(connection, made.id, "publish", REVIEWER)
    return made


async def titles(connection, text, reader=HOTLINE, on=TODAY, **limits):
    return [found.title for found in await search(connection, text, reader, on, **limits)]


async def test_every_term_before_any_term(db):
    async with db.write(WALL) as connection:
        await add(connection, "公积金提取办理条件")
        await add(connection, "公积金贷款额度", "贷款额度与缴存年限有关。")
        await add(connection, "居民用水阶梯价格", "年用水量分三档。")
        assert (await titles(connection, "公积金提取"))[0] == "公积金提取办理条件"
        assert set(await titles(connection, "公积金提取")) == {"公积金提取办理条件", "公积金贷款额度"}
        assert await titles(connection, "我想问一下公积金怎么提取") == ["公积金提取办理条件", "公积金贷款额度"]
        assert await titles(connection, "水") == ["居民用水阶梯价格"]
        assert await titles(connection, "婚姻登记") == []
        assert await titles(connection, "公积金", limit=1) == ["公积金提取办理条件"]


@pytest.mark.parametrize("text", ["' | '", "!公积:*", "a & b", "\\", "公积金'", "(公积金"])
async def test_signs_of_the_query_language_are_only_signs(db, text):
    async with db.write(WALL) as connection:
        await add(connection, "公积金提取办理条件")
        try:
            found = await titles(connection, text)
        except NothingToSearch as refused:
            assert refused.field == "q"
        else:
            assert found in ([], ["公积金提取办理条件"])


async def test_only_items_in_force_are_found(db):
    async with db.write(WALL) as connection:
        await add(connection, "草稿 公积金", publish=False)
        await add(connection, "将来 公积金", valid_from=date(2026, 2, 1))
        await add(connection, "过去 公积金", valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 4))
        ended = await add(connection, "停用 公积金")
        await take_step(connection, ended.id, "expire", REVIEWER)
        await add(connection, "今天 公积金", valid_to=TODAY)
        assert await titles(connection, "公积金") == ["今天 公积金"]
        assert [found.title for found in await in_force(connection, PUBLIC, TODAY)] == ["今天 公积金"]
        assert len(await page(connection, HOTLINE)) == 5
        assert [found.title for found in await page(connection, HOTLINE, ItemQuery(status="draft"))] == ["草稿 公积金"]


async def test_three_readers_get_three_sets(db):
    async with db.write(WALL) as connection:
        for visibility in ("internal", "grassroots", "public"):
            await add(connection, f"公积金口径 {visibility}", visibility=visibility)
        grassroots = Reader(visibilities=("grassroots", "public"))
        counts = [len(await titles(connection, "公积金", reader)) for reader in (HOTLINE, grassroots, PUBLIC)]
        assert counts == [3, 2, 1]


async def test_a_reader_sees_its_branch_and_what_stands_above(db):
    async with db.write(WALL) as connection:
        await add(connection, "州 公积金")
        mine = await add(connection, "县一 公积金", area="991101")
        await add(connection, "县二 公积金", area="991102")
        county = Reader(visibilities=("public",), path=(await node(connection, "991101")).path)
        assert set(await titles(connection, "公积金", county)) == {"州 公积金", "县一 公积金"}
        other = Reader(visibilities=("public",), path=(await node(connection, "991102")).path)
        with pytest.raises(UnknownItem):
            await one(connection, mine.id, other)


async def test_two_persons_and_the_order_of_steps(db):
    async with db.write(WALL) as connection:
        draft = await add(connection, "公积金", publish=False)
        with pytest.raises(WrongStep):
            await take_step(connection, draft.id, "publish", REVIEWER)
        with pytest.raises(SamePerson):
            await take_step(connection, draft.id, "check", EDITOR)
        checked = await take_step(connection, draft.id, "check", REVIEWER)
        assert (checked.status, checked.checked_by) == ("checked", 102)
        await take_step(connection, draft.id, "publish", REVIEWER)
        await take_step(connection, draft.id, "expire", REVIEWER)
        with pytest.raises(WrongStep):
            await take_step(connection, draft.id, "publish", REVIEWER)
        with pytest.raises(UnknownItem):
            await take_step(connection, 999, "check", REVIEWER)


async def test_citing(db):
    async with db.write(WALL) as connection:
        good = await add(connection, "公积金")
        draft = await add(connection, "水费", publish=False)
        internal = await add(connection, "口径", visibility="internal")
        assert (await cite(connection, good.id, PUBLIC, TODAY)).version == 1
        with pytest.raises(NotCitable):
            await cite(connection, draft.id, HOTLINE, TODAY)
        with pytest.raises(NotCitable):
            await cite(connection, good.id, HOTLINE, date(2025, 12, 31))
        with pytest.raises(UnknownItem):
            await cite(connection, internal.id, PUBLIC, TODAY)


async def test_a_changed_text_is_a_draft_again_and_the_old_one_is_kept(db):
    async with db.write(WALL) as connection:
        old = await add(connection, "公积金提取")
        draft = ItemDraft(
            jurisdiction_id=old.jurisdiction_id,
            title="公积金提取（新）",
            body="新口径",
            visibility="public",
            valid_from=TODAY,
            source="示范",
        )
        new = await change_item(connection, await tree(connection), old.id, draft, EDITOR)
        assert (new.version, new.status, new.checked_by) == (2, "draft", None)
        past = await connection.fetchrow("SELECT version, title, status FROM knowledge_past")
        assert tuple(past) == (1, "公积金提取", "published")
        assert await titles(connection, "公积金") == []
        await take_step(connection, old.id, "check", REVIEWER)
        await take_step(connection, old.id, "publish", REVIEWER)
        assert await titles(connection, "口径") == ["公积金提取（新）"]


async def test_wrong_drafts(db):
    async with db.write(WALL) as connection:
        with pytest.raises(UnknownPlace):
            await add(connection, "甲", category="77")
        with pytest.raises(UnknownPlace):
            await add(connection, "甲", unit_id=999)
        with pytest.raises(WrongItem):
            await add(connection, "甲", valid_to=date(2025, 1, 1))
    with pytest.raises(TitleTaken):
        async with db.write(WALL) as connection:
            await add(connection, "乙")
            await add(connection, "乙")


async def test_out_and_in_again(db):
    async with db.write(WALL) as connection:
        place = await tree(connection)
        await add(connection, "公积金提取", "=不是公式", category="01", unit_id=next(iter(place.units)))
        await add(connection, "水费", area="991101", visibility="internal", valid_to=date(2027, 1, 1))
        rows = export_items(place, await every(connection))
        content = write("csv", COLUMNS, rows, taken_by="演示员", at=NOW)
        again = await import_items(connection, place, read(content, COLUMNS), EDITOR)
        assert [len(items) for items in again.values()] == [0, 0, 2]
        changed = content.decode("utf-8-sig").replace("办理时请携带身份证。", "新口径").encode()
        done = await import_items(connection, place, read(changed, COLUMNS), EDITOR)
        assert [item.status for item in done["changed"]] == ["draft"]
        bad = "区划代码,标题,正文,公开范围,生效日期,出处\n991109,甲,乙,公开,2026-01-01,丙\n991100,甲,乙,保密,昨天,丙\n"
        with pytest.raises(BadTable) as refused:
            await import_items(connection, place, read(bad.encode(), COLUMNS), EDITOR)
        assert [(cell.row, cell.column) for cell in refused.value.cells] == [(2, "区划代码"), (3, "公开范围")]
