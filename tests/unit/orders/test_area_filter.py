"""Which part of a division code a list is narrowed by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yihao.orders import listing, owing
from yihao.orders.listing import Filters
from yihao.orders.owing import Wanted
from yihao.seal.keys import new_ring
from yihao.store.db import Wall

NOW = datetime(2026, 1, 5, tzinfo=UTC)
WALL = Wall(account=1, branch="/1/")


@pytest.mark.parametrize(
    ("area", "begins"),
    [
        ("530000", "53"),
        ("532800", "5328"),
        ("532801", "532801"),
        ("310110", "310110"),  # its last zero is a digit like any other: 310112 lies beside it, not in it
        ("532801000", "532801"),
        ("532801100", "532801100"),
    ],
)
def test_an_area_holds_what_lies_in_it_and_not_its_neighbours(area: str, begins: str) -> None:
    asked = listing.ask(Filters(area=area), WALL, NOW, new_ring())
    _, values = owing.page(WALL, Wanted(area=area), None, 50, now=NOW, soon=NOW)
    assert begins in asked.values and begins in values
    assert area == begins or area not in [*asked.values, *values]
