"""The live board: what is open, what is due, what came in today, and where it is stuck; relative to ``/api/v1``.

Each figure says by which filter its orders are listed. Open orders and clocks are counted through their indexes, days
are read from the figures' sums; who stands behind the same wall shares an answer for a few seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from yihao.indicators import service
from yihao.orders import door, owing
from yihao.orders.door import Visit
from yihao.orders.kept import Kept
from yihao.orders.lamps import soon
from yihao.orders.model import DUTY_KINDS, OPEN_STATES, STATES
from yihao.orders.owing import WORK, Of, Wanted
from yihao.orders.places import Place
from yihao.orders.views import Out, says
from yihao.people.guard import IDLE
from yihao.people.problem import refusals

KEPT: Final = 3.0
"""Seconds an answer is kept for."""
WORST: Final = 10
PRESSING: Final = ("critical", "urgent")
DECISIONS: Final = (
    "extension_decision",
    "return_review",
    "refusal_confirm",
    "final_decision",
    "appeal_decision",
    "redo_decision",
    "pause_review",
)
"""Duties that ask for a decision, in the order a board shows them."""
OFS: Final[tuple[Of, Of]] = ("mine", "units")
COLOURS: Final = ("green", "yellow", "red", "paused")


class Tally(Out, frozen=True, kw_only=True):
    """A figure and how its orders are listed."""

    count: Annotated[int, says("How many. 数量。", 12)]
    source: Annotated[
        Literal["orders", "worklist", "indicators"],
        says("Where they are listed: GET /orders, /worklist, or /indicators/{name}/orders. 明细所在的列表。"),
    ]
    filter: Annotated[
        dict[str, list[str]],
        says("Its query parameters; `name` stands in the path of /indicators. 明细的查询条件。", {"state": ["signed"]}),
    ]


class StateTally(Tally, frozen=True, kw_only=True):
    """Open orders in a state."""

    state: Annotated[str, says("State. 状态。", "signed")]
    label: Annotated[str, says("In Chinese. 状态名称。", "办理中")]


class ClockTally(Tally, frozen=True, kw_only=True):
    """Open clocks of a kind in a colour."""

    duty: Annotated[str, says("What is owed. 事项。", "handling")]
    label: Annotated[str, says("In Chinese. 事项名称。", "主办办理")]
    colour: Annotated[str, says("green, yellow, red, paused. 灯色。", "red")]


class UnitTally(Tally, frozen=True, kw_only=True):
    """Clocks of one unit past due."""

    unit: Annotated[int, says("Id of the unit. 单位编号。", 3)]
    name: Annotated[str, says("Its name. 单位名称。", "示例市建设局")]
    since: Annotated[datetime, says("The longest overdue was due then. 最早的到期时间。")]


class Today(Out, frozen=True, kw_only=True):
    """What today brought, as far as the figures have been taken in."""

    day: Annotated[date, says("Today, in the place's own zone. 今日。")]
    registered: Annotated[Tally, says("Registered, refused ones too. 登记。")]
    accepted: Annotated[Tally, says("Registered and not refused. 受理。")]
    dispatched: Annotated[Tally, says("Dispatches. 派单。")]
    closed: Annotated[Tally, says("Answered or closed. 办结。")]


class Board(Out, frozen=True, kw_only=True):
    """The board of a branch, or of the caller's own units."""

    at: Annotated[datetime, says("When it was counted; a few seconds ago at most. 统计时间。")]
    as_of: Annotated[datetime | None, says("Up to when today's figures have been taken in. 今日数据截至。")]
    open: Annotated[Tally, says("Orders somebody still owes an answer in. 在办工单。")]
    states: Annotated[list[StateTally], says("Open orders by state, in the order of the flow. 各状态在办工单。")]
    pressing: Annotated[Tally, says("Open orders that are urgent or critical. 紧急、特急在办工单。")]
    desk: Annotated[list[ClockTally], says("Clocks of the own desk, or own units; none where nothing runs. 本方时限。")]
    units: Annotated[list[ClockTally], says("Clocks of the units of the branch. 各承办单位时限。")]
    decisions: Annotated[
        list[ClockTally], says("Of the desk's clocks those that ask for a decision, all colours together. 待决定事项。")
    ]
    back: Annotated[Tally, says("Dispatches that came again. 退回待重派。")]
    worst: Annotated[list[UnitTally], says(f"Units with the most clocks past due, at most {WORST}. 超期最多的单位。")]
    today: Annotated[Today, says("Today. 今日。")]


async def board(connection: asyncpg.Connection, visit: Visit) -> Board:
    """The board behind the wall of the transaction."""
    now, wall, desk = visit.act.now, visit.actor.wall(), visit.desk
    home = await desk.places.at(connection, visit.actor.path)
    found = await _open(connection, visit)
    then = soon(home, now)
    own, units = [
        await _clocks(connection, *owing.counts(wall, Wanted(of=of), now=now, soon=then), of=of) for of in OFS
    ]
    back, values = owing.back_count(wall, Wanted())
    today, as_of = await _today(connection, visit, home)
    pressing = sum(count for (state, urgency), count in found.items() if urgency in PRESSING)
    unit = {} if wall.branch else {"unit": [str(one) for one in wall.units[:1]]}
    every = [state for state in STATES if state in OPEN_STATES]
    by_state: Counter[str] = Counter()
    for (state, _), count in found.items():
        by_state[state] += count
    return Board(
        at=now,
        as_of=as_of,
        open=_orders(by_state.total(), {"state": every, **unit}),
        states=[
            StateTally(
                **_fields(_orders(by_state[state], {"state": [state], **unit})), state=state, label=STATES[state]
            )
            for state in every
        ],
        pressing=_orders(pressing, {"state": every, "urgency": list(PRESSING), **unit}),
        desk=own,
        units=units,
        decisions=_decisions(own),
        back=Tally(count=await connection.fetchval(back, *values), source="worklist", filter={"back": ["true"]}),
        worst=await _worst(connection, visit, home),
        today=today,
    )


async def _open(connection: asyncpg.Connection, visit: Visit) -> Mapping[tuple[str, str], int]:
    wall, states = visit.actor.wall(), sorted(OPEN_STATES)
    if wall.branch:
        rows = await connection.fetch(service.SQL["open_orders"], states, wall.branch)
    else:
        rows = await connection.fetch(service.SQL["open_orders_of"], states, list(wall.units))
    return {(row["state"], row["urgency"]): row["orders"] for row in rows}


async def _clocks(connection: asyncpg.Connection, sql: str, values: Sequence[Any], *, of: Of) -> list[ClockTally]:
    found = {row["duty"]: row for row in await connection.fetch(sql, *values)}
    return [
        ClockTally(
            count=found[kind][colour],
            source="worklist",
            filter={"of": [of], "duty": [kind], "colour": [colour]},
            duty=kind,
            label=label,
            colour=colour,
        )
        for kind, label in DUTY_KINDS.items()
        if kind in found
        for colour in COLOURS
        if found[kind][colour]
    ]


def _decisions(own: list[ClockTally]) -> list[ClockTally]:
    found = []
    for kind in DECISIONS:
        running = [one for one in own if one.duty == kind and one.colour != "paused"]
        worst = max((one.colour for one in running), key=COLOURS.index, default="green")
        found.append(
            ClockTally(
                count=sum(one.count for one in running),
                source="worklist",
                filter={"of": ["mine"], "duty": [kind]},
                duty=kind,
                label=DUTY_KINDS[kind],
                colour=worst,
            )
        )
    return found


async def _worst(connection: asyncpg.Connection, visit: Visit, home: Place) -> list[UnitTally]:
    wall = visit.actor.wall()
    if not wall.branch:
        return []
    rows = await connection.fetch(service.SQL["overdue_units"], visit.act.now, wall.branch, WORK, WORST)
    return [
        UnitTally(
            count=row["duties"],
            source="worklist",
            filter={"unit": [str(row["unit"])], "colour": ["red"]},
            unit=row["unit"],
            name=home.tree.unit(row["unit"]).name,
            since=row["since"],
        )
        for row in rows
    ]


async def _today(connection: asyncpg.Connection, visit: Visit, home: Place) -> tuple[Today, datetime | None]:
    day = visit.act.now.astimezone(home.zone).date()
    answer = await service.figures(connection, visit.actor, day, day)
    found = {figure.name: figure.numerator for figure in answer.figures if figure.by == "all"}

    def tally(name: str) -> Tally:
        days = {"name": [name], "from": [str(day)], "to": [str(day)]}
        return Tally(count=found.get(name, 0), source="indicators", filter=days)

    begun = datetime.combine(day, datetime.min.time(), home.zone)
    registered = Tally(
        count=found.get("accepted", 0) + found.get("refused", 0),
        source="orders",
        filter={"from": [begun.isoformat()]},
    )
    today = Today(
        day=day,
        registered=registered,
        accepted=tally("accepted"),
        dispatched=tally("dispatched"),
        closed=tally("closed"),
    )
    return today, answer.as_of


def _orders(count: int, wanted: dict[str, list[str]]) -> Tally:
    return Tally(count=count, source="orders", filter=wanted)


def _fields(tally: Tally) -> dict[str, Any]:
    return msgspec.structs.asdict(tally)


BOARDS: Final[Kept[Board]] = Kept(KEPT)


class BoardController(Controller):
    """The live board."""

    path = "/board"
    tags = ("指标 Indicators",)

    @get(operation_id="getBoard", summary="运行态势", responses=refusals(401, 403, 503), opt={IDLE: True})
    async def live(self, visit: NamedDependency[Visit]) -> Board:
        """What is open, due and stuck in the caller's branch (or in the caller's units), and what today brought.

        Counted at most three seconds ago. Orders by state are those the branch itself took. Yellow is judged by the
        rules of the caller's own place. It names no order, so it is not recorded.
        """
        door.sees_orders(visit.actor)
        wall, path = visit.actor.wall(), visit.actor.path

        async def work() -> Board:
            async with visit.db.read(wall) as connection:
                return await board(connection, visit)

        return await BOARDS.get((visit.db, msgspec.structs.replace(wall, account=0), path), work)
