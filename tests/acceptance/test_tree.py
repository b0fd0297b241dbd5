"""One order through the whole tree and back, in each place: every level's duty, every level's sight, one history.

Province > city > county > township where the place has a province, city > county > township elsewhere; over HTTP, as
the demonstration's own accounts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from web import web_of
from yihao.clock import SimulatedClock
from yihao.demo.load import DemoAccount, home_of, load_demo, places
from yihao.orders.verify import verify
from yihao.people.passwords import Passwords
from yihao.profile import load as load_profile
from yihao.seal.keys import KeyRing, new_ring
from yihao.store.db import Database, Wall
from yihao.units.layers import is_rank
from yihao.units.load import load
from yihao.units.model import Jurisdiction
from yihao.units.tree import Tree

NOON = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in every place
TOWN_MATTER = "0115"
"""市容环境卫生: asked for as help, the township leads by the catalogue."""
LAMP = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "title": "垃圾清运",
    "content": "演示路的垃圾三天没有清运。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}


class Installation:
    """A demonstration under way: its tree, its accounts, a client for each."""

    def __init__(self, dsn: str, ring: KeyRing, accounts: list[DemoAccount], tree: Tree, place: str) -> None:
        self.dsn, self.ring, self.accounts, self.tree = dsn, ring, accounts, tree
        self.clock = SimulatedClock(NOON)
        self.profile = load_profile(place)
        self.home = home_of(tree, place)
        self.http: httpx.AsyncClient
        self.web: Any
        self._clients: dict[str, httpx.AsyncClient] = {}

    def chain(self) -> list[Jurisdiction]:
        """The root down to a township whose every level has accounts."""
        staffed = {account.area_code for account in self.accounts if account.unit is not None}
        town = next(
            node for node in self.tree.jurisdictions.values() if node.level == "township" and node.area_code in staffed
        )
        return self.tree.lineage(town.id)

    async def desk(self, role: str, node: Jurisdiction) -> httpx.AsyncClient:
        """Somebody of the node's own hotline."""
        return await self._client(
            next(a for a in self.accounts if role in a.roles and a.area_code == node.area_code and a.unit is None)
        )

    async def officer(self, role: str, unit: int) -> httpx.AsyncClient:
        """Somebody of a unit."""
        return await self._client(next(a for a in self.accounts if role in a.roles and a.unit == unit))

    async def _client(self, account: DemoAccount) -> httpx.AsyncClient:
        if account.username not in self._clients:
            self.clock.advance_to(self.clock() + timedelta(seconds=30))
            otp = pyotp.TOTP(account.totp_secret).at(self.clock()) if account.totp_secret else None
            body = {"username": account.username, "password": account.password, "otp": otp}
            answer = await self.http.post("/api/v1/tokens", json=body)
            assert answer.status_code == 201, answer.text
            headers = {"authorization": f"Bearer {answer.json()['token']}"}
            self._clients[account.username] = self.web.client(headers=headers)
        return self._clients[account.username]

    async def try_(self, who: httpx.AsyncClient, order: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
        """A verb on the order, tried."""
        url = f"/api/v1/orders/{order['number']}/verbs/{verb}"
        return await who.post(url, json=body, headers={"if-match": f'"{order["version"]}"'})

    async def do(self, who: httpx.AsyncClient, order: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
        """A verb on the order, done."""
        answer = await self.try_(who, order, verb, **body)
        assert answer.status_code == 200, (verb, answer.text)
        return answer.json()

    async def register(self, node: Jurisdiction, **fields: Any) -> httpx.Response:
        """A matter taken at the node's desk."""
        return await (await self.desk("agent", node)).post("/api/v1/orders", json=LAMP | fields)

    async def prepared(self, node: Jurisdiction, area: str, category: str = TOWN_MATTER) -> dict[str, Any]:
        """A matter of that area taken and classed at the node's desk."""
        made = await self.register(node)
        assert made.status_code == 201, made.text
        who = await self.desk("dispatcher", node)
        return await self.do(who, made.json(), "prepare", category=category, area_code=area)

    async def reply(self, unit: int, order: dict[str, Any], text: str) -> dict[str, Any]:
        """The unit's result, through its own reviewer where the place asks for one."""
        handler = await self.officer("unit_handler", unit)
        order = await self.do(handler, order, "reply", text=text, contacted=True)
        if self.profile.flow.unit_review.on:
            order = await self.do(await self.officer("unit_reviewer", unit), order, "unit_approve")
        return order

    async def sees(self, who: httpx.AsyncClient, order: dict[str, Any]) -> bool:
        """Whether it is shown: alone, in its history and in the list, or in none of them."""
        one = await who.get(f"/api/v1/orders/{order['number']}")
        history = await who.get(f"/api/v1/orders/{order['number']}/events")
        listed = (await who.get("/api/v1/orders", params={"limit": 50})).json()["items"]
        ways = {one.status_code == 200, history.status_code == 200, order["number"] in {o["number"] for o in listed}}
        assert len(ways) == 1, "seen in one way and not in another"
        return ways.pop()

    async def verbs(self, who: httpx.AsyncClient, order: dict[str, Any]) -> set[str]:
        """What the account may do now."""
        answer = await who.get(f"/api/v1/orders/{order['number']}/verbs")
        assert answer.status_code == 200, answer.text
        return {one["verb"] for one in answer.json()["items"]}


@asynccontextmanager
async def installed(dsn: str, folder: Path, place: str) -> AsyncIterator[Installation]:
    """The demonstration of a place, served."""
    ring, passwords = new_ring(), Passwords(memory_kib=64, passes=1)
    database = await Database.open(dsn, app=2, worker=1)
    accounts = await load_demo(
        database, place, folder / "a.json", ring=ring, passwords=passwords, clock=SimulatedClock(NOON)
    )
    async with database.read(Wall(account=3)) as connection:
        tree = await load(connection)
    passwords.close()
    made = Installation(dsn, ring, accounts, tree, place)
    try:
        async with web_of(made) as web:
            made.web, made.http = web, web.http
            yield made
        found = await verify(database, ring, data=None, deep=True)
        assert found.faults == []
    finally:
        await database.close()


def desks(at: Installation, chain: list[Jurisdiction]) -> list[Jurisdiction]:
    """Those of the chain that run a hotline of their own."""
    return [node for node in chain if is_rank(node.level, at.profile.place.tiers.desks) or node.parent_id is None]


async def passed_down(at: Installation, chain: list[Jurisdiction]) -> tuple[dict[str, Any], list[int]]:
    """An order taken at the top, passed to the township a level at a time; the units it went through."""
    top, *below = chain
    units = [node.managing_unit_id or 0 for node in below]
    order = await at.prepared(top, below[-1].area_code)
    order = await at.do(await at.desk("dispatcher", top), order, "dispatch", lead=units[0], basis="演示目录")
    for unit, following in zip(units, [*units[1:], None], strict=True):
        order = await at.do(await at.officer("unit_receiver", unit), order, "sign")
        if following is not None:
            order = await at.do(await at.officer("unit_handler", unit), order, "sub_dispatch", unit=following)
    return order, units


@pytest.mark.parametrize("place", places())
@pytest.mark.timeout(300)
async def test_down_to_the_township_and_back(place: str, migrated_database: str, tmp_path: Path) -> None:
    async with installed(migrated_database, tmp_path, place) as at:
        chain = at.chain()
        assert [node.level for node in chain] == (["province"] if chain[0].level == "province" else []) + [
            "city",
            "county",
            "township",
        ]
        order, units = await passed_down(at, chain)
        top = chain[0]
        await _each_level_has_its_duty(at, order, units)
        await _each_level_sees_its_branch(at, order, chain, units)
        order = await _each_level_presses_its_own(at, order, chain)
        for position, unit in enumerate(reversed(units)):
            assert order["lead_unit"] == unit
            order = await at.reply(unit, order, f"第{position + 1}级办理结果")
            assert order["state"] == ("replied" if unit == units[0] else "signed"), "the result returns a level up"
        lower = await _below(at, chain)
        if lower is not None:
            refused = await at.try_(lower, order, "approve_reply", reason="代为办结")
            assert refused.status_code == 409 and refused.json()["clause"], "whoever took it closes it"
        order = await at.do(await at.desk("shift_lead", top), order, "approve_reply", reason="属实")
        assert order["state"] == "closed"
        events = (await (await at.desk("agent", top)).get(f"/api/v1/orders/{order['number']}/events")).json()["items"]
        verbs = [event["verb"] for event in events]
        assert verbs.count("sub_dispatch") == len(units) - 1 and verbs.count("sign") == len(units)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "one history"


async def _each_level_has_its_duty(at: Installation, order: dict[str, Any], units: list[int]) -> None:
    who = await at.desk("agent", at.tree.root)
    duties = (await who.get(f"/api/v1/orders/{order['number']}/duties")).json()["items"]
    handling = {
        duty["unit"]: datetime.fromisoformat(duty["due_at"])
        for duty in duties
        if duty["kind"] == "handling" and duty["met_at"] is None
    }
    assert set(handling) == set(units), "each level has a duty of its own"
    dues = [handling[unit] for unit in units]
    assert dues == sorted(dues, reverse=True), "inside the limit of the level above"


async def _below(at: Installation, chain: list[Jurisdiction]) -> httpx.AsyncClient | None:
    """The shift lead of the nearest desk below the top, if one is there."""
    lower = desks(at, chain)[1:]
    return await at.desk("shift_lead", lower[0]) if lower else None


async def _each_level_sees_its_branch(
    at: Installation, order: dict[str, Any], chain: list[Jurisdiction], units: list[int]
) -> None:
    for node in desks(at, chain):
        assert await at.sees(await at.desk("dispatcher", node), order), node.name
    for unit in units:
        assert await at.sees(await at.officer("unit_handler", unit), order)
    for node in desks(at, chain)[1:]:
        work = (await (await at.desk("shift_lead", node)).get("/api/v1/worklist")).json()
        assert order["number"] not in {item["number"] for item in work["items"]}, "what the desk above owes is not its"
    inside = {node.id for node in chain}
    others = [
        account
        for account in at.accounts
        if account.roles in (["dispatcher"], ["supervisor"], ["unit_receiver", "unit_handler"])
        and (node := at.tree.area(account.area_code)) is not None
        and (account.unit not in units if account.unit else node.id not in inside)
    ]
    shown = {tuple(account.roles): account for account in others}
    for account in shown.values():
        assert not await at.sees(await at._client(account), order), account.username


async def _each_level_presses_its_own(
    at: Installation, order: dict[str, Any], chain: list[Jurisdiction]
) -> dict[str, Any]:
    """Desks below the top supervise what their branch has, and neither dispatch, decide nor close it."""
    for node in desks(at, chain)[1:]:
        assert await at.verbs(await at.desk("supervisor", node), order) == {"supervise"} | (
            {"coordinate"} if any(s.code == "coordinate" for s in at.profile.stages) else set()
        )
        assert await at.verbs(await at.desk("manager", node), order) <= {"supervise", "coordinate"}
        assert await at.verbs(await at.desk("agent", node), order) == {"urge", "supplement"}
        refused = await at.try_(await at.desk("manager", node), order, "set_limit", days=5, basis="演示条例第一条")
        assert refused.status_code == 409 and refused.json()["code"] == "not_now" and refused.json()["clause"]
        who = await at.desk("supervisor", node)
        order = await at.do(who, order, "supervise", level=2, demand="请抓紧办理")
        handler = await at.officer("unit_handler", order["lead_unit"])
        order = await at.do(handler, order, "answer_supervision", text="正在办理")
    return order


async def test_a_matter_of_a_county_taken_at_the_province_is_sent_down(migrated_database: str, tmp_path: Path) -> None:
    """ZJ 二(一): the provincial desk takes what belongs to departments of the province or needs its coordination."""
    async with installed(migrated_database, tmp_path, "zhejiang") as at:
        province, city, county, town = at.chain()
        dispatcher = await at.desk("dispatcher", province)
        order = await at.prepared(province, county.area_code, "0102")
        row = at.tree.pick("0102", county.area_code, "help", NOON.date())
        assert row is not None and at.tree.place(row.unit_id) == county
        own = at.tree.unit(row.unit_id)
        while at.tree.place(own.id) != province:
            above = at.tree.superior(own.id)
            assert above is not None
            own = above
        refused = await at.try_(dispatcher, order, "dispatch", lead=own.id)
        assert refused.status_code == 422 and "浙政办发〔2021〕49号" in refused.json()["clause"]
        assert county.name in refused.text, "it says whom to send it to"
        # No station in the townships: nobody goes over the county's head.
        refused = await at.try_(dispatcher, order, "dispatch", lead=town.managing_unit_id)
        assert refused.status_code == 422 and county.name in refused.text
        order = await at.do(dispatcher, order, "dispatch", lead=city.managing_unit_id)
        order = await at.do(await at.officer("unit_receiver", city.managing_unit_id or 0), order, "sign")
        handler = await at.officer("unit_handler", city.managing_unit_id or 0)
        refused = await at.try_(handler, order, "sub_dispatch", unit=town.managing_unit_id)
        assert refused.status_code == 422 and county.name in refused.text, "nor does the city"
        order = await at.do(handler, order, "sub_dispatch", unit=county.managing_unit_id)
        order = await at.do(await at.officer("unit_receiver", county.managing_unit_id or 0), order, "sign")
        handler = await at.officer("unit_handler", county.managing_unit_id or 0)
        refused = await at.try_(handler, order, "sub_dispatch", unit=town.managing_unit_id)
        assert refused.status_code == 422 and "不得下压" in refused.text, "a department's own matter"
        assert refused.json()["clause"] == "国办函〔2025〕66号 三(五)"
        await at.do(handler, order, "sub_dispatch", unit=row.unit_id)


async def test_a_township_with_a_station_takes_orders_from_any_desk(migrated_database: str, tmp_path: Path) -> None:
    """SX 三(一): 县(市、区)、乡(镇、街道)要成立12345热线工作站."""
    async with installed(migrated_database, tmp_path, "shanxi") as at:
        province, _, county, town = at.chain()
        order = await at.prepared(province, town.area_code)
        done = await at.do(await at.desk("dispatcher", province), order, "dispatch", lead=town.managing_unit_id)
        assert done["state"] == "dispatched"
        assert await at.sees(await at.officer("unit_receiver", town.managing_unit_id or 0), done)
        assert not [a for a in at.accounts if a.area_code == county.area_code and a.unit is None], "stations, no desk"


async def test_the_city_answers_and_a_remote_county_for_itself(migrated_database: str, tmp_path: Path) -> None:
    """ZJ 二(二)3: 市级统一接听、属地按责承办; 体量大或位置较为偏远的县可自行接听."""
    async with installed(migrated_database, tmp_path, "zhejiang") as at:
        _, city, county, _ = at.chain()
        remote = next(at.tree.jurisdictions[node] for node in at.tree.layers)
        refused = await at.register(county)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_here")
        assert "统一接听" in refused.json()["clause"] or "二(二)3" in refused.json()["clause"]
        assert (await at.register(county, channel="visit")).status_code == 201
        assert (await at.register(remote)).status_code == 201, "its own layer lets it"
        order = await at.prepared(city, county.area_code, "0102")
        row = at.tree.pick("0102", county.area_code, "help", NOON.date())
        assert row is not None
        order = await at.do(await at.desk("dispatcher", city), order, "dispatch", lead=row.unit_id)
        assert await at.sees(await at.desk("dispatcher", county), order), "it handles what it does not answer"
        province = at.tree.root
        assert await at.sees(await at.desk("supervisor", province), order)


async def test_the_province_coordinates_and_does_not_close(migrated_database: str, tmp_path: Path) -> None:
    """BY 一(二), 二(三)4: 省级统筹, 市县主办; province > city > sub-centre > city > province is one history."""
    async with installed(migrated_database, tmp_path, "baiyin") as at:
        province, city, county, _ = at.chain()
        centre = next(u for u in at.tree.units.values() if u.kind == "subcentre" and u.jurisdiction_id == city.id)
        order = await at.prepared(city, city.area_code, "1101")
        order = await at.do(await at.desk("dispatcher", city), order, "dispatch", lead=centre.id)
        lead, manager = await at.desk("shift_lead", province), await at.desk("manager", province)
        assert await at.sees(manager, order)
        assert await at.verbs(manager, order) <= {"supervise", "coordinate", "urge", "supplement"}
        order = await at.do(await at.desk("supervisor", province), order, "supervise", level=2, demand="请抓紧")
        order = await at.do(await at.officer("unit_receiver", centre.id), order, "sign")
        handler = await at.officer("unit_handler", centre.id)
        order = await at.do(handler, order, "answer_supervision", text="正在办理")
        order = await at.reply(centre.id, order, "已办结")
        for who, verb, body in (
            (lead, "approve_reply", {"reason": "办结"}),
            (lead, "reject_reply", {"reason": "退回"}),
            (manager, "set_limit", {"days": 5, "basis": "演示条例"}),
        ):
            refused = await at.try_(who, order, verb, **body)
            assert refused.status_code == 409 and "市政办发〔2021〕74号" in refused.json()["clause"], refused.text
        closed = await at.do(await at.desk("shift_lead", city), order, "approve_reply", reason="属实")
        assert closed["state"] == "closed"
        # What a citizen writes goes to the city, which takes the calls too.
        written = await at.http.post(
            "/api/public/v1/appeals",
            json={name: LAMP[name] for name in ("kind", "domain", "title", "content", "caller")},
            headers={"idempotency-key": "a-citizen-once-0001"},
        )
        assert written.status_code == 201 and written.json()["number"][8:14] == city.area_code, written.text
        front = (await at.http.get("/")).text
        assert "白银市12345政务服务便民热线" in front and "甘肃省12345" not in front, "and the front page is the city's"
        # Taken at the province, handed to the city, by it to the sub-centre, and back.
        order = await at.prepared(province, city.area_code, "1101")
        order = await at.do(await at.desk("dispatcher", province), order, "dispatch", lead=city.managing_unit_id)
        order = await at.do(await at.officer("unit_receiver", city.managing_unit_id or 0), order, "sign")
        desk = await at.officer("unit_handler", city.managing_unit_id or 0)
        order = await at.do(desk, order, "sub_dispatch", unit=centre.id)
        order = await at.do(await at.officer("unit_receiver", centre.id), order, "sign")
        order = await at.reply(centre.id, order, "分中心办理结果")
        assert (order["state"], order["lead_unit"]) == ("signed", city.managing_unit_id)
        order = await at.reply(city.managing_unit_id or 0, order, "市热线办理结果")
        assert order["state"] == "replied"
        order = await at.do(lead, order, "approve_reply", reason="属实")
        assert order["state"] == "closed" and county.path.startswith(city.path)


async def test_one_way_in_and_one_way_out(migrated_database: str, tmp_path: Path) -> None:
    """QY 二(二)1: 话务平台统一受理、办理结果由平台统一反馈: what three levels write reaches nobody before."""
    async with installed(migrated_database, tmp_path, "qingyuan") as at:
        city, county, town = at.chain()
        refused = await at.register(county)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_here"), "one way in"
        assert "清府办函〔2021〕135号" in refused.json()["clause"]
        made = (await at.register(city)).json()
        code, who = made["query_code"], await at.desk("dispatcher", city)
        order = await at.do(who, made, "prepare", category=TOWN_MATTER, area_code=town.area_code)
        units = [county.managing_unit_id or 0, town.managing_unit_id or 0]
        order = await at.do(who, order, "dispatch", lead=units[0])
        order = await at.do(await at.officer("unit_receiver", units[0]), order, "sign")
        order = await at.do(await at.officer("unit_handler", units[0]), order, "sub_dispatch", unit=units[1])
        order = await at.do(await at.officer("unit_receiver", units[1]), order, "sign")

        async def seen() -> str:
            answer = await at.http.get(f"/api/public/v1/appeals/{order['number']}", params={"code": code})
            assert answer.status_code == 200, answer.text
            return answer.text

        order = await at.do(
            await at.officer("unit_handler", units[1]), order, "progress", text="镇里的进展一", public=True
        )
        order = await at.reply(units[1], order, "镇里的结果二")
        order = await at.reply(units[0], order, "县里的结果三")
        assert order["state"] == "replied" and not [w for w in ("进展一", "结果二", "结果三") if w in await seen()]
        order = await at.do(await at.desk("shift_lead", city), order, "approve_reply", reason="属实")
        said = await seen()
        assert "县里的结果三" in said and "镇里的结果二" not in said, "one reply, the platform's"
