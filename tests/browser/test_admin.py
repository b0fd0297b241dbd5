"""The three administrators: an account from its opening to the first sign-in, roles, second factor."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
from fields import choose
from playwright.async_api import Browser, Page, expect

from conftest import Desk, at_desk, page_of
from live import Live
from web import PASSWORD
from yihao.clock import system_clock


async def opened(admin: Desk, username: str, name: str) -> str:
    """Open an account; its first password."""
    await admin.open("/accounts")
    await admin.page.get_by_role("button", name="开设账号").click()
    form = admin.page.get_by_role("dialog")
    await form.get_by_label("用户名").fill(username)
    await form.get_by_label("姓名").fill(name)
    await choose(admin.page, "所属辖区", "示范州")
    await admin.shot("account-new")
    await admin.accessible()
    await form.get_by_role("button", name="保存").click()
    shown = admin.page.locator(".once .secret")
    await expect(shown).to_have_text(re.compile(r"^[a-z2-9]{4}(-[a-z2-9]{4}){3}$"))
    return await shown.inner_text()


async def sign_in(page: Page, live: Live, username: str, password: str, otp: str | None = None) -> None:
    await page.goto(f"{live.url}/console/")
    await page.get_by_label("用户名").fill(username)
    await page.get_by_label("密码", exact=True).fill(password)
    if otp:
        await page.get_by_label("动态口令").fill(otp)
    await page.get_by_role("button", name="登录", exact=True).click()


async def test_an_account_is_opened_empowered_and_used(live: Live, browser: Browser) -> None:
    admin = await at_desk(live, browser, "admin")
    first = await opened(admin, "demo.newcomer", "演示新人")
    await admin.shot("accounts")
    await admin.accessible()
    # What is another administrator's is said, not hidden.
    await admin.page.get_by_role("link", name="演示新人").click()
    await expect(admin.page.get_by_role("button", name="授予岗位")).to_be_disabled()
    await expect(admin.page.locator("main")).to_contain_text("安全管理员")
    await admin.shot("account-as-admin")
    await admin.accessible()

    security = await at_desk(live, browser, "security_admin")
    await security.open("/accounts")
    await expect(security.page.locator("main")).to_contain_text("开设账号由系统管理员办理")
    await security.page.get_by_label("姓名或用户名").fill("newcomer")
    await security.page.get_by_role("button", name="查询").click()
    await security.page.get_by_role("link", name="demo.newcomer").click()
    await security.page.get_by_role("button", name="授予岗位").click()
    await choose(security.page, "岗位", "经办人", "承办单位经办人")
    form = security.page.get_by_role("dialog")
    await form.get_by_role("button", name="授予岗位").click()
    await expect(form.locator(".el-form-item__error")).to_contain_text("单位")  # a unit role without its unit
    await choose(security.page, "单位（仅承办单位一类岗位）", "示范州建设局")
    await form.get_by_role("button", name="授予岗位").click()
    await expect(security.page.locator(".held")).to_contain_text("承办单位经办人（示范州建设局）")
    await security.shot("account-as-security")
    await security.accessible()
    # 三员分立: the refusal names both roles, and what was chosen stays.
    await security.page.get_by_role("button", name="授予岗位").click()
    await choose(security.page, "岗位", "审计员", "^审计员")
    await form.get_by_role("button", name="授予岗位").click()
    await expect(form.locator(".el-form-item__error")).to_contain_text("三员分立")
    await form.get_by_role("button", name="取消").click()

    newcomer = await page_of(browser, viewport={"width": 1280, "height": 800})
    await sign_in(newcomer, live, "demo.newcomer", first)
    await expect(newcomer.get_by_role("main")).to_contain_text("首次登录请先修改密码")
    for label, typed in (("当前密码", first), ("新密码", PASSWORD), ("再次输入新密码", PASSWORD)):
        await newcomer.get_by_label(label, exact=True).fill(typed)
    await newcomer.get_by_role("button", name="修改密码").click()
    await expect(newcomer).to_have_url(re.compile("/sign-in"))
    await sign_in(newcomer, live, "demo.newcomer", PASSWORD)
    await expect(newcomer.get_by_role("button", name="退出登录")).to_be_visible()

    async with live.house.database.work() as connection:
        held = await connection.fetch(
            "SELECT r.role, u.name FROM account_role r JOIN account a ON a.id = r.account_id "
            "LEFT JOIN unit u ON u.id = r.unit_id WHERE a.username = 'demo.newcomer'"
        )
    assert [tuple(row) for row in held] == [("unit_handler", "示范州建设局")]


async def test_a_lost_password_a_clearance_and_a_closed_account(live: Live, browser: Browser) -> None:
    name = await live.account("agent")
    security = await at_desk(live, browser, "security_admin")
    await security.open("/accounts")
    await security.page.get_by_label("姓名或用户名").fill(name)
    await security.page.get_by_role("button", name="查询").click()
    await security.page.get_by_role("link", name=name).click()
    await expect(security.page.get_by_role("button", name="停用账号")).to_be_enabled()

    async def do(label: str) -> None:
        await security.page.get_by_role("button", name=label).click()
        await security.page.get_by_role("dialog").get_by_role("button", name="确定").click()

    await do("允许查阅涉密工单")
    await expect(security.page.locator(".head")).to_contain_text("可查阅涉密件")
    await do("重置密码")
    new = await security.page.locator(".once .secret").inner_text()
    await do("停用账号")
    await expect(security.page.locator(".head")).to_contain_text("已停用")
    await expect(security.page.get_by_role("button", name="启用账号")).to_be_disabled()
    await security.shot("account-closed")

    clerk = await page_of(browser)
    await sign_in(clerk, live, name, new)
    await expect(clerk.get_by_role("alert")).to_contain_text("用户名")
    admin = await at_desk(live, browser, "admin")
    await admin.page.goto(security.page.url)
    await admin.page.get_by_role("button", name="启用账号").click()
    await admin.page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(admin.page.get_by_role("button", name="停用账号")).to_be_enabled()
    await sign_in(clerk, live, name, new)
    await expect(clerk.get_by_role("main")).to_contain_text("首次登录请先修改密码")


async def test_a_privileged_role_enrols_its_second_factor_first(live: Live, browser: Browser) -> None:
    admin, security = await at_desk(live, browser, "admin"), await at_desk(live, browser, "security_admin")
    first = await opened(admin, "demo.keeper", "演示管理")
    await admin.page.get_by_role("link", name="演示管理").click()
    await expect(admin.page.get_by_role("button", name="授予岗位")).to_be_visible()
    await security.page.goto(admin.page.url)
    await security.page.get_by_role("button", name="授予岗位").click()
    await choose(security.page, "岗位", "管理机构", "^管理机构")
    await security.page.get_by_role("dialog").get_by_role("button", name="授予岗位").click()
    await expect(security.page.locator(".held")).to_contain_text("管理机构")

    page = await page_of(browser, permissions=["clipboard-read", "clipboard-write"])
    await sign_in(page, live, "demo.keeper", first)
    for label, typed in (("当前密码", first), ("新密码", PASSWORD), ("再次输入新密码", PASSWORD)):
        await page.get_by_label(label, exact=True).fill(typed)
    await page.get_by_role("button", name="修改密码").click()
    await expect(page).to_have_url(re.compile("/sign-in"))
    await sign_in(page, live, "demo.keeper", PASSWORD)
    await expect(page.get_by_role("main")).to_contain_text("该岗位须先绑定动态口令")
    await page.get_by_role("button", name="生成动态口令密钥").click()
    key = page.locator("code.secret")
    await expect(key).to_have_text(re.compile(r"^([A-Z2-7]{4} )+[A-Z2-7]{1,4}$"))
    await page.get_by_role("button", name="复制密钥").click()
    secret = (await key.inner_text()).replace(" ", "")
    assert await page.evaluate("navigator.clipboard.readText()") == secret
    desk = Desk(live, page, "demo.keeper")
    await desk.shot("second-factor")
    await desk.accessible()
    await page.get_by_label("动态口令").fill("000000")
    await page.get_by_role("button", name="确认绑定").click()
    await expect(page.locator(".note")).to_contain_text("动态口令不正确")
    totp = pyotp.TOTP(secret)
    await page.get_by_label("动态口令").fill(totp.now())
    await page.get_by_role("button", name="确认绑定").click()
    await expect(page).to_have_url(re.compile("/sign-in"))
    await sign_in(page, live, "demo.keeper", PASSWORD)
    await expect(page.get_by_role("alert")).to_contain_text("动态口令")
    await sign_in(page, live, "demo.keeper", PASSWORD, totp.at(system_clock() + timedelta(seconds=30)))
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()


async def test_roles_are_explained(live: Live, browser: Browser) -> None:
    auditor = await at_desk(live, browser, "auditor")
    await auditor.open("/roles")
    await expect(auditor.page.get_by_role("row", name=re.compile("回访员"))).to_contain_text("本辖区及下级的工单")
    await auditor.shot("roles")
    await auditor.accessible()


async def test_a_unit_and_its_officer_make_the_catalogue_work(live: Live, browser: Browser) -> None:
    admin = await at_desk(live, browser, "admin")
    page = admin.page
    await admin.open("/units")
    await page.get_by_label("查找辖区").fill("乙县")
    await page.get_by_role("button", name=re.compile("示范乙县")).click()
    await expect(page.get_by_role("heading", name="示范乙县")).to_be_visible()
    await page.get_by_role("button", name="新建单位").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("单位名称").fill("示范乙县水务局")
    await form.get_by_label("办公时间").fill("早九晚五")
    await choose(page, "类型", "部门", "^部门$", inside=form)
    await form.get_by_role("button", name="保存").click()
    await expect(form.locator(".el-form-item__error")).to_contain_text("办公时间“早九晚五”有误")
    await expect(form.get_by_label("单位名称")).to_have_value("示范乙县水务局")
    await form.get_by_label("办公时间").fill("09:00-12:00,14:00-17:30")
    await admin.shot("unit-new")
    await admin.accessible()
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("示范乙县水务局")
    await expect(page.locator(".head")).to_contain_text("无在岗人员，不能派单")
    await page.get_by_role("button", name="登记办理人员").click()
    await form.get_by_label("姓名").fill("演示水务")
    await form.get_by_text("签收员", exact=True).click()
    await form.get_by_role("button", name="保存").click()
    await expect(page.locator(".head")).to_contain_text("可派单")
    await admin.shot("unit-page")
    await admin.accessible()

    await admin.open("/units")
    await expect(page.get_by_role("treeitem", name=re.compile("示范乙县")).last).to_be_visible()
    await admin.shot("units")
    await admin.accessible()

    await admin.open("/categories")
    await page.get_by_role("button", name="新建分类").click()
    await form.get_by_label("编码").fill("water")
    await form.get_by_label("名称").fill("供水")
    await form.get_by_label("提示词").fill("停水、水压，自来水")
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("row", name=re.compile("^water"))).to_contain_text("停水、水压、自来水")
    await admin.shot("categories")
    await admin.accessible()

    await admin.open("/catalogue")
    await choose(page, "事项分类 试派", "供水")
    await choose(page, "区域 试派", "示范乙县")
    await page.get_by_role("button", name="试派").click()
    await expect(page.get_by_role("status").first).to_contain_text("无主事项")
    await page.get_by_role("button", name="新增目录行").click()
    await choose(page, "事项分类", "供水", inside=form)
    await choose(page, "适用区域", "示范乙县", inside=form)
    await choose(page, "主办单位", "示范乙县水务局", inside=form)
    await form.get_by_label("依据").fill("示范职责清单第2条")
    await form.get_by_text("县级", exact=True).click()
    await form.get_by_role("button", name="保存").click()
    await expect(form).to_have_count(0)
    row = page.get_by_role("row", name=re.compile("^供水"))
    await expect(row).to_contain_text("示范职责清单第2条")
    await page.get_by_role("button", name="试派").click()
    await expect(page.get_by_role("status").first).to_contain_text("主办单位：示范乙县水务局")
    await admin.shot("catalogue")
    await admin.accessible()
    async with live.house.database.work() as connection:
        made = await connection.fetchrow(
            "SELECT c.basis, u.name, u.office_hours FROM catalogue c JOIN unit u ON u.id = c.unit_id "
            "WHERE c.category = 'water'"
        )
    assert tuple(made) == ("示范职责清单第2条", "示范乙县水务局", "09:00-12:00,14:00-17:30")
    await row.get_by_role("button", name="停用").click()
    await form.get_by_role("button", name="停用").click()
    await expect(form).to_have_count(0)
    async with live.house.database.work() as connection:
        assert await connection.fetchval("SELECT valid_to FROM catalogue WHERE category = 'water'") is not None
