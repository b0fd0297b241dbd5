"""A direct answer rests on a knowledge item that is in force."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from conftest import House
from web import Web, web_of


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_only_what_is_in_force_can_be_cited(web: Web, owner: asyncpg.Connection) -> None:
    item = await owner.fetchval(
        """
        INSERT INTO knowledge_item (jurisdiction_id, title, body, visibility, status, valid_from, source, updated_at,
                                    drafted_by, checked_by, words)
        VALUES ($1, '示范问答', '演示内容', 'public', 'published', '2000-01-01', '示范来源', $2, 3, 2, '') RETURNING id
        """,
        *(web.house.places["州"][0], web.house.clock()),
    )
    agent = await web.as_("agent")
    order = await web.register(kind="consult")
    url = f"/api/v1/orders/{order['number']}/verbs/answer"
    missing = await agent.post(url, json={"text": "演示答复", "knowledge_item": 999}, headers={"if-match": '"1"'})
    assert missing.status_code in (404, 422), missing.text
    done = await agent.post(url, json={"text": "演示答复", "knowledge_item": item}, headers={"if-match": '"1"'})
    assert done.status_code == 200 and done.json()["state"] == "answered", done.text
    assert (await agent.get(f"/api/v1/orders/{order['number']}")).json()["handled_by"] == "hotline"
