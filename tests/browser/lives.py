"""Orders played to where a journey begins, over the furnished place of a running server."""

from __future__ import annotations

from typing import Any

from live import Live
from yihao.indicators import service as indicators
from yihao.orders import bodies
from yihao.orders.model import Order


async def to_unit(live: Live, unit: str = "州建设局", **fields: Any) -> Order:
    """A fresh order that unit has signed."""
    house = live.house
    order: Order = await house.register(house.actor("agent"), **fields)
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=house.units[unit]))
    return await house.act(house.actor("unit_receiver", unit=unit), order, "sign", bodies.Empty())


async def counted(live: Live) -> None:
    """Every change so far is in the figures, as the background process sees to."""
    await indicators.follower(live.house.desk.places).drain(live.house.database)
