"""The tree, the catalogue, the calendar, the profile and knowledge over HTTP."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from staff import COUNTY, COUNTY_UNIT, ROOT, UNIT, Staff, staffed
from yihao.errors import YihaoError
from yihao.knowledge.routes import PublicKnowledge, StaffKnowledge
from yihao.people.guard import DEPENDENCIES, must_sign_in
from yihao.people.problem import answer_problem
from yihao.profile import load, names
from yihao.units import load as loading
from yihao.units.calendar import ChangedDue
from yihao.web.matters import CatalogueController, CategoryController
from yihao.web.places import JurisdictionController, OfficerController, UnitController
from yihao.web.rulebook import CalendarController, ProfileController
from yihao.worktime import base_calendar

STAFF = (
    *(JurisdictionController, UnitController, OfficerController, CategoryController, CatalogueController),
    *(ProfileController, CalendarController, StaffKnowledge),
)


class Orders:
    """Stands in for the room that keeps deadlines: one open deadline on 2026-04-14, moved when that day is off."""

    def __init__(self) -> None:
        self.moved: list[str] = []

    async def preview(self, connection: Any, branch: str, calendars: dict[int, Any]) -> list[ChangedDue]:
        day = date(2026, 4, 14)
        return [] if all(calendar.is_working(day) for calendar in calendars.values()) else [CHANGE]

    async def recompute(self, connection: Any, branch: str, calendars: dict[int, Any], by: Any) -> int:
        changes = await self.preview(connection, branch, calendars)
        self.moved += [branch] * len(changes)
        return len(changes)


CHANGE = ChangedDue(
    number="202604035328000000017",
    duty="办理",
    unit_id=UNIT,
    before="2026-04-14T15:59:59Z",  # type: ignore[arg-type]  # only passed through
    after="2026-04-15T15:59:59Z",  # type: ignore[arg-type]
)


@pytest.fixture(autouse=True)
def always_look(monkeypatch):
    monkeypatch.setattr(loading, "FRESH_SECONDS", 0)


@pytest.fixture
async def staff(migrated_database: str) -> AsyncIterator[Staff]:
    async with staffed(migrated_database) as made:
        async with made.superuser() as connection:  # its rows came with ids of their own
            for table in ("unit", "jurisdiction"):
                await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)")
        yield made


@pytest.fixture
def orders() -> Orders:
    return Orders()


@pytest.fixture
def app(staff: Staff, orders: Orders) -> Litestar:
    def giving(part: object) -> Provide:
        def give() -> Any:
            return part

        return Provide(give, sync_to_thread=False)

    parts = {"db": staff.db, "clock": staff.clock, "ring": staff.ring, "sessions": staff.sessions}
    parts |= {"passwords": staff.passwords, "audit": staff.audit, "deadlines": orders}
    made = Litestar(
        [
            Router("/api/v1", route_handlers=STAFF, guards=[must_sign_in]),
            Router("/api/public/v1", route_handlers=[PublicKnowledge]),
        ],
        dependencies={**{name: giving(part) for name, part in parts.items()}, **DEPENDENCIES},
        exception_handlers={YihaoError: answer_problem},
        openapi_config=OpenAPIConfig(title="t", version="1", use_handler_docstrings=True),
    )
    made.state.sessions = staff.sessions
    return made


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://testserver.local") as made:
        yield made


async def holder(staff: Staff, username: str, *roles: Any, jurisdiction: int = ROOT) -> dict[str, str]:
    privileged = "manager" in roles
    account = await staff.account(username, *roles, jurisdiction=jurisdiction, totp=privileged)
    session = await staff.sign_in(username, staff.code(account) if privileged else None)
    return {"authorization": f"Bearer {session.token}"}


@pytest.fixture
async def manager(staff):
    return await holder(staff, "demo.manager", "manager")


@pytest.fixture
async def county(staff):
    return await holder(staff, "demo.county", "manager", jurisdiction=COUNTY)


@pytest.fixture
async def agent(staff):
    return await holder(staff, "demo.agent", "agent")


async def ok(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


async def test_everybody_signed_in_reads_and_only_managers_write(client, agent, manager):
    for path in ("units", "jurisdictions", "categories", "catalogue", "calendar/2026"):
        assert (await client.get(f"/api/v1/{path}")).status_code == 401
        await ok(await client.get(f"/api/v1/{path}", headers=agent))
    body = {"jurisdiction_id": ROOT, "name": "州水务局（演示）", "kind": "department"}
    await refused(await client.post("/api/v1/units", json=body, headers=agent), 403, "forbidden")
    made = await ok(await client.post("/api/v1/units", json=body, headers=manager), 201)
    listed = await ok(await client.get("/api/v1/units", headers=agent, params={"q": "州水务"}))
    assert [unit["id"] for unit in listed["items"]] == [made["id"]]
    assert (listed["items"][0]["dispatchable"], listed["items"][0]["officers"]) == (False, 0)
    await refused(await client.post("/api/v1/units", json=body, headers=manager), 409, "taken")


async def test_a_named_officer_makes_a_unit_dispatchable(client, manager):
    body = {"unit_id": UNIT, "name": "演示签收员77", "duty": "receiver"}
    officer = await ok(await client.post("/api/v1/officers", json=body, headers=manager), 201)
    unit = await ok(await client.get(f"/api/v1/units/{UNIT}", headers=manager))
    assert unit["dispatchable"] and officer in unit["staff"]
    before = unit["officers"]
    await ok(await client.put(f"/api/v1/officers/{officer['id']}", json=body | {"active": False}, headers=manager))
    assert (await ok(await client.get(f"/api/v1/units/{UNIT}", headers=manager)))["officers"] == before - 1
    await refused(await client.get("/api/v1/units/9999", headers=manager), 404, "unknown_place")
    await refused(await client.put("/api/v1/officers/9999", json=body, headers=manager), 404, "unknown_place")


async def test_each_level_writes_its_own_branch(client, county, manager):
    here = {"jurisdiction_id": COUNTY, "name": "县水务局（演示）", "kind": "department"}
    made = await ok(await client.post("/api/v1/units", json=here, headers=county), 201)
    above = here | {"jurisdiction_id": ROOT}
    await refused(await client.post("/api/v1/units", json=above, headers=county), 403, "outside_branch")
    moved = await client.put(f"/api/v1/units/{made['id']}", json=above, headers=county)
    await refused(moved, 403, "outside_branch")
    category = {"code": "01", "name": "城乡建设"}
    await refused(await client.put("/api/v1/categories/01", json=category, headers=county), 403, "outside_branch")
    await ok(await client.put("/api/v1/categories/01", json=category, headers=manager))
    mismatch = await client.put("/api/v1/categories/02", json=category, headers=manager)
    await refused(mismatch, 422, "wrong_place")
    year = {"holidays": ["2027-01-01"], "source": "示范通知（演示）"}
    await refused(await client.put("/api/v1/calendar/2027", json=year, headers=county), 403, "outside_branch")


async def test_the_catalogue_from_row_to_choice(client, manager, agent):
    nodes = {node["id"]: node for node in (await ok(await client.get("/api/v1/jurisdictions", headers=agent)))["items"]}
    area = nodes[ROOT]["area_code"]
    await ok(await client.put("/api/v1/categories/01", json={"code": "01", "name": "道路"}, headers=manager))
    row = {"category": "01", "area_code": area, "unit_id": UNIT, "basis": "示范职责清单", "valid_from": "2025-01-01"}
    first = await ok(await client.post("/api/v1/catalogue", json=row, headers=manager), 201)
    clash = await refused(await client.post("/api/v1/catalogue", json=row, headers=manager), 422, "wrong_place")
    assert clash["field"] == "valid_from"
    asked = {"category": "01", "area_code": nodes[COUNTY]["area_code"], "kind": "help"}
    choice = await ok(await client.get("/api/v1/catalogue/choice", params=asked, headers=agent))
    assert choice["row"]["id"] == first["id"] and "示范职责清单" in choice["reason"]
    revised = row | {"unit_id": COUNTY_UNIT, "valid_from": "2026-01-01"}
    second = await ok(await client.put(f"/api/v1/catalogue/{first['id']}", json=revised, headers=manager))
    assert second["version"] == 2
    choice = await ok(await client.get("/api/v1/catalogue/choice", params=asked, headers=agent))
    assert choice["row"]["unit_id"] == COUNTY_UNIT
    now = await ok(await client.get("/api/v1/catalogue", headers=agent))
    assert [r["id"] for r in now["items"]] == [second["id"]]
    names = {name: now["items"][0][name] for name in ("category_name", "area_name", "unit_name", "assist_names")}
    assert names == {
        "category_name": "道路",
        "area_name": nodes[ROOT]["name"],
        "unit_name": "示例县水务局",
        "assist_names": [],
    }
    for params, hits in (
        ({"q": "道"}, 1),
        ({"q": "职责"}, 1),
        ({"q": "水"}, 0),
        ({"unit": COUNTY_UNIT}, 1),
        ({"unit": UNIT}, 0),
    ):
        rows = await ok(await client.get("/api/v1/catalogue", params=params, headers=agent))
        assert len(rows["items"]) == hits, params
    past = await ok(await client.get("/api/v1/catalogue", params={"past": "true"}, headers=agent))
    assert len(past["items"]) == 2
    await ok(
        await client.post(f"/api/v1/catalogue/{second['id']}/end", json={"last_day": "2026-01-04"}, headers=manager)
    )
    choice = await ok(await client.get("/api/v1/catalogue/choice", params=asked, headers=agent))
    assert choice["row"] is None and "无主" in choice["reason"]


async def test_the_tree_opens_a_level_at_a_time(client, agent):
    async def nodes(**params) -> list[int]:
        return [
            one["id"]
            for one in (await ok(await client.get("/api/v1/jurisdictions", params=params, headers=agent)))["items"]
        ]

    assert await nodes(parent=0) == [ROOT] and await nodes(parent=ROOT) == [COUNTY] and await nodes(parent=COUNTY) == []
    assert (
        await nodes(q="示例县") == [COUNTY]
        and await nodes(q="9901") == [ROOT, COUNTY]
        and await nodes(q="无此地") == []
    )
    unit = await ok(await client.get(f"/api/v1/units/{COUNTY_UNIT}", headers=agent))
    assert (unit["jurisdiction_name"], unit["superior_name"]) == ("示例县", None)


async def test_units_page_by_pinyin(client, manager):
    for name in ("赵庄站", "阿勐站", "张庄站"):
        body = {"jurisdiction_id": COUNTY, "name": name, "kind": "soe"}
        await ok(await client.post("/api/v1/units", json=body, headers=manager), 201)
    names, after = [], None
    while True:
        params = {"kind": "soe", "limit": 2, "jurisdiction": COUNTY} | ({"after": after} if after else {})
        found = await ok(await client.get("/api/v1/units", params=params, headers=manager))
        names += [unit["name"] for unit in found["items"]]
        after = found["next"]
        if after is None:
            break
    assert names == ["阿勐站", "张庄站", "赵庄站"]


async def test_a_calendar_year_is_shown_then_kept_with_its_deadlines(client, manager, agent, orders):
    known = base_calendar().years[2026]
    draft = {
        "holidays": [day.isoformat() for day in (*known.holidays, date(2026, 4, 14))],
        "workdays": [day.isoformat() for day in known.workdays],
        "source": "示范州节日（演示）",
    }
    await refused(await client.post("/api/v1/calendar/2026/preview", json=draft, headers=agent), 403, "forbidden")
    shown = await ok(await client.post("/api/v1/calendar/2026/preview", json=draft, headers=manager))
    assert (shown["count"], shown["changes"][0]["number"]) == (1, CHANGE.number)
    before = await ok(await client.get("/api/v1/calendar/2026", headers=agent))
    assert before["edits"] == [] and orders.moved == []
    made = await ok(await client.put("/api/v1/calendar/2026", json=draft, headers=manager))
    assert (made["moved"], made["edit"]["version"], made["edit"]["jurisdiction_id"]) == (1, 1, None)
    after = await ok(await client.get("/api/v1/calendar/2026", headers=agent))
    assert "2026-04-14" in after["holidays"] and after["source"] == "示范州节日（演示）"
    assert after["working_days"] == before["working_days"] - 1 and after["digest"] != before["digest"]
    wrong = draft | {"workdays": ["2026-04-15"]}
    assert (await client.put("/api/v1/calendar/2026", json=wrong, headers=manager)).status_code == 422
    unknown = await ok(await client.get("/api/v1/calendar/2031", headers=agent))
    assert not unknown["known"] and unknown["working_days"] == 261


@pytest.mark.parametrize("name", names())
async def test_any_packaged_place_may_be_the_one(name, client, manager, agent):
    root = (await ok(await client.get("/api/v1/jurisdictions", headers=agent, params={"level": "city"})))["items"][0]
    named = {field: root[field] for field in ("area_code", "name", "level")} | {"profile": name}
    await ok(await client.put(f"/api/v1/jurisdictions/{ROOT}", json=named, headers=manager))
    found = await ok(await client.get("/api/v1/profile", headers=agent, params={"jurisdiction": COUNTY}))
    place = load(name)
    assert (found["name"], found["hotline_name"], found["document"]) == (name, place.hotline_name, place.document)
    assert found["managing_body"] == place.managing_body
    assert found["rules"]["flow"]["stages"]["order"] == [stage.code for stage in place.stages]


async def test_rules_that_cannot_be_read_are_no_rules_of_a_node(client, manager, agent):
    root = (await ok(await client.get("/api/v1/jurisdictions", headers=agent, params={"level": "city"})))["items"][0]
    named = {name: root[name] for name in ("area_code", "name", "level")}
    wrong = await client.put(f"/api/v1/jurisdictions/{ROOT}", json=named | {"profile": "nowhere"}, headers=manager)
    assert (await refused(wrong, 422, "wrong_place"))["field"] == "profile"
    below = {"parent_id": ROOT, "area_code": root["area_code"][:4] + "99", "name": "演示新县", "level": "county"}
    wrong = await client.post("/api/v1/jurisdictions", json=below | {"profile": "nowhere"}, headers=manager)
    assert "xishuangbanna" in (await refused(wrong, 422, "wrong_place"))["detail"]
    await ok(await client.post("/api/v1/jurisdictions", json=below, headers=manager), 201)


async def test_the_profile_of_the_place(client, manager, agent):
    root = (await ok(await client.get("/api/v1/jurisdictions", headers=agent, params={"level": "city"})))["items"][0]
    named = {name: root[name] for name in ("area_code", "name", "level")} | {"profile": "xishuangbanna"}
    await ok(await client.put(f"/api/v1/jurisdictions/{ROOT}", json=named, headers=manager))
    found = await ok(await client.get("/api/v1/profile", headers=agent, params={"jurisdiction": COUNTY}))
    assert found["name"] == "xishuangbanna" and found["layers"][-1] == "xishuangbanna"
    consult = found["rules"]["kinds"]["consult"]
    assert consult["base"]["rule"] == "1 working day" and consult["base"]["basis"]["clause"]
    assert "file" not in consult["base"]["basis"]


async def test_knowledge_in_two_pairs_of_hands(client, staff, agent):
    editor = await holder(staff, "demo.editor", "kb_editor")
    reviewer = await holder(staff, "demo.reviewer", "kb_reviewer")
    unit = await holder(staff, "demo.unit", ("unit_handler", UNIT))
    draft = {"jurisdiction_id": ROOT, "body": "示范口径", "valid_from": "2026-01-01", "source": "示范（演示）"}
    made = {}
    for visibility in ("internal", "grassroots", "public"):
        body = draft | {"title": f"公积金提取 {visibility}", "visibility": visibility}
        await refused(await client.post("/api/v1/knowledge", json=body, headers=agent), 403, "forbidden")
        made[visibility] = (await ok(await client.post("/api/v1/knowledge", json=body, headers=editor), 201))["id"]
        steps = f"/api/v1/knowledge/{made[visibility]}/steps"
        await refused(await client.post(steps, json={"step": "check"}, headers=editor), 403, "forbidden")
        await refused(await client.post(steps, json={"step": "publish"}, headers=reviewer), 409, "wrong_step")
        await ok(await client.post(steps, json={"step": "check"}, headers=reviewer))
        await ok(await client.post(steps, json={"step": "publish"}, headers=reviewer))

    async def found(path, headers=None):
        answer = await ok(await client.get(path, params={"q": "公积金怎么提取"}, headers=headers))
        return {item["title"].split()[1] for item in answer["items"]}

    assert await found("/api/v1/knowledge", agent) == {"internal", "grassroots", "public"}
    assert await found("/api/v1/knowledge", unit) == {"grassroots", "public"}
    assert await found("/api/public/v1/knowledge") == {"public"}
    # Beside a matter that is being typed: its words, with whatever they hold of a person, stand in no address.
    typed = {"text": "来电人问公积金怎么提取", "limit": 2}
    assert len((await ok(await client.post("/api/v1/knowledge/beside", json=typed, headers=unit)))["items"]) == 2
    await refused(
        await client.post("/api/v1/knowledge/beside", json={"text": "？"}, headers=unit), 422, "nothing_to_search"
    )
    await refused(await client.get(f"/api/v1/knowledge/{made['internal']}", headers=unit), 404, "unknown_item")
    public = await ok(await client.get("/api/public/v1/knowledge"))
    assert set(public["items"][0]) == {"id", "title", "body", "category", "source", "version", "updated_at"}
    await refused(await client.get("/api/public/v1/knowledge", params={"q": "？"}), 422, "nothing_to_search")
    changed = draft | {"title": "公积金提取 public", "visibility": "public", "body": "新口径"}
    body = await ok(await client.put(f"/api/v1/knowledge/{made['public']}", json=changed, headers=editor))
    assert (body["version"], body["status"]) == (2, "draft")
    assert await found("/api/public/v1/knowledge") == set()
    one = f"/api/v1/knowledge/{made['public']}"
    past = await ok(await client.get(f"{one}/versions", headers=reviewer))
    assert [(v["version"], v["body"], v["replaced_by_name"]) for v in past["items"]] == [
        (1, "示范口径", "演示demo.editor")
    ]
    await refused(await client.get(f"{one}/versions", headers=agent), 403, "forbidden")


async def test_the_knowledge_desk_sees_what_it_may_do_and_what_runs_out(client, staff, agent):
    editor = await holder(staff, "demo.editor", "kb_editor")
    both = await holder(staff, "demo.both", "kb_reviewer")
    draft = {"jurisdiction_id": ROOT, "body": "示范口径", "valid_from": "2026-01-01", "source": "示范（演示）"}
    soon = draft | {"title": "停水通知", "visibility": "public", "valid_to": "2026-01-20"}
    item = (await ok(await client.post("/api/v1/knowledge", json=soon, headers=both), 201))["id"]
    one = f"/api/v1/knowledge/{item}"

    async def may(headers) -> dict[str, str | None]:
        return {step["step"]: step["why"] for step in await ok(await client.get(f"{one}/steps", headers=headers))}

    own = await may(both)
    assert own["change"] is None and "起草人" in own["check"] and "草稿" in own["publish"] and own["expire"] is None
    assert "知识库审核员" in (await may(editor))["check"]
    other = await holder(staff, "demo.other", "kb_reviewer")
    assert (await may(other))["check"] is None
    await ok(await client.post(f"{one}/steps", json={"step": "check"}, headers=other))
    await ok(await client.post(f"{one}/steps", json={"step": "publish"}, headers=other))

    async def listed(**params) -> list[int]:
        answer = await ok(await client.get("/api/v1/knowledge", params=params, headers=editor))
        assert all(found["drafted_by_name"] == "演示demo.both" for found in answer["items"])
        return [found["id"] for found in answer["items"]]

    assert await listed(expiring=30) == [item] and await listed(expiring=3) == []
    assert await listed(q="停水", status="published") == [item] and await listed(q="停水", status="draft") == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "units", {"jurisdiction_id": 1, "name": "a\0b", "kind": "soe"}),
        ("POST", "units", {"jurisdiction_id": 2**31, "name": "甲", "kind": "soe"}),
        ("POST", "units", {"jurisdiction_id": 1, "name": "甲", "kind": "soe", "office_hours": "早九晚五"}),
        ("POST", "units", {"jurisdiction_id": 1, "name": "甲", "kind": "soe", "colour": "red"}),
        ("POST", "officers", {"unit_id": 1, "name": "", "duty": "receiver"}),
        ("PUT", "categories/%2F", {"code": "/", "name": "甲"}),
        ("POST", "catalogue", {"category": "01"}),
        ("PUT", "calendar/2027", {"holidays": [], "source": "甲"}),
        ("PUT", "calendar/1900", {"holidays": [], "source": "甲"}),
        ("GET", "knowledge?q=%00", None),
        ("GET", "knowledge?after=99999999999", None),
        ("GET", "units?after=0", None),
        ("GET", "calendar/2026?jurisdiction=999", None),
        ("GET", "catalogue?on=tomorrow", None),
    ],
)
async def test_bad_input_is_the_callers_fault(client, manager, method, path, body):
    answer = await client.request(method, f"/api/v1/{path}", json=body, headers=manager)
    assert 400 <= answer.status_code < 500, answer.text


def test_every_field_is_described(app):
    schema = app.openapi_schema.to_schema()
    bare = [
        f"{name}.{field}"
        for name, part in schema["components"]["schemas"].items()
        if name not in ("Problem",)
        for field, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert bare == []
    operations = [
        operation
        for path in schema["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert all(operation["summary"] and operation["description"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 29
