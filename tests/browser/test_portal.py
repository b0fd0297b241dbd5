"""A citizen in a real browser: file with photographs, look, add, press, take back, rate; with and without scripts."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from conftest import ARTEFACTS, accessible, page_of, place
from databases import database
from live import Live, live_of
from yihao.knowledge import service as knowledge
from yihao.knowledge.model import ItemDraft
from yihao.people.model import INTERNAL
from yihao.store.db import Database, Wall
from yihao.units import service as units
from yihao.units.load import tree
from yihao.units.model import By, LayerDraft

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100000500010d0a2db4"
    "0000000049454e44ae426082"
)
PHOTO = {"name": "路灯.png", "mimeType": "image/png", "buffer": PICTURE}
PHONE = {"width": 390, "height": 844}
MOST = 60 * 1024
"""Bytes of a page with all it loads, as gzip sends them."""
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
    server_dsn: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sites: tuple[str, str]
) -> AsyncIterator[Live]:
    folder = tmp_path_factory.mktemp("portal")
    with database(server_dsn, "portal", migrated_template) as dsn:
        pool = await Database.open(dsn, app=4, worker=2)
        house = place.House(pool, dsn, folder)
        await place._furnish(house)
        await _open_to_the_public(house)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YIHAO_EMBED_ORIGINS", sites[0])
            async with live_of(house, folder) as made:
                yield made
        await pool.close()


async def visit(browser: Browser, *, scripts: bool = True, **more: Any) -> Page:
    """A citizen's browser, a phone unless told otherwise."""
    return await page_of(browser, **{"viewport": PHONE, "java_script_enabled": scripts, **more})


async def shot(page: Page, name: str) -> None:
    """Keep a picture of the page, to be looked at: as the screen shows it, and whole."""
    ARTEFACTS.mkdir(exist_ok=True)
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=ARTEFACTS / f"portal-{name}-top.png")
    await page.screenshot(path=ARTEFACTS / f"portal-{name}.png", full_page=True)


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
    await page.reload()  # the same form once more: the same matter, not another one
    assert await page.locator("dd.number").inner_text() == number

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
    async with httpx.AsyncClient(base_url=live.url) as http:
        http.headers["authorization"] = f"Bearer {await live.token('shift_lead')}"
        order = (await http.get(f"/api/v1/orders/{number}")).json()
        assert (order["state"], order["jurisdiction"]) == ("withdrawn", live.house.places["甲县"][0])
        files = (await http.get(f"/api/v1/orders/{number}/attachments")).json()["items"]
        assert [one["name"] for one in files] == ["路灯.png", "四号.png"]
    await page.context.close()


async def closed(live: Live, number: str) -> None:
    """The staff takes the matter to its end."""
    async with httpx.AsyncClient(base_url=live.url) as http:

        async def do(verb: str, *roles: str, unit: str | None = None, **body: Any) -> None:
            http.headers["authorization"] = f"Bearer {await live.token(*roles, unit=unit)}"
            version = (await http.get(f"/api/v1/orders/{number}")).json()["version"]
            answer = await http.post(
                f"/api/v1/orders/{number}/verbs/{verb}", json=body, headers={"if-match": f'"{version}"'}
            )
            assert answer.status_code == 200, answer.text

        lead = live.house.units["州建设局"]
        await do("prepare", "dispatcher", category="light", area_code="532801")
        await do("dispatch", "dispatcher", lead=lead)
        await do("sign", "unit_receiver", unit="州建设局")
        await do("progress", "unit_handler", unit="州建设局", text="已到现场查看，正在更换灯具", public=True)
        await do(
            "reply", "unit_handler", unit="州建设局", text="三号灯杆已修复，感谢您的反映。", legal_basis="示范条例"
        )
        await do("approve_reply", "shift_lead", reason="属实")


async def test_comfort_with_scripts_and_a_rating_at_the_end(live: Live, browser: Browser) -> None:
    page = await visit(browser, geolocation={"longitude": 100.797, "latitude": 22.009}, permissions=["geolocation"])
    await page.goto(f"{live.url}/appeal")
    await expect(page.get_by_role("button", name="先看看有没有现成答案")).to_be_visible()
    # The next list of places comes by itself, and what may be answered already is shown beside the title.
    await page.get_by_label("县（市、区）").select_option(label="示范甲县")
    await expect(page.get_by_label("下一级")).to_contain_text("示范丙乡")
    await fill(page, title="路灯不亮")
    await expect(page.get_by_role("heading", name="是不是想问")).to_be_visible()
    await page.get_by_text("路灯不亮怎么报修").click()
    await expect(page.get_by_text("写明路名和灯杆编号")).to_be_visible()
    await accessible(page)
    # A closed tab: title, content and place are offered again, the telephone number is not.
    await page.wait_for_timeout(600)
    await page.goto(f"{live.url}/appeal")
    await page.get_by_role("button", name="继续填写").click()
    await expect(page.get_by_label("标题")).to_have_value("路灯不亮")
    await expect(page.get_by_label("县（市、区）")).to_have_value("532801")
    await expect(page.get_by_label("联系电话")).to_have_value("")
    kept = await page.evaluate("localStorage.getItem('yihao.draft')")
    assert "13800000000" not in kept
    await fill(page, title="路灯不亮")
    await page.get_by_text("标出位置").click()
    await page.get_by_role("button", name="用我的位置").click()
    await expect(page.get_by_label("经度")).to_have_value("100.797000")
    await page.locator("svg.grid").click(position={"x": 30, "y": 30})
    await expect(page.get_by_label("经度")).not_to_have_value("100.797000")
    await page.locator("svg.grid").focus()
    before = await page.get_by_label("纬度").input_value()
    await page.keyboard.press("ArrowUp")
    assert float(await page.get_by_label("纬度").input_value()) > float(before)
    await page.get_by_label("照片和材料").set_input_files([PHOTO])
    await expect(page.get_by_role("img", name="路灯.png")).to_be_visible()
    await accessible(page)
    await shot(page, "form-phone")
    await page.get_by_role("button", name="提交", exact=True).dblclick()
    await expect(page.get_by_role("heading", name="提交成功")).to_be_visible()
    assert await page.evaluate("localStorage.getItem('yihao.draft')") is None
    await accessible(page)
    number = await page.locator("dd.number").inner_text()
    await closed(live, number)
    await page.get_by_role("button", name="查看进度").click()
    await expect(page.locator(".reply")).to_contain_text("三号灯杆已修复")
    await expect(page.locator(".history")).to_contain_text("正在更换灯具")
    for _ in range(2):
        async with page.expect_download() as saved:
            await page.get_by_role("button", name=re.compile("^路灯.png")).click()
        assert (await (await saved.value).path()).read_bytes() == PICTURE
    await accessible(page)
    await shot(page, "replied-phone")
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_role("alert")).to_contain_text("请选择问题是否解决")
    await accessible(page)
    await page.get_by_label("解决了", exact=True).check()
    await page.get_by_role("group", name="对办理结果").get_by_label("非常满意").check()
    await page.get_by_role("group", name="对热线服务").get_by_label("基本满意").check()
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_role("status")).to_contain_text("感谢您的评价")
    async with httpx.AsyncClient(base_url=live.url) as http:
        http.headers["authorization"] = f"Bearer {await live.token('shift_lead')}"
        found = (await http.get(f"/api/v1/orders/{number}/events")).json()["items"]
        rated = next(one for one in found if one["verb"] == "rate")
        assert (rated["facts"]["handling"], rated["facts"]["service"], rated["facts"]["solved"]) == (5, 3, True)
        files = (await http.get(f"/api/v1/orders/{number}/attachments")).json()["items"]
        assert [one["name"] for one in files] == ["路灯.png"]
    await page.context.close()


class Site(BaseHTTPRequestHandler):
    """Another site, whose page shows what its address names in a frame."""

    def do_GET(self) -> None:
        frame = self.path.partition("?")[2]
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        page = (
            f"<!DOCTYPE html><html lang=zh><title>政府网站</title><iframe title=热线 width=380 height=800 src={frame}>"
        )
        self.wfile.write(page.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[str, str]]:
    """Two sites of other origins than the hotline's: the government's, and one nobody named."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Site) for _ in range(2)]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    yield tuple(f"http://localhost:{server.server_port}" for server in servers)
    for server in servers:
        server.shutdown()
        server.server_close()


async def test_the_form_in_the_frame_of_a_governments_site(
    live: Live, browser: Browser, sites: tuple[str, str]
) -> None:
    page = await visit(browser)
    await page.goto(f"{sites[0]}/?{live.url}/embed/appeal?area=532801")
    frame = page.frame_locator("iframe")
    await frame.locator("input[name=kind][value=help]").check()
    await frame.get_by_label("所属领域").select_option(label="公共服务")
    await frame.get_by_label("标题").fill("示范路路灯不亮")
    await frame.get_by_label("诉求内容").fill("三天不亮。")
    await frame.get_by_label("联系电话").fill("13800000000")
    await frame.get_by_label("照片和材料").set_input_files(PHOTO)
    await frame.get_by_role("button", name="提交", exact=True).click()
    await expect(frame.get_by_role("heading", name="提交成功")).to_be_visible()
    await frame.get_by_role("button", name="查看进度").click()
    await expect(frame.locator(".says")).to_contain_text("已受理")
    await frame.get_by_text("催办", exact=True).first.click()
    await frame.get_by_role("button", name="催办").click()
    await expect(frame.get_by_role("status")).to_contain_text("已催办")
    assert await page.context.cookies() == []
    await page.context.close()


async def test_no_other_site_frames_it(live: Live, browser: Browser, sites: tuple[str, str]) -> None:
    context = await browser.new_context()  # the browser itself complains, as it should
    page = await context.new_page()
    for site, path in ((sites[1], "/embed/appeal"), (sites[0], "/appeal"), (sites[0], "/console/")):
        said: list[str] = []
        page.on("console", lambda message, into=said: into.append(message.text))
        await page.goto(f"{site}/?{live.url}{path}")
        await page.wait_for_timeout(300)
        assert any("frame-ancestors" in one for one in said), (site, path, said)
    await context.close()


PAGES = (
    "/",
    "/places",
    "/guide",
    "/enterprise",
    "/knowledge",
    "/knowledge?q=路灯",
    "/knowledge/1",
    "/appeal/where",
    "/appeal",
    "/appeal?who=enterprise",
    "/query",
    "/nothing-here",
    "/embed/appeal",
    "/embed/query",
    "/embed/knowledge",
)


@pytest.mark.parametrize("large", [False, True], ids=["standard", "large-and-dark"])
async def test_every_page_is_accessible_small_and_fits(live: Live, browser: Browser, large: bool) -> None:
    page = await visit(browser, color_scheme="dark" if large else "light")
    sizes: dict[str, int] = {}
    if large:
        await page.goto(live.url)
        await page.get_by_role("button", name="长者版").click()
        await expect(page.get_by_role("button", name="标准版")).to_be_visible()
    for path in PAGES:
        loaded: list[str] = []
        page.on("request", lambda asked, into=loaded: into.append(asked.url))
        await page.goto(live.url + path)
        async with httpx.AsyncClient(headers={"accept": "text/html"}) as http:
            sizes[path] = sum([len(gzip.compress((await http.get(url)).content)) for url in loaded])
        await accessible(page)
        assert await page.locator("h1").count() == 1, path
        # 320 CSS pixels: what is left of 1280 at 400 % zoom (WCAG 1.4.10).
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
        small = await page.evaluate(
            """() => [...document.querySelectorAll("button, .button, .ways a, .doors a, summary, .picks a")]
            .filter((one) => one.checkVisibility() && one.offsetWidth > 1 && one.offsetHeight < 41)
            .map((one) => one.outerHTML)"""
        )
        assert small == [], path
        await page.set_viewport_size(PHONE)
    assert all(sizes.values()) and max(sizes.values()) <= MOST, sizes
    await page.context.close()


async def test_pictures_of_the_pages(live: Live, browser: Browser) -> None:
    """Kept to be looked at: phone, desk, large type."""
    for name, size in (("phone", PHONE), ("desk", {"width": 1280, "height": 900})):
        page = await visit(browser, viewport=size)
        for path, called in (
            ("/", "front"), ("/appeal/where", "where"), ("/appeal", "appeal"), ("/query", "query"),
            ("/knowledge", "knowledge"), ("/guide", "guide"), ("/enterprise", "enterprise"), ("/embed/appeal", "embed"),
        ):  # fmt: skip
            await page.goto(live.url + path)
            await shot(page, f"{called}-{name}")
        await page.goto(live.url)
        await page.get_by_role("button", name="长者版").click()
        await expect(page.get_by_role("button", name="标准版")).to_be_visible()
        await shot(page, f"large-front-{name}")
        await page.goto(f"{live.url}/appeal")
        await shot(page, f"large-appeal-{name}")
        await page.emulate_media(color_scheme="dark")
        await page.goto(f"{live.url}/appeal")
        await shot(page, f"dark-appeal-{name}")
        await page.context.close()


async def test_a_lost_connection_costs_nothing_typed(live: Live, browser: Browser) -> None:
    page = await visit(browser)
    await page.goto(f"{live.url}/appeal")
    await fill(page)

    await page.context.set_offline(True)
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("还没有提交")
    await accessible(page)
    await page.context.set_offline(False)
    await expect(page.get_by_label("标题")).to_have_value("示范路路灯不亮")
    await expect(page.get_by_label("联系电话")).to_have_value("13800000000")
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("heading", name="提交成功")).to_be_visible()
    await page.context.close()


async def keeps_draft(page: Page, wanted: bool) -> None:
    """Wait until a draft lies on the device, or none."""
    for _ in range(100):
        if await page.evaluate("localStorage.getItem('yihao.draft') !== null") is wanted:
            return
        await page.wait_for_timeout(50)
    raise AssertionError(f"a draft lies on the device: {not wanted}")


async def test_an_older_browser_still_files(live: Live, browser: Browser) -> None:
    """One that cannot try the line before the form leaves sends it as it would without scripts."""
    page = await visit(browser)
    await page.add_init_script("delete AbortSignal.timeout; delete HTMLFormElement.prototype.requestSubmit")
    await page.goto(f"{live.url}/appeal")
    await fill(page)
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("heading", name="提交成功")).to_be_visible()
    await page.context.close()


async def test_no_draft_of_a_report_stays_on_the_device(live: Live, browser: Browser) -> None:
    page = await visit(browser)
    await page.goto(f"{live.url}/appeal")
    await fill(page)
    await keeps_draft(page, True)
    await page.locator("input[name=kind][value=report]").check()
    await keeps_draft(page, False)
    await page.goto(f"{live.url}/knowledge")
    await keeps_draft(page, False)
    # One of another matter is gone after its day, whichever page is opened then.
    stale = "localStorage.setItem('yihao.draft', JSON.stringify({at: Date.now() - 90000000, title: '旧', content: ''}))"
    await page.evaluate(stale)
    await page.goto(f"{live.url}/query")
    await keeps_draft(page, False)
    await page.context.close()
