"""The merge of hotlines on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from test_http_screens import browser, hidden

from conftest import House
from web import Web, web_of
from yihao.lines import jobs
from yihao.worktime import SHANGHAI


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    await jobs.run_clock(house.database, house.desk.places, house.clock())
    async with web_of(house) as made:
        yield made


async def test_progress_and_one_line_for_everybody_who_sees_orders(web: Web) -> None:
    clerk = await browser(web, "agent")
    shown = await clerk.get("/lines")
    assert shown.status_code == 200 and "热线归并进度" in shown.text and "已登记 33 条" in shown.text
    assert "登记热线" not in shown.text and 'href="/lines/12315"' in shown.text and "逾期" not in shown.text
    line = await clerk.get("/lines/12315")
    for word in ("暂时保留座席", "责任清单", "驻场培训", "切换前由原热线接听", "按清单登记", "调查摸底"):
        assert word in line.text, word
    assert "修改登记" not in line.text and "勾选</button>" not in line.text
    assert "一号一策" in (await clerk.get("/lines/96301")).text
    assert (await clerk.get("/lines/12999")).status_code == 404
    assert (await clerk.get("/lines/abc")).status_code == 400


async def test_late_lines_are_red_and_first(web: Web) -> None:
    web.house.clock.advance_to(datetime(2021, 12, 10, 12, tzinfo=SHANGHAI))
    shown = await (await browser(web, "agent")).get("/lines")
    assert "逾期 31 条" in shown.text and "逾期 10 天" in shown.text
    assert shown.text.index("逾期 10 天") < shown.text.index(">12360<")


async def test_the_managing_body_enters_changes_and_ticks(web: Web) -> None:
    manager = await browser(web, "manager")
    form = await manager.get("/lines")
    sent = {
        "_csrf": hidden(form.text, "_csrf", 'action="/lines"'), "number": "96701", "name": "示例热线", "mode": "whole",
        "unit": "示例单位", "founder": "city", "seats": "merged", "by": "2021-12-31", "survey.funding": "财政拨款",
        "levels": "city",
    }  # fmt: skip
    bad = await manager.post("/lines", data=sent | {"number": "110"})
    assert bad.status_code == 422 and "不能登记为归并的热线" in bad.text and "示例单位" in bad.text
    done = await manager.post("/lines", data=sent)
    assert done.status_code == 200 and "已保存" in done.text and "财政拨款" in done.text, done.text
    near = 'action="/lines/96701"'
    edit = sent | {"_csrf": hidden(done.text, "_csrf", near), "_version": hidden(done.text, "_version", near)}
    edit.pop("number")
    changed = await manager.post("/lines/96701", data=edit | {"remark": "座席三个", "seats": "cancelled"})
    assert changed.status_code == 200 and "座席：座席并入 → 取消本地座席" in changed.text, changed.text
    assert 'name="by" type="date" value="2021-12-31"' in changed.text
    stale = await manager.post("/lines/96701", data=edit | {"remark": "又改"})
    assert stale.status_code == 409 and "已被他人修改" in stale.text and "又改" in stale.text
    near = "/lines/96701/duties/training"
    tick = {
        "_csrf": hidden(changed.text, "_csrf", near),
        "_version": hidden(changed.text, "_version", near),
        "done": "true",
    }
    refused = await manager.post("/lines/96701/duties/training", data=tick)
    assert refused.status_code == 422 and "请填写证明材料" in refused.text
    ticked = await manager.post("/lines/96701/duties/training", data=tick | {"document": "示范材料第1号"})
    assert ticked.status_code == 200 and "示范材料第1号" in ticked.text and "责任落实" in ticked.text
    near = "/lines/96701/steps"
    step = {"_csrf": hidden(ticked.text, "_csrf", near), "_version": hidden(ticked.text, "_version", near)}
    early = await manager.post("/lines/96701/steps", data=step | {"step": "merge"})
    assert early.status_code == 409 and "切换日期未到或未定" in early.text
    ended = await manager.post("/lines/96701/steps", data=step | {"step": "cancel"})
    assert "已取消" in ended.text and "号码停用" in ended.text and "状态：计划归并 → 已取消" in ended.text
    assert "不在本地归并" in ended.text
    near = 'name="step" value="reopen"'
    step["_version"] = str(int(step["_version"]) + 1)
    kept = await manager.post("/lines/96701/steps", data=step | {"step": "reopen"})
    assert kept.status_code == 409 and "批准依据" in kept.text
    override = {"override.basis": "示政发〔2022〕1号", "override.reason": "专项工作"}
    back = await manager.post("/lines/96701/steps", data=step | {"step": "reopen"} | override)
    assert back.status_code == 200 and "示政发〔2022〕1号" in back.text


async def test_nobody_else_changes_anything(web: Web) -> None:
    clerk, manager = await browser(web, "agent"), await browser(web, "manager")
    csrf = hidden((await clerk.get("/orders/new")).text, "_csrf")
    for path in ("/lines", "/lines/12396", "/lines/12396/steps", "/lines/12396/duties/training"):
        forged = await clerk.post(path, data={"_csrf": csrf, "_version": "1", "step": "cancel", "done": "true"})
        assert forged.status_code in (403, 422), path
    assert (await clerk.post("/lines/12396/steps", data={"_version": "1", "step": "cancel"})).status_code == 403
    assert "计划归并" in (await manager.get("/lines/12396")).text


async def test_a_contradiction_of_the_document_is_shown(web: Web, house: House) -> None:
    async with house.database.write(house.clockwork().wall()) as connection:
        await connection.execute(
            "UPDATE hotline SET against = '某文件 二(二)3：10月底设分中心并入' WHERE number = '12360'"
        )
    shown = await (await browser(web, "agent")).get("/lines/12360")
    assert "文件前后不一" in shown.text and "10月底设分中心并入" in shown.text
