"""Messages that did not leave: who keeps them sees why, and tries again."""

from __future__ import annotations

from lives import to_unit
from playwright.async_api import Browser, expect

from conftest import at_desk
from live import Live


async def test_a_dead_message_is_tried_again(live: Live, browser: Browser) -> None:
    order = await to_unit(live)
    async with live.house.database.work() as connection:
        message = await connection.fetchval(
            "UPDATE outbox SET status = 'dead', attempts = 8, error = 'TimeoutError' "
            "WHERE id = (SELECT min(id) FROM outbox WHERE topic LIKE 'notice.%') RETURNING id"
        )
    desk = await at_desk(live, browser, "admin")
    await desk.open("/outbox")
    row = desk.page.get_by_role("row", name=str(order.number))
    await expect(row).to_contain_text("有新的工单待签收")
    await expect(row).to_contain_text("TimeoutError")
    await desk.shot("outbox")
    await desk.accessible()
    await desk.page.get_by_role("button", name=f"重新发送消息{message}").click()
    await expect(desk.page.get_by_text("暂无内容")).to_be_visible()
    async with live.house.database.work() as connection:
        assert await connection.fetchval("SELECT status FROM outbox WHERE id = $1", message) != "dead"
