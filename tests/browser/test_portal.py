"""A citizen's day in a real browser: file with photographs, look, add, press, take back, rate; with and without scripts."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from conftest import place
from databases import database
from live import Live, live_of
from yihao.knowledge import service as knowledge
from yihao.knowledge.model import ItemDraft
from yihao.people.model import INTERNAL
from yihao.store.db import Database, Wall
from yihao.units import service as units
from yihao.units.load import tree
from yihao.units.model import By, LayerDraft

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "test-artefacts" / "portal"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100000500010d0a2db4"
    "0000000049454e44ae426082"
)
PHOTO = {"name": "路灯.png", "mimeType": "image/png", "buffer": PICTURE}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MOST = 60 * 1024
"""Bytes of a page with all it loads, as gzip sends them."""
PHONE = {"width": 390, "height": 844}
OWN_SITE = """
embed_only: {on: false, basis: {design: 演示自有网站}}
"""
LANE = """
enterprise: {on: true, urgency: expedited, basis: {design: 演示企业绿色通道}}
"""


async def _open_to_the_public(house: Any) -> None:
    """The furnished place with pages of its own, a lane for enterprises, and something to be asked."""
    by = By(account=INTERNAL["setup"], role="setup", at=house.clock())
    async with house.database.write(Wall(account=INTERNAL["setup"])) as connection:
        edit = await units.edit(connection, by)
        files = {"place.yaml": OWN_SITE, "flow.yaml": LANE}
        await edit.put_layer(house.places["州"][0], LayerDraft(files=files, reason="演示"))
    async with house.database.write(Wall(account=INTERNAL["setup"])) as connection:
        for title, body in (
            ("路灯不亮怎么报修", "请拨打热线或在网上提交，写明路名和灯杆编号，市政单位三日内修复。"),
            ("居住证怎么办理", "到居住地派出所或便民中心，带身份证和居住证明，十五日内领取。"),
        ):
            draft = ItemDraft(
                jurisdiction_id=house.places["州"][0], title=title, body=body, visibility="public",
                valid_from=date(2020, 1, 1), source="示范州建设局",
            )  # fmt: skip
            made = await knowledge.create_item(connection, await tree(connection), draft, by)
            other = By(account=INTERNAL["clock"], role="setup", at=house.clock())
            await knowledge.take_step(connection, made.id, "check", other)
            await knowledge.take_step(connection, made.id, "publish", other)


@pytest.fixture(scope="module")
async def live(
    server_dsn: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("portal")
    with database(server_dsn, "portal", migrated_template) as dsn:
        pool = await Database.open(dsn, app=4, worker=2)
        house = place.House(pool, dsn, folder)
        await place._furnish(house)
        await _open_to_the_public(house)
        async with live_of(house, folder) as made:
            yield made
        await pool.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    async with async_playwright() as tools:
        made = await tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        await made.close()


async def visit(browser: Browser, *, scripts: bool, **more: Any) -> Page:
    """A citizen's browser. Whatever the console complains of fails the test."""
    more.setdefault("viewport", PHONE)
    context = await browser.new_context(locale="zh-CN", java_script_enabled=scripts, **more)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on(
        "console",
        lambda said: pytest.fail(said.text) if said.type == "error" and "status of" not in said.text else None,
    )
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


async def shot(page: Page, name: str) -> None:
    """Keep a picture of the page, to be looked at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


async def fill(page: Page, **more: str) -> None:
    """Fill in the form of a matter."""
    await page.locator("input[name=kind][value=help]").check()
    await page.get_by_label("所属领域").select_option(label="公共服务")
    await page.get_by_label("标题").fill(more.get("title", "示范路路灯不亮"))
    await page.get_by_label("诉求内容").fill("示范路三号灯杆的路灯三天不亮，晚上看不见路。")
    await page.get_by_label("联系电话").fill(more.get("phone", "13800000000"))


async def test_from_filing_to_taking_back_without_scripts(live: Live, browser: Browser) -> None:
    page = await visit(browser, scripts=False)
    await page.goto(live.url)
    await page.get_by_role("link", name=re.compile("^我要反映 ")).click()
    await page.get_by_role("link", name="示范甲县").click()
    await page.get_by_role("link", name="就在示范甲县，下一步").click()
    await expect(page.get_by_label("县（市、区）")).to_have_value("532801")
    await fill(page, phone="12")
    await page.get_by_label("照片和材料").set_input_files(PHOTO)
    await page.get_by_role("button", name="提交", exact=True).click()
    # Refused: the field is named, everything is still there, the photograph too.
    await expect(page.get_by_role("alert")).to_contain_text("电话号码有误")
    await page.get_by_role("link", name=re.compile("电话号码有误")).click()
    await expect(page.get_by_label("标题")).to_have_value("示范路路灯不亮")
    await expect(page.get_by_label("路灯.png（已上传")).to_be_checked()
    await shot(page, "refused-phone")
    await page.get_by_label("联系电话").fill("13800000000")
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("heading", name="提交成功")).to_be_visible()
    await shot(page, "filed-phone")
    number = await page.locator("dd.number").inner_text()
    code = await page.locator("dd.code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{10}", code)
    # The way back and the same form again: the same matter, not another one.
    await page.go_back()

    await page.goto(f"{live.url}/query")
    await page.get_by_label("工单编号").fill(number.lower())
    await page.get_by_label("查询码").fill(code.lower())
    await page.get_by_role("button", name="查询", exact=True).click()
    await expect(page.locator(".says")).to_contain_text("已受理")
    assert code not in page.url and number not in page.url
    await page.get_by_text("补充情况").click()
    await page.get_by_label("补充的内容").fill("四号灯杆也不亮了")
    await page.get_by_label("照片和材料").set_input_files({**PHOTO, "name": "四号.png"})
    await page.get_by_role("button", name="提交补充").click()
    await expect(page.get_by_role("status")).to_contain_text("已补充")
    await page.get_by_text("催办", exact=True).first.click()
    await page.get_by_role("button", name="催办").click()
    await expect(page.locator(".history")).to_contain_text("您催办了一次")
    await shot(page, "matter-phone")
    await page.get_by_text("撤回诉求").click()
    await page.locator("#withdraw-reason").fill("已经修好了")
    await page.locator("#withdraw-phone").fill("13900000000")
    await page.get_by_role("button", name="撤回", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("电话与登记时不一致")
    await expect(page.get_by_label("撤回原因")).to_have_value("已经修好了")
    await page.get_by_label("登记时的联系电话").fill("138 0000 0000")
    await page.get_by_role("button", name="撤回", exact=True).click()
    await expect(page.locator(".says")).to_have_text("您已撤回诉求。")
    async with live.house.database.read(Wall(account=0, path="/", cleared=True)) as connection:
        found = await connection.fetchrow('SELECT state, jurisdiction_id FROM "order" WHERE number = $1', number)
        assert found is None or found["state"] == "withdrawn"
    await page.context.close()
