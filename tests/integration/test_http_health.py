"""Health, readiness, figures, headers, and who is believed about where a request came from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import House
from web import web_of
from yihao.errors import Misconfigured
from yihao.seal.keys import new_ring
from yihao.settings import PlainOutside, Settings
from yihao.web.app import create_app


async def test_alive_ready_and_described(house: House) -> None:
    async with web_of(house) as web:
        assert (await web.http.get("/healthz")).json() == {"status": "ok"}
        ready = (await web.http.get("/readyz")).json()
        assert ready["status"] == "ready" and ready["database"] is True and ready["warnings"] == []
        described = await web.http.get("/api/openapi.json")
        assert described.json()["openapi"].startswith("3.1") and "max-age" in described.headers["cache-control"]
        assert (await web.http.get("/api/openapi.json")).content == described.content
        assert (await web.http.get("/schema")).status_code == 404


async def test_a_calendar_that_ends_is_a_warning_not_a_failure(house: House) -> None:
    house.clock.advance_to(datetime(2026, 12, 1, tzinfo=UTC))
    async with web_of(house) as web:
        answer = await web.http.get("/readyz")
        assert answer.status_code == 200 and any("2027" in one for one in answer.json()["warnings"])


async def test_a_clock_that_stands_still_is_told(house: House) -> None:
    async with web_of(house) as web:
        await web.register()
        house.clock.advance_to(house.clock() + timedelta(days=2))
        ready = (await web.http.get("/readyz")).json()
        assert ready["clock_seconds"] > 3600 and any("时钟" in one for one in ready["warnings"])


async def test_an_order_the_clock_cannot_move_makes_the_clock_not_late(house: House, owner: asyncpg.Connection) -> None:
    async with web_of(house) as web:
        stuck, other = await web.register(), await web.register()
        house.clock.advance_to(house.clock() + timedelta(days=2))
        await owner.execute(
            "INSERT INTO clock_retry (number, failures, next_at, code) VALUES ($1, 3, $2, 'demo')",
            *(stuck["number"], house.clock() + timedelta(hours=1)),
        )
        late = (await web.http.get("/readyz")).json()
        assert late["clock_seconds"] > 3600  # the other one is still late
        await owner.execute("DELETE FROM open_duty WHERE number = $1", other["number"])
        ready = (await web.http.get("/readyz")).json()
        assert ready["clock_seconds"] == 0 and not any("滞后" in one for one in ready["warnings"])
        assert any("1 件工单的自动步骤未能完成" in one for one in ready["warnings"])


async def test_a_message_nobody_ever_tried_to_send_is_late_since_it_was_made(
    house: House, owner: asyncpg.Connection
) -> None:
    async with web_of(house) as web:
        await web.to_unit()
        pending = "FROM outbox WHERE status = 'pending'"
        assert await owner.fetchval(f"SELECT count(*) {pending} AND next_at IS NULL") > 0
        fresh = (await web.http.get("/readyz")).json()
        assert fresh["outbox_seconds"] < 60 and fresh["warnings"] == []
        await owner.execute("UPDATE outbox SET created_at = created_at - interval '10 minutes'")
        waiting = (await web.http.get("/readyz")).json()
        assert waiting["outbox_seconds"] >= 600 and any("等待外发" in one for one in waiting["warnings"])
        # Tried and put off: late only once the next try is due.
        await owner.execute("UPDATE outbox SET next_at = now() + interval '5 minutes' WHERE status = 'pending'")
        assert (await web.http.get("/readyz")).json()["outbox_seconds"] == 0
        await owner.execute("UPDATE outbox SET next_at = now() - interval '20 minutes' WHERE status = 'pending'")
        assert (await web.http.get("/readyz")).json()["outbox_seconds"] >= 1200


async def test_figures_hold_templates_and_no_numbers(house: House) -> None:
    async with web_of(house) as web:
        order = await web.register()
        await (await web.as_("agent")).get(f"/api/v1/orders/{order['number']}?x=13800000000")
        text = (await web.http.get("/metrics")).text
        assert 'yihao_requests_total{method="GET",route="/api/v1/orders/{number}",status="200"} 1.0' in text
        assert order["number"] not in text and "13800000000" not in text
        await web.http.request("BREW", "/pot")
        assert 'method="other"' in (await web.http.get("/metrics")).text


async def test_headers_protect_every_answer(house: House) -> None:
    async with web_of(house) as web:
        for path in ("/", "/healthz", "/api/v1/orders", "/nothing"):
            answer = await web.http.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'") and "unsafe" not in policy
            assert answer.headers["server"] == "" and "strict-transport-security" not in answer.headers
            assert len(answer.headers["x-request-id"]) == 16


def client_at(web: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=web.app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://yihao.test")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proto", "secure"),
    [
        ("10.0.0.5", "198.51.100.9", "https", True),
        ("10.0.0.5", "1.2.3.4, 198.51.100.9, 10.0.0.6", "https", True),
        ("192.0.2.7", "198.51.100.9", "https", False),
        ("10.0.0.5", "nonsense", "http", False),
    ],
)
async def test_only_a_trusted_proxy_is_believed(
    house: House, peer: str, forwarded: str, proto: str, secure: bool
) -> None:
    async with web_of(house, trusted_proxy=("10.0.0.0/24",)) as web:
        seen: list[Any] = []
        inner = web.app.app

        async def spy(scope: Any, receive: Any, send: Any) -> None:
            seen.append((scope["client"][0], scope["scheme"]))
            await inner(scope, receive, send)

        web.app.app = spy
        headers = {"x-forwarded-for": forwarded, "x-forwarded-proto": proto}
        answer = await client_at(web, peer).get("/healthz", headers=headers)
        web.app.app = inner
    assert ("strict-transport-security" in answer.headers) is secure
    assert seen[0][1] == ("https" if secure else "http")
    assert seen[0][0] == ("198.51.100.9" if secure else peer)


def test_the_application_refuses_plain_http_outside() -> None:
    with pytest.raises(PlainOutside):
        create_app(Settings(database_url="postgresql://x", host="0.0.0.0"), ring=new_ring())


def test_the_application_needs_a_database() -> None:
    with pytest.raises(Misconfigured) as refused:
        create_app(Settings(), ring=new_ring())
    assert "YIHAO_DATABASE_URL" in refused.value.sentence("zh")
