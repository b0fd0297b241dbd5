"""Orders for the browser tests to begin with, made as people before them would have made them."""

from __future__ import annotations

from typing import Any

import httpx

from live import Live
from yihao.clock import system_clock
from yihao.orders import bodies
from yihao.orders.model import Order

UNIT = "州建设局"


async def registered(live: Live, title: str, **fields: Any) -> Order:
    """A request for help an agent took down."""
    live.house.clock.advance_to(system_clock())
    made: Order = await live.house.register(live.house.actor("agent"), title=title, **fields)
    return made


async def dispatched(
    live: Live, title: str, *, lead: str = UNIT, assists: tuple[str, ...] = (), **fields: Any
) -> Order:
    """An order that waits for the lead unit's signature."""
    house, order = live.house, await registered(live, title, **fields)
    dispatcher = house.actor("dispatcher")
    order = await house.act(dispatcher, order, "prepare", bodies.Prepare(category="light", area_code="532800"))
    body = bodies.Dispatch(lead=house.units[lead], assists=tuple(house.units[name] for name in assists))
    sent: Order = await house.act(dispatcher, order, "dispatch", body)
    return sent


async def signed(live: Live, title: str, **more: Any) -> Order:
    """An order the lead unit has in hand: the construction bureau unless another is named."""
    order = await dispatched(live, title, **more)
    receiver = live.house.actor("unit_receiver", unit=more.get("lead", UNIT))
    made: Order = await live.house.act(receiver, order, "sign", bodies.Empty())
    return made


async def closed(live: Live, title: str, **more: Any) -> Order:
    """An order whose reply the hotline released: it is to be revisited."""
    house, order = live.house, await signed(live, title, **more)
    reply = bodies.Reply(text="已修复，现场照片附后。", internal="调用备件两件。")
    order = await house.act(house.actor("unit_handler", unit=UNIT), order, "reply", reply)
    made: Order = await house.act(house.actor("shift_lead"), order, "approve_reply", bodies.Because(reason="属实"))
    return made


async def ruled(live: Live, files: dict[str, str]) -> None:
    """Rules of the place's own over its document's."""
    token = await live.token("manager")
    put = f"/api/v1/jurisdictions/{live.house.places['州'][0]}/layer"
    async with httpx.AsyncClient(base_url=live.url, headers={"authorization": f"Bearer {token}"}) as client:
        answer = await client.put(put, json={"files": files, "reason": "试行"})
    assert answer.status_code == 200, answer.text


async def done(live: Live, number: str, verb: str, body: dict[str, Any], *roles: str, **more: Any) -> None:
    """A verb done by somebody else through the API, by the server's own knowledge of the place."""
    token = await live.token(*roles, **more)
    async with httpx.AsyncClient(base_url=live.url, headers={"authorization": f"Bearer {token}"}) as client:
        version = (await client.get(f"/api/v1/orders/{number}/verbs")).json()["version"]
        answer = await client.post(
            f"/api/v1/orders/{number}/verbs/{verb}", json=body, headers={"if-match": f'"{version}"'}
        )
    assert answer.status_code == 200, answer.text


async def now(live: Live, number: str) -> dict[str, Any]:
    """An order as the API gives it to the hotline, with its history under ``events`` and its files under ``files``."""
    token = await live.token("dispatcher")
    async with httpx.AsyncClient(base_url=live.url, headers={"authorization": f"Bearer {token}"}) as client:
        order: dict[str, Any] = (await client.get(f"/api/v1/orders/{number}")).json()
        order["events"] = (await client.get(f"/api/v1/orders/{number}/events")).json()["items"]
        order["files"] = (await client.get(f"/api/v1/orders/{number}/attachments")).json()["items"]
    return order
